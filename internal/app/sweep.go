package app

import (
	"context"
	"errors"
	"log/slog"

	"zhiqing/config"
	"zhiqing/internal/lease"
)

// Swept is what one job has done in a Sweep.
type Swept struct {
	Job  string
	Done int
	Err  error // lease.ErrHeld: another server is at it, and nothing is left undone
}

// Sweep opens the program without its doors and runs every job once, by the code that the server runs, in the server's
// order. tell hears of each. A job that fails does not keep the next from running; the failures are joined in the error.
func Sweep(ctx context.Context, cfg config.Config, log *slog.Logger, tell func(Swept)) (err error) {
	cfg.WeChat.SandboxAddr = "127.0.0.1:0" // a server beside it has the configured one
	a, err := Open(ctx, Options{Config: cfg, Log: log})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	var failed []error
	for _, name := range a.Jobs.Names() {
		n, err := a.Jobs.RunOnce(ctx, name)
		tell(Swept{name, n, err})
		if err != nil && !errors.Is(err, lease.ErrHeld) {
			failed = append(failed, err)
		}
		if ctx.Err() != nil {
			break
		}
	}
	return errors.Join(failed...)
}

// SweepStandings tells how each job that a store has seen stands: when it last succeeded, and whether a server is at it. It
// changes nothing, and may look beside a running server.
func SweepStandings(ctx context.Context, cfg config.Config) (list []lease.Lease, err error) {
	engine, err := OpenStoreToRead(ctx, cfg.Store)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, engine.Close()) }()
	leases, err := lease.Open(ctx, lease.Options{Engine: engine, Holder: "reader", Now: Clock})
	if err != nil {
		return nil, err
	}
	return leases.All(ctx)
}
