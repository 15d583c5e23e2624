package web

import (
	"bytes"
	"net"
	"net/netip"

	"github.com/gofiber/fiber/v2"
)

// clientAddr is the peer's address, unless the peer is a trusted proxy: then the right-most address of
// X-Forwarded-For that is no trusted proxy. Everything further left was written by the client.
func (e *Edge) clientAddr(c *fiber.Ctx) netip.Addr {
	addr := peerAddr(c.Context().RemoteAddr())
	if !e.trusted(addr) {
		return addr
	}
	lines := c.Request().Header.PeekAll(fiber.HeaderXForwardedFor)
	for i := len(lines) - 1; i >= 0; i-- {
		hops := bytes.Split(lines[i], []byte(","))
		for j := len(hops) - 1; j >= 0; j-- {
			hop, ok := parseHop(string(bytes.TrimSpace(hops[j])))
			if !ok {
				return addr // a proxy of ours does not write this: do not look past it
			}
			if addr = hop; !e.trusted(addr) {
				return addr
			}
		}
	}
	return addr
}

func (e *Edge) trusted(addr netip.Addr) bool {
	for _, prefix := range e.proxies {
		if prefix.Contains(addr) {
			return true
		}
	}
	return false
}

func peerAddr(a net.Addr) netip.Addr {
	if tcp, ok := a.(*net.TCPAddr); ok {
		return tcp.AddrPort().Addr().Unmap()
	}
	return netip.Addr{}
}

// parseHop reads one entry of X-Forwarded-For; some proxies add the port.
func parseHop(text string) (netip.Addr, bool) {
	if addr, err := netip.ParseAddr(text); err == nil {
		return addr.Unmap().WithZone(""), true
	}
	ap, err := netip.ParseAddrPort(text)
	return ap.Addr().Unmap().WithZone(""), err == nil
}

// block is what one client can be told apart by: an IPv4 address, or a /64 of IPv6, which one household or one
// attacker has for itself.
func block(addr netip.Addr) netip.Addr {
	if !addr.Is6() {
		return addr
	}
	prefix, err := addr.WithZone("").Prefix(64)
	if err != nil {
		return addr
	}
	return prefix.Addr()
}
