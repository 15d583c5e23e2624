package rights

import (
	"context"
	"errors"
	"time"

	"zhiqing/internal/store"
)

// The steps of plans. Each may be repeated.
const (
	stepAnswer   = "answer"   // tells what is kept, or why
	stepBuild    = "build"    // builds the package
	stepPause    = "pause"    // stops processing
	stepWithdraw = "withdraw" // withdraws every consent
	stepFields   = "fields"   // erases profile fields
	stepExports  = "exports"  // ends the exports that were made before, so that exactly one of an export and an erasure wins
	stepHolders  = "holders"  // lets every keeper erase
	stepErase    = "erase"    // destroys the data key and what follows
	stepScan     = "scan"     // looks at every store again
)

// plans are what the system does for each type. Exports end after the data is erased: one that is lodged later holds nothing
// of it, and one that was lodged before is ended. An objection pauses processing, then staff judge it.
var plans = map[Type][]string{
	Access:        {stepAnswer},
	Explain:       {stepAnswer},
	Copy:          {stepBuild},
	Transfer:      {stepBuild},
	Restrict:      {stepPause},
	Object:        {stepPause},
	WithdrawAll:   {stepWithdraw},
	Delete:        {stepFields, stepExports, stepScan},
	CancelAccount: {stepErase, stepExports, stepHolders, stepScan},
}

// plan is what the system does for a request: nothing for a transfer without a company of ours, which staff judge.
func (r *Request) plan() []string {
	if r.Type == Transfer && r.Transfer == nil {
		return nil
	}
	return plans[r.Type]
}

// bySystem reports whether the system does a request alone, so that staff have nothing to decide.
func (r *Request) bySystem() bool { return kinds[r.Type].system || r.Transfer != nil }

// irreversible are the steps after whose beginning nothing can be cancelled.
var irreversible = map[string]bool{stepErase: true, stepFields: true, stepWithdraw: true}

// run does one step and notes that it is done. A step that can be cancelled must end within its claim, so that nothing comes
// of it after the cancellation is settled.
func (d *Desk) run(ctx context.Context, r Request, step string) (Request, error) {
	if irreversible[step] {
		after, err := d.commit(ctx, r, step)
		if err != nil || after.State.Over() {
			return after, err
		}
		r = after
	}
	during := ctx
	if !r.begun() {
		bounded, stop := context.WithTimeout(ctx, claimFor)
		defer stop()
		during = bounded
	}
	change, err := d.step(during, r, step)
	if err != nil {
		return r, err
	}
	return d.note(ctx, r, step, change)
}

// commit notes, before the first effect, that a step that cannot be undone begins.
func (d *Desk) commit(ctx context.Context, r Request, step string) (Request, error) {
	return d.records.requests.Update(ctx, r.Number, func(r *Request) error {
		if r.State.Over() {
			return store.ErrUnchanged // cancelled meanwhile
		}
		now := d.o.Now()
		for i := range r.Steps {
			if r.Steps[i].Name == step && r.Steps[i].Begun.IsZero() {
				r.Steps[i].Begun = now
			}
		}
		r.Next = now.Add(claimFor)
		r.Claimed = r.Next
		return nil
	})
}

// note writes that a step is done, with its result. What another worker has written stays: of two packages one counts, and
// a request that is over meanwhile is settled again.
func (d *Desk) note(ctx context.Context, r Request, step string, change func(*Request)) (Request, error) {
	late := false
	after, err := d.records.requests.Update(ctx, r.Number, func(r *Request) error {
		late = true
		if r.State.Over() {
			r.Claimed, r.Next = time.Time{}, d.o.Now()
			return nil
		}
		for i := range r.Steps {
			if r.Steps[i].Name == step && r.Steps[i].Done.IsZero() {
				late, r.Steps[i].Done = false, d.o.Now()
			}
		}
		if late {
			return store.ErrUnchanged
		}
		r.happened(d.o.Now(), "step:"+step, "system")
		r.Failures = 0
		if change != nil {
			change(r)
		}
		return nil
	})
	if err == nil && late && step == stepBuild {
		err = d.dropParts(ctx, after)
	}
	return after, err
}

// step does the work of one step; the returned function writes its result into the request.
func (d *Desk) step(ctx context.Context, r Request, name string) (func(*Request), error) {
	switch name {
	case stepAnswer:
		answer, err := d.answer(ctx, r)
		return func(r *Request) { r.Answer = answer }, err
	case stepBuild:
		made, err := d.build(ctx, r)
		return func(r *Request) {
			if r.Package = made; r.Transfer != nil {
				r.Transfer.Pickup = d.tokenHash(d.token(r.Number))
			}
		}, err
	case stepPause:
		return nil, d.o.Accounts.Pause(ctx, r.Subject, r.Number, r.Scope, true)
	case stepWithdraw:
		return nil, d.o.Accounts.WithdrawAll(ctx, r.Subject, r.Language, r.Number)
	case stepExports:
		return nil, d.endExports(ctx, r)
	case stepFields:
		return func(r *Request) { r.Outcome = nil }, d.o.Accounts.EraseFields(ctx, r.Subject, r.Scope)
	case stepErase:
		proof, err := d.o.Accounts.Close(ctx, r.Subject, string(r.Type))
		if err == nil && proof == "" {
			err = errUnproved
		}
		return func(r *Request) { r.Proof = proof }, err
	case stepHolders:
		kept, err := d.eraseHoldings(ctx, r)
		return func(r *Request) { r.Outcome = &Outcome{Kept: kept, At: d.o.Now()} }, err
	case stepScan:
		return nil, d.scan(ctx, r)
	}
	return nil, errStep
}

var (
	errStep     = errors.New("rights: a plan has a step that nobody knows")
	errUnproved = errors.New("rights: an account was closed without a proof")
	// errBusy is no failure: an export is being built at this moment, and the erasure waits until that is over.
	errBusy = errors.New("rights: an export is under way")
)
