package lookup

import (
	"context"
	"time"

	"zhiqing/internal/store"
)

const (
	keptFor    = 24 * time.Hour // after its end; then the audit alone remembers a look-up
	sweepBatch = 200
)

// Sweep deletes look-ups that ended a day ago, and says how many. It may be interrupted, and run by several at once.
func (d *Desk) Sweep(ctx context.Context) (n int, err error) {
	r := store.Before(d.o.Now().Add(-keptFor))
	r.Limit = sweepBatch
	for ctx.Err() == nil {
		found, next, err := d.records.Find(ctx, byEnd, r)
		if err != nil {
			return n, err
		}
		for _, f := range found {
			gone, err := d.records.Delete(ctx, f.ID, nil)
			if err != nil {
				return n, err
			}
			if gone {
				n++
			}
		}
		if r.After = next; next == "" {
			return n, nil
		}
	}
	return n, ctx.Err()
}
