// Package wechattest says what every wechat.Gateway must do, as one suite over the sandbox with real HTTP.
//
// It owns the laws; live and sandbox prove each other under it. It refuses to look inside a gateway: what it knows comes
// from the port, from the sandbox's counters and from what a hostile server was sent.
//
// Start at Run; a file per kind of law.
package wechattest

import (
	"context"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"zhiqing/internal/wechat"
	"zhiqing/internal/wechat/sandbox"
)

// Setting is what a gateway is opened with.
type Setting struct {
	AppID     string
	AppSecret wechat.Secret
	BaseURL   string
	Timeout   time.Duration
	Tokens    *Tokens
	Now       func() time.Time
	Observe   func(api string, err error)
}

// Open makes the gateway under test.
type Open func(t testing.TB, s Setting) wechat.Gateway

// Run proves every law. It is the only entry, and no law is optional.
func Run(t *testing.T, open Open) {
	for _, law := range []struct {
		name  string
		prove func(*testing.T, Open)
	}{
		{"Logins", logins},
		{"Phones", phones},
		{"Codes", codes},
		{"Messages", messages},
		{"Tokens", tokens},
		{"Secrecy", secrecy},
		{"Bounds", bounds},
		{"Neighbours", neighbours},
	} {
		t.Run(law.name, func(t *testing.T) { law.prove(t, open) })
	}
}

const (
	appID  = "wx0123456789abcdef"
	secret = "poison-secret-of-the-app-00000000"
)

// stage is one sandbox on a real port and a gateway that speaks to it.
type stage struct {
	gateway wechat.Gateway
	setting Setting
	url     string
	clock   *clock
	ctx     context.Context
}

// play opens a sandbox and a gateway; change may adjust the gateway's setting first.
func play(t *testing.T, open Open, change ...func(*Setting)) *stage {
	t.Helper()
	clock := &clock{at: time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)}
	server := httptest.NewServer(sandbox.New(sandbox.Options{AppID: appID, AppSecret: secret, Now: clock.now}))
	t.Cleanup(server.Close)
	s := Setting{AppID: appID, AppSecret: secret, BaseURL: server.URL, Timeout: 5 * time.Second, Tokens: &Tokens{}, Now: clock.now}
	for _, c := range change {
		c(&s)
	}
	return &stage{gateway: open(t, s), setting: s, url: server.URL, clock: clock, ctx: t.Context()}
}

// clock is a time that moves when told to.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// Tokens is a shared cache of access tokens that counts.
type Tokens struct {
	mu        sync.Mutex
	token     wechat.Secret
	expires   time.Time
	evictions int
	failure   error // of every method, when set
}

// Get returns the token.
func (c *Tokens) Get(context.Context) (wechat.Secret, time.Time, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.token, c.expires, c.failure
}

// Put replaces the token.
func (c *Tokens) Put(_ context.Context, token wechat.Secret, expires time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.failure == nil {
		c.token, c.expires = token, expires
	}
	return c.failure
}

// Evict forgets token if it is the one kept, and counts.
func (c *Tokens) Evict(_ context.Context, token wechat.Secret) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.evictions++
	if c.token == token {
		c.token = ""
	}
	return c.failure
}

func (c *Tokens) evicted() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.evictions
}
