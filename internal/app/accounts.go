package app

import (
	"context"
	"errors"
	"slices"

	"zhiqing/internal/purpose"
	"zhiqing/internal/rights"
	"zhiqing/internal/store"
	"zhiqing/internal/subject"
)

// accounts does to an account what package rights decides.
type accounts struct{ a *App }

var _ rights.Accounts = accounts{}

// Close ends the account. The session in which the person asked for it stays for a day, to fetch the proof; a guardian who
// asked for a child has a session of their own.
func (x accounts) Close(ctx context.Context, id, reason string) (string, error) {
	session, err := x.asked(ctx, id)
	if err != nil {
		return "", err
	}
	proof, err := x.a.Guardians.Close(ctx, id, reason, session)
	if errors.Is(err, subject.ErrHeld) {
		return "", x.held(ctx, id, "hold:"+reason, []string{everything})
	}
	return proof, err
}

// asked is the session in which the person asked for the account to be closed. It is among the newest requests: nothing more
// can be asked for after that.
func (x accounts) asked(ctx context.Context, id string) (string, error) {
	list, _, err := x.a.Rights.List(ctx, id, "", 50)
	for _, r := range list {
		if r.Type == rights.CancelAccount && r.Requester == id && !r.State.Over() {
			return r.Session, err
		}
	}
	return "", err
}

// Pause stops processing, or lets it go on. Of an account that is over nothing is processed anyway.
func (x accounts) Pause(ctx context.Context, id, request string, purposes []string, on bool) error {
	_, err := x.a.Subjects.Change(ctx, id, func(s *subject.Subject) error {
		switch {
		case s.State.Over():
			return store.ErrUnchanged
		case on:
			return s.Pause(subject.Pause{Request: request, Purposes: purposes, Since: x.a.now()})
		}
		return s.Resume(request)
	})
	if errors.Is(err, subject.ErrUnknown) {
		return nil
	}
	return err
}

// EraseFields erases profile fields. What a legal hold keeps is paused.
func (x accounts) EraseFields(ctx context.Context, id string, fields []string) error {
	const request = "hold:delete"
	err := x.a.Profiles.EraseFields(ctx, id, fields)
	if errors.Is(err, subject.ErrHeld) {
		return x.held(ctx, id, request, fields)
	}
	if err != nil {
		return err
	}
	return x.Pause(ctx, id, request, nil, false)
}

// WithdrawAll withdraws every consent, as the person.
func (x accounts) WithdrawAll(ctx context.Context, id, language, key string) error {
	s, err := x.a.Subjects.Find(ctx, id)
	if err != nil {
		return err
	}
	return x.a.Consents.WithdrawAll(ctx, x.a.people().actor(s), language, key)
}

// Usable says which purposes a person's data may be used for now. Default deny: a purpose has to be switched on, open to
// their age, consented to where it rests on consent, and not paused; while an account is not active, only what the law
// demands goes on. What is not usable stays stored.
func (p people) Usable(ctx context.Context, s *subject.Subject) (func(purpose string) bool, error) {
	live, err := p.Live(ctx, s)
	if err != nil {
		return nil, err
	}
	band, _ := p.subjects.BandOf(*s)
	return func(code string) bool {
		x, known := p.purposes.Get(code)
		switch {
		case !known || !x.Enabled || !x.OpenTo(string(band)) || p.paused(&x, s.Pauses):
			return false
		case s.State != subject.Active:
			return x.LegalBasis == purpose.LegalDuty && !s.State.Over()
		}
		return !x.NeedsConsent() || live(code)
	}, nil
}

// Paused says which purposes a person has paused, from what is known of them within the last seconds.
func (p people) Paused(ctx context.Context, id string) (func(purpose string) bool, error) {
	s, err := p.subjects.Standing(ctx, id)
	if err != nil {
		return nil, err
	}
	return p.pausedBy(s.Pauses), nil
}

// pausedBy says which purposes pauses cover.
func (p people) pausedBy(pauses []subject.Pause) func(purpose string) bool {
	return func(code string) bool {
		x, known := p.purposes.Get(code)
		return known && p.paused(&x, pauses)
	}
}

// everything in a pause covers every purpose but what the law demands: an account whose erasure a legal hold has stopped.
const everything = "*"

// paused reports whether one of the pauses covers a purpose: named by its code, or with everything, or optional and named by a kind of its data,
// or optional where nothing is named. What the law demands cannot be paused.
func (people) paused(x *purpose.Purpose, pauses []subject.Pause) bool {
	optional := x.Necessity == purpose.Optional
	return x.LegalBasis != purpose.LegalDuty && slices.ContainsFunc(pauses, func(p subject.Pause) bool {
		return slices.Contains(p.Purposes, x.Code) || slices.Contains(p.Purposes, everything) || optional && (len(p.Purposes) == 0 || slices.ContainsFunc(x.DataItems, func(i purpose.DataItem) bool {
			return slices.Contains(p.Purposes, i.Code)
		}))
	})
}

// Usable says which purposes a person's data may be used for now; see people.Usable. subject.ErrUnknown.
func (a *App) Usable(ctx context.Context, id string) (func(purpose string) bool, error) {
	s, err := a.Subjects.Find(ctx, id)
	if err != nil {
		return nil, err
	}
	return a.people().Usable(ctx, &s)
}
