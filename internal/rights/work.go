package rights

import (
	"context"
	"errors"
	"time"

	"zhiqing/internal/store"
	"zhiqing/internal/subject"
)

// How a worker goes about it.
const (
	claimFor   = time.Minute      // how long a claimed request is left alone by other workers
	firstRetry = 2 * time.Second  // after a failed step; doubles
	lastRetry  = 10 * time.Minute // and stays at that
	workBatch  = 50
)

// Work carries out what is due, and returns how many requests it moved. It stops when nothing is due or ctx ends; several
// workers may run at once.
func (d *Desk) Work(ctx context.Context) (int, error) {
	moved := 0
	for ctx.Err() == nil {
		due := store.Before(d.o.Now().Add(time.Millisecond))
		due.Limit = workBatch
		found, _, err := d.records.requests.Find(ctx, byNext, due)
		if err != nil || len(found) == 0 {
			return moved, err
		}
		for _, f := range found {
			ok, err := d.workOn(ctx, f.ID)
			if err != nil {
				return moved, err
			}
			if ok {
				moved++
			}
		}
	}
	return moved, ctx.Err()
}

// workOn claims a request and carries it out as far as that goes.
func (d *Desk) workOn(ctx context.Context, number string) (moved bool, err error) {
	r, claimed, err := d.claim(ctx, number)
	if err != nil || !claimed {
		return false, err
	}
	if err := d.carryOut(ctx, r); err != nil {
		return true, d.retry(ctx, r, err)
	}
	return true, nil
}

// claim takes a request for a minute; only one worker gets it.
func (d *Desk) claim(ctx context.Context, number string) (r Request, claimed bool, err error) {
	now := d.o.Now()
	r, err = d.records.requests.Update(ctx, number, func(r *Request) error {
		claimed = false
		if r.Next.IsZero() || r.Next.After(now) {
			return store.ErrUnchanged // somebody else has it
		}
		claimed, r.Next = true, now.Add(claimFor)
		if r.State.Over() {
			return nil
		}
		r.Claimed = r.Next
		return r.planned(now)
	})
	return r, claimed, err
}

// planned gives a request its steps, once.
func (r *Request) planned(now time.Time) error {
	if r.State == ConfirmationRequired {
		return nil // nobody has confirmed it in time
	}
	if r.State == Received {
		if err := r.move(begin, now, "system"); err != nil {
			return err
		}
	}
	if len(r.Steps) == 0 {
		for _, name := range r.plan() {
			r.Steps = append(r.Steps, Step{Name: name})
		}
	}
	return nil
}

// carryOut runs the steps that are not done yet, then ends the request.
func (d *Desk) carryOut(ctx context.Context, r Request) error {
	moot, err := d.moot(ctx, &r)
	if err != nil {
		return err
	}
	if r.State == ConfirmationRequired && !moot {
		return d.unconfirmed(ctx, r)
	}
	for i := 0; i < len(r.Steps) && !r.State.Over() && !moot; i++ {
		if !r.Steps[i].Done.IsZero() {
			continue
		}
		after, err := d.run(ctx, r, r.Steps[i].Name)
		if err != nil {
			return err
		}
		r = after
	}
	if r.State.Over() {
		return d.settle(ctx, r)
	}
	if r.Transfer != nil && !moot {
		return d.await(ctx, r)
	}
	return d.finish(ctx, r, moot)
}

// moot reports whether there is nobody left for whom to do it: the account was closed after the request was lodged. Only
// the closing itself goes on.
func (d *Desk) moot(ctx context.Context, r *Request) (bool, error) {
	if r.Type == CancelAccount {
		return false, nil
	}
	s, err := d.o.Subjects.Find(ctx, r.Subject)
	if errors.Is(err, subject.ErrUnknown) {
		return true, nil
	}
	return s.State.Over(), err
}

// finish ends a request whose plan is done, or is moot. A fulfilled copy stays with the worker until its package is past its
// time; an objection now waits for staff.
func (d *Desk) finish(ctx context.Context, r Request, moot bool) error {
	if kinds[r.Type].system && !moot { // told before it is noted: a crash in between tells it again, under the same key
		if err := d.tell(ctx, r, Fulfilled); err != nil {
			return err
		}
	}
	r, err := d.records.requests.Update(ctx, r.Number, func(r *Request) error {
		if r.State.Over() {
			return store.ErrUnchanged
		}
		r.Next, r.Claimed, r.Failures = time.Time{}, time.Time{}, 0
		if moot {
			return r.move(cancel, d.o.Now(), "system")
		}
		if !kinds[r.Type].system {
			return nil
		}
		if r.Outcome == nil {
			r.Outcome = &Outcome{At: d.o.Now()}
		}
		err := r.move(fulfil, d.o.Now(), "system")
		if r.Package != nil {
			r.Next = r.Package.ExpiresAt
		}
		return err
	})
	if err == nil && r.State.Over() && r.leaves() {
		return d.settle(ctx, r)
	}
	return err
}

// settle does what a request leaves to do when it is over; see leaves. If a worker may still be in the middle of a step, it
// is done once more when that worker's claim has run out, so nothing comes back behind it. Idempotent.
func (d *Desk) settle(ctx context.Context, r Request) error {
	var err error
	switch r.Type {
	case Copy:
		err = d.settlePackage(ctx, r)
	case Transfer:
		err = d.settleTransfer(ctx, r)
	case Object, Restrict:
		err = d.settlePause(ctx, r)
	}
	if err == nil && r.Untold {
		err = d.tell(ctx, r, r.State)
	}
	if err != nil {
		return err
	}
	_, err = d.records.requests.Update(ctx, r.Number, func(r *Request) error {
		now := d.o.Now()
		r.Failures, r.Untold = 0, false
		switch {
		case r.Package.waits(now):
			r.Next = r.Package.ExpiresAt
		case r.Claimed.After(now):
			r.Next = r.Claimed
		default:
			r.Next, r.Claimed = time.Time{}, time.Time{}
		}
		return nil
	})
	return err
}

// settlePause lets processing go on, unless an objection was upheld. An account that is gone has nothing to pause.
func (d *Desk) settlePause(ctx context.Context, r Request) error {
	if moot, err := d.moot(ctx, &r); moot || err != nil {
		return err
	}
	return d.o.Accounts.Pause(ctx, r.Subject, r.Number, r.Scope, r.State == Fulfilled)
}

// retry puts a request whose step has failed back, a little later each time. Nobody is told that it is done, and the
// timeline says that it is being tried again.
func (d *Desk) retry(ctx context.Context, r Request, cause error) error {
	if ctx.Err() != nil {
		return ctx.Err() // stopped, not failed: the claim runs out by itself
	}
	if held := (Held{}); errors.As(cause, &held) {
		return d.wait(ctx, r, held)
	}
	waits := errors.Is(cause, errBusy)
	_, err := d.records.requests.Update(ctx, r.Number, func(r *Request) error {
		if !r.State.Over() {
			r.Claimed = time.Time{}
		}
		if waits {
			r.Next = d.o.Now().Add(firstRetry)
			return nil
		}
		r.Failures++
		r.Next = d.o.Now().Add(min(firstRetry<<min(r.Failures-1, 10), lastRetry))
		if !r.State.Over() {
			r.happened(d.o.Now(), "retry", "system")
		}
		return nil
	})
	if waits {
		return err
	}
	return errors.Join(err, d.o.Failed(r.Type, r.Number, cause))
}

func (d *Desk) tell(ctx context.Context, r Request, to State) error {
	if d.o.Tell == nil || r.Requester == "" {
		return nil
	}
	return d.o.Tell(ctx, r, to)
}
