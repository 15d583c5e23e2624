package subject

import (
	"context"
	"time"

	"zhiqing/internal/store"
)

// identity is the link from a hashed WeChat identity (its _id) to a subject.
type identity struct {
	Subject string `bson:"subject"`
}

// number reserves a privacy number (its _id) for a subject, so that no two people can read out the same one.
type number struct {
	Subject string `bson:"subject"`
}

// The indexes of subjects. Exact search is over blinded or random values only.
const (
	byPhone         = "phone"          // blind index of the person's own verified number
	byGuardianPhone = "guardian_phone" // blind index of a guardian's verified number
	byToken         = "token"          // keyed hash of an open invitation's token
	byLink          = "link"           // guardianship id
	byGuardian      = "guardian"       // subject id of a guardian
	byDue           = "due"            // when the clock has something to do
	byMinority      = "minority"       // the state of a minor's guardianships, and since when
	bySubject       = "subject"        // of identities: what still leads to a subject
)

// PhoneField is the profile field that is found by its blind index.
const PhoneField = "phone"

type records struct {
	identities *store.Collection[identity]
	subjects   *store.Collection[Subject]
	numbers    *store.Collection[number]
	markers    *store.Collection[Marker]
}

func openRecords(ctx context.Context, e store.Engine) (r records, err error) {
	r.identities, err = store.Open(ctx, e, "identities", store.Index[identity]{Name: bySubject, Keys: func(i *identity) []string {
		return []string{store.Key(i.Subject)}
	}})
	if err != nil {
		return r, err
	}
	if r.subjects, err = store.Open(ctx, e, "subjects", indexes()...); err != nil {
		return r, err
	}
	if r.numbers, err = store.Open[number](ctx, e, "privacy_numbers"); err != nil {
		return r, err
	}
	r.markers, err = store.Open(ctx, e, "age_markers", store.Index[Marker]{Name: byUntil, Keys: func(m *Marker) []string {
		return []string{store.Key(m.Until)}
	}})
	return r, err
}

func indexes() []store.Index[Subject] {
	return []store.Index[Subject]{
		{Name: byPhone, Many: true, Keys: func(s *Subject) []string {
			if f, ok := s.Field(PhoneField); ok && f.Index != "" {
				return []string{store.Key(f.Index)}
			}
			return nil
		}},
		{Name: byGuardianPhone, Many: true, Keys: func(s *Subject) []string {
			return s.eachLink(func(l Link) string { return l.Phone })
		}},
		{Name: byLink, Many: true, Keys: func(s *Subject) []string {
			keys := s.eachLink(func(l Link) string { return l.ID })
			if s.Erasure != nil {
				for _, id := range s.Erasure.Links {
					keys = append(keys, store.Key(id))
				}
			}
			return keys
		}},
		{Name: byGuardian, Many: true, Keys: func(s *Subject) []string {
			keys := s.eachLink(func(l Link) string { return l.Guardian })
			if s.Erasure != nil {
				for _, id := range s.Erasure.Guardians {
					keys = append(keys, store.Key(id))
				}
			}
			return keys
		}},
		{Name: byToken, Many: true, Keys: func(s *Subject) []string {
			if s.Minority == nil {
				return nil
			}
			var keys []string
			for _, i := range s.Minority.Invitations {
				keys = append(keys, store.Key(i.Token))
			}
			return keys
		}},
		{Name: byDue, Keys: func(s *Subject) []string {
			due := s.due()
			if due.IsZero() {
				return nil
			}
			return []string{store.Key(due)}
		}},
		{Name: byMinority, Keys: func(s *Subject) []string {
			if s.Minority == nil || s.State.Over() {
				return nil
			}
			return []string{store.Key(s.Minority.State, s.Minority.Since)}
		}},
	}
}

// due is the earliest moment at which the sweep has to look at the subject; zero = never.
func (s *Subject) due() time.Time {
	switch {
	case s.Erasure != nil && s.Erasure.Proof == "":
		return s.Erasure.At
	case s.Erasure != nil:
		return s.Erasure.ForgetAt
	case s.Minority != nil && s.Minority.Todo != nil:
		return s.Minority.Todo.At
	case s.Minority != nil:
		return s.Minority.Due
	}
	return time.Time{}
}

// eachLink lists the different non-empty keys of the links.
func (s *Subject) eachLink(of func(Link) string) []string {
	if s.Minority == nil {
		return nil
	}
	var keys []string
	seen := map[string]bool{}
	for _, l := range s.Minority.Links {
		if v := of(l); v != "" && !seen[v] {
			seen[v] = true
			keys = append(keys, store.Key(v))
		}
	}
	return keys
}
