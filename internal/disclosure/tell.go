package disclosure

import (
	"context"
	"errors"

	"zhiqing/internal/audit"
	"zhiqing/internal/staff"
	"zhiqing/internal/store"
)

// batch bounds one step of a sweep.
const batch = 200

// Tell tells the person of an emergency disclosure: an officer says that the danger is over (PIPL art. 18(2)). Repeating it
// changes nothing. Faults: those of staff's Allow, ErrUnknown, ErrNotNow for what the clock tells, or what has not been sent.
func (d *Desk) Tell(ctx context.Context, s staff.Session, id string) error {
	if err := d.o.Staff.Allow(ctx, s, staff.DisclosureOrder); err != nil {
		return err
	}
	x, err := d.get(ctx, id)
	switch {
	case err != nil:
		return err
	case x.State != Sent || x.waits() && !x.TellAt.IsZero():
		return ErrNotNow
	case !x.waits():
		return nil
	}
	if err := d.note(ctx, s.Officer, audit.Row{Action: "disclosure.told", Subject: x.Subject, Reason: string(x.Basis), Reference: id, Result: allowed}); err != nil {
		return err
	}
	return d.tell(ctx, x)
}

// tell lets the person see an entry, and leaves them a message. The message comes second: without it the entry is there.
func (d *Desk) tell(ctx context.Context, x Disclosure) error {
	_, err := d.change(ctx, x.ID, func(x *Disclosure) error {
		if !x.waits() {
			return store.ErrUnchanged
		}
		x.ToldAt = d.o.Now()
		return nil
	})
	if err != nil {
		return err
	}
	return d.o.People.Tell(ctx, x.Subject, "disclosure:"+x.ID)
}

// Sweep tells whom the clock tells, lets orders lapse that nobody has released, and deletes what has been kept long enough.
// It returns how many things it did.
func (d *Desk) Sweep(ctx context.Context) (n int, err error) {
	told, errTell := d.each(ctx, byTell, func(x Disclosure) error {
		if err := d.o.People.Tell(ctx, x.Subject, "disclosure:"+x.ID); err != nil { // first, because the sweep comes back for it
			return err
		}
		return d.tell(ctx, x)
	})
	lapsed, errLapse := d.each(ctx, byLapse, func(x Disclosure) error {
		_, err := d.change(ctx, x.ID, func(x *Disclosure) error {
			if x.State != Requested {
				return store.ErrUnchanged
			}
			x.State = Lapsed
			return nil
		})
		return err
	})
	ended, errEnd := d.each(ctx, byEnd, func(x Disclosure) error {
		_, err := d.records.Delete(ctx, x.ID, func(x *Disclosure) bool { return !x.waits() && x.ends().Before(d.o.Now()) })
		return err
	})
	return told + lapsed + ended, errors.Join(errTell, errLapse, errEnd)
}

// each does something to everything whose time in an index has come. What fails does not keep the rest back.
func (d *Desk) each(ctx context.Context, index string, do func(Disclosure) error) (n int, failed error) {
	due := store.Before(d.o.Now())
	due.Limit = batch
	for ctx.Err() == nil {
		found, next, err := d.records.Find(ctx, index, due)
		if err != nil {
			return n, err
		}
		for _, f := range found {
			f.Value.ID = f.ID
			if err := do(f.Value); err != nil {
				failed = errors.Join(failed, err)
			} else {
				n++
			}
		}
		if due.After = next; next == "" {
			return n, failed
		}
	}
	return n, errors.Join(failed, ctx.Err())
}

// Untold lists emergency disclosures of which no officer has told the person in time, the longest overdue first; at most limit.
func (d *Desk) Untold(ctx context.Context, limit int) (list []Disclosure, err error) {
	late := store.Before(d.o.Now())
	late.Limit = min(limit, store.MaxLimit)
	found, _, err := d.records.Find(ctx, byDue, late)
	for _, f := range found {
		f.Value.ID = f.ID
		list = append(list, f.Value)
	}
	return list, err
}

// Orders lists what officers have asked for, newest first, without any value. Faults: those of staff's Allow.
func (d *Desk) Orders(ctx context.Context, s staff.Session, after string, limit int) (list []Disclosure, next string, err error) {
	if err := d.o.Staff.Allow(ctx, s, staff.DisclosureRead); err != nil {
		return nil, "", err
	}
	if err := d.note(ctx, s.Officer, audit.Row{Action: "disclosure.listed", Result: allowed}); err != nil {
		return nil, "", err
	}
	found, next, err := d.records.Find(ctx, byOrder, store.Range{Desc: true, Limit: limit, After: after})
	for _, f := range found {
		f.Value.ID = f.ID
		list = append(list, f.Value)
	}
	return list, next, err
}

// Received counts how often a recipient has been given something, at most a thousand, for a recall.
func (d *Desk) Received(ctx context.Context, recipient string) (int, error) {
	r := store.Prefix(recipient)
	r.Limit = store.MaxLimit
	found, _, err := d.records.Find(ctx, byRecipient, r)
	return len(found), err
}
