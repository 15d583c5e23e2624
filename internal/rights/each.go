package rights

import (
	"context"
	"time"
)

// Each shows every request that is kept, in pages, for counting. A document that does not decode is passed over.
func (d *Desk) Each(ctx context.Context, f func(Request) error) error {
	return d.records.requests.Walk(ctx, "", func(_ string, r *Request, err error) error {
		if err != nil {
			return nil
		}
		return f(*r)
	})
}

// LodgedAt is when a request was written down here; one that came by letter was received earlier.
func (r *Request) LodgedAt() time.Time {
	if len(r.Timeline) == 0 {
		return r.ReceivedAt
	}
	return r.Timeline[0].At
}

// EndedAt is when a request was fulfilled or refused; zero while it is open, and when it was cancelled: no deadline was met or
// missed then.
func (r *Request) EndedAt() time.Time {
	if r.State != Fulfilled && r.State != Refused {
		return time.Time{}
	}
	for i := len(r.Timeline) - 1; i >= 0; i-- {
		if what := event(r.Timeline[i].What); what == fulfil || what == refuse {
			return r.Timeline[i].At
		}
	}
	return time.Time{}
}
