package guardian

import (
	"context"
	"errors"
	"time"

	"zhiqing/internal/store"
	"zhiqing/internal/subject"
	"zhiqing/internal/wechat"
)

// VerifyPhone checks the adult behind a link by a number that WeChat has verified: code is from the getPhoneNumber button,
// bound by WeChat to the guardian's own openid. Of the number only a blind index is kept, and only while the link is live.
// Faults: ErrUnknownLink, ErrNotAdult, ErrSamePhone, ErrManyMinors, ErrCoolDown, ErrUnderage, WeChat's.
func (d *Desk) VerifyPhone(ctx context.Context, guardian, linkID, code string) (LinkState, error) {
	adult, err := d.adult(ctx, guardian)
	if err != nil {
		return "", err
	}
	s, l, err := d.mine(ctx, guardian, linkID)
	if err != nil {
		return "", err
	}
	if LinkState(l.State) != LinkReviewing {
		return "", ErrNotNow
	}
	who, err := d.o.Subjects.Identity(adult)
	if err != nil {
		return "", err
	}
	phone, err := d.o.WeChat.Phone(ctx, code, who.OpenID)
	if err != nil {
		return "", err
	}
	index := d.PhoneIndex(phone)
	if err := d.mayVerify(ctx, s, index); err != nil {
		return "", err
	}
	ok, level, err := d.o.Adults.Check(ctx, phone)
	if err != nil {
		return "", err
	}
	s, err = d.o.Subjects.Change(ctx, s.ID, func(s *subject.Subject) error { return d.verified(s, linkID, index, level, ok) })
	switch {
	case err != nil:
		return "", err
	case !ok:
		return "", ErrUnderage
	}
	if err := d.mayVerify(ctx, s, index); err != nil {
		return "", errors.Join(err, d.unverify(ctx, s.ID, linkID, index))
	}
	return LinkState(link(&s, linkID).State), nil
}

func (d *Desk) verified(s *subject.Subject, linkID, index, level string, adult bool) error {
	l := link(s, linkID)
	switch {
	case l == nil || LinkState(l.State) != LinkReviewing:
		return ErrNotNow
	case ownPhone(s) == index:
		return ErrSamePhone
	case !adult:
		d.endLink(l, LinkInvalid)
		if err := d.reviewOver(s); err != nil {
			return err
		}
	default:
		l.Phone, l.Verify, l.VerifiedAt = index, level, d.o.Now()
	}
	d.keepTime(s)
	return nil
}

// ownPhone is the blind index of the minor's own number, "" when there is none.
func ownPhone(s *subject.Subject) string {
	f, _ := s.Field(subject.PhoneField)
	return f.Index
}

// unverify takes a verification back that another one of the same number has overtaken: each looked before the other had
// written. Both may lose; at no time do both stay.
func (d *Desk) unverify(ctx context.Context, minor, linkID, index string) error {
	_, err := d.o.Subjects.Change(ctx, minor, func(s *subject.Subject) error {
		l := link(s, linkID)
		if l == nil || LinkState(l.State) != LinkReviewing || l.Phone != index {
			return store.ErrUnchanged
		}
		l.Phone, l.Verify, l.VerifiedAt = "", "", time.Time{}
		return nil
	})
	return err
}

// PhoneIndex is the blind index of a number, the same for profiles and for guardians.
func (d *Desk) PhoneIndex(p wechat.Phone) string { return PhoneIndex(d.o.Subjects, p) }

// PhoneIndex is the blind index of a number with its country code.
func PhoneIndex(r *subject.Register, p wechat.Phone) string {
	return r.Index("phone", "+"+p.CountryCode+p.Number.Reveal())
}

// mayVerify keeps one number from guarding what it must not: the account it belongs to, any minor's, too many, or several
// within a day (requirements.md C3).
func (d *Desk) mayVerify(ctx context.Context, minor subject.Subject, index string) error {
	owners, err := d.o.Subjects.WithPhone(ctx, index)
	if err != nil {
		return err
	}
	for _, o := range owners {
		if band, _ := d.o.Subjects.BandOf(o); o.ID == minor.ID || band.Minor() {
			return ErrSamePhone
		}
	}
	wards, err := d.o.Subjects.WithGuardianPhone(ctx, index)
	if err != nil {
		return err
	}
	others, newest := 0, time.Time{}
	for _, w := range wards {
		if w.ID == minor.ID {
			continue
		}
		others++
		for _, l := range w.Minority.Links {
			if l.Phone == index && l.VerifiedAt.After(newest) {
				newest = l.VerifiedAt
			}
		}
	}
	switch wait := newest.Add(d.o.Rules.LinkCoolDown).Sub(d.o.Now()); {
	case others >= d.o.Rules.MinorsPerPhone:
		return ErrManyMinors
	case !newest.IsZero() && wait > 0:
		return ErrCoolDown.After(wait)
	}
	return nil
}

// mine finds a link and its minor for the guardian who holds it; for anybody else it does not exist. Once the person is 18
// the guardian is told that it has ended, in the same second.
func (d *Desk) mine(ctx context.Context, guardian, linkID string) (subject.Subject, subject.Link, error) {
	found, err := d.o.Subjects.WithLink(ctx, linkID)
	if err != nil {
		return found, subject.Link{}, hideUnknown(err)
	}
	s, err := d.Settle(ctx, found.ID)
	if err != nil {
		return s, subject.Link{}, err
	}
	l := link(&s, linkID)
	switch {
	case l != nil && l.Guardian != guardian, l == nil && !guarded(s, guardian):
		return s, subject.Link{}, ErrUnknownLink
	case s.State.Over():
		return s, subject.Link{}, ErrOver
	case l == nil:
		return s, subject.Link{}, ErrUnknownLink
	case LinkState(l.State) == LinkClosed:
		return s, *l, ErrEnded
	}
	return s, *l, nil
}
