package web

import (
	"context"
	"net"
	"slices"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
)

// How long a connection may take, whatever it does. A request that drips in ends with readTimeout.
const (
	readTimeout  = 15 * time.Second
	writeTimeout = 30 * time.Second
	idleTimeout  = 75 * time.Second
	headerLimit  = 8 << 10 // request line and header fields, in bytes
)

// Serve answers on l until ctx ends. Then it stops accepting, lets requests under way finish for at most grace, and
// returns nil; when some did not finish, context.DeadlineExceeded. It closes l in any case.
func (e *Edge) Serve(ctx context.Context, l net.Listener, grace time.Duration) error {
	served := make(chan error, 1)
	go func() { served <- e.app.Listener(lingering{l}) }()
	select {
	case err := <-served:
		return err
	case <-ctx.Done():
	}
	err := e.app.ShutdownWithTimeout(grace)
	_ = l.Close() // Shutdown closes it too, but only when serving had begun
	<-served
	return err
}

func knownMethod(method string) bool { return slices.Contains(fiber.DefaultMethods, method) }

// refuseUnknownMethods answers 501 (RFC 9110 §9.1) before Fiber, which would answer such a request in plain text.
func (e *Edge) refuseUnknownMethods() {
	next := e.app.Server().Handler
	e.app.Server().Handler = func(fctx *fasthttp.RequestCtx) {
		if knownMethod(string(fctx.Method())) {
			next(fctx)
			return
		}
		c := e.app.AcquireCtx(fctx)
		defer e.app.ReleaseCtx(c)
		_ = e.fail(c, errNoMethod)
		fctx.SetConnectionClose() // whoever speaks like this may mean something else by the bytes that follow
	}
}
