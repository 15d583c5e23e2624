package app

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/http"
	"runtime/debug"

	"zhiqing/internal/ident"
	"zhiqing/internal/web"
	miniprogramapi "zhiqing/miniprogram-api"
)

// openEdge builds the HTTP door with every route.
func (a *App) openEdge() (err error) {
	ids := ident.Source{Reader: rand.Reader}
	a.edge, err = web.New(web.Options{
		Title: "知情 Zhiqing", Version: apiVersion, Description: apiDescription, Now: a.now, Log: a.log,
		NewID: func() string { return ids.New(ident.Request) }, BodyLimit: a.config.Server.BodyLimit, RequestTimeout: a.config.Server.RequestTimeout,
		TrustedProxies: a.config.Server.TrustedProxies, Production: a.config.InProduction(), Observe: a.metrics.Request,
		SessionsPerMinute: a.config.Limits.SessionsPerMinute, RequestsPerSecond: a.config.Limits.RequestsPerSecond,
	})
	if err != nil {
		return err
	}
	a.api.Edge = a.edge
	a.api.Register()
	if err := a.openConsole(); err != nil {
		return err
	}
	a.edge.Health(a.engine.Ping)
	if !a.config.InProduction() && a.config.Server.MetricsAddr == "" {
		a.edge.Metrics(a.metrics.Handler())
	}
	return nil
}

const apiDescription = "微信小程序的隐私后端：会话、告知、同意与回执。 · The privacy backend of a WeChat mini-program: sessions, notices, consent and receipts."

// apiVersion is the contract's, not the program's: it changes when the contract does.
const apiVersion = "1.0"

// Version is the module's version as built, or "devel".
func Version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "devel"
}

// Edge is the HTTP door, for the OpenAPI document.
func (a *App) Edge() *web.Edge { return a.edge }

// Addresses is where a running program answers.
type Addresses struct {
	API     string // http://host:port
	Sandbox string // "" in live mode
	Metrics string // "" when it is on the API's address or nowhere
}

// Run listens, calls ready with where it answers, and serves until ctx ends. Then it stops accepting, lets requests and
// jobs under way finish, and returns nil. Call Close afterwards.
func (a *App) Run(ctx context.Context, ready func(Addresses)) error {
	l, err := net.Listen("tcp", a.config.Server.Addr)
	if err != nil {
		return fmt.Errorf("server.addr: %w", err)
	}
	at := Addresses{API: "http://" + l.Addr().String()}
	if a.sandbox != nil {
		at.Sandbox = a.sandbox.URL()
		a.sandbox.play.PushTo(at.API + miniprogramapi.PushPath)
	}
	stopMetrics, err := a.serveMetrics(&at)
	if err != nil {
		return errors.Join(err, l.Close())
	}
	jobs, stopJobs := context.WithCancel(context.WithoutCancel(ctx))
	wait := a.startJobs(jobs)
	if ready != nil {
		ready(at)
	}
	err = a.edge.Serve(ctx, l, a.config.Server.ShutdownTimeout)
	stopJobs()
	wait()
	return errors.Join(err, stopMetrics())
}

// serveMetrics opens /metrics on its own address where one is configured.
func (a *App) serveMetrics(at *Addresses) (stop func() error, err error) {
	if a.config.Server.MetricsAddr == "" {
		return func() error { return nil }, nil
	}
	l, err := net.Listen("tcp", a.config.Server.MetricsAddr)
	if err != nil {
		return nil, fmt.Errorf("server.metrics_addr: %w", err)
	}
	at.Metrics = "http://" + l.Addr().String() + "/metrics"
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", a.metrics.Handler())
	server := &http.Server{Handler: mux, ReadHeaderTimeout: readHeaderTimeout}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(l)
	}()
	return func() error {
		err := server.Close()
		<-done
		return err
	}, nil
}
