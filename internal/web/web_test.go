package web

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"

	"zhiqing/config"
	"zhiqing/internal/fault"
	"zhiqing/internal/observe"
)

// bench is an edge with operations that show every rule, served on a real listener.
type bench struct {
	*Edge
	url     string
	log     *lockedBuffer
	client  *http.Client
	entered chan struct{} // /slow says that it is inside
	release chan struct{} // and waits for this
	stop    context.CancelFunc
	served  chan error
}

type lockedBuffer struct {
	mu    sync.Mutex
	b     bytes.Buffer
	grown chan struct{} // has a token when something was written since it was last taken
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	select {
	case l.grown <- struct{}{}:
	default:
	}
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

var errOutdated = fault.Define(fault.Conflict, "consent.notice_outdated", "告知文本已更新，请重新阅读。", "The notice has changed. Please read it again.")

type decision struct {
	Purpose string `json:"purpose" minLength:"2" maxLength:"8" doc:"目的 · Purpose" example:"profile"`
	Choice  string `json:"choice" enum:"grant,refuse"`
}

type decideIn struct {
	DryRun bool `query:"dry_run"`
	Body   struct {
		Decisions []decision `json:"decisions" minItems:"1" maxItems:"3"`
		At        time.Time  `json:"at,omitempty"`
		Count     int        `json:"count,omitempty" minimum:"1"`
		Mail      string     `json:"mail,omitempty" format:"email"`
	}
}

type textOut struct{ Body struct{ Text string } }

func text(s string) *textOut {
	out := &textOut{}
	out.Body.Text = s
	return out
}

var errMoved = fault.Define(fault.Stale, "t.stale", "已更新", "moved on")

// failures maps the name in /fail/{how} to what the handler returns.
var failures = map[string]error{
	"invalid":         fault.Define(fault.Invalid, "t.invalid", "错", "wrong").At("body.purpose", "未知目的", "unknown purpose"),
	"unauthenticated": fault.Define(fault.Unauthenticated, "t.unauthenticated", "请登录", "sign in"),
	"forbidden":       fault.Define(fault.Forbidden, "t.forbidden", "不可", "no"),
	"hidden":          fault.Define(fault.Hidden, "t.missing", "没有", "nothing"),
	"missing":         fault.Define(fault.Missing, "t.missing", "没有", "nothing"),
	"conflict":        errOutdated.With("current", map[string]string{"version": "2.0"}).With("status", 200),
	"stale":           WithETag(fmt.Errorf("wrapped: %w", errMoved), `"p7"`),
	"unconditional":   ErrNoCondition,
	"gone":            fault.Define(fault.Gone, "t.gone", "已失效", "gone"),
	"too_many":        fault.Define(fault.TooMany, "t.many", "太多", "too many").After(1500 * time.Millisecond),
	"too_large":       fault.Define(fault.TooLarge, "t.large", "太大", "too large"),
	"unavailable":     fault.Define(fault.Unavailable, "t.down", "不可用", "down"),
	"internal":        fault.Define(fault.Internal, "t.internal", "出错", "defect"),
	"deadline":        fmt.Errorf("store: %w", context.DeadlineExceeded),
	"huma":            huma.Error404NotFound("user oAbCd is not here"),
	"not_modified":    NotModified(`"abc"`, "public, max-age=60", "Accept-Language"),
}

// start serves a bench; more registers what only one test needs. Fiber wants every route before it listens.
func start(t testing.TB, change func(*Options), more ...func(*bench)) *bench {
	t.Helper()
	b := &bench{log: &lockedBuffer{grown: make(chan struct{}, 1)}, client: &http.Client{Transport: &http.Transport{}}, entered: make(chan struct{}, 1), release: make(chan struct{}), served: make(chan error, 1)}
	var ids int
	var mu sync.Mutex
	o := Options{
		Title: "测试 · Test", Version: "1", Description: "说明 · Description", Now: time.Now,
		NewID: func() string { mu.Lock(); defer mu.Unlock(); ids++; return fmt.Sprintf("rid_%d", ids) },
		Log:   observe.NewLogger(b.log, config.Config{Log: config.Log{Format: "json", Level: "info"}}),
	}
	if change != nil {
		change(&o)
	}
	e, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	b.Edge = e
	b.register()
	for _, register := range more {
		register(b)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	b.url, b.stop = "http://"+l.Addr().String(), cancel
	go func() { b.served <- e.Serve(ctx, l, 5*time.Second) }()
	t.Cleanup(func() {
		b.client.CloseIdleConnections()
		cancel()
		if err, ok := <-b.served; ok && err != nil {
			t.Errorf("serving ended with %v", err)
		}
	})
	return b
}

func (b *bench) register() {
	api := b.API()
	huma.Register(api, huma.Operation{Method: "GET", Path: "/plain", Tags: []string{"demo"}, Summary: "普通 · Plain"}, func(context.Context, *struct{}) (*textOut, error) { return text("hello"), nil })
	huma.Register(api, huma.Operation{Method: "POST", Path: "/decide", Tags: []string{"demo"}, Summary: "决定 · Decide", Errors: []int{409}, Security: []map[string][]string{{"bearer": {}}}},
		func(context.Context, *decideIn) (*textOut, error) { return text("decided"), nil })
	huma.Register(api, huma.Operation{Method: "GET", Path: "/fail/{how}"}, func(_ context.Context, in *struct {
		How string `path:"how"`
	}) (*textOut, error) {
		return nil, failures[in.How]
	})
	huma.Register(api, huma.Operation{Method: "GET", Path: "/panic"}, func(context.Context, *struct{}) (*textOut, error) {
		panic("openid oAbCd1234567890123456789012")
	})
	huma.Register(api, huma.Operation{Method: "GET", Path: "/who"}, func(ctx context.Context, _ *struct{}) (*textOut, error) {
		return text(ClientAddr(ctx) + " " + RequestID(ctx) + " " + Lang(ctx)), nil
	})
	huma.Register(api, huma.Operation{Method: "GET", Path: "/slow"}, func(context.Context, *struct{}) (*textOut, error) {
		b.entered <- struct{}{}
		<-b.release
		return text("done"), nil
	})
	huma.Register(api, huma.Operation{Method: "GET", Path: "/stuck"}, func(ctx context.Context, _ *struct{}) (*textOut, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	})
	huma.Register(api, huma.Operation{Method: "POST", Path: "/session", Middlewares: huma.Middlewares{b.LimitSessions}},
		func(context.Context, *struct{}) (*textOut, error) { return text("new"), nil })
	b.Fiber().Get("/page", func(c *fiber.Ctx) error { return errOutdated })
	b.Fiber().Get("/page/:name", func(c *fiber.Ctx) error { return c.SendString(c.Params("name")) })
}

type answer struct {
	status int
	header http.Header
	body   string
	Problem
	members map[string]any
}

// send makes a request; headers are name, value, name, value, …
func (b *bench) send(t testing.TB, method, path, body string, headers ...string) answer {
	t.Helper()
	req, err := http.NewRequest(method, b.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Add(headers[i], headers[i+1])
	}
	res, err := b.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	return read(t, res)
}

func read(t testing.TB, res *http.Response) answer {
	t.Helper()
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	a := answer{status: res.StatusCode, header: res.Header, body: string(raw)}
	if strings.HasPrefix(res.Header.Get("Content-Type"), problemType) && len(raw) > 0 {
		if err := json.Unmarshal(raw, &a.Problem); err != nil {
			t.Fatalf("%s: %v", raw, err)
		}
		_ = json.Unmarshal(raw, &a.members)
	}
	return a
}

// expectProblem checks that a is the problem document with that status and code.
func (a answer) expectProblem(t testing.TB, status int, code string) {
	t.Helper()
	if a.status != status || a.Status != status || a.Code != code {
		t.Fatalf("got %d %q, want %d %s: %s", a.status, a.Code, status, code, a.body)
	}
	if a.header.Get("Content-Type") != problemType || a.Type != typePrefix+code || a.Title == "" || a.Detail == "" {
		t.Errorf("incomplete problem: %s %v", a.body, a.header)
	}
	if a.Instance != "urn:zhiqing:request:"+a.header.Get("X-Request-Id") {
		t.Errorf("instance %q does not name the request %q", a.Instance, a.header.Get("X-Request-Id"))
	}
	a.expectSecure(t)
}

func (a answer) expectSecure(t testing.TB) {
	t.Helper()
	for name, want := range map[string]string{
		"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Content-Security-Policy": strictPolicy, "Cache-Control": "no-store",
	} {
		if got := a.header.Values(name); len(got) != 1 || got[0] != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	for _, absent := range []string{"Access-Control-Allow-Origin", "Server"} {
		if a.header.Get(absent) != "" {
			t.Errorf("%s is sent", absent)
		}
	}
}

// mustNotSay checks that none of the words is in the answer or the log.
func (b *bench) mustNotSay(t testing.TB, a answer, words ...string) {
	t.Helper()
	log := b.log.String()
	for _, word := range words {
		if strings.Contains(a.body, word) || strings.Contains(fmt.Sprint(a.header), word) {
			t.Errorf("the answer says %q: %s", word, a.body)
		}
		if strings.Contains(log, word) {
			t.Errorf("the log says %q:\n%s", word, log)
		}
	}
}
