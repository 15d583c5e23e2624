package web

import (
	"net/http"
	"net/netip"

	"github.com/danielgtaylor/huma/v2"

	"zhiqing/internal/fault"
)

// ErrTooManyVisits is over the limit of an operation that anybody may call.
var ErrTooManyVisits = fault.Define(fault.TooMany, "limit.visits", "短时间内来自您所在网络的请求过多，请稍后再试。", "Too many requests from your network. Please try again in a moment.")

// visit is one client block at one operation.
type visit struct {
	client    netip.Addr
	operation string
}

// LimitVisits is a middleware for operations without a session that make none: they count per client address and operation,
// so that one who tells us something, or guesses at tokens, does not keep a neighbour from logging in.
func (e *Edge) LimitVisits(ctx huma.Context, next func(huma.Context)) {
	if r := requestOf(ctx.Context()); r != nil {
		if wait := e.visits.take(visit{block(r.client), ctx.Operation().OperationID}); wait > 0 {
			_ = huma.WriteErr(e.api, ctx, http.StatusTooManyRequests, "", ErrTooManyVisits.After(wait))
			return
		}
	}
	next(ctx)
}
