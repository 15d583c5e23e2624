package profile

import (
	"context"
	"time"

	"zhiqing/internal/purpose"
	"zhiqing/internal/subject"
)

// Given reports whether a consent to one of these purposes, the person's or a guardian's, was in force at a past instant, as
// the person's book proves.
type Given func(ctx context.Context, book string, purposes []string, at time.Time) (bool, error)

// Unfounded lists the fields of a person that were last written while no consent to a purpose that covers them was in force,
// though they need one, those that no purpose covers at all, and of a minor those that were written with no consent to the
// account (认定方法 §3: collected before consent; PIPL art. 31). Nothing that Write and the phone button do leads there; it is
// the question that an inspection asks of the store itself.
func (d *Desk) Unfounded(ctx context.Context, s *subject.Subject, given Given) (names []string, err error) {
	band, _ := d.o.Subjects.BandOf(*s)
	for _, f := range s.Fields {
		codes, free := d.needing(f.Name)
		founded := free
		if !free && len(codes) > 0 {
			founded, err = given(ctx, s.ID, codes, f.At)
		}
		if err == nil && founded && band.Minor() {
			founded, err = given(ctx, s.ID, []string{purpose.MinorAccount}, f.At)
		}
		if err != nil {
			return nil, err
		}
		if !founded {
			names = append(names, f.Name)
		}
	}
	return names, nil
}

// needing lists the purposes of consent that cover a field; free says that one covers it that needs none.
func (d *Desk) needing(name string) (codes []string, free bool) {
	for _, p := range d.bases[name] {
		if !p.NeedsConsent() {
			return nil, true
		}
		codes = append(codes, p.Code)
	}
	return codes, false
}
