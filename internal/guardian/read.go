package guardian

import (
	"context"
	"errors"
	"slices"
	"time"

	"zhiqing/internal/subject"
)

// Role is the side from which somebody looks at a guardianship.
type Role string

// The roles.
const (
	AsMinor    Role = "minor"
	AsGuardian Role = "guardian"
)

// View is a guardianship as one side may see it: never where, when or with what device the child uses the service, and
// never anything of another guardian (requirements.md C3).
type View struct {
	ID       string
	Role     Role
	State    LinkState
	Relation string
	Verify   string       // "" until the phone is verified
	Account  State        // of the minor
	Band     subject.Band // of the minor, as of now
	Notice   string       // version of the children's notice that was shown
	Due      time.Time    // by when the guardian has to decide; zero = no such time
	Until    time.Time    // when the consent runs out; zero = none in force
	Proof    string       // of the erasure, once the account is erased
	Book     string       // for this program only: the minor's consent book
}

// Family is what a person sees of their guardianships.
type Family struct {
	Links       []View
	Account     State // of a minor: where their own account stands; "" for adults
	Since       time.Time
	Due         time.Time    // when the clock moves the account next
	Invitations []Invitation // open, of a minor
}

// Family lists a person's guardianships, from either side.
func (d *Desk) Family(ctx context.Context, id string) (f Family, err error) {
	s, err := d.Settle(ctx, id)
	if err != nil {
		return f, err
	}
	if m := s.Minority; m != nil {
		f.Account, f.Since, f.Due, f.Invitations = State(m.State), m.Since, m.Due, d.openInvitations(s)
		if f.Account == Disputed {
			f.Due = d.o.Workdays(m.Since, d.o.Rules.DisputeDays)
		}
		for _, l := range m.Links {
			f.Links = append(f.Links, d.view(s, l, AsMinor))
		}
	}
	wards, err := d.o.Subjects.GuardedBy(ctx, id)
	if err != nil {
		return f, err
	}
	for _, w := range wards {
		if w, err = d.Settle(ctx, w.ID); err != nil {
			return f, err
		}
		f.Links = append(f.Links, d.viewsOf(w, id)...)
	}
	return f, nil
}

// View shows one guardianship to its guardian. Faults: ErrUnknownLink, ErrEnded.
func (d *Desk) View(ctx context.Context, guardian, linkID string) (View, error) {
	s, l, err := d.mine(ctx, guardian, linkID)
	if errors.Is(err, ErrOver) {
		for _, v := range d.viewsOf(s, guardian) {
			if v.ID == linkID {
				return v, nil
			}
		}
		return View{}, ErrUnknownLink
	}
	if err != nil {
		return View{}, err
	}
	return d.view(s, l, AsGuardian), nil
}

// Guards finds the minor's book behind a guardian's link whose consent is in force, for what a guardian may read or do for
// the child. Faults: ErrUnknownLink, ErrEnded, ErrNotNow.
func (d *Desk) Guards(ctx context.Context, guardian, linkID string) (book string, err error) {
	s, l, err := d.mine(ctx, guardian, linkID)
	if err == nil && LinkState(l.State) != LinkActive {
		err = ErrNotNow
	}
	return s.ID, err
}

// viewsOf lists the links of a guardian with a minor, also of one that is erased.
func (d *Desk) viewsOf(s subject.Subject, guardian string) (list []View) {
	if e := s.Erasure; e != nil {
		for i, g := range e.Guardians {
			if g == guardian && i < len(e.Links) {
				list = append(list, View{ID: e.Links[i], Role: AsGuardian, State: LinkState(endedAs(s, e.Links[i])), Account: Withdrawn, Proof: e.Proof, Book: s.ID})
			}
		}
		return list
	}
	if s.Minority == nil {
		return nil
	}
	for _, l := range s.Minority.Links {
		if l.Guardian == guardian {
			list = append(list, d.view(s, l, AsGuardian))
		}
	}
	return list
}

// endedAs is how a link of an erased account ended, as far as that is still known.
func endedAs(s subject.Subject, linkID string) string {
	if l := link(&s, linkID); l != nil && !LinkState(l.State).live() {
		return l.State
	}
	return string(LinkWithdrawn)
}

func (d *Desk) view(s subject.Subject, l subject.Link, role Role) View {
	v := View{
		ID: l.ID, Role: role, State: LinkState(l.State), Relation: l.Relation, Account: State(s.Minority.State), Notice: l.Notice, Verify: l.Verify, Book: s.ID,
	}
	if role == AsMinor || LinkState(l.State) != LinkClosed {
		v.Band, _ = d.o.Subjects.BandOf(s)
	}
	switch LinkState(l.State) {
	case LinkReviewing:
		v.Due = l.ClaimedAt.Add(d.o.Rules.Review)
	case LinkActive:
		v.Until = s.Minority.Until
	}
	return v
}

// guarded reports whether a guardian had a link with an account that is erased by now.
func guarded(s subject.Subject, guardian string) bool {
	return s.Erasure != nil && slices.Contains(s.Erasure.Guardians, guardian)
}

func hideUnknown(err error) error {
	if errors.Is(err, subject.ErrUnknown) {
		return ErrUnknownLink
	}
	return err
}
