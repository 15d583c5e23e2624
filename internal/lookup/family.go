package lookup

import (
	"context"
	"errors"

	"zhiqing/internal/subject"
)

// guardianships lists the links of a person, from either side, newest claims last. Nothing of the other party is shown but a
// masked number; a minor's record that hangs on it needs its own look-up and approval.
func (d *Desk) guardianships(ctx context.Context, person subject.Subject) ([]Guardianship, error) {
	var list []Guardianship
	if person.Minority != nil {
		for _, l := range person.Minority.Links[:min(len(person.Minority.Links), maxGuardianships)] {
			guardian, err := d.o.Subjects.Find(ctx, l.Guardian)
			if err != nil && !errors.Is(err, subject.ErrUnknown) {
				return nil, err
			}
			list = append(list, d.guardianship(l, "minor", guardian))
		}
	}
	wards, err := d.o.Subjects.GuardedBy(ctx, person.ID)
	if err != nil {
		return nil, err
	}
	for _, w := range wards {
		if w.Minority == nil {
			continue
		}
		for _, l := range w.Minority.Links {
			if l.Guardian == person.ID && len(list) < maxGuardianships {
				list = append(list, d.guardianship(l, "guardian", w))
			}
		}
	}
	return list, nil
}

func (d *Desk) guardianship(l subject.Link, role string, other subject.Subject) Guardianship {
	title, _ := d.o.Relation(l.Relation)
	return Guardianship{
		ID: l.ID, Role: role, State: l.State, Relation: l.Relation, Title: title, Verify: l.Verify, Other: maskNumber(other.PrivacyNumber),
		Since: l.ClaimedAt, Decided: l.DecidedAt, Ended: l.EndedAt,
	}
}
