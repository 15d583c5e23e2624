package profile

import (
	"context"
	"errors"

	"github.com/go-json-experiment/json/jsontext"

	"zhiqing/internal/canon"
	"zhiqing/internal/fault"
	"zhiqing/internal/guardian"
	"zhiqing/internal/store"
	"zhiqing/internal/subject"
)

// errUnreadable says that a stored value is not what Write makes. It never quotes it.
var errUnreadable = errors.New("profile: a stored value cannot be read")

// Write changes the fields that a merge patch names (RFC 7396): null erases, an object of contact_preferences is merged,
// any other value replaces. It is one compare-and-swap: all of it happens or none, and Rev moves by one. A patch that
// changes nothing leaves Rev alone. match, unless nil, must hold for the revision that is replaced.
//
// Faults: ErrInvalid with every wrong field, subject.ErrUnknown, subject.ErrOver, subject.ErrHeld, guardian.ErrNeeded,
// guardian.ErrRestricted, ErrStale, ErrMinors, ErrAge, ErrConsent with the purposes that would allow it.
func (d *Desk) Write(ctx context.Context, id string, match Match, patch map[string]jsontext.Value) (Profile, error) {
	changes, err := parse(patch, d.o.Now())
	if err != nil {
		return Profile{}, err
	}
	var wanted []string
	for _, c := range changes {
		if c.value != nil {
			wanted = append(wanted, c.name)
		}
	}
	return d.revise(ctx, id, match, wanted, func(s *subject.Subject, purposes map[string]string) error {
		for _, c := range changes {
			if err := d.apply(s, c, purposes[c.name]); err != nil {
				return err
			}
		}
		return nil
	})
}

// revise makes one change of a profile under everything that admit asks for. A consent may end between the look at it and
// the swap, and whoever ended it may have looked for fields to erase before the swap; so the consents are read again
// afterwards, and what has lost its purpose goes at once.
func (d *Desk) revise(ctx context.Context, id string, match Match, wanted []string, apply func(*subject.Subject, map[string]string) error) (Profile, error) {
	seen, err := d.o.Subjects.Find(ctx, id)
	if err != nil {
		return Profile{}, err
	}
	live, err := d.o.Consents.Live(ctx, &seen)
	if err != nil {
		return Profile{}, err
	}
	s, err := d.o.Subjects.Change(ctx, id, func(s *subject.Subject) error {
		purposes, err := d.admit(s, match, wanted, live)
		if err != nil {
			return err
		}
		before := s.Rev
		if err := apply(s, purposes); err != nil {
			return err
		}
		if s.Rev == before {
			return store.ErrUnchanged
		}
		s.Rev = before + 1 // one change, however many fields
		return nil
	})
	if errors.Is(err, store.ErrUnavailable) { // it may have happened
		_ = d.Reconcile(ctx, id)
	}
	if err != nil {
		return Profile{}, err
	}
	return d.confirm(ctx, s, wanted)
}

// confirm ends a change: what was written is answered only if it is still allowed.
func (d *Desk) confirm(ctx context.Context, s subject.Subject, wanted []string) (Profile, error) {
	s, live, err := d.reconcile(ctx, s)
	if err != nil {
		return Profile{}, err
	}
	if _, err := d.allowed(wanted, d.person(&s, live)); err != nil {
		return Profile{}, err
	}
	return d.show(&s, live)
}

func (d *Desk) apply(s *subject.Subject, c change, purpose string) error {
	value := c.value
	if _, kept := s.Field(c.name); kept && c.name != preferences && s.Held(c.name) {
		return subject.ErrHeld
	}
	if c.name == birthDate && value != nil {
		if err := d.fitsAge(s, value.(string)); err != nil {
			return err
		}
	}
	if patch, ok := value.(switches); ok {
		merged, err := d.merge(s, patch)
		if err != nil {
			return err
		}
		if value = merged; len(merged) == 0 {
			value = nil
		}
	}
	if value == nil {
		s.DropFields(func(f subject.Field) bool { return f.Name == c.name })
		return nil
	}
	return d.set(s, subject.Field{Name: c.name, Purpose: purpose, Source: fromPerson}, value)
}

// set seals a value and puts the field in its place.
func (d *Desk) set(s *subject.Subject, f subject.Field, value any) (err error) {
	plain, err := canon.Bytes(value)
	if err != nil {
		return err
	}
	f.At = d.o.Now()
	if f.Sealed, err = d.o.Subjects.Seal(s, f.Name, plain); err != nil {
		return err
	}
	s.SetField(f)
	return nil
}

func (d *Desk) merge(s *subject.Subject, patch switches) (map[string]bool, error) {
	var stored []byte
	if f, ok := s.Field(preferences); ok {
		plain, err := d.o.Subjects.Open(s, preferences, f.Sealed)
		if err != nil {
			return nil, err
		}
		stored = plain
	}
	merged, err := patch.into(stored)
	if err != nil {
		return nil, errUnreadable
	}
	return merged, nil
}

// fitsAge refuses a birth date that says otherwise than the age question. That question comes first: a profile is no second
// way to answer it.
func (d *Desk) fitsAge(s *subject.Subject, day string) error {
	if band, _ := d.o.Subjects.BandOf(*s); band == subject.Unasked {
		return ErrAge.At("body."+birthDate, "须先回答年龄问题", "needs the age question answered first")
	}
	now := d.o.Now()
	date, err := guardian.ParseDate(day, now)
	if err != nil {
		return err
	}
	if band, _ := d.o.Rules.Band(date, now); band != subject.Adult {
		return ErrInvalid.At("body."+birthDate, contradicts.ZH, contradicts.EN)
	}
	return nil
}

// contradicts is said only to people who have declared to be adults.
var contradicts = fault.Text{
	ZH: "与您申报的年龄不符；如申报有误，请联系客服",
	EN: "does not agree with the age that you declared; if that one is wrong, please contact support",
}
