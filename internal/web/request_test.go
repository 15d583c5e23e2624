package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"
)

func TestEveryAnswerHasTheSecurityHeaders(t *testing.T) {
	b := start(t, nil)
	for _, path := range []string{"/plain", "/fail/internal", "/nowhere", "/panic", "/page/x"} {
		a := b.send(t, "GET", path, "")
		a.expectSecure(t)
		if a.header.Get("Strict-Transport-Security") != "" {
			t.Error("development promises TLS")
		}
	}
	b = start(t, func(o *Options) { o.Production = true })
	if got := b.send(t, "GET", "/plain", "").header.Get("Strict-Transport-Security"); got != hstsYear {
		t.Errorf("production sends %q", got)
	}
}

func TestTheRequestIDIsOursAndInEveryLine(t *testing.T) {
	b := start(t, nil)
	a := b.send(t, "GET", "/who", "", "X-Request-Id", "mine")
	id := a.header.Get("X-Request-Id")
	if id != "rid_1" || !strings.Contains(a.body, " rid_1 ") {
		t.Errorf("header %q, body %s", id, a.body)
	}
	line := b.waitForLine(t, `"request_id":"rid_1"`)
	for _, want := range []string{`"method":"GET"`, `"route":"/who"`, `"status":200`, `"took":`} {
		if !strings.Contains(line, want) {
			t.Errorf("%s is not in %s", want, line)
		}
	}
}

// waitForLine waits until the log has a line with text: the line of an answer is written after the answer.
func (b *bench) waitForLine(t *testing.T, text string) string {
	t.Helper()
	for late := time.After(10 * time.Second); ; {
		for line := range strings.Lines(b.log.String()) {
			if strings.Contains(line, text) {
				return line
			}
		}
		select {
		case <-b.log.grown:
		case <-late:
			t.Fatalf("no line has %s:\n%s", text, b.log.String())
		}
	}
}

func TestTheAccessLogNamesNobody(t *testing.T) {
	type seen struct{ route, method string }
	observed := make(chan seen, 8)
	b := start(t, func(o *Options) {
		o.TrustedProxies = []string{"127.0.0.1"}
		o.Observe = func(route, method string, _ int, _ time.Duration) { observed <- seen{route, method} }
	})
	for path, route := range map[string]string{
		"/fail/person-oAbCd?dry_run=secret-q": "/fail/{how}", "/nowhere/person-oAbCd": "unmatched", "/page/person-oAbCd": "/page/:name",
	} {
		b.send(t, "GET", path, "", "User-Agent", "poison-agent", "X-Forwarded-For", "203.0.113.9", "Authorization", "Bearer poison-token")
		if got := <-observed; got.route != route {
			t.Errorf("%s is counted as %q, want %q", path, got.route, route)
		}
		b.waitForLine(t, `"route":"`+route+`"`)
	}
	for _, word := range []string{"person", "secret-q", "poison", "203.0.113.9", "127.0.0.1"} {
		if strings.Contains(b.log.String(), word) {
			t.Errorf("the log says %q:\n%s", word, b.log.String())
		}
	}
}

func TestTheClientIsThePeerUnlessATrustedProxySpeaks(t *testing.T) {
	for name, c := range map[string]struct {
		trusted []string
		headers []string
		want    string
	}{
		"nobody is trusted":        {nil, []string{"203.0.113.9"}, "127.0.0.1"},
		"another proxy is trusted": {[]string{"192.0.2.1"}, []string{"203.0.113.9"}, "127.0.0.1"},
		"one proxy":                {[]string{"127.0.0.0/8"}, []string{"203.0.113.9"}, "203.0.113.9"},
		"forged on the left":       {[]string{"127.0.0.1"}, []string{"198.51.100.1, 203.0.113.9"}, "203.0.113.9"},
		"two proxies":              {[]string{"127.0.0.1", "10.0.0.0/8"}, []string{"198.51.100.1, 203.0.113.9, 10.1.2.3"}, "203.0.113.9"},
		"two lines":                {[]string{"127.0.0.1", "10.0.0.0/8"}, []string{"198.51.100.1", "203.0.113.9", "10.1.2.3"}, "203.0.113.9"},
		"with a port":              {[]string{"127.0.0.1"}, []string{"203.0.113.9:4711"}, "203.0.113.9"},
		"IPv6":                     {[]string{"127.0.0.1"}, []string{"2001:db8::1"}, "2001:db8::1"},
		"IPv4 in IPv6":             {[]string{"127.0.0.1"}, []string{"::ffff:203.0.113.9"}, "203.0.113.9"},
		"garbage":                  {[]string{"127.0.0.1"}, []string{"203.0.113.9, who knows"}, "127.0.0.1"},
		"no header":                {[]string{"127.0.0.1"}, nil, "127.0.0.1"},
	} {
		t.Run(name, func(t *testing.T) {
			b := start(t, func(o *Options) { o.TrustedProxies = c.trusted })
			headers := []string{}
			for _, h := range c.headers {
				headers = append(headers, "X-Forwarded-For", h)
			}
			if a := b.send(t, "GET", "/who", "", headers...); !strings.Contains(a.body, `"`+c.want+` `) {
				t.Errorf("%s, want %s", a.body, c.want)
			}
		})
	}
}

