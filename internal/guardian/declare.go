package guardian

import (
	"bytes"
	"context"
	"crypto/sha256"
	"time"

	"zhiqing/internal/store"
	"zhiqing/internal/subject"
)

// Declared is the answer to the age question. It says no more than what is kept.
type Declared struct {
	Band      subject.Band
	State     subject.State
	ChangesOn time.Time // zero for adults
}

// Declare answers the neutral age question, once. date is YYYY-MM-DD; retry ("" = none) makes a repetition get the first
// answer. The date itself is not kept: what is kept is the band and the instant of its next change.
//
// A minor's account waits for a guardian from this moment on, and whatever it may not hold while it waits is gone in the
// same change. Who has declared to be an adult may still turn out to be a minor, at once; the other way needs evidence and
// staff (CorrectToAdult). Faults: age.date_*, ErrDeclared, ErrMarked.
func (d *Desk) Declare(ctx context.Context, id, date, retry string) (Declared, error) {
	birth, err := ParseDate(date, d.o.Now())
	if err != nil {
		return Declared{}, err
	}
	s, err := d.Settle(ctx, id)
	if err != nil {
		return Declared{}, err
	}
	band, changes := d.o.Rules.Band(birth, d.o.Now())
	if err := d.mark(ctx, s, band); err != nil {
		return Declared{}, err
	}
	key := retryKey(retry)
	s, err = d.act(ctx, id, func(s *subject.Subject) error {
		return d.declare(s, band, changes, key)
	})
	if err != nil {
		return Declared{}, err
	}
	now, until := d.o.Subjects.BandOf(s)
	return Declared{Band: now, State: s.State, ChangesOn: until}, nil
}

// mark keeps the age question from being answered again after deleting the account.
func (d *Desk) mark(ctx context.Context, s subject.Subject, band subject.Band) error {
	if s.State.Over() {
		return subject.ErrOver
	}
	if band.Minor() {
		return d.o.Subjects.Mark(ctx, s, d.o.Now().Add(d.o.Rules.Marker), time.Time{})
	}
	if s.Band != subject.Unasked {
		return nil // ErrDeclared says more
	}
	m, err := d.o.Subjects.Marked(ctx, s)
	if err == nil && !m.Until.IsZero() {
		err = ErrMarked
	}
	return err
}

func (d *Desk) declare(s *subject.Subject, band subject.Band, changes time.Time, key []byte) error {
	known, _ := d.o.Subjects.BandOf(*s)
	switch {
	case s.State.Over():
		return subject.ErrOver
	case known != subject.Unasked && len(key) > 0 && bytes.Equal(key, s.AgeRetry):
		return store.ErrUnchanged
	case known.Minor() && band == known && changes.Equal(s.ChangesOn):
		return store.ErrUnchanged // the same answer again
	case known.Minor(), known == subject.Adult && band == subject.Adult:
		return ErrDeclared
	}
	late := known == subject.Adult
	s.Band, s.ChangesOn, s.DeclaredAt, s.AgeRetry = band, changes, d.o.Now(), key
	if !band.Minor() {
		return nil
	}
	s.State = subject.PendingGuardian
	s.Minority = &subject.Minority{State: string(Pending), Since: d.o.Now()}
	s.DropFields(func(subject.Field) bool { return true }) // a pending minor has no profile (requirements.md C2)
	s.Minority.Todo = &subject.Todo{Act: actBecameMinor, Key: "minor:" + d.o.Now().Format(time.RFC3339Nano), At: d.o.Now()}
	if !late {
		s.Minority.Todo.Act = actDeclared
	}
	d.keepTime(s)
	return nil
}

func retryKey(retry string) []byte {
	if retry == "" {
		return nil
	}
	sum := sha256.Sum256([]byte(retry))
	return sum[:16]
}
