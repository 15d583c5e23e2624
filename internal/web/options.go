package web

import (
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"time"
)

// Options are what an Edge needs. Title, Version, Now, NewID and Log must be set.
type Options struct {
	Title, Version, Description string // of the API, as its document shows them; `中文 · English`

	Now   func() time.Time // the clock, for durations and limits
	NewID func() string    // a new request id; unguessable, so that an id in a complaint names one request
	Log   *slog.Logger     // must be the redacting one (observe.NewLogger): causes of internal errors go to it

	// AccessLevel is the level of the line for an answer below 500. The zero value is info; debug silences it on a busy
	// server, where the same numbers are in the metrics. Answers of 500 and above are always logged as errors.
	AccessLevel slog.Level

	BodyLimit      int           // largest request body in bytes; 0 = 64 KiB
	RequestTimeout time.Duration // how long the work for one request may take; 0 = 15 s
	TrustedProxies []string      // IPs or CIDRs whose X-Forwarded-For is believed
	Production     bool          // adds Strict-Transport-Security, and refuses what comes in the clear

	// Observe is told of every answer; route is the template, or "unmatched". nil = nobody.
	Observe func(route, method string, status int, took time.Duration)

	SessionsPerMinute int // new sessions per client address; 0 = no limit
	RequestsPerSecond int // requests per account, half as many again at once; 0 = no limit
}

const (
	defaultBodyLimit = 64 << 10
	defaultTimeout   = 15 * time.Second
)

// complete fills in the defaults and names everything that is missing or wrong.
func (o Options) complete() (Options, []netip.Prefix, error) {
	var wrong []error
	if o.Now == nil || o.NewID == nil || o.Log == nil {
		wrong = append(wrong, errors.New("web: Now, NewID and Log must be set"))
	}
	if o.BodyLimit < 0 || o.RequestTimeout < 0 || o.SessionsPerMinute < 0 || o.RequestsPerSecond < 0 {
		wrong = append(wrong, errors.New("web: a limit is negative"))
	}
	if o.BodyLimit == 0 {
		o.BodyLimit = defaultBodyLimit
	}
	if o.RequestTimeout == 0 {
		o.RequestTimeout = defaultTimeout
	}
	if o.Observe == nil {
		o.Observe = func(string, string, int, time.Duration) {}
	}
	proxies := make([]netip.Prefix, 0, len(o.TrustedProxies))
	for _, text := range o.TrustedProxies {
		prefix, err := parseProxy(text)
		if err != nil {
			wrong = append(wrong, fmt.Errorf("web: trusted proxy %q is neither an address nor a CIDR", text))
		}
		proxies = append(proxies, prefix)
	}
	return o, proxies, errors.Join(wrong...)
}

func parseProxy(text string) (netip.Prefix, error) {
	if addr, err := netip.ParseAddr(text); err == nil {
		return netip.PrefixFrom(addr.Unmap(), addr.Unmap().BitLen()), nil
	}
	prefix, err := netip.ParsePrefix(text)
	return prefix.Masked(), err
}
