package retention

import (
	"context"
	"maps"
	"time"

	"zhiqing/internal/store"
)

// thing is what is kept of a subject under one reference, with what happened to it. Its id is subject/category/reference.
type thing struct {
	Subject   string               `bson:"subject"`
	Category  string               `bson:"category"`
	Reference string               `bson:"reference"`
	Events    map[string]time.Time `bson:"events"`
	Awaited   []string             `bson:"awaited,omitempty"` // events that were reported as still to come
	Due       time.Time            `bson:"due"`               // when the sweep looks at it next; NoEnd = not until something happens
	Tries     int                  `bson:"tries,omitempty"`
}

// reported is what has been said about a thing: events that have happened, and with the zero time those that are awaited.
func (t thing) reported() map[string]time.Time {
	said := maps.Clone(t.Events)
	if said == nil {
		said = map[string]time.Time{}
	}
	for _, event := range t.Awaited {
		said[event] = time.Time{}
	}
	return said
}

func (t thing) id() string { return t.Subject + "/" + t.Category + "/" + t.Reference }

// hold is a legal hold in the store.
type hold struct {
	Subject  string    `bson:"subject"`
	Category string    `bson:"category"`
	Reason   string    `bson:"reason"`
	Case     string    `bson:"case,omitempty"`
	Approver string    `bson:"approver"`
	Opened   time.Time `bson:"opened"`
	ReviewBy time.Time `bson:"review_by"`
	Closed   time.Time `bson:"closed,omitempty"`
	ClosedBy string    `bson:"closed_by,omitempty"`
}

// tally counts things of one category that began in one month and were let go of. Its id is month/category.
type tally struct {
	N       int      `bson:"n"`
	Pending []string `bson:"pending,omitempty"` // digests of those counted and perhaps not yet deleted: nothing counts twice
}

type records struct {
	things  *store.Collection[thing]
	holds   *store.Collection[hold]
	tallies *store.Collection[tally]
}

// The indexes.
const (
	byDue     = "due"
	bySubject = "subject"
	byReview  = "review" // open holds only
)

func openRecords(ctx context.Context, e store.Engine) (r records, err error) {
	r.things, err = store.Open(ctx, e, "events",
		store.Index[thing]{Name: byDue, Keys: func(t *thing) []string { return []string{store.Key(t.Due)} }},
		store.Index[thing]{Name: bySubject, Keys: func(t *thing) []string { return []string{store.Key(t.Subject)} }})
	if err != nil {
		return r, err
	}
	open := func(h *hold, key string) []string {
		if !h.Closed.IsZero() {
			return nil
		}
		return []string{key}
	}
	r.holds, err = store.Open(ctx, e, "legal_holds",
		store.Index[hold]{Name: bySubject, Keys: func(h *hold) []string { return []string{store.Key(h.Subject)} }},
		store.Index[hold]{Name: byReview, Keys: func(h *hold) []string { return open(h, store.Key(h.ReviewBy)) }})
	if err != nil {
		return r, err
	}
	r.tallies, err = store.Open[tally](ctx, e, "anonymised")
	return r, err
}

// pageSize is how many documents are read at once.
const pageSize = 200

// each gives every value of a range to f, page by page, until f fails or ctx ends.
func each[T any](ctx context.Context, c *store.Collection[T], index string, r store.Range, f func(id string, v T) error) error {
	for r.Limit = pageSize; ; {
		found, next, err := c.Find(ctx, index, r)
		if err != nil {
			return err
		}
		for _, one := range found {
			if err := f(one.ID, one.Value); err != nil {
				return err
			}
		}
		if next == "" {
			return nil
		}
		r.After = next
	}
}
