package live

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"zhiqing/internal/wechat"
)

const openid = wechat.Secret("o123456789012345678901234567")

// against opens a gateway whose WeChat gives out a token and leaves the rest to answer.
func against(t *testing.T, rest time.Duration, answer http.HandlerFunc) *Gateway {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/cgi-bin/stable_token" {
			_, _ = io.WriteString(w, `{"access_token":"t","expires_in":7200}`)
			return
		}
		answer(w, r)
	}))
	t.Cleanup(server.Close)
	g, err := open(Options{AppID: "wx1", AppSecret: "s", BaseURL: server.URL, Now: time.Now}, rest)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func TestACountryCodeIsReadAsTextAndAsNumber(t *testing.T) {
	for _, code := range []string{`86`, `"86"`} {
		g := against(t, time.Hour, func(w http.ResponseWriter, r *http.Request) {
			if b, _ := io.ReadAll(r.Body); !strings.Contains(string(b), openid.Reveal()) {
				t.Error("the openid that binds the code was not sent")
			}
			_, _ = io.WriteString(w, `{"errcode":0,"phone_info":{"purePhoneNumber":"13800000000","countryCode":`+code+`,"watermark":{"appid":"wx1"}}}`)
		})
		if p, err := g.Phone(t.Context(), "c", openid); err != nil || p.CountryCode != "86" {
			t.Errorf("%s: %q %v", code, p.CountryCode, err)
		}
	}
}

func TestAPhoneNumberForAnotherAppIsRefused(t *testing.T) {
	g := against(t, time.Hour, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"errcode":0,"phone_info":{"purePhoneNumber":"13800000000","countryCode":"86","watermark":{"appid":"wx2"}}}`)
	})
	if p, err := g.Phone(t.Context(), "c", openid); !errors.Is(err, reasonWatermark) || p != (wechat.Phone{}) {
		t.Errorf("got %v", err)
	}
}

func TestAnAnswerWithoutOpenIDIsNobody(t *testing.T) {
	for _, body := range []string{`{}`, `{"openid":"","session_key":"k"}`, `{"openid":"o1"}`} {
		g := against(t, time.Hour, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, body) })
		if _, err := g.Identify(t.Context(), "c"); !errors.Is(err, wechat.ErrUnavailable) {
			t.Errorf("%s: got %v", body, err)
		}
	}
}

func TestAfterItsRestTheBreakerTriesOneCall(t *testing.T) {
	var asked atomic.Int32
	var well atomic.Bool
	const rest = 50 * time.Millisecond
	g := against(t, rest, func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		if !well.Load() {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		_, _ = io.WriteString(w, `{"openid":"o1","session_key":"k"}`)
	})
	for range breakAfter + 3 {
		_, _ = g.Identify(t.Context(), "c")
	}
	if got := asked.Load(); got != breakAfter {
		t.Fatalf("asked %d times", got)
	}
	<-time.After(g.breaker.RemainingDelay() + time.Millisecond)
	if _, err := g.Identify(t.Context(), "c"); !errors.Is(err, reasonStatus) || asked.Load() != breakAfter+1 {
		t.Errorf("the trial call was not made: %v", errors.Unwrap(err))
	}
	if _, err := g.Identify(t.Context(), "c"); !errors.Is(err, reasonBreaker) {
		t.Errorf("a failed trial did not open the breaker again: %v", errors.Unwrap(err))
	}
	well.Store(true)
	<-time.After(g.breaker.RemainingDelay() + time.Millisecond)
	for range 3 {
		if _, err := g.Identify(t.Context(), "c"); err != nil {
			t.Errorf("still closed to all: %v", err)
		}
	}
}

func TestOpenRefusesWhatCannotWork(t *testing.T) {
	good := Options{AppID: "wx1", AppSecret: "s", Now: time.Now}
	for name, o := range map[string]Options{
		"no appid":       {AppSecret: "s", Now: time.Now},
		"no secret":      {AppID: "wx1", Now: time.Now},
		"no clock":       {AppID: "wx1", AppSecret: "s"},
		"no host":        {AppID: "wx1", AppSecret: "s", Now: time.Now, BaseURL: "https://"},
		"another scheme": {AppID: "wx1", AppSecret: "s", Now: time.Now, BaseURL: "file:///etc"},
		"credentials":    {AppID: "wx1", AppSecret: "s", Now: time.Now, BaseURL: "https://user:password@host"},
	} {
		if _, err := Open(o); err == nil || strings.Contains(err.Error(), "password") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if g, err := Open(good); err != nil || g.base.Host != "api.weixin.qq.com" {
		t.Errorf("the official address is not the default: %v", err)
	}
}

func TestNothingLeavesTheSDKWithoutATicket(t *testing.T) {
	r := httptest.NewRequest(http.MethodGet, "https://api.weixin.qq.com/x?appid=wx1", nil)
	if _, err := desk.RoundTrip(r); !errors.Is(err, errNoTicket) {
		t.Errorf("got %v", err)
	}
}
