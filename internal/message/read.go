package message

import (
	"context"
	"errors"
	"time"

	"zhiqing/internal/store"
)

// MaxList bounds one page of an inbox.
const MaxList = 100

// List gives a person's messages, newest first. after is what the page before returned as next, "" at first. Faults:
// store.ErrCursor.
func (d *Desk) List(ctx context.Context, subject, after string, limit int) (list []Message, next string, err error) {
	r := store.Prefix(subject)
	r.Desc, r.Limit, r.After = true, min(max(limit, 1), MaxList), after
	found, next, err := d.records.messages.Find(ctx, bySubject, r)
	for _, f := range found {
		if d.o.Now().Before(f.Value.Expires) {
			list = append(list, f.Value)
		}
	}
	return list, next, err
}

// Read notes that a person has read a message; the first time counts. Faults: ErrUnknown, also for another's.
func (d *Desk) Read(ctx context.Context, subject, id string) (Message, error) {
	if !Is(id) {
		return Message{}, ErrUnknown
	}
	m, err := d.records.messages.Update(ctx, id, func(m *Message) error {
		switch {
		case m.Subject != subject || !d.o.Now().Before(m.Expires):
			return ErrUnknown
		case !m.ReadAt.IsZero():
			return store.ErrUnchanged
		}
		m.ReadAt = d.o.Now()
		return nil
	})
	if errors.Is(err, store.ErrMissing) || errors.Is(err, ErrUnknown) {
		return Message{}, ErrUnknown
	}
	return m, err
}

const sweepBatch = 200

// Sweep deletes messages whose life is over, and returns how many.
func (d *Desk) Sweep(ctx context.Context) (n int, err error) {
	r := store.Before(d.o.Now().Add(time.Millisecond))
	r.Limit = sweepBatch
	for ctx.Err() == nil {
		found, next, err := d.records.messages.Find(ctx, byExpiry, r)
		if err != nil {
			return n, err
		}
		for _, f := range found {
			if removed, err := d.records.messages.Delete(ctx, f.ID, nil); err != nil {
				return n, err
			} else if removed {
				n++
			}
		}
		if next == "" {
			return n, nil
		}
		r.After = next
	}
	return n, ctx.Err()
}
