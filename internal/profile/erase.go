package profile

import (
	"context"
	"errors"
	"slices"

	"zhiqing/internal/store"
	"zhiqing/internal/subject"
)

// EraseFields erases fields, named by themselves or by the purpose under which they were collected; none named = all. It asks
// for no consent and no state of the account: erasing is always open. Unknown names and unknown people are no error.
// Idempotent. subject.ErrHeld: what a legal hold keeps is left, and the rest is erased.
func (d *Desk) EraseFields(ctx context.Context, id string, names []string) error {
	named := func(f subject.Field) bool {
		return len(names) == 0 || slices.Contains(names, f.Name) || slices.Contains(names, f.Purpose)
	}
	s, err := d.o.Subjects.Change(ctx, id, func(s *subject.Subject) error {
		before := s.Rev
		gone := s.DropFields(named)
		if len(gone) == 0 {
			return store.ErrUnchanged
		}
		s.Rev = before + 1
		return nil
	})
	if errors.Is(err, subject.ErrUnknown) {
		return nil
	}
	if err == nil && slices.ContainsFunc(s.Fields, named) {
		return subject.ErrHeld
	}
	return err
}
