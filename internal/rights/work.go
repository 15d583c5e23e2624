package rights

import (
	"context"
	"errors"
	"time"

	"zhiqing/internal/store"
)

// irreversible are the steps after which nothing can be cancelled.
var irreversible = map[string]bool{stepErase: true, stepFields: true, stepWithdraw: true}

// The steps of plans. Each may be repeated.
const (
	stepAnswer   = "answer"   // tells what is kept, or why
	stepBuild    = "build"    // builds the package
	stepPause    = "pause"    // stops processing
	stepWithdraw = "withdraw" // withdraws every consent
	stepFields   = "fields"   // erases profile fields
	stepExports  = "exports"  // ends open exports, so that exactly one of an export and an erasure wins
	stepHolders  = "holders"  // lets every keeper erase
	stepErase    = "erase"    // destroys the data key and what follows
	stepScan     = "scan"     // looks at every store again
)

// plans are what the system does for each type.
var plans = map[Type][]string{
	Access:        {stepAnswer},
	Explain:       {stepAnswer},
	Copy:          {stepBuild},
	Restrict:      {stepPause},
	WithdrawAll:   {stepWithdraw},
	Delete:        {stepExports, stepFields, stepScan},
	CancelAccount: {stepExports, stepErase, stepHolders, stepScan},
}

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

// workOn claims a request and runs its plan as far as it goes.
func (d *Desk) workOn(ctx context.Context, number string) (moved bool, err error) {
	now := d.o.Now()
	claimed := false
	r, err := d.records.requests.Update(ctx, number, func(r *Request) error {
		claimed = false
		if r.Next.IsZero() || r.Next.After(now) {
			return store.ErrUnchanged // somebody else has it
		}
		claimed, r.Next = true, now.Add(claimFor)
		return d.planned(r, now)
	})
	if err != nil || !claimed {
		return false, err
	}
	if r.State.Over() { // only a package that is past its time has anything left to do
		return true, d.expire(ctx, r)
	}
	for _, step := range r.Steps {
		if !step.Done.IsZero() {
			continue
		}
		if r, err = d.run(ctx, r, step.Name); err != nil {
			return true, d.retry(ctx, r, err)
		}
		if r.State.Over() {
			return true, nil
		}
	}
	return true, d.finish(ctx, r)
}

// planned gives a request its steps, once.
func (d *Desk) planned(r *Request, now time.Time) error {
	if r.State.Over() {
		return nil
	}
	if r.State == Received {
		if err := r.move(begin, now, "system"); err != nil {
			return err
		}
	}
	if len(r.Steps) == 0 {
		for _, name := range plans[r.Type] {
			r.Steps = append(r.Steps, Step{Name: name})
		}
	}
	return nil
}

// run does one step and notes that it is done.
func (d *Desk) run(ctx context.Context, r Request, step string) (Request, error) {
	change, err := d.step(ctx, r, step)
	if err != nil {
		return r, err
	}
	return d.records.requests.Update(ctx, r.Number, func(r *Request) error {
		if r.State.Over() {
			return store.ErrUnchanged // cancelled meanwhile
		}
		for i := range r.Steps {
			if r.Steps[i].Name == step && r.Steps[i].Done.IsZero() {
				r.Steps[i].Done = d.o.Now()
				r.happened(d.o.Now(), "step:"+step, "system")
			}
		}
		r.Failures = 0
		if change != nil {
			change(r)
		}
		return nil
	})
}

// step does the work of one step; the returned function writes its result into the request.
func (d *Desk) step(ctx context.Context, r Request, name string) (func(*Request), error) {
	switch name {
	case stepAnswer:
		answer, err := d.answer(ctx, r)
		return func(r *Request) { r.Answer = answer }, err
	case stepBuild:
		made, err := d.build(ctx, r)
		return func(r *Request) { r.Package = made }, err
	case stepPause:
		return nil, d.o.Accounts.Pause(ctx, r.Subject, r.Number, r.Scope, true)
	case stepWithdraw:
		return nil, d.o.Accounts.WithdrawAll(ctx, r.Subject, r.Language, r.Number)
	case stepExports:
		return nil, d.endExports(ctx, r)
	case stepFields:
		return nil, d.o.Accounts.EraseFields(ctx, r.Subject, r.Scope)
	case stepErase:
		proof, err := d.o.Accounts.Close(ctx, r.Subject, string(r.Type))
		return func(r *Request) { r.Proof = proof }, err
	case stepHolders:
		kept, err := d.eraseHoldings(ctx, r)
		return func(r *Request) { r.Outcome = &Outcome{Kept: kept, At: d.o.Now()} }, err
	case stepScan:
		return nil, d.scan(ctx, r)
	}
	return nil, errStep
}

var errStep = errors.New("rights: a plan has a step that nobody knows")

// finish ends a request whose plan is done. A fulfilled copy stays with the worker until its package is past its time.
func (d *Desk) finish(ctx context.Context, r Request) error {
	_, err := d.records.requests.Update(ctx, r.Number, func(r *Request) error {
		if r.State.Over() {
			return store.ErrUnchanged
		}
		if err := r.move(fulfil, d.o.Now(), "system"); err != nil {
			return err
		}
		if r.Outcome == nil {
			r.Outcome = &Outcome{At: d.o.Now()}
		}
		if r.Package != nil {
			r.Next = r.Package.ExpiresAt
		}
		return nil
	})
	return err
}

// retry puts a request whose step has failed back, a little later each time. Nobody is told that it is done, and the
// timeline says that it is being tried again.
func (d *Desk) retry(ctx context.Context, r Request, cause error) error {
	if ctx.Err() != nil {
		return ctx.Err() // stopped, not failed: the claim runs out by itself
	}
	_, err := d.records.requests.Update(ctx, r.Number, func(r *Request) error {
		if r.State.Over() {
			return store.ErrUnchanged
		}
		r.Failures++
		r.Next = d.o.Now().Add(min(firstRetry<<min(r.Failures-1, 10), lastRetry))
		r.happened(d.o.Now(), "retry", "system")
		return nil
	})
	return errors.Join(err, d.o.Failed(r.Type, r.Number, cause))
}
