package lookup

import (
	"context"
	"errors"

	"zhiqing/internal/staff"
	"zhiqing/internal/subject"
)

// Reveal shows one field without its mask: its own permission, a fresh proof of identity, a quota, and a row that names the
// field, then the value. Faults: those of Record, staff.ErrStepUp, staff.ErrQuota, ErrNoField.
func (d *Desk) Reveal(ctx context.Context, s staff.Session, lookupID, field string) (string, error) {
	l, person, err := d.open(ctx, s, lookupID)
	if err != nil {
		return "", err
	}
	if err := d.o.Staff.Allow(ctx, s, staff.RevealField); err != nil {
		return "", err
	}
	if _, kept := person.Field(field); !kept {
		return "", ErrNoField
	}
	if err := d.o.Staff.Spend(ctx, s.Officer, staff.Reveals); err != nil {
		return "", err
	}
	if err := d.note(ctx, s, l, "staff.revealed", allowed, field); err != nil {
		return "", err
	}
	p, err := d.o.Profiles.Of(ctx, &person)
	if errors.Is(err, subject.ErrOver) {
		return "", ErrNoField
	}
	if err != nil {
		return "", err
	}
	for _, v := range p.Fields {
		if v.Name == field {
			return plain(v.Value), nil
		}
	}
	return "", ErrNoField
}
