package web

import (
	"context"
	"log/slog"
	"net/netip"
	"net/url"
	"runtime"
	"runtime/debug"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"

	"zhiqing/internal/observe"
)

// request is the context of one request: it ends at the deadline and knows what the accessors below tell.
type request struct {
	context.Context
	id     string
	accept string // Accept-Language
	client netip.Addr
	route  string // template of the operation; "" until one matches
}

type requestKey struct{}

// Value finds the request itself before asking its parent.
func (r *request) Value(key any) any {
	if key == (requestKey{}) {
		return r
	}
	return r.Context.Value(key)
}

func requestOf(ctx context.Context) *request {
	r, _ := ctx.Value(requestKey{}).(*request)
	return r
}

// RequestID is the id of the request under way, as in the X-Request-Id header and the log; "" outside of a request.
func RequestID(ctx context.Context) string {
	if r := requestOf(ctx); r != nil {
		return r.id
	}
	return ""
}

// ClientAddr is the address of whoever asks: the peer, unless that is a trusted proxy; then what it says. It is for
// limiting only: never store, log or send it. "" outside of a request.
func ClientAddr(ctx context.Context) string {
	if r := requestOf(ctx); r != nil && r.client.IsValid() {
		return r.client.String()
	}
	return ""
}

// begin gives the request its id, its deadline and the headers that every answer has.
func (e *Edge) begin(c *fiber.Ctx) (*request, context.CancelFunc) {
	id := e.options.NewID()
	ctx, cancel := context.WithTimeout(observe.WithRequestID(context.Background(), id), e.options.RequestTimeout)
	r := &request{Context: ctx, id: id, accept: string(c.Request().Header.Peek(fiber.HeaderAcceptLanguage)), client: e.clientAddr(c)}
	c.SetUserContext(r)
	e.setHeaders(c, id)
	return r, cancel
}

// around is the first and last step of every request.
func (e *Edge) around(c *fiber.Ctx) error {
	start := e.options.Now()
	r, cancel := e.begin(c)
	unmatched := c.Route()
	defer func() {
		if cause := recover(); cause != nil {
			e.panicked(c, r, cause)
		}
		cancel()
		if r.route == "" && c.Route() != unmatched {
			r.route = c.Route().Path
		}
		e.answered(c, r, e.options.Now().Sub(start))
	}()
	if !wellFormed(c.Request().Header.RequestURI()) {
		return e.fail(c, errTarget)
	}
	if e.plain(c) {
		return e.fail(c, errPlain)
	}
	if c.Method() == fiber.MethodHead {
		c.Method(fiber.MethodGet) // every page answers HEAD (RFC 9110 §9.3.2); fasthttp leaves the body out
	}
	if err := c.Next(); err != nil {
		return e.fail(c, err)
	}
	if c.Response().StatusCode() == fiber.StatusNotModified {
		c.Response().Header.Del(fiber.HeaderContentType) // RFC 9110 §15.4.5: no metadata about a body that is not there
	}
	return nil
}

// wellFormed refuses targets that huma and Fiber would read differently, or not at all: only an absolute path and a
// query, percent-encoded UTF-8 without control characters (RFC 9112 §3.2.1).
func wellFormed(target []byte) bool {
	if len(target) == 0 || target[0] != '/' || len(target) > 1 && target[1] == '/' {
		return false
	}
	encoded := false
	for _, b := range target {
		if b <= ' ' || b >= 0x7f {
			return false
		}
		encoded = encoded || b == '%'
	}
	if !encoded {
		return true
	}
	decoded, err := url.PathUnescape(string(target))
	return err == nil && utf8.ValidString(decoded) && strings.IndexFunc(decoded, func(r rune) bool { return r < ' ' || r == 0x7f }) < 0
}

// noteRoute remembers the operation's template: the path that was asked for is never logged or counted.
func noteRoute(ctx huma.Context, next func(huma.Context)) {
	if r := requestOf(ctx.Context()); r != nil {
		r.route = ctx.Operation().Path
	}
	next(ctx)
}

// panicked answers 500. The value of a panic may hold personal data, so only the runtime's own texts are logged.
func (e *Edge) panicked(c *fiber.Ctx, r *request, cause any) {
	text := "a value of our own"
	if err, ok := cause.(runtime.Error); ok {
		text = err.Error()
	}
	e.options.Log.LogAttrs(r, slog.LevelError, "panic", slog.String("panic", text), slog.String("stack", string(debug.Stack())))
	c.Response().Reset()
	e.setHeaders(c, r.id)
	_ = e.fail(c, problemOf(errInternal, nil))
}

// answered counts and logs one answer, without saying who asked for what exactly.
func (e *Edge) answered(c *fiber.Ctx, r *request, took time.Duration) {
	route, status := r.route, c.Response().StatusCode()
	if route == "" {
		route = "unmatched"
	}
	method := string(c.Request().Header.Method())
	if !knownMethod(method) {
		method = "other"
	}
	e.options.Observe(route, method, status, took)
	level := e.options.AccessLevel
	if status >= fiber.StatusInternalServerError {
		level = slog.LevelError
	}
	if e.options.Log.Enabled(r, level) {
		e.options.Log.LogAttrs(r, level, "answered", slog.String("method", method), slog.String("route", route),
			slog.Int("status", status), slog.Duration("took", took))
	}
}
