package live

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"zhiqing/internal/wechat"
)

const (
	apiToken = "stable_token"
	// refreshBefore is when WeChat begins to hand out the next token; old and new work side by side until expiry.
	refreshBefore = 5 * time.Minute
	// refusedFor is how long a refused token stays refused. If WeChat hands out the same one again, asking once more within
	// this time would be the storm that we promise not to make.
	refusedFor = 30 * time.Second
)

// TokenCache shares the access token between the servers of one mini-program. Its failures cost a request, never a login.
type TokenCache interface {
	// Get returns the token and when it expires, or "" when there is none.
	Get(ctx context.Context) (token wechat.Secret, expires time.Time, err error)
	// Put replaces the token.
	Put(ctx context.Context, token wechat.Secret, expires time.Time) error
	// Evict forgets token if it is still the shared one.
	Evict(ctx context.Context, token wechat.Secret) error
}

// tokens keeps one access token. It never forces a refresh: stable_token allows 20 of those a day.
type tokens struct {
	fetch   func(context.Context) (wechat.Secret, time.Duration, error)
	shared  TokenCache // may be nil
	now     func() time.Time
	timeout time.Duration
	observe func(api string, err error)

	flight singleflight.Group

	mu        sync.Mutex
	current   wechat.Secret
	until     time.Time // when to look for the next one
	refused   wechat.Secret
	refusedAt time.Time
}

// get returns a token that should work. However many ask at once, at most one request is made; each waits no longer than
// its own context allows, and one who leaves does not end the request for the others.
func (t *tokens) get(ctx context.Context) (wechat.Secret, error) {
	if err := ctx.Err(); err != nil {
		return "", ended(err)
	}
	if token := t.held(); token != "" {
		return token, nil
	}
	done := t.flight.DoChan("", func() (any, error) {
		own, cancel := context.WithTimeout(context.WithoutCancel(ctx), t.timeout)
		defer cancel()
		return t.renew(own)
	})
	select {
	case <-ctx.Done():
		return "", ended(ctx.Err())
	case r := <-done:
		token, _ := r.Val.(wechat.Secret)
		return token, r.Err
	}
}

func (t *tokens) held() wechat.Secret {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.now().Before(t.until) {
		return t.current
	}
	return ""
}

// renew takes what another server has fetched, or fetches.
func (t *tokens) renew(ctx context.Context) (wechat.Secret, error) {
	if token := t.held(); token != "" { // a flight that landed between the look and the queue
		return token, nil
	}
	if token := t.fromShared(ctx); token != "" {
		return token, nil
	}
	token, life, err := t.fetch(ctx)
	if err != nil {
		return "", err
	}
	t.hold(token, t.now().Add(max(life-refreshBefore, life/2)))
	if t.shared != nil {
		t.noteCache(t.shared.Put(ctx, token, t.now().Add(life)))
	}
	return token, nil
}

func (t *tokens) fromShared(ctx context.Context) wechat.Secret {
	if t.shared == nil {
		return ""
	}
	token, expires, err := t.shared.Get(ctx)
	t.noteCache(err)
	until := expires.Add(-refreshBefore)
	if err != nil || token == "" || !t.now().Before(until) || t.wasRefused(token) {
		return ""
	}
	t.hold(token, until)
	return token
}

func (t *tokens) hold(token wechat.Secret, until time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.current, t.until = token, until
}

func (t *tokens) wasRefused(token wechat.Secret) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.refusedLately(token)
}

func (t *tokens) refusedLately(token wechat.Secret) bool {
	return token == t.refused && t.now().Sub(t.refusedAt) < refusedFor
}

// evict forgets a token that WeChat has refused and reports whether trying again with another one makes sense.
func (t *tokens) evict(ctx context.Context, token wechat.Secret) bool {
	again, first := t.drop(token)
	if first && t.shared != nil {
		t.noteCache(t.shared.Evict(ctx, token))
	}
	return again
}

// drop is the part of evict that is under the lock. A call that comes late, when the token has been dropped or replaced,
// tries again without evicting anything.
func (t *tokens) drop(token wechat.Secret) (again, first bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if token != t.current {
		return true, false
	}
	if t.refusedLately(token) {
		return false, false // WeChat gave the same token again
	}
	t.current, t.until = "", time.Time{}
	t.refused, t.refusedAt = token, t.now()
	return true, true
}

// noteCache tells the operator about a cache that fails, without its text: it may come from any engine.
func (t *tokens) noteCache(err error) {
	if err != nil {
		t.observe("token_cache", wechat.ErrUnavailable)
	}
}

// stableToken asks WeChat for the token in force. The secret travels in the body, not in the URL.
// https://developers.weixin.qq.com/miniprogram/dev/OpenApiDoc/mp-access-token/getStableAccessToken.html
func (g *Gateway) stableToken(ctx context.Context) (wechat.Secret, time.Duration, error) {
	a, err := g.post(ctx, apiToken, "/cgi-bin/stable_token", "", map[string]string{
		"grant_type": "client_credential", "appid": g.appID, "secret": g.secret.Reveal(),
	})
	if refusesToken(err) { // there is no token in this request: 40001 here means the app secret
		return "", 0, misused(err)
	}
	if err != nil {
		return "", 0, err
	}
	var got struct {
		Token   string `json:"access_token"`
		Seconds int64  `json:"expires_in"`
	}
	if json.Unmarshal(a.body, &got) != nil || got.Token == "" || got.Seconds <= 0 || got.Seconds > 30*24*3600 {
		return "", 0, misread()
	}
	return wechat.Secret(got.Token), time.Duration(got.Seconds) * time.Second, nil
}

// withToken does one call with an access token: if WeChat refuses the token, it is evicted and the call made once more.
func (g *Gateway) withToken(ctx context.Context, do func(token wechat.Secret) error) error {
	token, err := g.tokens.get(ctx)
	if err != nil {
		return err
	}
	err = do(token)
	if !refusesToken(err) || !g.tokens.evict(ctx, token) {
		return err
	}
	if token, err = g.tokens.get(ctx); err != nil {
		return err
	}
	return do(token)
}
