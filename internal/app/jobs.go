package app

import (
	"context"
	"sync"
	"time"
)

// sweepEvery is how often what has ended is looked for. Readers never see it in between: they check the time themselves.
const sweepEvery = time.Minute

// startJobs runs what recurs until ctx ends, and returns a function that waits for it to finish.
func (a *App) startJobs(ctx context.Context) (wait func()) {
	var running sync.WaitGroup
	running.Go(func() {
		tick := time.NewTicker(sweepEvery)
		defer tick.Stop()
		for {
			if _, err := a.SweepSessions(ctx); err != nil && ctx.Err() == nil {
				a.log.Error("sweep failed; the next one tries again", "error", err)
			}
			select {
			case <-tick.C:
			case <-ctx.Done():
				return
			}
		}
	})
	return running.Wait
}

// SweepSessions deletes sessions whose life is over, and what guests left behind. Returns how many documents' owners went.
func (a *App) SweepSessions(ctx context.Context) (int, error) {
	sessions, err := a.Sessions.Sweep(ctx)
	if err != nil {
		return sessions, err
	}
	books, err := a.Consents.SweepGuests(ctx, a.Sessions)
	return sessions + books, err
}
