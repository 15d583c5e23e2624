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
func Sweep(ctx context.Context, cfg config.Config, log *slog.Logger, tell func(Swept)) error {
	return Operate(ctx, cfg, log, func(a *App) error {
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
	})
}

// Operate opens the program without its doors for one thing that an operator wants done. The embedded store must not be in
// use by a server.
func Operate(ctx context.Context, cfg config.Config, log *slog.Logger, do func(*App) error) (err error) {
	cfg.WeChat.SandboxAddr = "127.0.0.1:0" // a server beside it has the configured one
	a, err := Open(ctx, Options{Config: cfg, Log: log})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	return do(a)
}
