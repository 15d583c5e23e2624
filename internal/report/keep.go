package report

import (
	"context"
	"time"

	"zhiqing/internal/store"
)

// Sweep deletes reports that are evidence no longer, and marks of pauses that nobody has to be spared any more. It returns
// how many documents went.
func (d *Desk) Sweep(ctx context.Context) (int, error) {
	reports, err := sweep(ctx, d.records.reports, byDecided, d.o.Now().AddDate(-keptYears, 0, 0))
	if err != nil {
		return reports, err
	}
	marks, err := sweep(ctx, d.records.marks, byTime, d.o.Now().Add(-quiet))
	return reports + marks, err
}

// sweep deletes what stands in an index at or before a moment.
func sweep[T any](ctx context.Context, c *store.Collection[T], index string, until time.Time) (n int, err error) {
	r := store.Before(until.Add(time.Millisecond))
	r.Limit = batch
	for ctx.Err() == nil {
		found, next, err := c.Find(ctx, index, r)
		if err != nil {
			return n, err
		}
		for _, f := range found {
			if removed, err := c.Delete(ctx, f.ID, nil); err != nil {
				return n, err
			} else if removed {
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

// Rewrap brings every report's key under the newest key-encryption key, and returns how many were changed. It may be
// interrupted and begun again.
func (d *Desk) Rewrap(ctx context.Context) (changed int, err error) {
	err = d.records.reports.Walk(ctx, "", func(id string, r *Report, err error) error {
		if err != nil {
			return err
		}
		if _, needed, err := d.o.Vault.Rewrap(owner, r.Key); err != nil || !needed {
			return err
		}
		_, err = d.change(ctx, id, func(r *Report) error {
			key, needed, err := d.o.Vault.Rewrap(owner, r.Key)
			if err == nil && !needed {
				return store.ErrUnchanged
			}
			r.Key = key
			return err
		})
		if err == nil {
			changed++
		}
		return err
	})
	return changed, err
}