func TestOutsideOfARequestTheAccessorsKnowNothing(t *testing.T) {
	ctx := context.Background()
	if RequestID(ctx) != "" || ClientAddr(ctx) != "" || Lang(ctx) != Chinese {
		t.Error(RequestID(ctx), ClientAddr(ctx), Lang(ctx))
	}
}

func TestEveryRequestHasADeadline(t *testing.T) {
	b := start(t, func(o *Options) { o.RequestTimeout = 30 * time.Millisecond })
	a := b.send(t, "GET", "/stuck", "")
	a.expectProblem(t, 503, "request.overdue")
	if a.header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
}

func TestAGracefulEndFinishesWhatIsUnderWay(t *testing.T) {
	b := start(t, nil)
	answered := make(chan answer, 1)
	go func() { answered <- b.send(t, "GET", "/slow", "") }()
	<-b.entered
	b.stop()
	for { // the listener closes at once
		res, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Get(b.url + "/plain")
		if err != nil {
			break
		}
		res.Body.Close()
	}
	select {
	case err := <-b.served:
		t.Fatalf("it ended with a request under way: %v", err)
	default:
	}
	close(b.release)
	if a := <-answered; a.status != 200 || !strings.Contains(a.body, "done") {
		t.Errorf("%d %s", a.status, a.body)
	}
	if err := <-b.served; err != nil {
		t.Errorf("it ended with %v", err)
	}
	close(b.served)
}

func TestAnEndBeforeTheBeginningIsAnEnd(t *testing.T) {
	e, err := New(Options{Now: time.Now, NewID: func() string { return "rid" }, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := e.Serve(ctx, l, time.Second); err != nil {
		t.Error(err)
	}
	if c, err := net.Dial("tcp", l.Addr().String()); err == nil {
		c.Close()
		t.Error("it still listens")
	}
}

// TestStringsOfARequestStayTheirs is the probe for Fiber's aliasing: 200 path parameters are kept while other requests
// reuse the buffers. Without Immutable nearly all of them turn into something else.
func TestStringsOfARequestStayTheirs(t *testing.T) {
	var mu sync.Mutex
	kept := map[string][]string{}
	keep := func(values ...string) { mu.Lock(); kept[strings.Clone(values[0])] = values; mu.Unlock() }
	b := start(t, nil, func(b *bench) {
		b.Fiber().Get("/keep/:name", func(c *fiber.Ctx) error {
			keep(c.Params("name"), c.Query("q"), c.Get("X-Probe"))
			return nil
		})
		huma.Register(b.API(), huma.Operation{Method: "GET", Path: "/hold/{name}"}, func(_ context.Context, in *struct {
			Name  string `path:"name"`
			Q     string `query:"q"`
			Probe string `header:"X-Probe"`
		}) (*struct{}, error) {
			keep(in.Name, in.Q, in.Probe)
			return nil, nil
		})
	})
	want := func(i int) string { return fmt.Sprintf("name-%03d-%s", i, strings.Repeat("x", 8)) }
	var group sync.WaitGroup
	for worker := range 8 {
		group.Go(func() {
			for i := worker; i < 200; i += 8 {
				path := [2]string{"/keep/", "/hold/"}[i%2]
				b.send(t, "GET", path+want(i)+"?q="+want(i), "", "X-Probe", want(i))
			}
		})
	}
	group.Wait()
	for range 400 {
		b.send(t, "GET", "/page/zzzzzzzzzzzzzzzzzzzzzzz?q=yyyyyyyyyyyyyyyyyyyyy", "", "X-Probe", "wwwwwwwwwwwwwwwwwwwwwwww")
	}
	for i := range 200 {
		values := kept[want(i)]
		if len(values) != 3 || values[0] != want(i) || values[1] != want(i) || values[2] != want(i) {
			t.Errorf("%s became %q", want(i), values)
		}
	}
}

func TestHealth(t *testing.T) {
	var down error
	b := start(t, nil, func(b *bench) { b.Health(func(context.Context) error { return down }) })
	for _, path := range []string{"/livez", "/readyz"} {
		if a := b.send(t, "GET", path, ""); a.status != 200 || a.body != `{"status":"ok"}` {
			t.Errorf("%s: %d %s", path, a.status, a.body)
		}
	}
	down = errors.New("mongodb://root:hunter2@db is gone")
	if a := b.send(t, "GET", "/livez", ""); a.status != 200 {
		t.Error("a process without its store is restarted, which helps nobody")
	}
	a := b.send(t, "GET", "/readyz", "")
	a.expectProblem(t, 503, "unavailable.not_ready")
	b.mustNotSay(t, a, "hunter2")
}

func TestMetricsAreMounted(t *testing.T) {
	b := start(t, nil, func(b *bench) {
		b.Metrics(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "up 1") }))
	})
	if a := b.send(t, "GET", "/metrics", ""); a.status != 200 || a.body != "up 1" {
		t.Errorf("%d %s", a.status, a.body)
	}
}

func TestIncompleteOptionsAreRefused(t *testing.T) {
	_, err := New(Options{BodyLimit: -1, TrustedProxies: []string{"nonsense"}})
	for _, word := range []string{"NewID", "negative", "nonsense"} {
		if err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("%v does not say %s", err, word)
		}
	}
}
