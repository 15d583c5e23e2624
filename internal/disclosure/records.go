package disclosure

import (
	"context"
	"errors"
	"time"

	"zhiqing/internal/store"
)

const (
	bySubject   = "subject"   // what a person can see
	byRecipient = "recipient" // what one recipient has received
	byOrder     = "order"     // what officers have asked for
	byTell      = "tell"      // whom the clock tells
	byDue       = "due"       // whom an officer has to tell
	byLapse     = "lapse"     // orders that nobody has released
	byEnd       = "end"       // when an entry has been kept long enough
)

func openRecords(ctx context.Context, e store.Engine) (*store.Collection[Disclosure], error) {
	keyed := func(name string, when func(*Disclosure) bool, key func(*Disclosure) string) store.Index[Disclosure] {
		return store.Index[Disclosure]{Name: name, Keys: func(x *Disclosure) []string {
			if !when(x) {
				return nil
			}
			return []string{key(x)}
		}}
	}
	return store.Open(ctx, e, "disclosures",
		keyed(bySubject, func(x *Disclosure) bool { return !x.ToldAt.IsZero() }, func(x *Disclosure) string { return store.Key(x.Subject, x.SentAt) }),
		keyed(byRecipient, func(x *Disclosure) bool { return x.State == Sent && !x.ordered() }, func(x *Disclosure) string { return store.Key(x.Recipient.Code, x.SentAt) }),
		keyed(byOrder, (*Disclosure).ordered, func(x *Disclosure) string { return store.Key(x.AskedAt) }),
		keyed(byTell, func(x *Disclosure) bool { return x.waits() && !x.TellAt.IsZero() }, func(x *Disclosure) string { return store.Key(x.TellAt) }),
		keyed(byDue, func(x *Disclosure) bool { return x.waits() && x.TellAt.IsZero() }, func(x *Disclosure) string { return store.Key(x.TellDue) }),
		keyed(byLapse, func(x *Disclosure) bool { return x.State == Requested }, func(x *Disclosure) string { return store.Key(x.Expires) }),
		keyed(byEnd, func(x *Disclosure) bool { return x.State != Requested }, func(x *Disclosure) string { return store.Key(x.ends()) }),
	)
}

// ordered tells what officers ask for from what Provide gives.
func (x *Disclosure) ordered() bool { return x.AskedBy != "" }

// ends is when an entry has been kept long enough. Whoever is not told yet must be told first.
func (x *Disclosure) ends() time.Time {
	last := x.AskedAt
	for _, t := range []time.Time{x.SentAt, x.ToldAt, x.TellAt, x.TellDue} {
		if t.After(last) {
			last = t
		}
	}
	return last.AddDate(Kept, 0, 0)
}

func (d *Desk) get(ctx context.Context, id string) (Disclosure, error) {
	x, err := d.records.Get(ctx, id)
	return named(x, id, err)
}

func (d *Desk) change(ctx context.Context, id string, change func(*Disclosure) error) (Disclosure, error) {
	x, err := d.records.Update(ctx, id, change)
	return named(x, id, err)
}

func named(x Disclosure, id string, err error) (Disclosure, error) {
	if errors.Is(err, store.ErrMissing) {
		return Disclosure{}, ErrUnknown
	}
	x.ID = id
	return x, err
}
