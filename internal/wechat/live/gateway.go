// Package live is WeChat behind the port: the SDK github.com/silenceper/wechat/v2, fenced in.
//
// It owns appid, secret, access token, URLs and errcodes, and gives away none of them. It refuses to let an error text of
// the SDK or of net/http out: both quote URLs, and WeChat's URLs hold secrets. What leaves is a failure of package wechat
// whose cause is a wechat.Upstream (errcode, rid), a context's end, or a reason that is a constant of this package.
//
// The SDK shapes requests and reads answers of code2session, subscribe messages and codes to scan. It is handed tickets
// where it wants an appid, a secret or a token (ticket.go says why); the exchange itself is ours (exchange.go): time-out,
// size limit, circuit breaker. Two requests are written here because the SDK cannot say what they need: the stable access
// token (no storm, waiters that honour their context: token.go) and the phone number (the openid that binds the code: phone.go).
//
// Start at Open, then identify.go.
package live

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/failsafe-go/failsafe-go/circuitbreaker"

	"zhiqing/internal/wechat"
)

// Defaults and limits.
const (
	officialBase   = "https://api.weixin.qq.com"
	defaultTimeout = 5 * time.Second
	breakAfter     = 5                // failures in a row that open the breaker
	breakFor       = 10 * time.Second // then one call may try again
)

// Options say which mini-program the gateway speaks for.
type Options struct {
	AppID     string
	AppSecret wechat.Secret
	BaseURL   string                      // "" = https://api.weixin.qq.com; the sandbox in development
	Timeout   time.Duration               // of a whole call of the port; 0 = 5 s
	Tokens    TokenCache                  // shared by all servers; nil = this process keeps its own
	Now       func() time.Time            // ages access tokens
	Observe   func(api string, err error) // sees how each request to WeChat ended; nil = nobody looks
}

// Gateway implements wechat.Gateway. It is safe for concurrent use and needs no Close.
type Gateway struct {
	appID   string
	secret  wechat.Secret
	base    *url.URL
	timeout time.Duration
	client  *http.Client
	breaker circuitbreaker.CircuitBreaker[any]
	tokens  *tokens
	observe func(api string, err error)
}

var _ wechat.Gateway = (*Gateway)(nil)

// Format keeps the app secret in, however a Gateway is printed: fmt reads private fields by reflection and so past
// the methods of wechat.Secret.
func (*Gateway) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte("wechat/live.Gateway")) }

// Open checks the options and makes a gateway. It calls nobody. Any number of gateways may live in one process.
func Open(o Options) (*Gateway, error) { return open(o, breakFor) }

func open(o Options, rest time.Duration) (*Gateway, error) {
	base, err := baseURL(o.BaseURL)
	switch {
	case err != nil:
		return nil, err
	case o.AppID == "" || o.AppSecret.Reveal() == "":
		return nil, errors.New("live: appid and app secret are needed")
	case o.Now == nil:
		return nil, errors.New("live: a clock is needed")
	}
	if o.Timeout <= 0 {
		o.Timeout = defaultTimeout
	}
	if o.Observe == nil {
		o.Observe = func(string, error) {}
	}
	takeOverSDK()
	g := &Gateway{
		appID: o.AppID, secret: o.AppSecret, base: base, timeout: o.Timeout, observe: o.Observe,
		client: newClient(),
		breaker: circuitbreaker.NewBuilder[any]().
			WithFailureThreshold(breakAfter).WithSuccessThreshold(1).WithDelay(rest).Build(),
	}
	g.tokens = &tokens{fetch: g.stableToken, shared: o.Tokens, now: o.Now, timeout: o.Timeout, observe: o.Observe}
	return g, nil
}

// baseURL never quotes what it refuses: an operator may have put credentials there.
func baseURL(s string) (*url.URL, error) {
	if s == "" {
		s = officialBase
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" {
		return nil, errors.New("live: the base URL must be http(s)://host and nothing that is secret")
	}
	if u.Path == "" {
		u.Path = "/" // JoinPath on an empty path leaves out the leading slash, and the request line with it
	}
	return u, nil
}

// bounded gives every call of the port an end, however patient its caller is.
func (g *Gateway) bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, g.timeout)
}
