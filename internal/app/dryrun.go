package app

import (
	"context"
	"errors"

	"zhiqing/config"
	"zhiqing/internal/consent"
	"zhiqing/internal/lease"
	"zhiqing/internal/observe"
	"zhiqing/internal/retention"
	"zhiqing/internal/store"
	"zhiqing/internal/subject"
)

// Planned is what one job would do in a Sweep.
type Planned struct {
	Job   string
	Last  lease.Lease       // when it last succeeded, and whether a server is at it; zero = it has never run, or runs everywhere
	Would *retention.Report // what it would do; nil = not known before it runs
}

// SweepDryRun tells what a Sweep would find, job by job in its order. What is over is counted by the rules that kept it; the
// other jobs find out what is due while they do it, and so only tell how they stand. It changes nothing, and may look beside a
// running server.
func SweepDryRun(ctx context.Context, cfg config.Config) (list []Planned, err error) {
	engine, err := OpenStoreToRead(ctx, cfg.Store)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, engine.Close()) }()
	a, err := openToLook(ctx, cfg, engine)
	if err != nil {
		return nil, err
	}
	leases, err := lease.Open(ctx, lease.Options{Engine: a.engine, Holder: "reader", Now: a.now})
	if err != nil {
		return nil, err
	}
	for _, j := range a.jobs() {
		p := Planned{Job: j.Name}
		if p.Last, err = leases.Read(ctx, j.Name); err != nil {
			return nil, err
		}
		if j.Name == retentionJob {
			r, err := a.Retention.Sweep(ctx, retention.SweepOptions{DryRun: true})
			if err != nil {
				return nil, err
			}
			p.Would = &r
		}
		list = append(list, p)
	}
	return list, nil
}

// openToLook builds as much of the program as periods of retention rest on, upon a store that nothing is written to.
func openToLook(ctx context.Context, cfg config.Config, engine store.Engine) (*App, error) {
	a := &App{config: cfg, now: Clock, engine: mute{engine}, metrics: observe.New()}
	if err := a.loadPolicy(ctx, nil); err != nil {
		return nil, err
	}
	var err error
	if a.Consents, err = consent.Open(ctx, consent.Options{Engine: a.engine, Purposes: a.purposes, Notices: a.notices, Now: a.now}); err != nil {
		return nil, err
	}
	if a.Subjects, err = subject.Open(ctx, subject.Options{Engine: a.engine, Now: a.now, Ages: a.minors.At}); err != nil {
		return nil, err
	}
	return a, a.openRetention(ctx)
}

// mute is an engine that takes writes and forgets them: opening publishes texts that a store may not have yet.
type mute struct{ store.Engine }

func (mute) Insert(context.Context, string, store.Document) error  { return nil }
func (mute) Replace(context.Context, string, store.Document) error { return nil }
func (mute) Delete(context.Context, string, string, int64) error   { return nil }
