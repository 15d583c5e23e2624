package message

import (
	"context"
	"errors"
	"time"

	"zhiqing/internal/fault"
	"zhiqing/internal/store"
	"zhiqing/internal/subject"
	"zhiqing/internal/wechat"
)

// How often, and how long after a failure, WeChat is tried: 1, 2, 4 … minutes, about an hour in all.
const (
	maxTries   = 6
	firstPause = time.Minute
)

// Send brings what is due to WeChat, and returns how many got through. One that fails does not keep the others back; only
// the store's failures end it.
func (d *Desk) Send(ctx context.Context) (sent int, err error) {
	r := store.Before(d.o.Now().Add(time.Millisecond))
	r.Limit = sweepBatch
	for ctx.Err() == nil {
		found, next, err := d.records.messages.Find(ctx, byDue, r)
		if err != nil {
			return sent, err
		}
		for _, f := range found {
			ok, err := d.deliver(ctx, f.ID)
			if err != nil {
				return sent, err
			}
			if ok {
				sent++
			}
		}
		if next == "" {
			return sent, nil
		}
		r.After = next
	}
	return sent, ctx.Err()
}

// deliver takes a message, uses up a permission, and sends, in this order: whoever crashes in between has sent nothing, and
// nobody takes the message up again, so nothing is sent twice.
func (d *Desk) deliver(ctx context.Context, id string) (sent bool, err error) {
	m, taken, err := d.take(ctx, id)
	if err != nil || !taken {
		return false, err
	}
	t := d.o.Templates[m.Kind]
	admitted := m.WeChat.Admitted
	if !admitted && t.ID != "" {
		if admitted, err = d.admit(ctx, m.Subject, t.ID); err != nil {
			return false, err
		}
	}
	if !admitted {
		return false, d.settle(ctx, id, nil)
	}
	cause := d.send(ctx, m, t)
	if cause == nil {
		return true, d.settle(ctx, id, nil)
	}
	return false, d.failed(ctx, m, t, cause)
}

// take makes a due message this call's own.
func (d *Desk) take(ctx context.Context, id string) (m Message, taken bool, err error) {
	m, err = d.records.messages.Update(ctx, id, func(m *Message) error {
		taken = m.WeChat != nil && !m.WeChat.Next.IsZero() && !m.WeChat.Next.After(d.o.Now())
		if !taken {
			return store.ErrUnchanged
		}
		m.WeChat.Next = time.Time{}
		m.WeChat.Tries++
		return nil
	})
	if errors.Is(err, store.ErrMissing) {
		return m, false, nil
	}
	return m, taken && err == nil, err
}

func (d *Desk) send(ctx context.Context, m Message, t Template) error {
	s, err := d.o.Subjects.Find(ctx, m.Subject)
	if err != nil {
		return err
	}
	if s.State.Over() {
		return subject.ErrOver
	}
	who, err := d.o.Subjects.Identity(s)
	if err != nil {
		return err
	}
	values, err := t.values(m)
	if err != nil {
		return err
	}
	return d.o.WeChat.Send(ctx, wechat.Message{To: who.OpenID, Template: t.ID, Page: d.o.Page, Values: values})
}

// failed decides what a failure means: no permission ends all that are counted here, WeChat's silence is tried again, and
// whatever would fail the same way next time is given up. The message stays in the inbox in any case.
func (d *Desk) failed(ctx context.Context, m Message, t Template, cause error) error {
	if errors.Is(cause, wechat.ErrNotSubscribed) {
		return errors.Join(d.none(ctx, m.Subject, t.ID), d.settle(ctx, m.ID, nil))
	}
	d.o.Failed(m.Kind, cause)
	kind := fault.KindOf(cause)
	if kind != fault.Unavailable && kind != fault.TooMany || m.WeChat.Tries >= maxTries {
		return d.settle(ctx, m.ID, nil)
	}
	pause := firstPause << (m.WeChat.Tries - 1)
	return d.settle(ctx, m.ID, &delivery{Next: d.o.Now().Add(pause), Tries: m.WeChat.Tries, Admitted: true})
}

// settle notes what comes next for a message: nil = nothing more.
func (d *Desk) settle(ctx context.Context, id string, next *delivery) error {
	_, err := d.records.messages.Update(ctx, id, func(m *Message) error { m.WeChat = next; return nil })
	if errors.Is(err, store.ErrMissing) {
		return nil
	}
	return err
}
