package web

import (
	"context"
	"io"
	"log/slog"
	"net"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"zhiqing/internal/observe"
)

type trivial struct {
	Status string `json:"status"`
	Count  int    `json:"count"`
}

// BenchmarkBareFiber is the limit that BenchmarkEdge is measured against: the same answer without an edge.
func BenchmarkBareFiber(b *testing.B) {
	app := fiber.New(fiber.Config{DisableStartupMessage: true, Immutable: true})
	app.Get("/trivial", func(c *fiber.Ctx) error { return c.JSON(trivial{"ok", 1}) })
	direct(b, app)
}

// BenchmarkEdge is one operation with everything that the edge does, metrics included, the access log off.
func BenchmarkEdge(b *testing.B) {
	direct(b, benchEdge(b).Fiber())
}

func benchEdge(b *testing.B) *Edge {
	metrics := observe.New()
	e, err := New(Options{Title: "t", Version: "1", Now: time.Now, NewID: func() string { return "rid_00000000000000000000000000" },
		Log: slog.New(slog.NewTextHandler(io.Discard, nil)), AccessLevel: slog.LevelDebug, Observe: metrics.Request})
	if err != nil {
		b.Fatal(err)
	}
	type out struct{ Body trivial }
	huma.Register(e.API(), huma.Operation{Method: "GET", Path: "/trivial"}, func(context.Context, *struct{}) (*out, error) {
		return &out{trivial{"ok", 1}}, nil
	})
	return e
}

// direct calls the handler without a network.
func direct(b *testing.B, app *fiber.App) {
	app.Handler() // builds the route tree
	handler := app.Server().Handler
	var ctx fasthttp.RequestCtx
	ctx.Request.Header.SetMethod("GET")
	ctx.Request.SetRequestURI("/trivial")
	ctx.Request.Header.SetHost("x")
	b.ReportAllocs()
	for b.Loop() {
		ctx.Response.Reset()
		ctx.ResetUserValues()
		handler(&ctx)
	}
	if ctx.Response.StatusCode() != 200 {
		b.Fatal(ctx.Response.StatusCode(), string(ctx.Response.Body()))
	}
}

// BenchmarkBareFiberOverTCP and BenchmarkEdgeOverTCP compare the two as a client sees them, over a loopback connection
// per worker: the ratio of these is the one that a user can notice.
func BenchmarkBareFiberOverTCP(b *testing.B) {
	app := fiber.New(fiber.Config{DisableStartupMessage: true, Immutable: true})
	app.Get("/trivial", func(c *fiber.Ctx) error { return c.JSON(trivial{"ok", 1}) })
	overTCP(b, func(ctx context.Context, l net.Listener) {
		go func() { <-ctx.Done(); _ = app.Shutdown() }()
		_ = app.Listener(l)
	})
}

func BenchmarkEdgeOverTCP(b *testing.B) {
	e := benchEdge(b)
	overTCP(b, func(ctx context.Context, l net.Listener) { _ = e.Serve(ctx, l, time.Second) })
}

func overTCP(b *testing.B, serve func(context.Context, net.Listener)) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); serve(ctx, l) }()
	client := &fasthttp.HostClient{Addr: l.Addr().String(), MaxConns: 64}
	b.SetParallelism(32)
	b.RunParallel(func(pb *testing.PB) {
		req, res := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
		req.SetRequestURI("http://x/trivial")
		for pb.Next() {
			if err := client.Do(req, res); err != nil || res.StatusCode() != 200 {
				b.Error(err, res.StatusCode())
				return
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "req/s")
	client.CloseIdleConnections()
	stop()
	<-done
}
