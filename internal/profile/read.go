package profile

import (
	"context"
	"slices"

	"github.com/go-json-experiment/json"

	"zhiqing/internal/subject"
)

// Read opens a person's profile. A field that no purpose covers at this moment is not shown, and a minor who waits for a
// guardian has an empty profile. Faults: subject.ErrUnknown, subject.ErrOver.
func (d *Desk) Read(ctx context.Context, id string) (Profile, error) {
	s, err := d.o.Subjects.Find(ctx, id)
	if err != nil {
		return Profile{}, err
	}
	return d.Of(ctx, &s)
}

// Of is Read of somebody who is read already. Fault: subject.ErrOver.
func (d *Desk) Of(ctx context.Context, s *subject.Subject) (Profile, error) {
	if s.State.Over() {
		return Profile{}, subject.ErrOver
	}
	live, err := d.o.Consents.Live(ctx, s)
	if err != nil {
		return Profile{}, err
	}
	return d.show(s, live)
}

func (d *Desk) show(s *subject.Subject, live func(string) bool) (Profile, error) {
	p := Profile{Rev: s.Rev}
	if s.State == subject.PendingGuardian {
		return p, nil
	}
	who := d.person(s, live)
	for _, f := range s.Fields {
		purposes := d.covering(f.Name, who)
		if len(purposes) == 0 {
			continue
		}
		v := Value{Name: f.Name, Purpose: f.Purpose, Purposes: purposes, Source: f.Source, At: f.At}
		if !slices.Contains(purposes, v.Purpose) {
			v.Purpose = purposes[0]
		}
		plain, err := d.o.Subjects.Open(s, f.Name, f.Sealed)
		if err != nil {
			return Profile{}, err
		}
		if err := json.Unmarshal(plain, &v.Value); err != nil {
			return Profile{}, errUnreadable // without the cause, which may quote the value
		}
		p.Fields = append(p.Fields, v)
	}
	return p, nil
}
