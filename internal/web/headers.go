package web

import "github.com/gofiber/fiber/v2"

// The headers that every answer has. Handlers may replace Cache-Control, and pages their Content-Security-Policy.
// There are no CORS headers: a mini-program is no browser page, and no other site has a reason to call this API.
const (
	strictPolicy = "default-src 'none'; frame-ancestors 'none'"
	// pagePolicy lets a page load its own style sheet and nothing else.
	pagePolicy = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
	hstsYear   = "max-age=31536000; includeSubDomains"
)

func (e *Edge) setHeaders(c *fiber.Ctx, id string) {
	h := &c.Response().Header
	h.Set("X-Request-Id", id)
	h.Set(fiber.HeaderXContentTypeOptions, "nosniff")
	h.Set(fiber.HeaderReferrerPolicy, "no-referrer")
	h.Set(fiber.HeaderContentSecurityPolicy, strictPolicy)
	h.Set(fiber.HeaderCacheControl, "no-store")
	if e.options.Production {
		h.Set(fiber.HeaderStrictTransportSecurity, hstsYear)
	}
}
