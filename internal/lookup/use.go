package lookup

import (
	"context"
	"errors"

	"zhiqing/internal/staff"
	"zhiqing/internal/store"
	"zhiqing/internal/subject"
)

// Lookup is an officer's own look-up, for pages that only name it. It shows nothing of the record and writes no row. Anybody
// else's is the same as one that does not exist. Fault: ErrOver.
func (d *Desk) Lookup(ctx context.Context, s staff.Session, lookupID string) (Lookup, error) {
	if lookupID == "" || len(lookupID) > 64 {
		return Lookup{}, ErrOver
	}
	l, err := d.records.Get(ctx, lookupID)
	l.ID = lookupID
	switch {
	case errors.Is(err, store.ErrMissing):
		return Lookup{}, ErrOver
	case err != nil:
		return Lookup{}, err
	case l.Officer != s.Officer.ID || !d.o.Now().Before(l.Ends):
		return Lookup{}, ErrOver
	}
	return l, nil
}

// Ask puts a minor's record before the other officers; once one has approved, Record opens it for 30 minutes. Faults: those
// of Lookup and of staff.Desk.Ask.
func (d *Desk) Ask(ctx context.Context, s staff.Session, lookupID string) (staff.Approval, error) {
	l, err := d.Lookup(ctx, s, lookupID)
	if err != nil {
		return staff.Approval{}, err
	}
	return d.o.Staff.Ask(ctx, s, l.Question())
}

// open looks again, at each view, at everything that lets an officer use a look-up: the permissions, whose it is, that it has
// not ended, and, if the person is a minor by now, the approval. Faults: those of staff.Desk.Allow and Use, ErrOver.
func (d *Desk) open(ctx context.Context, s staff.Session, lookupID string) (Lookup, subject.Subject, error) {
	if err := d.o.Staff.Allow(ctx, s, staff.LookupSubject); err != nil {
		return Lookup{}, subject.Subject{}, err
	}
	l, err := d.Lookup(ctx, s, lookupID)
	if err != nil {
		return Lookup{}, subject.Subject{}, err
	}
	person, err := d.o.Subjects.Find(ctx, l.Subject)
	if errors.Is(err, subject.ErrUnknown) {
		err = ErrOver
	}
	if err != nil {
		return Lookup{}, subject.Subject{}, err
	}
	was := l.Minor
	l.Minor = d.minor(person)
	if was && !l.Minor { // came of age meanwhile: an adult's look-up is shorter
		l.Ends = l.At.Add(Life)
		if !d.o.Now().Before(l.Ends) {
			return Lookup{}, subject.Subject{}, ErrOver
		}
	}
	if err := d.unlock(ctx, s, &l); err != nil {
		return Lookup{}, subject.Subject{}, err
	}
	return l, person, nil
}
