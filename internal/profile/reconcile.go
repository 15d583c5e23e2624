package profile

import (
	"bytes"
	"context"
	"errors"

	"zhiqing/internal/store"
	"zhiqing/internal/subject"
)

// Reconcile erases every field that no purpose covers any more (PIPL art. 47(1)(3)). It is called whenever a consent has
// ended, after that is recorded and before the person is answered; repeating it changes nothing. Whoever has no profile has
// nothing to lose, so that an unknown person is no error.
func (d *Desk) Reconcile(ctx context.Context, id string) error {
	s, err := d.o.Subjects.Find(ctx, id)
	if errors.Is(err, subject.ErrUnknown) || err == nil && len(s.Fields) == 0 {
		return nil
	}
	if err != nil {
		return err
	}
	_, _, err = d.reconcile(ctx, s)
	return err
}

// reconcile erases what in s, as it was read, has lost its purpose by now. It leaves alone what was written since then:
// that may rest on a consent given anew, and whoever wrote it looks again after writing.
func (d *Desk) reconcile(ctx context.Context, read subject.Subject) (subject.Subject, func(string) bool, error) {
	live, err := d.o.Consents.Live(ctx, &read)
	if err != nil {
		return read, nil, err
	}
	lost := map[string][]byte{}
	who := d.person(&read, live)
	for _, f := range read.Fields {
		if d.lost(f.Name, who) {
			lost[f.Name] = f.Sealed
		}
	}
	if len(lost) == 0 {
		return read, live, nil
	}
	s, err := d.o.Subjects.Change(ctx, read.ID, func(s *subject.Subject) error {
		before := s.Rev
		gone := s.DropFields(func(f subject.Field) bool {
			sealed, ok := lost[f.Name]
			return ok && bytes.Equal(sealed, f.Sealed) // each write seals differently
		})
		if len(gone) == 0 {
			return store.ErrUnchanged
		}
		s.Rev = before + 1
		return nil
	})
	return s, live, err
}
