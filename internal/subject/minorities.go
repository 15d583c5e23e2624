package subject

import (
	"context"

	"zhiqing/internal/store"
)

// WithMinority lists the accounts whose Minority.State is this word of package guardian's, the longest in it first: one range
// of an index, limit (1…1000) at most. after is the position from the call before, "" at first; next is "" at the end.
//
// The index is younger than the collection. A document that was written before it is found once it is written again, which
// each move of a guardianship does; a store that held disputes before needs one write per disputed account.
func (r *Register) WithMinority(ctx context.Context, state, after string, limit int) (list []Subject, next string, err error) {
	page := store.Prefix(state)
	page.After, page.Limit = after, limit
	found, next, err := r.records.subjects.Find(ctx, byMinority, page)
	list, err = values(found, next, err)
	return list, next, err
}
