package live

import (
	"context"
	"encoding/json"
	"regexp"

	"zhiqing/internal/wechat"
)

var (
	phonePattern   = regexp.MustCompile(`^[0-9]{4,20}$`)
	countryPattern = regexp.MustCompile(`^[0-9]{1,4}$`)
)

// Phone implements wechat.Gateway by getuserphonenumber. The request is our own: only with the openid does WeChat check
// that the code is this person's, and the SDK cannot send it.
// https://developers.weixin.qq.com/miniprogram/dev/server/API/user-info/phone-number/api_getphonenumber
func (g *Gateway) Phone(ctx context.Context, code string, openid wechat.Secret) (wechat.Phone, error) {
	if !codePattern.MatchString(code) {
		return wechat.Phone{}, wechat.ErrCodeInvalid
	}
	if openid == "" {
		return wechat.Phone{}, wechat.ErrMisuse.Because(reasonInput)
	}
	ctx, cancel := g.bounded(ctx)
	defer cancel()
	var phone wechat.Phone
	err := g.withToken(ctx, func(token wechat.Secret) error {
		a, err := g.post(ctx, "phone", "/wxa/business/getuserphonenumber", token,
			map[string]string{"code": code, "openid": openid.Reveal()})
		if err != nil {
			return err
		}
		phone, err = g.readPhone(a.body)
		return err
	})
	return phone, err
}

func (g *Gateway) readPhone(body []byte) (wechat.Phone, error) {
	var got struct {
		Info struct {
			Number    string       `json:"purePhoneNumber"`
			Country   textOrNumber `json:"countryCode"`
			Watermark struct {
				AppID string `json:"appid"`
			} `json:"watermark"`
		} `json:"phone_info"`
	}
	if json.Unmarshal(body, &got) != nil || !phonePattern.MatchString(got.Info.Number) || !countryPattern.MatchString(string(got.Info.Country)) {
		return wechat.Phone{}, misread()
	}
	if got.Info.Watermark.AppID != g.appID {
		return wechat.Phone{}, wechat.ErrUnavailable.Because(reasonWatermark)
	}
	return wechat.Phone{CountryCode: string(got.Info.Country), Number: wechat.Secret(got.Info.Number)}, nil
}

// textOrNumber reads "86" and 86: WeChat's table promises one and its example shows the other.
type textOrNumber string

// UnmarshalJSON implements json.Unmarshaler.
func (t *textOrNumber) UnmarshalJSON(b []byte) error {
	var n json.Number // takes a number, and a string that is one
	err := json.Unmarshal(b, &n)
	*t = textOrNumber(n)
	return err
}
