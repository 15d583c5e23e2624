package config

import (
	"net/netip"
	"net/url"
	"strings"
)

// The engines that a store URL can name.
const (
	SQLite  = "sqlite"
	MongoDB = "mongodb"
)

// Engine says which engine the URL names: SQLite, MongoDB, or "" for neither.
func (s Store) Engine() string {
	scheme, _, _ := strings.Cut(s.URL.Reveal(), ":")
	switch scheme {
	case SQLite:
		return SQLite
	case MongoDB, MongoDB + "+srv":
		return MongoDB
	}
	return ""
}

// Location is where the store is, safe to print: the path of the file, or the hosts without user and password.
func (s Store) Location() string {
	if s.Engine() == MongoDB {
		return strings.Join(s.mongo().hosts, ",")
	}
	_, path, _ := strings.Cut(s.URL.Reveal(), ":")
	return path
}

// mongoURL is the part of a MongoDB connection string that decides whether the way to the server is private.
// net/url refuses the string's list of hosts, and the driver's parser looks up DNS, so it is cut here.
type mongoURL struct {
	srv   bool
	hosts []string
	query url.Values
	ok    bool
}

func (s Store) mongo() mongoURL {
	scheme, rest, ok := strings.Cut(s.URL.Reveal(), "://")
	authority, query, _ := strings.Cut(rest, "?")
	authority, _, _ = strings.Cut(authority, "/")
	if i := strings.LastIndexByte(authority, '@'); i >= 0 {
		authority = authority[i+1:]
	}
	u := mongoURL{srv: scheme == MongoDB+"+srv", hosts: strings.Split(authority, ",")}
	values, err := url.ParseQuery(query)
	u.query, u.ok = values, ok && authority != "" && err == nil
	return u
}

// option returns the last value of a connection string option; their names are case-insensitive.
func (u mongoURL) option(name string) string {
	value := ""
	for k, v := range u.query {
		if strings.EqualFold(k, name) {
			value = v[len(v)-1]
		}
	}
	return value
}

// private reports whether nobody on the way can read along: TLS with checked certificates, or all on this machine.
func (u mongoURL) private() bool {
	unchecked := u.option("tlsInsecure") == "true" ||
		u.option("tlsAllowInvalidCertificates") == "true" || u.option("tlsAllowInvalidHostnames") == "true"
	off := u.option("tls") == "false" || u.option("ssl") == "false"
	on := u.option("tls") == "true" || u.option("ssl") == "true" || u.srv
	return on && !off && !unchecked || u.loopback()
}

func (u mongoURL) loopback() bool {
	if u.srv {
		return false
	}
	for _, host := range u.hosts {
		if !isLoopback(host) {
			return false
		}
	}
	return true
}

// isLoopback takes host, host:port, [v6]:port, or a percent-encoded socket path.
func isLoopback(host string) bool {
	if strings.HasSuffix(host, ".sock") || host == "localhost" || strings.HasPrefix(host, "localhost:") {
		return true
	}
	if at, err := netip.ParseAddrPort(host); err == nil {
		return at.Addr().IsLoopback()
	}
	addr, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && addr.IsLoopback()
}
