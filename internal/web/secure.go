package web

import (
	"net/netip"
	"strings"

	"github.com/gofiber/fiber/v2"

	"zhiqing/internal/fault"
)

// errPlain refuses what anybody on the way could have read. It is not redirected: a redirect would teach clients to send their
// tokens in the clear first.
var errPlain = fault.Define(fault.Forbidden, "web.https_required", "请使用 HTTPS 访问。", "Please use HTTPS.")

// probes are asked by the machine's own watchers, and hold nothing about anybody.
var probes = map[string]bool{"/livez": true, "/readyz": true, "/metrics": true}

// plain reports, in production, whether a request has come in the clear: over a network without a trusted proxy that ended
// TLS, or through one that says so (X-Forwarded-Proto). On this machine nobody is on the way. Policy L48.
func (e *Edge) plain(c *fiber.Ctx) bool {
	if !e.options.Production || probes[c.Path()] {
		return false
	}
	proto := string(c.Request().Header.Peek(fiber.HeaderXForwardedProto))
	return e.inTheClear(peerAddr(c.Context().RemoteAddr()), proto)
}

func (e *Edge) inTheClear(peer netip.Addr, proto string) bool {
	if e.trusted(peer) && proto != "" {
		return !strings.EqualFold(strings.TrimSpace(proto), "https")
	}
	return !peer.IsLoopback()
}
