package staff

import (
	"context"
	"time"

	"zhiqing/internal/store"
)

// Sweep deletes sessions and journeys that have ended, counters that nobody has to wait for, and approvals that are evidence in
// the audit alone. It returns how many documents went, and may be interrupted.
func (d *Desk) Sweep(ctx context.Context) (int, error) {
	now := d.o.Now()
	visits, err := sweep(ctx, d.visits, byEnd, now, func(v *visit) bool { return !now.Before(v.ends()) })
	if err != nil {
		return visits, err
	}
	counters, err := sweep(ctx, d.strikes, byEnd, now, func(s *strikes) bool { return !now.Before(s.Forget) })
	if err != nil {
		return visits + counters, err
	}
	journeys, err := sweep(ctx, d.journeys, byEnd, now, nil)
	if err != nil {
		return visits + counters + journeys, err
	}
	approvals, err := sweep(ctx, d.approvals, byEnd, now, nil)
	return visits + counters + journeys + approvals, err
}

// sweepBatch is how many documents one step of a sweep reads.
const sweepBatch = 200

// sweep deletes what stands in an index at or before a moment, if it is still over when it is deleted (nil = always).
func sweep[T any](ctx context.Context, c *store.Collection[T], index string, until time.Time, over func(*T) bool) (n int, err error) {
	r := store.Before(until.Add(time.Millisecond))
	r.Limit = sweepBatch
	for ctx.Err() == nil {
		found, next, err := c.Find(ctx, index, r)
		if err != nil {
			return n, err
		}
		for _, f := range found {
			removed, err := c.Delete(ctx, f.ID, over)
			if err != nil {
				return n, err
			}
			if removed {
				n++
			}
		}
		if next == "" {
			return n, nil
		}
		r.After = next
	}
	return n, ctx.Err()
}

// Rewrap brings the key of every account's secret under the newest key-encryption key, and returns how many were changed. It
// may be interrupted and begun again.
func (d *Desk) Rewrap(ctx context.Context) (changed int, err error) {
	err = d.accounts.Walk(ctx, "", func(id string, a *account, err error) error {
		if err != nil || len(a.Key) == 0 {
			return err
		}
		if _, needed, err := d.o.Vault.Rewrap(vaultOwner, a.Key); err != nil || !needed {
			return err
		}
		_, err = d.accounts.Update(ctx, id, func(a *account) error {
			key, needed, err := d.o.Vault.Rewrap(vaultOwner, a.Key)
			if err == nil && !needed {
				return store.ErrUnchanged
			}
			a.Key = key
			return err
		})
		if err == nil {
			changed++
		}
		return err
	})
	return changed, err
}
