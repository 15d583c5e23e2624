package rights

import (
	"context"
	"slices"
	"time"

	"zhiqing/internal/store"
)

// Held is the failure of a step that a legal hold stands in the way of (PIPL art. 47(2)): what it covers is stored and used
// for nothing else, and the request waits, with its reason, until the hold is closed. See Accounts.
type Held struct{ Kept []Kept }

// Error implements error.
func (Held) Error() string { return "rights: a legal hold stands in the way" }

// heldPause is how often a request is tried that waits for the end of a hold, should nobody call Resume.
const heldPause = time.Hour

const heldEvent = "held" // in a timeline

// wait puts a request that a hold has stopped aside, and answers with the reason: once in the timeline and by one message,
// however often it is tried. Told before it is noted, like an end: a crash in between tells it again, under the same key.
func (d *Desk) wait(ctx context.Context, r Request, why Held) error {
	if err := d.tell(ctx, r, InProgress); err != nil {
		return err
	}
	_, err := d.records.requests.Update(ctx, r.Number, func(r *Request) error {
		if r.State.Over() {
			return store.ErrUnchanged
		}
		now := d.o.Now()
		r.Claimed, r.Failures, r.Next = time.Time{}, 0, now.Add(heldPause)
		r.Outcome = &Outcome{Kept: why.Kept, At: now}
		if !slices.ContainsFunc(r.Timeline, func(h Happening) bool { return h.What == heldEvent }) {
			r.happened(now, heldEvent, "system")
		}
		return nil
	})
	return err
}

// Resume lets the requests about a subject go on that may have waited for the end of a hold. Idempotent.
func (d *Desk) Resume(ctx context.Context, subject string) error {
	within := store.Prefix(subject)
	for within.Limit = workBatch; ; {
		found, next, err := d.records.requests.Find(ctx, bySubject, within)
		if err != nil {
			return err
		}
		for _, f := range found {
			if f.Value.State != InProgress || f.Value.Outcome == nil {
				continue
			}
			_, err := d.records.requests.Update(ctx, f.ID, func(r *Request) error {
				if r.State != InProgress || r.Next.IsZero() || r.Claimed.After(d.o.Now()) {
					return store.ErrUnchanged
				}
				r.Next = d.o.Now()
				return nil
			})
			if err != nil {
				return err
			}
		}
		if next == "" {
			d.o.Poke()
			return nil
		}
		within.After = next
	}
}
