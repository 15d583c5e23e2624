package subject

import (
	"context"
	"errors"

	"zhiqing/internal/store"
)

// NumberOf returns the id of whom a privacy number, in its canonical form, belongs or has belonged to, or ErrUnknown. It
// reads no more than that, so that asking takes as long for a number that nobody has.
func (r *Register) NumberOf(ctx context.Context, privacyNumber string) (string, error) {
	if privacyNumber == "" {
		return "", ErrUnknown
	}
	n, err := r.records.numbers.Get(ctx, privacyNumber)
	if errors.Is(err, store.ErrMissing) {
		return "", ErrUnknown
	}
	return n.Subject, err
}
