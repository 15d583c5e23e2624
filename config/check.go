package config

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

var (
	appID      = regexp.MustCompile(`^wx[0-9a-f]{16}$`)
	appSecret  = regexp.MustCompile(`^[0-9a-f]{32}$`)
	pushToken  = regexp.MustCompile(`^[A-Za-z0-9]{3,32}$`)
	pushAESKey = regexp.MustCompile(`^[A-Za-z0-9]{43}$`)
	template   = regexp.MustCompile(`^[a-z_0-9]+=[A-Za-z0-9_-]{1,64}( [a-z_]+[0-9]{1,2}=[a-z]+)*$`)
)

// Check returns Problems with everything that is out of range, contradictory, or refused in production; nil if all holds.
func (c Config) Check() error { return c.check().err() }

func (c Config) check() Problems {
	var ps Problems
	ps.oneOf("mode", c.Mode, Development, Production)
	c.Server.check(&ps)
	c.Store.check(&ps)
	c.WeChat.check(&ps)
	c.Session.check(&ps)
	c.Staff.OIDC.check(&ps)
	ps.need("vault.keyset", c.Vault.Keyset != "", "the path of the key file that signs")
	ps.need("vault.keys", c.Vault.Keys != "", "the path of the key file that seals personal data")
	ps.need("vault.keys", c.Vault.Keys == "" || c.Vault.Keys != c.Vault.Keyset, "another file than vault.keyset")
	ps.need("vault.erasures", c.Vault.Erasures != "" && c.Vault.Erasures != c.Vault.Keys && c.Vault.Erasures != c.Vault.Keyset, "the path of a file of its own for the list of erased accounts")
	ps.duration("consent.cool_down", c.Consent.CoolDown, time.Second, 8760*time.Hour)
	c.Operator.check(&ps)
	ps.number("limits.sessions_per_minute", c.Limits.SessionsPerMinute, 1, 100_000)
	ps.number("limits.requests_per_second", c.Limits.RequestsPerSecond, 1, 100_000)
	ps.oneOf("log.level", c.Log.Level, "debug", "info", "warn", "error")
	ps.oneOf("log.format", c.Log.Format, "auto", "json", "text")
	if c.InProduction() {
		c.checkProduction(&ps)
	}
	return ps
}

func (s Server) check(ps *Problems) {
	ps.address("server.addr", s.Addr)
	if s.MetricsAddr != "" {
		ps.address("server.metrics_addr", s.MetricsAddr)
		ps.need("server.metrics_addr", s.MetricsAddr != s.Addr || strings.HasSuffix(s.Addr, ":0"), "another address than server.addr")
	}
	for _, proxy := range s.TrustedProxies {
		ps.need("server.trusted_proxies", isNetwork(proxy), "IP addresses or networks such as 10.0.0.0/8")
	}
	ps.duration("server.request_timeout", s.RequestTimeout, time.Second, 5*time.Minute)
	ps.duration("server.shutdown_timeout", s.ShutdownTimeout, time.Second, 5*time.Minute)
	ps.number("server.body_limit", s.BodyLimit, 1<<10, 10<<20)
	if s.PublicURL != "" {
		ps.need("server.public_url", isOrigin(s.PublicURL), "https:// (or http://) and a host, without a path")
	}
}

func (s Store) check(ps *Problems) {
	switch s.Engine() {
	case SQLite:
		path := s.Location()
		ps.need("store.url", path != "" && !strings.ContainsAny(path, "?#") && !strings.Contains(path, ":memory:"),
			"sqlite: and the path of a file, without options")
	case MongoDB:
		ps.need("store.url", s.mongo().ok, "a MongoDB connection string with a host")
	default:
		ps.need("store.url", false, "sqlite:PATH, mongodb://… or mongodb+srv://…")
	}
}

func (w WeChat) check(ps *Problems) {
	ps.oneOf("wechat.mode", w.Mode, Sandbox, Live)
	ps.address("wechat.sandbox_addr", w.SandboxAddr)
	ps.duration("wechat.timeout", w.Timeout, 100*time.Millisecond, 30*time.Second)
	live := w.Mode == Live
	ps.need("wechat.app_id", appID.MatchString(w.AppID) || w.AppID == "" && !live, "wx and 16 hexadecimal digits (needed in live mode)")
	ps.need("wechat.app_secret", appSecret.MatchString(string(w.AppSecret)) || w.AppSecret == "" && !live, "32 hexadecimal digits (needed in live mode)")
	none := w.PushToken == "" && w.PushAESKey == ""
	ps.need("wechat.push_token", none || pushToken.MatchString(string(w.PushToken)), "3 to 32 letters and digits, together with wechat.push_aes_key, or neither")
	for _, t := range w.Templates {
		ps.need("wechat.templates", template.MatchString(t), `a list such as [request_done=TEMPLATE_ID, "dispute=TEMPLATE_ID thing1=title time2=time"]`)
	}
	ps.need("wechat.push_aes_key", none || pushAESKey.MatchString(string(w.PushAESKey)), "43 letters and digits, together with wechat.push_token, or neither")
}

