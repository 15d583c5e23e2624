package live

import (
	"context"
	"regexp"

	"github.com/silenceper/wechat/v2/miniprogram/auth"
	sdk "github.com/silenceper/wechat/v2/miniprogram/context"

	"zhiqing/internal/wechat"
)

// codePattern is every code that WeChat hands out, and nothing that could become part of a URL: the SDK pastes codes
// into the query unescaped, so that `&appid=…` would be a second appid.
var codePattern = regexp.MustCompile(`^[0-9A-Za-z_-]{1,128}$`)

// Identify implements wechat.Gateway by code2session. The session_key is dropped here.
func (g *Gateway) Identify(ctx context.Context, code string) (wechat.Identity, error) {
	if !codePattern.MatchString(code) {
		return wechat.Identity{}, wechat.ErrCodeInvalid
	}
	ctx, cancel := g.bounded(ctx)
	defer cancel()
	var got auth.ResCode2Session
	_, err := g.use(ctx, "code2session", "", func(s *sdk.Context) (err error) {
		got, err = auth.NewAuth(s).Code2SessionContext(ctx, code)
		return err
	})
	if err != nil {
		return wechat.Identity{}, err
	}
	if got.OpenID == "" || got.SessionKey == "" { // the SDK takes {} for a success: everybody would be the same person
		return wechat.Identity{}, misread()
	}
	return wechat.Identity{OpenID: wechat.Secret(got.OpenID), UnionID: wechat.Secret(got.UnionID)}, nil
}
