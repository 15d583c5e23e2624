package app

import (
	"context"
	"sync"
	"time"
)

// sweepEvery is how often what has ended is looked for. Readers never see it in between: they check the time themselves.
// reviewEvery is how often every minor's account is looked at, due or not: a new children's notice has no timer.
const (
	sweepEvery  = time.Minute
	reviewEvery = 24 * time.Hour
)

// startJobs runs what recurs until ctx ends, and returns a function that waits for it to finish.
func (a *App) startJobs(ctx context.Context) (wait func()) {
	var running sync.WaitGroup
	running.Go(func() { a.every(ctx, sweepEvery, a.SweepSessions, a.Guardians.Sweep, a.SweepConsents) })
	running.Go(func() { a.every(ctx, reviewEvery, a.Guardians.Review) })
	return running.Wait
}

// every runs the sweeps now and then once per period, until ctx ends.
func (a *App) every(ctx context.Context, period time.Duration, sweeps ...func(context.Context) (int, error)) {
	tick := time.NewTicker(period)
	defer tick.Stop()
	for {
		for _, sweep := range sweeps {
			if _, err := sweep(ctx); err != nil && ctx.Err() == nil {
				a.log.Error("sweep failed; the next one tries again", "error", err)
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
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

// SweepConsents writes down consents that have run out, and lets everything follow that rests on one that has ended.
func (a *App) SweepConsents(ctx context.Context) (int, error) {
	expired, err := a.Consents.SweepExpired(ctx)
	if err != nil {
		return expired, err
	}
	ended, err := a.Consents.SweepEnded(ctx)
	return expired + ended, err
}
