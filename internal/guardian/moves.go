package guardian

import (
	"slices"
	"time"

	"zhiqing/internal/subject"
)

// heldPause is how often an account is looked at that is over but for a legal hold.
const heldPause = time.Hour

// Here are the small changes to a minor's document that the verbs are made of. None has an effect outside it.

// move applies an event; ErrNotNow when it has no place in the present state.
func (d *Desk) move(s *subject.Subject, e Event) error {
	to, ok := next(State(s.Minority.State), e)
	if !ok {
		return ErrNotNow
	}
	if s.Minority.State != string(to) {
		s.Minority.State, s.Minority.Since = string(to), d.o.Now()
	}
	if !to.over() { // otherwise subject.Register.Shred closes it, in the same change
		s.State = to.account()
	}
	return nil
}

// keepTime computes when the clock has to look again, and drops what is past its time to be kept.
func (d *Desk) keepTime(s *subject.Subject) {
	m := s.Minority
	if m == nil {
		return
	}
	now, r := d.o.Now(), d.o.Rules
	m.Invitations = slices.DeleteFunc(m.Invitations, func(i subject.Invitation) bool {
		return i.State != invitationOpen && !now.Before(i.EndedAt.Add(r.Kept))
	})
	m.Links = slices.DeleteFunc(m.Links, func(l subject.Link) bool {
		return !LinkState(l.State).live() && !LinkState(l.State).no() && !now.Before(l.EndedAt.Add(r.Kept))
	})
	m.Due = time.Time{}
	at := func(t time.Time) {
		if !t.IsZero() && (m.Due.IsZero() || t.Before(m.Due)) {
			m.Due = t
		}
	}
	at(s.ChangesOn)
	switch State(m.State) {
	case Pending:
		at(s.DeclaredAt.Add(r.Pending))
	case Active:
		at(m.Until)
	case Reconsent:
		at(m.Since.Add(r.Reconsent))
	case Transition14, Transition18:
		at(m.Since.Add(r.Transition))
	case Refused, Withdrawn, Expired: // held: see erase
		at(now.Add(heldPause))
	}
	for _, i := range m.Invitations {
		if i.State == invitationOpen {
			at(i.ExpiresAt)
		} else {
			at(i.EndedAt.Add(r.Kept))
		}
	}
	for _, l := range m.Links {
		switch {
		case LinkState(l.State) == LinkReviewing:
			at(l.ClaimedAt.Add(r.Review))
		case !LinkState(l.State).live() && !LinkState(l.State).no():
			at(l.EndedAt.Add(r.Kept))
		}
	}
}

// link finds a link by its id.
func link(s *subject.Subject, id string) *subject.Link {
	if s.Minority == nil {
		return nil
	}
	for i := range s.Minority.Links {
		if s.Minority.Links[i].ID == id {
			return &s.Minority.Links[i]
		}
	}
	return nil
}

// endLink closes a link: what verified the adult is not needed any more.
func (d *Desk) endLink(l *subject.Link, to LinkState) {
	l.State, l.EndedAt, l.Phone, l.Document = string(to), d.o.Now(), "", ""
}

// consenting counts the links in force other than one.
func consenting(s *subject.Subject, except string) int {
	n := 0
	for _, l := range s.Minority.Links {
		if l.ID != except && LinkState(l.State) == LinkActive {
			n++
		}
	}
	return n
}

// count counts links in a state.
func count(s *subject.Subject, state LinkState) int {
	n := 0
	for _, l := range s.Minority.Links {
		if LinkState(l.State) == state {
			n++
		}
	}
	return n
}

// endInvitations closes the open invitations.
func (d *Desk) endInvitations(s *subject.Subject) {
	for i := range s.Minority.Invitations {
		if inv := &s.Minority.Invitations[i]; inv.State == invitationOpen {
			inv.State, inv.EndedAt = invitationEnded, d.o.Now()
		}
	}
}

// open counts the open invitations.
func open(s *subject.Subject) int {
	n := 0
	for _, i := range s.Minority.Invitations {
		if i.State == invitationOpen {
			n++
		}
	}
	return n
}

// erase ends the account: its data is destroyed in this very change. While a legal hold keeps it, it is stored and nothing
// else; the clock erases it when the hold is over.
func (d *Desk) erase(s *subject.Subject) error {
	if s.Held("") {
		s.State = subject.Restricted
		d.keepTime(s)
		return nil
	}
	return d.o.Subjects.Shred(s, "minor_"+s.Minority.State, d.o.Now().Add(d.o.Rules.Kept))
}
