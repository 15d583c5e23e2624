package live_test

import (
	"testing"

	"zhiqing/internal/wechat"
	"zhiqing/internal/wechat/live"
	"zhiqing/internal/wechat/wechattest"
)

func TestLiveKeepsTheLawsOfAGateway(t *testing.T) {
	wechattest.Run(t, func(t testing.TB, s wechattest.Setting) wechat.Gateway {
		g, err := live.Open(live.Options{
			AppID: s.AppID, AppSecret: s.AppSecret, BaseURL: s.BaseURL, Timeout: s.Timeout, Tokens: s.Tokens, Now: s.Now, Observe: s.Observe,
		})
		if err != nil {
			t.Fatal(err)
		}
		return g
	})
}
