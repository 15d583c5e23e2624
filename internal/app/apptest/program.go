// Package apptest runs the real program for tests: its whole configuration, its real doors, a real store, on ports that
// the system gives. It owns starting, stopping and talking to it over HTTP, and the stories that must pass on every engine
// (Stories). It refuses to reach inside: what it asserts, a mini-program or an operator could see.
package apptest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"zhiqing/config"
	"zhiqing/internal/app"
	"zhiqing/internal/observe"
	"zhiqing/internal/staff"
)

// Program is a running program.
type Program struct {
	T       testing.TB
	Config  config.Config
	App     *app.App
	API     string // http://127.0.0.1:port
	Sandbox string
	Clock   *Clock
	Log     *Buffer // everything it logged
	stop    func()
}

// Clock is a clock that a test can move forward.
type Clock struct {
	mu    sync.Mutex
	ahead time.Duration
}

// Now is the real time plus what the test has added.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return app.Clock().Add(c.ahead)
}

// Advance moves the clock forward.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ahead += d
}

// Buffer keeps what is logged.
type Buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *Buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

// String is everything written so far.
func (b *Buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// Configure returns a development configuration on free ports; storeURL "" means SQLite in dir.
func Configure(dir, storeURL string) config.Config {
	c := config.Defaults()
	c.Server.Addr, c.WeChat.SandboxAddr = "127.0.0.1:0", "127.0.0.1:0"
	c.WeChat.Timeout = time.Second
	c.Vault.Keyset, c.Vault.Keys = filepath.Join(dir, "keyset.json"), filepath.Join(dir, "vault-keys.json")
	c.Vault.Erasures = filepath.Join(dir, "erasures.jsonl")
	c.Store.URL = config.Secret(storeURL)
	if storeURL == "" {
		c.Store.URL = config.Secret("sqlite:" + filepath.Join(dir, "zhiqing.db"))
	}
	c.Limits.SessionsPerMinute, c.Limits.RequestsPerSecond = 100_000, 100_000
	return c
}

// Start runs the program until the test ends. change may alter the options first.
func Start(t testing.TB, storeURL string, change ...func(*app.Options)) *Program {
	t.Helper()
	p := &Program{T: t, Clock: &Clock{}, Log: &Buffer{}}
	o := app.Options{Config: Configure(t.TempDir(), storeURL), Now: p.Clock.Now, Passwords: staff.Cost{Memory: 8, Time: 1, Threads: 1}}
	o.Log = slog.New(slog.NewTextHandler(p.Log, nil))
	for _, f := range change {
		f(&o)
	}
	p.Config = o.Config
	if o.Log != nil {
		o.Log = observe.NewLogger(p.Log, o.Config)
	}
	a, err := app.Open(t.Context(), o)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	p.App = a
	ctx, cancel := context.WithCancel(context.Background())
	ready, done := make(chan app.Addresses, 1), make(chan error, 1)
	go func() { done <- a.Run(ctx, func(at app.Addresses) { ready <- at }) }()
	select {
	case at := <-ready:
		p.API, p.Sandbox = at.API, at.Sandbox
	case err := <-done:
		t.Fatalf("run: %v", err)
	}
	p.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("run: %v", err)
		}
		if err := a.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	t.Cleanup(p.stop)
	return p
}

// Stop ends the program gracefully; the store's files stay until the test ends.
func (p *Program) Stop() { p.stop() }

// Answer is what came back.
type Answer struct {
	Status int
	Header http.Header
	Raw    []byte
	JSON   map[string]any // nil when the body is no JSON object
}

// Get reads a member by its path (`subject.id`, `entries.0.hash`), or nil.
func (a Answer) Get(path ...any) any {
	var v any = a.JSON
	for _, step := range path {
		switch s := step.(type) {
		case string:
			m, _ := v.(map[string]any)
			v = m[s]
		case int:
			l, _ := v.([]any)
			if s >= len(l) {
				return nil
			}
			v = l[s]
		}
	}
	return v
}

