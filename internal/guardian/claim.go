package guardian

import (
	"context"
	"crypto/subtle"
	"errors"
	"slices"

	"zhiqing/internal/subject"
)

// Claim ties an adult to the minor who invited them: the first one with the right pairing code. An unknown, expired, used
// or forwarded token and a wrong code all get ErrInvitation, after the same work. Repeating one's own claim answers as
// before. Other faults: ErrNotAdult, ErrSelf, ErrManyMinors, ErrDisputed.
func (d *Desk) Claim(ctx context.Context, guardian, token, code string) (linkID string, err error) {
	adult, err := d.adult(ctx, guardian)
	if err != nil {
		return "", err
	}
	hash := d.tokenHash(token)
	s, err := d.o.Subjects.WithToken(ctx, hash)
	if errors.Is(err, subject.ErrUnknown) {
		d.pairs("", code) // as much work as for a token that exists
		return "", ErrInvitation
	}
	if err != nil {
		return "", err
	}
	if s.ID == guardian {
		return "", ErrSelf
	}
	if err := d.mayClaim(ctx, guardian, s.ID); err != nil {
		return "", err
	}
	if _, err := d.Settle(ctx, s.ID); err != nil {
		return "", err
	}
	fresh := d.o.IDs.New(linkPrefix)
	var refusal error
	_, err = d.o.Subjects.Change(ctx, s.ID, func(s *subject.Subject) error {
		linkID, refusal = "", nil
		i := d.byToken(s, hash)
		right := i != nil && d.pairs(i.ID, code)
		switch {
		case i == nil || s.Minority == nil:
			return ErrInvitation
		case i.State == invitationClaimed && right && guards(s, i.Link, guardian):
			linkID = i.Link
			return errAsBefore
		case i.State != invitationOpen || !d.o.Now().Before(i.ExpiresAt):
			return ErrInvitation
		case !right:
			refusal = ErrInvitation
			return d.wrongCode(s, i)
		case adult.Union != "" && adult.Union == s.Union:
			return ErrSelf
		case State(s.Minority.State) == Disputed:
			return ErrDisputed
		}
		linkID = fresh
		return d.claim(s, i, subject.Link{ID: fresh, Guardian: guardian, State: string(LinkReviewing), Notice: i.Notice, ClaimedAt: d.o.Now()})
	})
	switch {
	case errors.Is(err, errAsBefore):
		return linkID, nil
	case err != nil: // a wrong code that could not be counted is not answered either
		return "", err
	case refusal != nil:
		return "", refusal
	}
	if _, err := d.adult(ctx, guardian); err != nil { // left, or turned out to be a minor, while claiming
		return "", errors.Join(err, d.abandonOne(ctx, s.ID, linkID, LinkInvalid))
	}
	return linkID, nil
}

// mayClaim bounds how many minors name one adult, whatever became of their links within the time that these are kept.
func (d *Desk) mayClaim(ctx context.Context, guardian, minor string) error {
	wards, err := d.o.Subjects.GuardedBy(ctx, guardian)
	known := func(w subject.Subject) bool { return w.ID == minor }
	if err == nil && len(wards) >= subject.MaxFound && !slices.ContainsFunc(wards, known) {
		err = ErrManyMinors
	}
	return err
}

var errAsBefore = errors.New("guardian: claimed before")

func (d *Desk) claim(s *subject.Subject, i *subject.Invitation, l subject.Link) error {
	if err := d.move(s, Claim); err != nil {
		return err
	}
	i.State, i.EndedAt, i.Link = invitationClaimed, d.o.Now(), l.ID
	// The same adult again, for example after a refusal that was resolved: the former link gives way.
	for k := range s.Minority.Links {
		if old := &s.Minority.Links[k]; old.Guardian == l.Guardian && LinkState(old.State) == LinkReviewing {
			d.endLink(old, LinkExpired)
		}
	}
	s.Minority.Links = append(s.Minority.Links, l)
	d.keepTime(s)
	return nil
}

// wrongCode counts; the fifth wrong code ends the invitation.
func (d *Desk) wrongCode(s *subject.Subject, i *subject.Invitation) error {
	i.Tries++
	if i.Tries >= d.o.Rules.PairingTries {
		i.State, i.EndedAt = invitationEnded, d.o.Now()
		if open(s) == 0 {
			if to, ok := next(State(s.Minority.State), InvitationEnds); ok {
				s.Minority.State, s.Minority.Since = string(to), d.o.Now()
			}
		}
	}
	d.keepTime(s)
	return nil
}

func (d *Desk) byToken(s *subject.Subject, hash string) *subject.Invitation {
	if s.Minority == nil {
		return nil
	}
	for i := range s.Minority.Invitations {
		if subtle.ConstantTimeCompare([]byte(s.Minority.Invitations[i].Token), []byte(hash)) == 1 {
			return &s.Minority.Invitations[i]
		}
	}
	return nil
}

// pairs compares a pairing code in constant time.
func (d *Desk) pairs(invitation, code string) bool {
	return subtle.ConstantTimeCompare([]byte(d.pairingCode(invitation)), []byte(code)) == 1
}

func guards(s *subject.Subject, linkID, guardian string) bool {
	l := link(s, linkID)
	return l != nil && l.Guardian == guardian
}

// adult finds the guardian's own account, which must be an adult's and in use, as of this moment.
func (d *Desk) adult(ctx context.Context, id string) (subject.Subject, error) {
	s, err := d.Settle(ctx, id)
	if err != nil {
		return s, err
	}
	if band, _ := d.o.Subjects.BandOf(s); band != subject.Adult || s.State != subject.Active {
		return s, ErrNotAdult
	}
	return s, nil
}
