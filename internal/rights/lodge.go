package rights

import (
	"context"
	"slices"
	"unicode/utf8"

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
	Recipient string   // of a transfer: the code of the company
	Language  string
}

// MaxDetail bounds what a person writes, in runes.
const MaxDetail = 2000

// Known reports whether there is such a type.
func (t Type) Known() bool { _, known := kinds[t]; return known }

// NeedsStepUp reports whether a type needs a fresh proof of the account first.
func (t Type) NeedsStepUp() bool { return kinds[t].stepUp }

// Lodge takes a request and gives it a number and a due date at once. The same person asking for the same again while it is
// open gets the first one, so a retry, or an impatient finger, makes no second. Faults: ErrType, ErrScope, ErrForChild,
// ErrDetail, ErrClosing, those of Guardians.
func (d *Desk) Lodge(ctx context.Context, l Lodged) (Request, error) {
	k, known := kinds[l.Type]
	if !known || l.Type == Complaint {
		return Request{}, ErrType.At("body.type", "见接口文档中的类型", "see the types in the documentation")
	}
	if err := d.checkScope(l.Scope); err != nil {
		return Request{}, err
	}
	if utf8.RuneCountInString(l.Detail) > MaxDetail {
		return Request{}, ErrDetail.At("body.detail", "最多 2000 字", "at most 2000 characters")
	}
	about, err := d.whose(ctx, l, k)
	if err != nil {
		return Request{}, err
	}
	s, err := d.o.Subjects.Find(ctx, about)
	if err != nil {
		return Request{}, err
	}
	if l.Recipient != "" && l.Type != Transfer {
		return Request{}, ErrScope.At("body.scope.recipient", "仅用于转移", "only for a transfer")
	}
	draft, err := d.draft(s, l, k)
	if err != nil {
		return Request{}, err
	}
	if open, found, err := d.inSlot(ctx, draft.slot()); err != nil || found {
		return open, err
	}
	if err := d.closing(ctx, s, l.Type); err != nil {
		return Request{}, err
	}
	return d.once(ctx, draft, s, l.Detail)
}

func (d *Desk) checkScope(scope []string) error {
	for i, code := range scope {
		if !d.o.Explainer.Known(code) || slices.Contains(scope[:i], code) {
			return ErrScope.At("body.scope", "应为目的代号或资料项", "expected codes of purposes or profile fields, each once")
		}
	}
	return nil
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

// closing refuses what is asked for while the account is being erased: exactly one of an export and an erasure wins.
func (d *Desk) closing(ctx context.Context, s subject.Subject, t Type) error {
	if s.State.Over() {
		return ErrClosing
	}
	if t == CancelAccount {
		return nil
	}
	recent, _, err := d.list(ctx, bySubject, s.ID, "", maxRecent)
	for _, r := range recent {
		if !r.State.Over() && r.Type == CancelAccount && r.begun() {
			return ErrClosing
		}
	}
	return err
}

// maxRecent is among how many of a person's newest requests an erasure under way is looked for. One that is missed here ends
// the request later: the worker looks at the account first.
const maxRecent = 50

func (d *Desk) draft(s subject.Subject, l Lodged, k kind) (Request, error) {
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
	if l.Type == Transfer && l.Recipient != "" {
		return r, d.offer(&r, l.Recipient)
	}
	if len(r.plan()) > 0 {
		r.Next = now
	}
	if !k.system {
		return r, r.move(begin, now, "staff")
	}
	return r, nil
}

// insert seals what was written and stores the request. Faults: store.ErrExists when the number is in use.
func (d *Desk) insert(ctx context.Context, r Request, s subject.Subject, detail string) (Request, error) {
	if detail != "" && len(s.Key) > 0 { // without a key the account is erased: nothing is kept in the clear
		sealed, err := d.o.Subjects.Seal(&s, sealPlace(r.Number, "detail"), []byte(detail))
		if err != nil {
			return r, err
		}
		r.Detail = sealed
	}
	err := d.records.requests.Insert(ctx, r.Number, r)
	if err == nil && d.o.Lodged != nil {
		d.o.Lodged(r)
	}
	if err == nil && !r.Next.IsZero() {
		d.o.Poke()
	}
	return r, err
}

// sealPlace is the place of a sealed text: a request's ciphertext cannot be moved to another request.
func sealPlace(number, field string) string { return "requests/" + number + "/" + field }
