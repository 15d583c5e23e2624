package job

import (
	"context"
	"errors"
	"time"

	"zhiqing/internal/lease"
)

// The pauses after runs that failed: the first, doubled each time, up to the last.
const (
	firstPause = time.Second
	lastPause  = 5 * time.Minute
)

// loop is one job's life: wait until it is due or poked, run it, go on until ctx ends.
func (r *Runner) loop(ctx context.Context, e *entry) {
	poked, failures := false, 0
	for ctx.Err() == nil {
		wait := r.due(ctx, e)
		if poked || wait == 0 {
			poked = e.drop() || poked
			err := r.tellFailure(ctx, e)
			switch {
			case err == nil:
				poked, failures = false, 0
				continue // when it is due next is asked afresh
			case errors.Is(err, lease.ErrHeld):
				wait = min(e.Every, r.o.Leases.Life())
			default:
				wait = min(e.Every, lastPause, firstPause<<min(failures, 16))
				failures++
			}
		}
		poked = r.wait(ctx, e, wait) || poked
	}
}

// drop takes the poke back that the run which begins now answers, if there is one.
func (e *entry) drop() bool {
	select {
	case <-e.poked:
		return true
	default:
		return false
	}
}

// due is how long it is until a job's turn; 0 = now. A job's turn is when this process has started, and then Every after
// the run before, wherever that was. A store that does not answer is no reason to run less: taking the lease asks it again.
func (r *Runner) due(ctx context.Context, e *entry) time.Duration {
	if !e.Everywhere {
		if l, err := r.o.Leases.Read(ctx, e.Name); err == nil {
			e.saw(l.Done)
		}
	}
	last := e.last()
	if last.Before(r.started) {
		return 0
	}
	return min(e.Every, max(0, last.Add(e.Every).Sub(r.o.Now())))
}

// wait waits, and says whether it was a poke that ended the waiting.
func (r *Runner) wait(ctx context.Context, e *entry, d time.Duration) (poked bool) {
	c, stop := r.o.Tick(d)
	defer stop()
	select {
	case <-c:
		return false
	case <-e.poked:
		return true
	case <-ctx.Done():
		return false
	}
}

// tellFailure is attempt for the loop, which has nobody but the log to tell. Another server at work is no failure.
func (r *Runner) tellFailure(ctx context.Context, e *entry) error {
	n, err := r.attempt(ctx, e)
	if err != nil && ctx.Err() == nil && !errors.Is(err, lease.ErrHeld) {
		r.o.Log.Error("a job failed; it will be tried again", "job", e.Name, "done", n, "error", err)
	}
	return err
}
