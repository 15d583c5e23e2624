package web

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/maypok86/otter/v2"
	"golang.org/x/time/rate"

	"zhiqing/internal/fault"
)

// Over a limit. The limits are per client address (new sessions) and per account (all requests).
var (
	ErrTooManySessions = fault.Define(fault.TooMany, "limit.sessions", "短时间内新建会话过多，请稍后再试。", "Too many new sessions from here. Please try again in a moment.")
	ErrTooManyRequests = fault.Define(fault.TooMany, "limit.requests", "请求过于频繁，请稍后再试。", "Too many requests. Please slow down.")
)

// limitedKeys bounds the buckets of one limiter (about 30 MiB when full); bucketIdle is when an unused one is forgotten.
// A bucket that is forgotten is full again, so whoever can use up that many addresses is not held by any limit on them.
const (
	limitedKeys = 100_000
	bucketIdle  = 2 * time.Minute
)

// limiter is one token bucket per key, in bounded memory. nil lets everything through.
type limiter[K comparable] struct {
	buckets *otter.Cache[K, *rate.Limiter]
	perSec  rate.Limit
	burst   int
	now     func() time.Time
}

func newLimiter[K comparable](perSec float64, burst int, now func() time.Time) (*limiter[K], error) {
	if burst == 0 {
		return nil, nil
	}
	buckets, err := otter.New(&otter.Options[K, *rate.Limiter]{
		MaximumSize:      limitedKeys,
		ExpiryCalculator: otter.ExpiryAccessing[K, *rate.Limiter](bucketIdle),
	})
	if err != nil {
		return nil, err
	}
	return &limiter[K]{buckets, rate.Limit(perSec), burst, now}, nil
}

// take takes a token of key's bucket, or says how long until there is one.
func (l *limiter[K]) take(key K) (wait time.Duration) {
	if l == nil {
		return 0
	}
	bucket, _ := l.buckets.ComputeIfAbsent(key, func() (*rate.Limiter, bool) { return rate.NewLimiter(l.perSec, l.burst), false })
	now := l.now()
	reservation := bucket.ReserveN(now, 1)
	if wait = reservation.DelayFrom(now); wait > 0 {
		reservation.CancelAt(now)
	}
	return wait
}

// LimitSessions is a middleware for operations that make a session without having one: they count per client address.
func (e *Edge) LimitSessions(ctx huma.Context, next func(huma.Context)) {
	if r := requestOf(ctx.Context()); r != nil {
		if wait := e.sessions.take(block(r.client)); wait > 0 {
			_ = huma.WriteErr(e.api, ctx, http.StatusTooManyRequests, "", ErrTooManySessions.After(wait))
			return
		}
	}
	next(ctx)
}

// accountBurst is how many requests an account may send at once: half as much again as in a second. A client that
// retries a screenful together with new requests comes through; what lasts is held to the rate.
func accountBurst(perSecond int) int { return perSecond + perSecond/2 }

// LimitAccount counts one request of an account (a subject's, guest's or service's id). Over the limit it returns
// ErrTooManyRequests, which says when to come back.
func (e *Edge) LimitAccount(account string) error {
	if wait := e.accounts.take(account); wait > 0 {
		return ErrTooManyRequests.After(wait)
	}
	return nil
}

// LimitClient counts one new session of the client's address, for pages that make one. Over the limit it returns
// ErrTooManySessions, which says when to come back.
func (e *Edge) LimitClient(ctx context.Context) error {
	if r := requestOf(ctx); r != nil {
		if wait := e.sessions.take(block(r.client)); wait > 0 {
			return ErrTooManySessions.After(wait)
		}
	}
	return nil
}
