package push

import (
	"context"
	"errors"
	"time"

	"zhiqing/internal/fault"
	"zhiqing/internal/store"
)

// note is an event to be carried out. When that is done, only the hash of the event (its _id) stays for a day.
type note struct {
	Event    string    `bson:"event"`
	Subject  string    `bson:"subject,omitempty"`
	Fields   []string  `bson:"fields,omitempty"`
	At       time.Time `bson:"at"`
	Next     time.Time `bson:"next,omitempty"` // zero = done
	Failures int       `bson:"failures,omitempty"`
}

const (
	byNext = "next" // to be done
	byAt   = "at"   // done
)

func openNotes(ctx context.Context, e store.Engine) (*store.Collection[note], error) {
	return store.Open(ctx, e, "wechat_pushes",
		store.Index[note]{Name: byNext, Keys: func(n *note) []string {
			if n.Next.IsZero() {
				return nil
			}
			return []string{store.Key(n.Next)}
		}},
		store.Index[note]{Name: byAt, Keys: func(n *note) []string {
			if !n.Next.IsZero() {
				return nil
			}
			return []string{store.Key(n.At)}
		}},
	)
}

const (
	batch      = 200
	firstPause = 5 * time.Second
	longest    = time.Hour
)

// Work does what WeChat has told, and returns how many events it looked at. What fails is told to the operator and tried
// again with growing pauses, for as long as it takes: the law gives no way to give up.
func (d *Desk) Work(ctx context.Context) (int, error) {
	return d.each(ctx, byNext, d.o.Now(), func(id string, n note) error {
		cause := d.carryOut(ctx, id, n)
		if cause != nil {
			d.o.Failed(n.Event, cause)
		}
		return d.settle(ctx, id, cause == nil)
	})
}

// carryOut is idempotent. An account that is over needs nothing more.
func (d *Desk) carryOut(ctx context.Context, id string, n note) (err error) {
	switch {
	case n.Event == cancelled:
		_, err = d.o.Accounts.Close(ctx, n.Subject, "wechat_cancelled")
	case len(n.Fields) > 0:
		if err = d.o.Accounts.EraseFields(ctx, n.Subject, n.Fields); err == nil {
			err = d.o.Tell(ctx, n.Subject, "wechat:"+id)
		}
	}
	if kind := fault.KindOf(err); err != nil && (kind == fault.Missing || kind == fault.Gone) {
		return nil
	}
	return err
}

func (d *Desk) settle(ctx context.Context, id string, done bool) error {
	_, err := d.notes.Update(ctx, id, func(n *note) error {
		if done {
			n.Subject, n.Fields, n.Next = "", nil, time.Time{}
			return nil
		}
		n.Next = d.o.Now().Add(min(firstPause<<min(n.Failures, 16), longest))
		n.Failures++
		return nil
	})
	if errors.Is(err, store.ErrMissing) {
		return nil
	}
	return err
}

// Sweep forgets events that WeChat will not send again, and returns how many.
func (d *Desk) Sweep(ctx context.Context) (int, error) {
	return d.each(ctx, byAt, d.o.Now().Add(-life), func(id string, _ note) error {
		_, err := d.notes.Delete(ctx, id, nil)
		return err
	})
}

// each calls f for every note that stands in an index at or before a moment.
func (d *Desk) each(ctx context.Context, index string, until time.Time, f func(string, note) error) (n int, err error) {
	r := store.Before(until.Add(time.Millisecond))
	r.Limit = batch
	for ctx.Err() == nil {
		found, next, err := d.notes.Find(ctx, index, r)
		if err != nil {
			return n, err
		}
		for _, one := range found {
			if err := f(one.ID, one.Value); err != nil {
				return n, err
			}
			n++
		}
		if next == "" {
			return n, nil
		}
		r.After = next
	}
	return n, ctx.Err()
}
