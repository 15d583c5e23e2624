package live

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net"
	"regexp"

	"zhiqing/internal/fault"
	"zhiqing/internal/wechat"
)

// A reason is why a call failed without an errcode. All reasons are constants, so none can quote an input or a URL.
type reason string

func (r reason) Error() string { return "wechat: " + string(r) }

const (
	reasonBreaker    = reason("not asked, the circuit breaker is open")
	reasonConnection = reason("no connection")
	reasonStatus     = reason("the HTTP status is not 200")
	reasonSize       = reason("the answer is too large")
	reasonAnswer     = reason("the answer is not what the API promises")
	reasonWatermark  = reason("the answer is marked for another appid")
	reasonRequest    = reason("the request cannot be written")
	reasonInput      = reason("the input breaks WeChat's limits")
)

// failures maps errcodes to the port's failures; a code that is not here is ErrMisuse: we asked for something WeChat does
// not do. Sources: api_code2session, api_getphonenumber, subscribeMessage.send, wxacode.getUnlimited, 全局错误码.
var failures = map[int64]*fault.Fault{
	-1:    wechat.ErrUnavailable,   // busy
	40001: wechat.ErrUnavailable,   // access token refused, even after a new one
	40013: wechat.ErrMisuse,        // appid
	40014: wechat.ErrUnavailable,   // as 40001
	40029: wechat.ErrCodeInvalid,   //
	40125: wechat.ErrMisuse,        // secret
	40163: wechat.ErrCodeUsed,      //
	40164: wechat.ErrMisuse,        // our address is not on the list of the console
	40226: wechat.ErrBlocked,       // high-risk account
	41002: wechat.ErrMisuse,        // appid missing
	41004: wechat.ErrMisuse,        // secret missing
	42001: wechat.ErrUnavailable,   // access token expired, even after a new one
	43101: wechat.ErrNotSubscribed, //
	45009: wechat.ErrLimited,       // quota of the API
	45011: wechat.ErrLimited,       // quota of the person
}

// refusal reads the errcode that any answer in JSON may carry. An image has none.
func refusal(a answer) error {
	var said struct {
		Code int64  `json:"errcode"`
		Text string `json:"errmsg"`
	}
	if !bytes.HasPrefix(bytes.TrimLeft(a.body, " \r\n\t"), []byte("{")) {
		return nil // the reader of this API says if it wanted JSON
	}
	if err := json.Unmarshal(a.body, &said); err != nil {
		return wechat.ErrUnavailable.Because(reasonAnswer)
	}
	if said.Code == 0 {
		return nil
	}
	return failure(said.Code).Because(&wechat.Upstream{Code: said.Code, RID: rid(said.Text)})
}

func failure(code int64) *fault.Fault {
	if f, ok := failures[code]; ok {
		return f
	}
	return wechat.ErrMisuse
}

var ridPattern = regexp.MustCompile(`\brid: ?([0-9a-f]{4,16}(?:-[0-9a-f]{4,16}){1,4})\b`)

// rid finds the request id, the only part of an errmsg that is kept: the rest can quote input.
func rid(text string) string {
	if m := ridPattern.FindStringSubmatch(text); m != nil {
		return m[1]
	}
	return ""
}

// refusesToken reports whether WeChat no longer takes the access token that was sent.
func refusesToken(err error) bool {
	var u *wechat.Upstream
	return errors.As(err, &u) && (u.Code == 40001 || u.Code == 40014 || u.Code == 42001)
}

// broken judges a failure below HTTP and drops its text, which quotes the URL.
func broken(ctx context.Context, err error) error {
	var late net.Error
	switch {
	case ctx.Err() != nil:
		return ended(ctx.Err())
	case errors.As(err, &late) && late.Timeout():
		return ended(context.DeadlineExceeded)
	}
	return wechat.ErrUnavailable.Because(reasonConnection)
}

// ended keeps only which end it was: the caller's, or that of the time allowed.
func ended(err error) error {
	if errors.Is(err, context.Canceled) {
		return wechat.ErrUnavailable.Because(context.Canceled)
	}
	return wechat.ErrUnavailable.Because(context.DeadlineExceeded)
}

func misread() error { return wechat.ErrUnavailable.Because(reasonAnswer) }

// misused keeps WeChat's word on a failure and says that the operator's settings caused it.
func misused(err error) error {
	var u *wechat.Upstream
	if errors.As(err, &u) {
		return wechat.ErrMisuse.Because(u)
	}
	return wechat.ErrMisuse
}
