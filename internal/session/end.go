package session

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"zhiqing/internal/job"
	"zhiqing/internal/store"
)

// End closes the principal's session at once, on this server immediately and on others within recheckAfter. A guest's
// consent book goes with it. Ending twice is fine.
func (d *Desk) End(ctx context.Context, p Principal) error { return d.end(ctx, p.Session) }

// end forgets the guest's book before the session that leads to it: after a crash in between, the sweep finds the
// session and does it again.
func (d *Desk) end(ctx context.Context, id string) error {
	s, err := d.sessions.Get(ctx, id)
	if errors.Is(err, store.ErrMissing) {
		return nil
	}
	if err != nil {
		return err
	}
	d.verdicts.forget(id)
	if s.Kind == Guest {
		if err := d.o.Books.Forget(ctx, s.Owner); err != nil {
			return err
		}
	}
	_, err = d.sessions.Delete(ctx, id, nil)
	d.verdicts.forget(id) // again: a request in between may have found it alive
	return err
}

// EndAll closes every session of a user, at once here and on other servers within recheckAfter. Idempotent.
func (d *Desk) EndAll(ctx context.Context, owner string) error {
	for ctx.Err() == nil {
		r := store.Exact(owner)
		r.Limit = sweepBatch
		found, _, err := d.sessions.Find(ctx, byOwner, r)
		if err != nil || len(found) == 0 {
			return err
		}
		for _, s := range found {
			if err := d.end(ctx, s.ID); err != nil {
				return err
			}
		}
	}
	return ctx.Err()
}

// EndAllBut closes every session of a user but one, which asked for the account to be closed: that one ends within
// partingFor. Idempotent.
func (d *Desk) EndAllBut(ctx context.Context, owner, session string) error {
	r := store.Exact(owner)
	r.Limit = sweepBatch
	for {
		found, next, err := d.sessions.Find(ctx, byOwner, r)
		if err != nil {
			return err
		}
		for _, s := range found {
			if s.ID == session {
				err = d.limit(ctx, session)
			} else {
				err = d.end(ctx, s.ID)
			}
			if err != nil {
				return err
			}
		}
		if r.After = next; next == "" {
			return nil
		}
	}
}

// limit gives a session an end that no use of it moves.
func (d *Desk) limit(ctx context.Context, id string) error {
	ends := d.o.Now().Add(partingFor)
	_, err := d.sessions.Update(ctx, id, func(s *Session) error {
		if !s.Ends.IsZero() {
			return store.ErrUnchanged
		}
		s.Ends = ends
		if s.ExpiresAt.After(ends) {
			s.ExpiresAt = ends
		}
		return nil
	})
	if errors.Is(err, store.ErrMissing) {
		return nil
	}
	return err
}

// partingFor is how long the session that asked to close its account goes on, to fetch the proof.
const partingFor = 24 * time.Hour

// sweepBatch bounds one step of Sweep.
const sweepBatch = 200

// Sweep deletes sessions whose life is over, guests' books included, and returns how many. It stops when nothing is
// left or ctx ends, and is safe to run on several servers and to interrupt.
func (d *Desk) Sweep(ctx context.Context) (int, error) {
	swept := 0
	for ctx.Err() == nil {
		now := d.o.Now()
		r := store.Before(now.Add(time.Millisecond)) // what ends now is over
		r.Limit = sweepBatch
		over, _, err := d.sessions.Find(ctx, byExpiry, r)
		if err != nil || len(over) == 0 {
			return swept, err
		}
		var gone atomic.Int32
		_, err = job.Spread(ctx, len(over), func(i int) error {
			ended, err := d.sweepOne(ctx, over[i], now)
			if ended {
				gone.Add(1)
			}
			return err
		})
		if swept += int(gone.Load()); err != nil {
			return swept, err
		}
	}
	return swept, ctx.Err()
}

// sweepOne deletes a session that is over, unless it was used in this moment.
func (d *Desk) sweepOne(ctx context.Context, s store.Found[Session], now time.Time) (gone bool, err error) {
	if s.Value.Kind == Guest {
		if err := d.o.Books.Forget(ctx, s.Value.Owner); err != nil {
			return false, err
		}
	}
	return d.sessions.Delete(ctx, s.ID, func(s *Session) bool { return !now.Before(s.ExpiresAt) })
}

// Lives says whether a session is still there and not over; the consent package asks before it forgets a guest's book.
func (d *Desk) Lives(ctx context.Context, id string) (bool, error) {
	s, err := d.sessions.Get(ctx, id)
	if errors.Is(err, store.ErrMissing) {
		return false, nil
	}
	return err == nil && d.o.Now().Before(s.ExpiresAt), err
}
