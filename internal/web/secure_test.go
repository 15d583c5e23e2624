package web

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"zhiqing/internal/register/prove"
)

// In production what comes in the clear is refused, everything else says that only HTTPS will do from now on, and in
// development a laptop may do without.
func TestWhatComesInTheClearIsRefusedInProduction(t *testing.T) {
	row, tls := prove.Row(t, "A-L48.2"), prove.Row(t, "F-14")
	b := start(t, func(o *Options) { o.Production, o.TrustedProxies = true, []string{"127.0.0.1"} })
	for proto, refused := range map[string]bool{"http": true, "HTTP": true, "https, http": true, "ws": true, "https": false, "HTTPS": false, "": false} {
		a := b.send(t, "GET", "/plain", "", "X-Forwarded-Proto", proto)
		if refused {
			row.That(a.status == http.StatusForbidden && strings.Contains(a.body, "web.https_required"), "%q: %d %s", proto, a.status, a.body)
		} else {
			row.Equal(a.status, http.StatusOK)
		}
		row.Equal(a.header.Get("Strict-Transport-Security"), hstsYear)
		tls.Equal(a.header.Get("Strict-Transport-Security"), hstsYear)
	}
	for _, c := range []struct {
		peer, proto string
		clear       bool
	}{
		{"203.0.113.7", "", true}, {"203.0.113.7", "https", true}, {"10.0.0.9", "", true}, // whoever we do not know may say what they like
		{"::1", "", false}, {"127.0.0.1", "", false}, {"127.0.0.1", "https", false}, {"127.0.0.1", "http", true},
	} {
		row.Equal(b.inTheClear(netip.MustParseAddr(c.peer), c.proto), c.clear)
	}
	laptop := start(t, func(o *Options) { o.TrustedProxies = []string{"127.0.0.1"} })
	row.Equal(laptop.send(t, "GET", "/plain", "", "X-Forwarded-Proto", "http").status, http.StatusOK)
}
