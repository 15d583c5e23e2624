package lookup

import (
	"context"

	"zhiqing/internal/store"
)

const (
	byEnd     = "ends"    // when to forget
	bySubject = "subject" // what goes with an account
	prefix    = "lkp"     // of ids
)

func openRecords(ctx context.Context, e store.Engine) (*store.Collection[Lookup], error) {
	return store.Open(ctx, e, "lookups",
		store.Index[Lookup]{Name: byEnd, Keys: func(l *Lookup) []string { return []string{store.Key(l.Ends)} }},
		store.Index[Lookup]{Name: bySubject, Keys: func(l *Lookup) []string { return []string{store.Key(l.Subject, l.At)} }},
	)
}
