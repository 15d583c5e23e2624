package web

import (
	"context"
	"net/http"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/adaptor"

	"zhiqing/internal/fault"
)

var errNotReady = fault.Define(fault.Unavailable, "unavailable.not_ready", "服务尚未就绪。", "The service is not ready.")

// readyTimeout bounds the check behind /readyz.
const readyTimeout = 2 * time.Second

// Health adds /livez, which answers while the process can answer at all, and /readyz, which runs check first: a
// process that lost its store should get no traffic, but a restart would not help it.
func (e *Edge) Health(check func(context.Context) error) {
	e.app.Get("/livez", func(c *fiber.Ctx) error { return c.JSON(fiber.Map{"status": "ok"}) })
	e.app.Get("/readyz", func(c *fiber.Ctx) error {
		ctx, cancel := context.WithTimeout(c.UserContext(), readyTimeout)
		defer cancel()
		if err := check(ctx); err != nil {
			return errNotReady.Because(err)
		}
		return c.JSON(fiber.Map{"status": "ok"})
	})
}

// Metrics adds /metrics to the edge itself. In production the caller serves it on an address of its own instead.
func (e *Edge) Metrics(h http.Handler) { e.app.Get("/metrics", adaptor.HTTPHandler(h)) }
