package guardian

import (
	"context"
	"errors"
	"time"

	"zhiqing/internal/store"
	"zhiqing/internal/subject"
)

// maxSteps bounds how far one call moves an account; a life has fewer steps than that.
const maxSteps = 16

// Settle brings an account up to the present: it finishes what was begun and applies what the clock, a birthday or a new
// notice has changed. Every request about a minor begins with it, so a job that did not run prolongs nothing. For an adult
// it is one read.
func (d *Desk) Settle(ctx context.Context, id string) (subject.Subject, error) {
	s, err := d.o.Subjects.Find(ctx, id)
	for range maxSteps {
		if err != nil || s.Minority == nil && s.Erasure == nil {
			return s, err
		}
		var moved bool
		if s, moved, err = d.step(ctx, s); err == nil && !moved {
			return s, d.announce(ctx, s)
		}
	}
	return s, errors.Join(err, errUnsettled)
}

// announce tells the person of a state that waits for somebody, or that a guardian has consented: once per state and moment,
// however often it is looked at.
func (d *Desk) announce(ctx context.Context, s subject.Subject) error {
	if d.o.Tell == nil || s.Minority == nil || d.o.Now().Sub(s.Minority.Since) >= day { // by then it has been told
		return nil
	}
	switch state := State(s.Minority.State); state {
	case Active, Reconsent, Disputed, Transition14, Transition18:
		return d.o.Tell(ctx, s.ID, state, string(state)+s.Minority.Since.Format(time.RFC3339Nano))
	}
	return nil
}

var errUnsettled = errors.New("guardian: an account does not come to rest")

// step finishes what is under way, or applies one event of the clock.
func (d *Desk) step(ctx context.Context, s subject.Subject) (subject.Subject, bool, error) {
	if unfinished(s) {
		s, err := d.carryOut(ctx, s)
		return s, true, err
	}
	if s.Minority == nil {
		return s, false, nil
	}
	now := d.o.Now()
	standing, err := d.standing(ctx, s)
	if err != nil {
		return s, false, err
	}
	e, _ := d.clock(&s, standing, now)
	if e == "" && (s.Minority.Due.IsZero() || now.Before(s.Minority.Due)) {
		return s, false, nil
	}
	if e == TimeOut { // while the identity can still be read
		if err := d.o.Subjects.Mark(ctx, s, now.Add(d.o.Rules.Marker), time.Time{}); err != nil {
			return s, false, err
		}
	}
	moved := false
	s, err = d.o.Subjects.Change(ctx, s.ID, func(s *subject.Subject) error {
		moved = false
		if s.Minority == nil || unfinished(*s) {
			return store.ErrUnchanged
		}
		before := *s.Minority
		if standing.Guardian { // of several consents the earliest end has passed, and others go on
			s.Minority.Until = standing.Until
		}
		e, apply := d.clock(s, standing, now)
		if e != "" {
			moved = true
			return apply()
		}
		d.keepTime(s)
		if s.Minority.Due.Equal(before.Due) && s.Minority.Until.Equal(before.Until) {
			return store.ErrUnchanged
		}
		return nil
	})
	return s, moved, err
}

// unfinished reports an act that is recorded and not carried out, or an erasure whose proof is missing.
func unfinished(s subject.Subject) bool {
	return s.State == subject.Closing || s.Minority != nil && s.Minority.Todo != nil
}

// standing asks the book only where the answer can matter.
func (d *Desk) standing(ctx context.Context, s subject.Subject) (Standing, error) {
	switch State(s.Minority.State) {
	case Active, Reconsent, Transition14, Transition18:
		return d.o.Consents.Stands(ctx, s.ID)
	}
	return Standing{}, nil
}

// clock says which event has happened by itself, and how to apply it; "" when none has.
func (d *Desk) clock(s *subject.Subject, book Standing, now time.Time) (Event, func() error) {
	if State(s.Minority.State).over() { // a legal hold has kept it
		if s.Held("") {
			return "", nil
		}
		return EndUse, func() error { return d.erase(s) }
	}
	band, changes := d.o.Rules.At(s.Band, s.ChangesOn, now)
	if band == subject.Adult && s.Band.Minor() {
		return Turn18, func() error { return d.turn18(s) }
	}
	if band != s.Band && State(s.Minority.State) != Transition18 {
		return Turn14, func() error {
			s.Band, s.ChangesOn = band, changes
			return d.follow(s, Turn14)
		}
	}
	state, m := State(s.Minority.State), s.Minority
	just := func(e Event) (Event, func() error) { return e, func() error { return d.follow(s, e) } }
	waited := func(t time.Duration) bool { return !now.Before(m.Since.Add(t)) }
	switch {
	case d.lateReview(s, now) != nil:
		return ReviewEnds, func() error { return d.endReview(s, now) }
	case d.lateInvitation(s, now):
		return InvitationEnds, func() error { return d.endLate(s, now) }
	case state == Pending && !now.Before(s.DeclaredAt.Add(d.o.Rules.Pending)):
		return just(TimeOut)
	case state == Active && !book.Guardian:
		return just(ConsentEnds)
	case state == Active && d.turnedUnasked(s, book):
		return just(Turn14)
	case state == Reconsent && book.Guardian && consenting(s, "") > 0 && !blocked(s):
		return just(Grant)
	case state == Reconsent && waited(d.o.Rules.Reconsent):
		return just(TimeOut)
	case state == Transition14 && book.Guardian && book.Own && !book.OwnSince.Before(m.Since):
		return just(OwnConsent)
	case state == Transition18 && book.Own && !book.OwnSince.Before(m.Since):
		return OwnConsent, func() error { return d.release(s, OwnConsent) }
	case (state == Transition14 || state == Transition18) && waited(d.o.Rules.Transition):
		return just(TimeOut)
	}
	return "", nil
}