func (o OIDC) check(ps *Problems) {
	if o == (OIDC{}) {
		return
	}
	u, err := url.Parse(o.Issuer)
	ps.need("staff.oidc.issuer", err == nil && u.Host != "" && u.User == nil && u.RawQuery == "" && u.Fragment == "" &&
		(u.Scheme == "https" || u.Scheme == "http" && isLoopback(u.Hostname())), "the provider's https:// address, as it stands in its tokens")
	ps.need("staff.oidc.client_id", o.ClientID != "", "the name under which the provider knows this program")
	ps.need("staff.oidc.client_secret", o.ClientSecret != "", "what proves this program to the provider; better set by ZHIQING_STAFF_OIDC_CLIENT_SECRET")
}

func (s Session) check(ps *Problems) {
	ps.duration("session.access_ttl", s.AccessTTL, time.Minute, time.Hour)
	ps.duration("session.guest_ttl", s.GuestTTL, time.Minute, 24*time.Hour)
	ps.duration("session.user_ttl", s.UserTTL, time.Minute, 2160*time.Hour)
	ps.duration("session.step_up_ttl", s.StepUpTTL, time.Minute, time.Hour)
	ps.need("session.access_ttl", s.AccessTTL <= s.GuestTTL && s.AccessTTL <= s.UserTTL, "no longer than session.guest_ttl and session.user_ttl")
}

func (o Operator) check(ps *Problems) {
	for _, t := range o.texts() {
		ps.need(t.key, strings.TrimSpace(t.text) != "" && !strings.ContainsAny(t.text, "\r\n"), "one line of text; the notices show it")
	}
	ps.number("operator.complaint_days", o.ComplaintDays, 1, 15)
}

// checkProduction holds production's refusals: what is only safe where nothing real is kept.
func (c Config) checkProduction(ps *Problems) {
	ps.need("wechat.mode", c.WeChat.Mode != Sandbox, "live: production refuses the sandbox, where anybody is anybody")
	ps.need("store.allow_embedded", c.Store.Engine() != SQLite || c.Store.AllowEmbedded,
		"true, or store.url of a MongoDB: production refuses the embedded store unless it is allowed")
	ps.need("store.url", c.Store.Engine() != MongoDB || c.Store.mongo().private(),
		"tls=true with checked certificates, or a server on this machine: production refuses to send personal data in the clear")
	ps.need("server.public_url", strings.HasPrefix(c.Server.PublicURL, "https://"), "the address that people use, with https")
	ps.need("consent.cool_down", c.Consent.CoolDown >= 48*time.Hour, "48h or more in production: nobody may be asked again and again (网络数据安全管理条例 art. 22(5))")
	sample := Defaults().Operator.texts()
	for i, t := range c.Operator.texts() {
		ps.need(t.key, t.text != sample[i].text || t.key == "operator.contact", "your own: production refuses the sample value")
	}
}

// texts are the operator's texts with their keys. The sample contact, a place in the mini-program, is good in production too.
func (o Operator) texts() []struct{ key, text string } {
	return []struct{ key, text string }{
		{"operator.name", o.Name}, {"operator.address", o.Address}, {"operator.contact", o.Contact}, {"operator.dpo", o.DPO},
	}
}

// need notes a problem unless ok; one key has one problem, the first.
func (ps *Problems) need(key string, ok bool, want string) {
	if !ok && !ps.has(key) {
		ps.add(key, "", "expected "+want)
	}
}

func (ps *Problems) oneOf(key, value string, allowed ...string) {
	ps.need(key, slices.Contains(allowed, value), strings.Join(allowed, " or "))
}

func (ps *Problems) number(key string, n, low, high int) {
	ps.need(key, low <= n && n <= high, fmt.Sprintf("a whole number from %d to %d", low, high))
}

func (ps *Problems) duration(key string, d, low, high time.Duration) {
	ps.need(key, low <= d && d <= high, fmt.Sprintf("a duration from %v to %v", low, high))
}

func (ps *Problems) address(key, addr string) {
	host, port, err := net.SplitHostPort(addr)
	_, badIP := netip.ParseAddr(host)
	_, badPort := strconv.ParseUint(port, 10, 16)
	ps.need(key, err == nil && badPort == nil && (badIP == nil || host == "" || host == "localhost"),
		"an IP address and a port, such as 127.0.0.1:8080")
}

func isNetwork(text string) bool {
	if _, err := netip.ParsePrefix(text); err == nil {
		return true
	}
	_, err := netip.ParseAddr(text)
	return err == nil
}

func isOrigin(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil &&
		u.Path == "" && u.RawQuery == "" && u.Fragment == ""
}
