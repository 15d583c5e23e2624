package live

import (
	"bytes"
	"context"
	"image/jpeg"
	"regexp"

	sdk "github.com/silenceper/wechat/v2/miniprogram/context"
	"github.com/silenceper/wechat/v2/miniprogram/qrcode"

	"zhiqing/internal/wechat"
)

// WeChat's limits of getwxacodeunlimit, in characters and pixels.
// https://developers.weixin.qq.com/miniprogram/dev/server/API/qrcode-link/qr-code/api_getunlimitedqrcode
const (
	codeWidth              = 430
	minWidth, maxCodeWidth = 280, 1280
)

var (
	scenePattern = regexp.MustCompile(`^[0-9A-Za-z!#$&'()*+,/:;=?@\-._~]{1,32}$`)
	pagePattern  = regexp.MustCompile(`^[0-9A-Za-z_\-]+(/[0-9A-Za-z_\-]+)*$`) // no leading slash, no parameters
)

// QRCode implements wechat.Gateway by getwxacodeunlimit: 430 pixels wide, for the released version of the mini-program.
// page "" is the home page.
func (g *Gateway) QRCode(ctx context.Context, scene, page string) ([]byte, error) {
	if !scenePattern.MatchString(scene) || page != "" && !pagePattern.MatchString(page) || len(page) > 128 {
		return nil, wechat.ErrMisuse.Because(reasonInput)
	}
	ctx, cancel := g.bounded(ctx)
	defer cancel()
	var image []byte
	err := g.withToken(ctx, func(token wechat.Secret) error {
		a, err := g.use(ctx, "qrcode", token, func(s *sdk.Context) error {
			_, err := qrcode.NewQRCode(s).GetWXACodeUnlimit(qrcode.QRCoder{Scene: scene, Page: page, Width: codeWidth})
			return err
		})
		if err == nil && !isCode(a.body) {
			err = misread()
		}
		image = a.body
		return err
	})
	if err != nil {
		return nil, err
	}
	return image, nil
}

// isCode reports a JPEG of a size that WeChat draws; the Content-Type alone proves nothing.
func isCode(b []byte) bool {
	c, err := jpeg.DecodeConfig(bytes.NewReader(b))
	return err == nil && c.Width >= minWidth && c.Width <= maxCodeWidth
}