// turnedUnasked reports somebody who was declared as a child, has turned 14 while a guardian reviewed or a dispute went on,
// and has never been asked for their own consent.
func (d *Desk) turnedUnasked(s *subject.Subject, book Standing) bool {
	if s.Band != subject.From14 {
		return false
	}
	turned := d.o.Rules.turned14(s.ChangesOn)
	return s.DeclaredAt.Before(turned) && book.OwnSince.Before(turned)
}

// blocked reports a live no among the links: deny overrides.
func blocked(s *subject.Subject) bool { return count(s, LinkRefused)+count(s, LinkWithdrawn) > 0 }

// turn18 ends every guardianship in the second in which the person comes of age. An account that was open stays, unused,
// until the person agrees; one that was still waiting for a guardian needs none any more.
func (d *Desk) turn18(s *subject.Subject) error {
	to, _ := next(State(s.Minority.State), Turn18)
	s.Band, s.ChangesOn = subject.Adult, time.Time{}
	for i := range s.Minority.Links {
		if l := &s.Minority.Links[i]; LinkState(l.State) != LinkClosed {
			d.endLink(l, LinkClosed)
		}
	}
	d.endInvitations(s)
	if to == Released {
		return d.release(s, Turn18)
	}
	s.Minority.Todo = &subject.Todo{Act: actCloseLinks, Key: "turn18", At: d.o.Now()}
	return d.follow(s, Turn18)
}

// release makes the person an adult like any other; nothing of the guardianships stays in the account.
func (d *Desk) release(s *subject.Subject, e Event) error {
	if err := d.move(s, e); err != nil {
		return err
	}
	s.Band, s.ChangesOn, s.Minority = subject.Adult, time.Time{}, nil
	return nil
}

// lateReview finds a link whose review has run out.
func (d *Desk) lateReview(s *subject.Subject, now time.Time) *subject.Link {
	for i := range s.Minority.Links {
		if l := &s.Minority.Links[i]; LinkState(l.State) == LinkReviewing && !now.Before(l.ClaimedAt.Add(d.o.Rules.Review)) {
			return l
		}
	}
	return nil
}

func (d *Desk) endReview(s *subject.Subject, now time.Time) error {
	for l := d.lateReview(s, now); l != nil; l = d.lateReview(s, now) {
		d.endLink(l, LinkExpired)
	}
	err := d.reviewOver(s)
	d.keepTime(s)
	return err
}

// reviewOver moves an account back when nobody reviews any more.
func (d *Desk) reviewOver(s *subject.Subject) error {
	if State(s.Minority.State) != Reviewing || count(s, LinkReviewing) > 0 {
		return nil
	}
	if open(s) > 0 { // another invitation is still out
		s.Minority.State, s.Minority.Since = string(Invited), d.o.Now()
		return nil
	}
	return d.move(s, ReviewEnds)
}

func (d *Desk) lateInvitation(s *subject.Subject, now time.Time) bool {
	for _, i := range s.Minority.Invitations {
		if i.State == invitationOpen && !now.Before(i.ExpiresAt) {
			return true
		}
	}
	return false
}

func (d *Desk) endLate(s *subject.Subject, now time.Time) error {
	for i := range s.Minority.Invitations {
		if inv := &s.Minority.Invitations[i]; inv.State == invitationOpen && !now.Before(inv.ExpiresAt) {
			inv.State, inv.EndedAt = invitationEnded, inv.ExpiresAt
		}
	}
	var err error
	if State(s.Minority.State) == Invited && open(s) == 0 {
		err = d.move(s, InvitationEnds)
	}
	d.keepTime(s)
	return err
}

// Sweep settles every account for which a timer is due, and deletes markers that are over. One that fails does not hold up
// the others; the first failure is returned. It returns how many accounts it looked at; safe to interrupt and to run on
// several servers.
func (d *Desk) Sweep(ctx context.Context) (int, error) {
	looked, err := d.o.Subjects.EachDue(ctx, func(s subject.Subject) error {
		if _, err := d.Settle(ctx, s.ID); err != nil {
			return err
		}
		return d.forgetGuardians(ctx, s.ID)
	})
	_, markers := d.o.Subjects.SweepMarkers(ctx)
	return looked, errors.Join(err, markers)
}

// Review settles every minor's account, due or not: a new version of the children's notice moves accounts that no timer
// would. For the start of the program and for the night. Failures are as Sweep's.
func (d *Desk) Review(ctx context.Context) (int, error) {
	return d.o.Subjects.EachTimed(ctx, func(s subject.Subject) error {
		_, err := d.Settle(ctx, s.ID)
		return err
	})
}

// forgetGuardians drops the names of those who could fetch the proof of an erasure, once their time is over.
func (d *Desk) forgetGuardians(ctx context.Context, id string) error {
	_, err := d.o.Subjects.Change(ctx, id, func(s *subject.Subject) error {
		e := s.Erasure
		if e == nil || e.Proof == "" || e.ForgetAt.IsZero() || d.o.Now().Before(e.ForgetAt) {
			return store.ErrUnchanged
		}
		e.Guardians, e.Links, e.Session, e.ForgetAt = nil, nil, "", time.Time{}
		return nil
	})
	return err
}
