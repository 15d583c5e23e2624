package job

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"time"

	"zhiqing/internal/lease"
)

// attempt runs a job once, under its lease unless it is Everywhere. Runs of one job take turns.
func (r *Runner) attempt(ctx context.Context, e *entry) (int, error) {
	select {
	case e.turn <- struct{}{}:
		defer func() { <-e.turn }()
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	if e.Everywhere {
		begun := r.o.Now()
		n, err := r.observed(ctx, e)
		if err == nil {
			e.saw(begun)
		}
		return n, err
	}
	held, err := r.o.Leases.Take(ctx, e.Name)
	if err != nil {
		return 0, err
	}
	return r.leased(ctx, e, held)
}

// leased runs a job whose lease is held, renews the lease meanwhile, and gives it back.
func (r *Runner) leased(ctx context.Context, e *entry, held lease.Lease) (int, error) {
	begun := r.o.Now()
	during, end := context.WithCancelCause(ctx)
	renewed := make(chan struct{})
	go func() {
		defer close(renewed)
		r.renew(during, held, end)
	}()
	n, err := r.observed(during, e)
	lost := context.Cause(during)
	end(nil)
	<-renewed
	if err == nil && ctx.Err() == nil && errors.Is(lost, lease.ErrLost) {
		err = lost // it may have done half of it and taken the end of its context for the end of the program
	}
	if err != nil {
		begun = time.Time{}
	}
	e.saw(begun)
	return n, errors.Join(err, r.giveBack(ctx, held, begun))
}

// patience is how long giving a lease back may take: the program may be stopping.
const patience = 5 * time.Second

func (r *Runner) giveBack(ctx context.Context, held lease.Lease, done time.Time) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	err := r.o.Leases.Release(ctx, held, done)
	if errors.Is(err, lease.ErrLost) {
		return nil // it was over and another has it: the run knows, or had finished before
	}
	return err
}

// renew renews a lease until ctx ends, three times per life, and ends ctx when it is lost, or would be over before the next
// try.
func (r *Runner) renew(ctx context.Context, held lease.Lease, end context.CancelCauseFunc) {
	third := r.o.Leases.Life() / 3
	for {
		c, stop := r.o.Tick(third)
		select {
		case <-c:
		case <-ctx.Done():
			stop()
			return
		}
		try, cancel := context.WithTimeout(ctx, third)
		next, err := r.o.Leases.Renew(try, held)
		cancel()
		switch {
		case err == nil:
			held = next
		case errors.Is(err, lease.ErrLost) || !r.o.Now().Add(third).Before(held.Until):
			end(lease.ErrLost.Because(err))
			return
		}
	}
}

// observed runs the job itself and tells how it went.
func (r *Runner) observed(ctx context.Context, e *entry) (n int, err error) {
	begun := r.o.Now()
	defer func() { r.o.Observe(e.Name, r.o.Now().Sub(begun), n, err) }()
	return calm(ctx, e.Job)
}

// calm makes an error of a panic. What was thrown may hold anything, also somebody's data: only the runtime's own words and
// the place are told.
func calm(ctx context.Context, j Job) (n int, err error) {
	defer func() {
		thrown := recover()
		if thrown == nil {
			return
		}
		err = fmt.Errorf("job: %s panicked (%T) in %s", j.Name, thrown, thrower())
		if known, ok := thrown.(runtime.Error); ok {
			err = fmt.Errorf("%w: %s", err, known.Error())
		}
	}()
	return j.Run(ctx)
}

// thrower is the function and line that panicked: below the runtime's own frames.
func thrower() string {
	pcs := make([]uintptr, 16)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs)]) // without Callers, thrower and the deferred function
	for {
		f, more := frames.Next()
		if !strings.HasPrefix(f.Function, "runtime.") || !more {
			return fmt.Sprintf("%s, line %d", f.Function, f.Line)
		}
	}
}
