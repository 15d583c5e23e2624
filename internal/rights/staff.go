package rights

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"zhiqing/internal/store"
)

// Verdict is how staff end a request.
type Verdict struct {
	Officer string // stf_…
	Fulfil  bool
	Ground  string // a code of Grounds, to refuse
	Text    string // to the person; no personal data of anybody else
}

// Decide ends a request that staff judge, and tells the person; a telling that fails is repeated by the worker. An objection
// that is upheld keeps the purposes stopped, one that is not lets processing go on. Two officers at once: one wins, the
// other gets ErrNotNow. Faults: ErrUnknown, ErrNotNow, ErrGround, ErrDetail, ErrSameHand.
func (d *Desk) Decide(ctx context.Context, number string, v Verdict) (Request, error) {
	if _, known := grounds[v.Ground]; !v.Fulfil && (!known || strings.TrimSpace(v.Text) == "") || v.Fulfil && v.Ground != "" {
		return Request{}, ErrGround.At("body.ground", "见理由代码", "see the codes of grounds")
	}
	if utf8.RuneCountInString(v.Text) > MaxDetail {
		return Request{}, ErrDetail.At("body.text", "最多 2000 字", "at most 2000 characters")
	}
	r, err := d.handle(ctx, number, v.Officer, func(r *Request) error {
		if r.bySystem() {
			return ErrNotNow
		}
		e := refuse
		if v.Fulfil {
			e = fulfil
		}
		now := d.o.Now()
		r.Outcome = &Outcome{Ground: v.Ground, Text: v.Text, At: now}
		if err := r.move(e, now, "staff"); err != nil {
			return err
		}
		r.Untold, r.Next = true, now
		return nil
	})
	if err == nil {
		d.settleNow(ctx, r)
	}
	return r, err
}

// Take notes which officer handles a request, so that a complaint about it goes to another. Faults: those of Decide.
func (d *Desk) Take(ctx context.Context, number, officer string) (Request, error) {
	return d.handle(ctx, number, officer, func(r *Request) error {
		r.happened(d.o.Now(), "taken", "staff")
		return nil
	})
}

// handle changes an open request as an officer. A complaint is not handled by whoever has had a hand in what it is about, also
// when that was after the complaint; of a complaint, Handler and Hands stay those of what it is about.
func (d *Desk) handle(ctx context.Context, number, officer string, change func(*Request) error) (Request, error) {
	now, err := d.records.requests.Get(ctx, number)
	var about Request
	if err == nil && now.About != "" {
		about, err = d.records.requests.Get(ctx, now.About)
	}
	if err != nil {
		return Request{}, orUnknown(err)
	}
	r, err := d.records.requests.Update(ctx, number, func(r *Request) error {
		switch {
		case r.State.Over():
			return ErrNotNow
		case r.Type == Complaint && (r.Handled(officer) || about.Handled(officer)):
			return ErrSameHand
		case r.Type != Complaint:
			r.handedTo(officer)
		}
		return change(r)
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
	By         string // stf_…, who types it in
}

// LodgeOffline takes an offline request into the same queue. Its clock counts from the original receipt, not from the typing
// in, and it waits for the identity to be verified by staff (VerifyIdentity).
func (d *Desk) LodgeOffline(ctx context.Context, o Offline) (Request, error) {
	if _, known := kinds[o.Type]; !known {
		return Request{}, ErrType
	}
	now := d.o.Now()
	if !slices.Contains(channels, o.Channel) || o.ReceivedAt.IsZero() || o.ReceivedAt.After(now) {
		return Request{}, ErrChannel
	}
	if err := d.checkScope(o.Scope); err != nil {
		return Request{}, err
	}
	s, err := d.o.Subjects.Find(ctx, o.Subject)
	if err != nil {
		return Request{}, err
	}
	r := Request{
		Subject: s.ID, Type: o.Type, State: Received, Channel: o.Channel, Scope: o.Scope, Language: o.Language, ReceivedAt: o.ReceivedAt, Requester: s.ID,
		LodgedBy: o.By,
	}
	r.DueAt, r.Provisional = d.o.Deadline(o.ReceivedAt, d.o.Days)
	r.happened(now, "received", "staff")
	if err := r.move(askIdentity, now, "staff"); err != nil {
		return r, err
	}
	for range maxDraws {
		r.Number = d.o.IDs.NewRequestNumber()
		if made, err := d.insert(ctx, r, s, ""); !errors.Is(err, store.ErrExists) {
			return made, err
		}
	}
	return Request{}, errNumbers
}

// channels are the ways, other than the app, in which a request may come.
var channels = []string{"email", "post", "phone"}

// VerifyIdentity says how staff have verified who asked. The deadline moves by the working days that the check took, and no
// further (the only pause there is). No evidence is kept. Faults: ErrUnknown, ErrNotNow; ErrSameHand for a letter that the same
// officer typed in and that nobody would decide about.
func (d *Desk) VerifyIdentity(ctx context.Context, number, officer string, ok bool) (Request, error) {
	r, err := d.records.requests.Update(ctx, number, func(r *Request) error {
		switch {
		case r.State != IdentityRequired:
			return ErrNotNow
		case r.OwnLetter(officer):
			return ErrSameHand
		}
		now := d.o.Now()
		if r.Type != Complaint {
			r.handedTo(officer)
		}
		if !ok {
			r.Outcome = &Outcome{Ground: "identity", Text: grounds["identity"].In(r.Language), At: now}
			return r.move(refuse, now, "staff")
		}
		d.postpone(r, now)
		if len(r.plan()) > 0 {
			r.Next = now
		}
		return r.move(begin, now, "staff")
	})
	if err == nil && !r.Next.IsZero() {
		d.o.Poke()
	}
	return r, orUnknown(err)
}

// maxPause bounds, in working days, how far a check of identity can move a deadline.
const maxPause = 250

// postpone moves a deadline by the whole working days that a check of identity took, and no further: dues stay ends of
// working days in China, and a check over a weekend moves nothing.
func (d *Desk) postpone(r *Request, now time.Time) {
	i := slices.IndexFunc(r.Timeline, func(h Happening) bool { return h.What == string(askIdentity) })
	if i < 0 {
		return
	}
	days := 0
	for days < maxPause {
		if end, _ := d.o.Deadline(r.Timeline[i].At, days+1); end.After(now) {
			break
		}
		days++
	}
	if days > 0 {
		due, provisional := d.o.Deadline(r.DueAt.Add(-time.Millisecond), days) // DueAt is the first instant after its day
		r.DueAt, r.Provisional = due, r.Provisional || provisional
	}
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
