package app

import (
	"context"
	"crypto/rand"
	"sync"
	"time"

	"zhiqing/config"
	"zhiqing/internal/halt"
	"zhiqing/internal/ident"
	"zhiqing/internal/job"
	"zhiqing/internal/lease"
)

// sweepEvery is how often what has ended is looked for. Readers never see it in between: they check the time themselves.
// reviewEvery is how often every minor's account is looked at, due or not: a new children's notice has no timer.
// keysEvery is how long a rotated key file may stay unread, and rewrapEvery how often one looks for keys to wrap anew.
const (
	sweepEvery  = time.Minute
	reviewEvery = 24 * time.Hour
	keysEvery   = 10 * time.Second
	rewrapEvery = time.Hour
)

// openJobs builds the runner with everything that recurs. sole says that no other process or program has the store open.
func (a *App) openJobs(ctx context.Context, sole bool) error {
	leases, err := lease.Open(ctx, lease.Options{
		Engine: a.engine, Holder: ident.Source{Reader: rand.Reader}.New("srv"), Now: a.now, Sole: sole,
	})
	if err != nil {
		return err
	}
	a.Jobs, err = job.New(job.Options{Leases: leases, Now: a.now, Log: a.log, Observe: a.metrics.JobRan})
	if err != nil {
		return err
	}
	for _, j := range a.jobs() {
		a.Jobs.Add(j)
	}
	a.metrics.WatchJobs(a.Jobs.Lags)
	a.metrics.WatchRequests(a.openRequests)
	a.metrics.WatchAudit(a.torn.Load)
	a.metrics.WatchInspection(a.foundByInspection)
	return nil
}

// jobs is everything that recurs. One server at a time does each, except what is Everywhere.
func (a *App) jobs() []job.Job {
	return append(a.tallyJobs(), []job.Job{
		{Name: "keys", Every: keysEvery, Run: a.reloadKeys, Everywhere: true},
		{Name: "rewrap", Every: rewrapEvery, Run: a.rewrap},
		{Name: "sessions", Every: sweepEvery, Run: a.SweepSessions},
		{Name: "guardians", Every: sweepEvery, Run: a.Guardians.Sweep},
		{Name: "consents", Every: sweepEvery, Run: a.SweepConsents},
		{Name: retentionJob, Every: retentionEvery, Run: a.SweepRetention},
		{Name: requestsJob, Every: workEvery, Run: a.Rights.Work, Everywhere: true}, // each request is claimed by itself
		a.alarms(),
		{Name: outreachJob, Every: outreachEvery, Run: a.workOutreach},
		{Name: "messages", Every: time.Hour, Run: a.SweepOutreach},
		{Name: "halts", Every: halt.RefreshEvery, Run: a.refreshHalts, Everywhere: true},
		{Name: disclosuresJob, Every: sweepEvery, Run: a.Disclosures.Sweep},
		{Name: "lookups", Every: time.Hour, Run: a.Lookups.Sweep},
		{Name: "staff", Every: time.Hour, Run: a.Staff.Sweep},
		{Name: "review", Every: reviewEvery, Run: a.Guardians.Review},
		a.auditJob(),
		{Name: inspectionJob, Every: inspectEvery, Run: a.inspect},
		{Name: "trim", Every: sweepEvery, Run: a.trim, Everywhere: true},
	}...)
}

// trim has the engine let go of what is erased or overwritten, after everything else that erases.
func (a *App) trim(ctx context.Context) (int, error) {
	if a.trimmer == nil {
		return 0, nil
	}
	return 0, a.trimmer.Trim(ctx)
}

// alone reports whether nobody else can have the configured store open: the embedded engine locks its file.
func alone(o Options) bool { return o.Config.Store.Engine() != config.MongoDB && o.Engine == nil }

// startJobs runs what recurs until ctx ends, and returns a function that waits for it to finish.
func (a *App) startJobs(ctx context.Context) (wait func()) {
	var running sync.WaitGroup
	running.Go(func() { a.Jobs.Run(ctx) })
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

// SweepConsents writes down consents that have run out, and lets everything follow that rests on one that has ended.
func (a *App) SweepConsents(ctx context.Context) (int, error) {
	expired, err := a.Consents.SweepExpired(ctx)
	if err != nil {
		return expired, err
	}
	ended, err := a.Consents.SweepEnded(ctx)
	return expired + ended, err
}
