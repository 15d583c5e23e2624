package rights

import (
	"context"
	"errors"
	"time"

	"zhiqing/internal/store"
)

// Verdict is how staff end a request.
type Verdict struct {
	Officer string // stf_…
	Fulfil  bool
	Ground  string // a code of Grounds, to refuse
	Text    string // to the person; no personal data of anybody else
}

// Decide ends a request that staff judge. An objection that is upheld withdraws the purposes, one that is not lets processing
// go on. Two officers at once: one wins, the other gets ErrNotNow. Faults: ErrUnknown, ErrNotNow, ErrGround, ErrSameHand.
func (d *Desk) Decide(ctx context.Context, number string, v Verdict) (Request, error) {
	if _, known := grounds[v.Ground]; !v.Fulfil && (!known || v.Text == "") {
		return Request{}, ErrGround.At("body.ground", "见理由代码", "see the codes of grounds")
	}
	r, err := d.records.requests.Update(ctx, number, func(r *Request) error {
		if kinds[r.Type].system || r.State.Over() {
			return ErrNotNow
		}
		if r.Type == Complaint && r.Handler != "" && r.Handler == v.Officer {
			return ErrSameHand
		}
		e := refuse
		if v.Fulfil {
			e = fulfil
		}
		if r.Type != Complaint {
			r.Handler = v.Officer
		}
		r.Outcome = &Outcome{Ground: v.Ground, Text: v.Text, At: d.o.Now()}
		return r.move(e, d.o.Now(), "staff")
	})
	if err != nil {
		return r, orUnknown(err)
	}
	if r.Type == Object {
		return r, d.judged(ctx, r, v.Fulfil)
	}
	return r, nil
}

// judged carries an objection's outcome out: upheld, the purposes stay stopped; otherwise processing goes on.
func (d *Desk) judged(ctx context.Context, r Request, upheld bool) error {
	return d.o.Accounts.Pause(ctx, r.Subject, r.Number, r.Scope, upheld)
}

// Take notes which officer handles a request, so that a complaint about it goes to another.
func (d *Desk) Take(ctx context.Context, number, officer string) (Request, error) {
	r, err := d.records.requests.Update(ctx, number, func(r *Request) error {
		if r.State.Over() || r.Type == Complaint && r.Handler == officer {
			return ErrNotNow
		}
		if r.Type != Complaint {
			r.Handler = officer
		}
		r.happened(d.o.Now(), "taken", "staff")
		return nil
	})
	return r, orUnknown(err)
}

// Offline is a request that came by letter, mail or phone, typed in by staff (requirements.md A-L42.1).
type Offline struct {
	Type       Type
	Subject    string // once the identity is known
	Channel    string // email, post, phone
	ReceivedAt time.Time
	Scope      []string
	Language   string
}

// LodgeOffline takes an offline request into the same queue. Its clock counts from the original receipt, not from the typing
// in, and it waits for the identity to be verified by staff (VerifyIdentity).
func (d *Desk) LodgeOffline(ctx context.Context, o Offline) (Request, error) {
	if _, known := kinds[o.Type]; !known || o.ReceivedAt.After(d.o.Now()) {
		return Request{}, ErrType
	}
	s, err := d.o.Subjects.Find(ctx, o.Subject)
	if err != nil {
		return Request{}, err
	}
	r := Request{
		Subject: s.ID, Type: o.Type, State: Received, Channel: o.Channel, Scope: o.Scope, Language: o.Language, ReceivedAt: o.ReceivedAt, Requester: s.ID,
	}
	r.DueAt, r.Provisional = d.o.Deadline(o.ReceivedAt, d.o.Days)
	r.happened(d.o.Now(), "received", "staff")
	if err := r.move(askIdentity, d.o.Now(), "staff"); err != nil {
		return r, err
	}
	return d.store(ctx, r, s, "")
}

// VerifyIdentity says how staff have verified who asked. The deadline moves by the time that the check took, and no further
// (the only pause there is). No evidence is kept.
func (d *Desk) VerifyIdentity(ctx context.Context, number, officer string, ok bool) (Request, error) {
	r, err := d.records.requests.Update(ctx, number, func(r *Request) error {
		if r.State != IdentityRequired {
			return ErrNotNow
		}
		now := d.o.Now()
		if !ok {
			r.Outcome = &Outcome{Ground: "identity", Text: grounds["identity"].In(r.Language), At: now}
			return r.move(refuse, now, "staff")
		}
		if r.Type != Complaint {
			r.Handler = officer
		}
		for i := len(r.Timeline) - 1; i >= 0; i-- {
			if r.Timeline[i].What == string(askIdentity) {
				r.DueAt = r.DueAt.Add(now.Sub(r.Timeline[i].At))
				break
			}
		}
		if kinds[r.Type].system {
			r.Next = now
		}
		return r.move(begin, now, "staff")
	})
	if err == nil && !r.Next.IsZero() {
		d.o.Poke()
	}
	return r, orUnknown(err)
}

// Queue lists open requests by due date, the most overdue first.
func (d *Desk) Queue(ctx context.Context, after string, limit int) (list []Request, next string, err error) {
	found, next, err := d.records.requests.Find(ctx, byQueue, store.Range{Limit: limit, After: after})
	for _, f := range found {
		list = append(list, f.Value)
	}
	return list, next, err
}

// Urgency says how much of a request's time is gone.
type Urgency string

// Alarms go off at half and at four fifths of the time, and when it is over.
const (
	Calm    Urgency = "calm"
	Half    Urgency = "half"
	Urgent  Urgency = "urgent"
	Overdue Urgency = "overdue"
)

// UrgencyOf rates an open request at an instant.
func UrgencyOf(r Request, at time.Time) Urgency {
	span, gone := r.DueAt.Sub(r.ReceivedAt), at.Sub(r.ReceivedAt)
	switch {
	case r.State.Over():
		return Calm
	case !at.Before(r.DueAt):
		return Overdue
	case gone*5 >= span*4:
		return Urgent
	case gone*2 >= span:
		return Half
	}
	return Calm
}

func orUnknown(err error) error {
	if errors.Is(err, store.ErrMissing) {
		return ErrUnknown
	}
	return err
}
