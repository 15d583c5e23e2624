package web

import "github.com/gofiber/fiber/v2"

// There are no CORS headers: a mini-program is no browser page, and no other site has a reason to call this API.
const (
	strictPolicy = "default-src 'none'; frame-ancestors 'none'"
	// pagePolicy lets a page load its own style sheet and nothing else.
	pagePolicy = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
	hstsYear   = "max-age=31536000; includeSubDomains"
)

// everywhere are the headers of every answer. Handlers may replace Cache-Control, pages their policy. They are bytes
// with canonical names because they are written for every request.
var everywhere = [][2][]byte{
	{[]byte(fiber.HeaderXContentTypeOptions), []byte("nosniff")},
	{[]byte(fiber.HeaderReferrerPolicy), []byte("no-referrer")},
	{[]byte(fiber.HeaderContentSecurityPolicy), []byte(strictPolicy)},
	{[]byte(fiber.HeaderCacheControl), []byte("no-store")},
}

var (
	requestIDHeader = []byte("X-Request-Id")
	hstsHeader      = []byte(fiber.HeaderStrictTransportSecurity)
	hstsValue       = []byte(hstsYear)
)

func (e *Edge) setHeaders(c *fiber.Ctx, id string) {
	h := &c.Response().Header
	h.SetCanonical(requestIDHeader, []byte(id))
	for _, header := range everywhere {
		h.SetCanonical(header[0], header[1])
	}
	if e.options.Production {
		h.SetCanonical(hstsHeader, hstsValue)
	}
}
