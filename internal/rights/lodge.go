package rights

import (
	"context"
	"errors"
	"slices"
	"time"

	"zhiqing/internal/store"
	"zhiqing/internal/subject"
)

// Lodged is what somebody asks for.
type Lodged struct {
	Requester string // the person, or a guardian
	Session   string
	Type      Type
	Link      string   // on behalf of the child behind this guardianship; "" = for oneself
	Detail    string   // free text, at most MaxDetail runes; sealed
	Scope     []string // purposes or profile fields; none = everything
	Language  string
}

// MaxDetail bounds what a person writes, in runes.
const MaxDetail = 2000

// NeedsStepUp reports whether a type needs a fresh proof of the account first.
func (t Type) NeedsStepUp() bool { return kinds[t].stepUp }

// Lodge takes a request and gives it a number and a due date at once. The same person asking for the same again while it is
// open gets the first one, so a retry, or an impatient finger, makes no second. Faults: ErrType, ErrScope, ErrForChild,
// ErrClosing, those of Guardians.
func (d *Desk) Lodge(ctx context.Context, l Lodged) (Request, error) {
	k, known := kinds[l.Type]
	if !known || l.Type == Complaint {
		return Request{}, ErrType.At("body.type", "见接口文档中的类型", "see the types in the documentation")
	}
	for i, code := range l.Scope {
		if !d.o.Explainer.Known(code) || slices.Contains(l.Scope[:i], code) {
			return Request{}, ErrScope.At("body.scope", "应为目的代号或资料项", "expected codes of purposes or profile fields, each once")
		}
	}
	about, err := d.whose(ctx, l, k)
	if err != nil {
		return Request{}, err
	}
	s, err := d.o.Subjects.Find(ctx, about)
	if err != nil {
		return Request{}, err
	}
	if s.State.Over() {
		return Request{}, ErrClosing
	}
	if open, err := d.joined(ctx, about, l); err != nil || open.Number != "" {
		return open, err
	}
	return d.open(ctx, s, l)
}

// whose is the subject that a request is about.
func (d *Desk) whose(ctx context.Context, l Lodged, k kind) (string, error) {
	if l.Link == "" {
		return l.Requester, nil
	}
	if !k.guardian {
		return "", ErrForChild
	}
	return d.o.Guardians.Guards(ctx, l.Requester, l.Link)
}

// joined finds an open request that asks for the same.
func (d *Desk) joined(ctx context.Context, about string, l Lodged) (Request, error) {
	recent, _, err := d.list(ctx, bySubject, about, "", maxJoined)
	if err != nil {
		return Request{}, err
	}
	for _, r := range recent {
		same := r.Type == l.Type && r.Requester == l.Requester && r.Link == l.Link && slices.Equal(r.Scope, l.Scope)
		if !r.State.Over() && same {
			return r, nil
		}
		if !r.State.Over() && r.Type == CancelAccount && l.Type != CancelAccount && r.begun() {
			return Request{}, ErrClosing // exactly one of an export and an erasure wins
		}
	}
	return Request{}, nil
}

// maxJoined is how many of a person's newest requests are looked at for one that asks for the same.
const maxJoined = 50

func (d *Desk) open(ctx context.Context, s subject.Subject, l Lodged) (Request, error) {
	now := d.o.Now()
	r := Request{
		Subject: s.ID, Requester: l.Requester, Link: l.Link, Session: l.Session, Type: l.Type, State: Received, Channel: "in_app",
		Scope: l.Scope, Language: l.Language, ReceivedAt: now,
	}
	r.DueAt, r.Provisional = d.o.Deadline(now, d.o.Days)
	by := "person"
	if l.Link != "" {
		by = "guardian"
	}
	r.happened(now, "received", by)
	if kinds[l.Type].system {
		r.Next = now
	} else if err := r.move(begin, now, "staff"); err != nil {
		return r, err
	}
	return d.store(ctx, r, s, l.Detail)
}

// store draws a number that is not in use, seals what was written, and inserts the request.
func (d *Desk) store(ctx context.Context, r Request, s subject.Subject, detail string) (Request, error) {
	for {
		r.Number = d.o.IDs.NewRequestNumber()
		if detail != "" {
			sealed, err := d.o.Subjects.Seal(&s, sealPlace(r.Number, "detail"), []byte(detail))
			if err != nil {
				return r, err
			}
			r.Detail = sealed
		}
		err := d.records.requests.Insert(ctx, r.Number, r)
		if errors.Is(err, store.ErrExists) {
			continue // in use: draw again
		}
		if err == nil && !r.Next.IsZero() {
			d.o.Poke()
		}
		return r, err
	}
}

// sealPlace is the place of a sealed text: a request's ciphertext cannot be moved to another request.
func sealPlace(number, field string) string { return "requests/" + number + "/" + field }

// move applies an event to a request; ErrNotNow when it has no place there.
func (r *Request) move(e event, at time.Time, by string) error {
	to, ok := moves[r.State][e]
	if !ok {
		return ErrNotNow
	}
	r.State = to
	r.happened(at, string(e), by)
	if to.Over() {
		r.Next = time.Time{}
	}
	return nil
}

// maxTimeline bounds a timeline: a step that fails for weeks is told by its first and newest tries.
const maxTimeline = 60

func (r *Request) happened(at time.Time, what, by string) {
	if len(r.Timeline) >= maxTimeline {
		r.Timeline = slices.Delete(r.Timeline, maxTimeline/2, maxTimeline/2+1)
	}
	r.Timeline = append(r.Timeline, Happening{At: at, What: what, By: by})
}

// begun reports whether a step that cannot be undone has been taken.
func (r *Request) begun() bool {
	return slices.ContainsFunc(r.Steps, func(s Step) bool { return irreversible[s.Name] && !s.Done.IsZero() })
}
