package profile

import (
	"context"
	"slices"

	"zhiqing/internal/guardian"
	"zhiqing/internal/subject"
	"zhiqing/internal/wechat"
)

// SetPhone keeps the number behind a code of WeChat's phone button. WeChat checks that the code belongs to the person's own
// openid, so that nobody can register somebody else's number; a number that a client sends is never taken. WeChat is
// asked only once the field is allowed: nothing is fetched before there is a purpose for it.
//
// Faults: those of Write except ErrInvalid, WeChat's, and for a minor guardian.ErrSamePhone when the number verifies a
// guardian, of whomever.
func (d *Desk) SetPhone(ctx context.Context, id, code string, match Match) (Profile, error) {
	s, err := d.o.Subjects.Find(ctx, id)
	if err != nil {
		return Profile{}, err
	}
	live, err := d.o.Consents.Live(ctx, &s)
	if err != nil {
		return Profile{}, err
	}
	if _, err := d.admit(&s, match, []string{phone}, live); err != nil {
		return Profile{}, err
	}
	number, err := d.ask(ctx, s, code)
	if err != nil {
		return Profile{}, err
	}
	index := guardian.PhoneIndex(d.o.Subjects, number)
	guards, err := d.o.Subjects.WithGuardianPhone(ctx, index)
	if err != nil {
		return Profile{}, err
	}
	return d.revise(ctx, id, match, []string{phone}, func(s *subject.Subject, purposes map[string]string) error {
		band, _ := d.o.Subjects.BandOf(*s)
		if band.Minor() && (len(guards) > 0 || guardedBy(s, index)) {
			return guardian.ErrSamePhone
		}
		f := subject.Field{Name: phone, Index: index, Purpose: purposes[phone], Source: fromWeChat}
		return d.set(s, f, "+"+number.CountryCode+number.Number.Reveal())
	})
}

func (d *Desk) ask(ctx context.Context, s subject.Subject, code string) (wechat.Phone, error) {
	who, err := d.o.Subjects.Identity(s)
	if err != nil {
		return wechat.Phone{}, err
	}
	return d.o.WeChat.Phone(ctx, code, who.OpenID)
}

// guardedBy reports whether one of the minor's own guardians is verified by the number with this blind index.
func guardedBy(s *subject.Subject, index string) bool {
	return s.Minority != nil && slices.ContainsFunc(s.Minority.Links, func(l subject.Link) bool { return l.Phone == index })
}