// Str is Get as text, "" when it is none.
func (a Answer) Str(path ...any) string {
	s, _ := a.Get(path...).(string)
	return s
}

// Call is one request. Body may be a string or []byte (sent as it is) or anything else (sent as JSON).
type Call struct {
	Method, Path, Token string
	Body                any
	Header              map[string]string
}

// Do makes a request to the API.
func (p *Program) Do(c Call) Answer {
	p.T.Helper()
	a, err := p.Try(c)
	if err != nil {
		p.T.Fatalf("%s %s: %v", c.Method, c.Path, err)
	}
	return a
}

// Try is Do for goroutines and for servers that may be gone.
func (p *Program) Try(c Call) (Answer, error) {
	var body io.Reader
	switch b := c.Body.(type) {
	case nil:
	case string:
		body = bytes.NewReader([]byte(b))
	case []byte:
		body = bytes.NewReader(b)
	default:
		data, err := json.Marshal(b)
		if err != nil {
			return Answer{}, err
		}
		body = bytes.NewReader(data)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	url := c.Path
	if url[0] == '/' {
		url = p.API + url
	}
	r, err := http.NewRequestWithContext(ctx, c.Method, url, body)
	if err != nil {
		return Answer{}, err
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if c.Token != "" {
		r.Header.Set("Authorization", "Bearer "+c.Token)
	}
	for k, v := range c.Header {
		r.Header.Set(k, v)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return Answer{}, err
	}
	defer func() { _ = resp.Body.Close() }()
	a := Answer{Status: resp.StatusCode, Header: resp.Header}
	if a.Raw, err = io.ReadAll(resp.Body); err != nil {
		return a, err
	}
	_ = json.Unmarshal(a.Raw, &a.JSON)
	return a, nil
}

// Want makes a request and fails the test unless it is answered with status.
func (p *Program) Want(status int, c Call) Answer {
	p.T.Helper()
	a := p.Do(c)
	if a.Status != status {
		p.T.Fatalf("%s %s: status %d, want %d\n%s", c.Method, c.Path, a.Status, status, a.Raw)
	}
	return a
}

// Refused makes a request and fails the test unless it is refused with this status and problem code.
func (p *Program) Refused(status int, code string, c Call) Answer {
	p.T.Helper()
	a := p.Want(status, c)
	if a.Str("code") != code || a.Header.Get("Content-Type") != "application/problem+json" || a.Str("detail") == "" {
		p.T.Fatalf("%s %s: not a problem document with code %s:\n%s %s", c.Method, c.Path, code, a.Header.Get("Content-Type"), a.Raw)
	}
	return a
}

// Guest starts a guest session and returns its access token.
func (p *Program) Guest() Answer {
	p.T.Helper()
	return p.Want(200, Call{Method: "POST", Path: "/v1/sessions/guest"})
}

// Login logs a sandbox person in with a fresh code.
func (p *Program) Login(person string) Answer {
	p.T.Helper()
	return p.Want(200, Call{Method: "POST", Path: "/v1/sessions/wechat", Body: map[string]any{"code": Code(person)}})
}

var codes struct {
	sync.Mutex
	n int
}

// Code makes a login code of a sandbox person that has not been used.
func Code(person string) string {
	codes.Lock()
	defer codes.Unlock()
	codes.n++
	return fmt.Sprintf("%s-%d", person, codes.n)
}

// Decision is one element of a decisions array.
func Decision(purpose, verb, version string) map[string]any {
	d := map[string]any{"purpose": purpose, "decision": verb}
	if version != "" {
		d["notice_version"] = version
	}
	return d
}

// Decide is the call that submits decisions.
func Decide(token string, decisions ...map[string]any) Call {
	return Call{Method: "POST", Path: "/v1/me/consents", Token: token, Body: map[string]any{"decisions": decisions, "method": "tap"}}
}

// Calls is how often the sandbox was called, by path.
func (p *Program) Calls() map[string]any {
	p.T.Helper()
	return p.Want(200, Call{Method: "GET", Path: p.Sandbox + "/_sandbox/calls"}).JSON
}
