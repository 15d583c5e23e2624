package session

import (
	"context"

	"zhiqing/internal/store"
)

const (
	byExpiry = "expires" // when to forget
	byOwner  = "owner"   // every session of a subject; a guest has exactly one and needs no index
)

func openRecords(ctx context.Context, e store.Engine) (*store.Collection[Session], error) {
	return store.Open(ctx, e, "sessions",
		store.Index[Session]{Name: byExpiry, Keys: func(s *Session) []string { return []string{store.Key(s.ExpiresAt)} }},
		store.Index[Session]{Name: byOwner, Keys: func(s *Session) []string {
			if s.Kind == Guest {
				return nil
			}
			return []string{store.Key(s.Owner)}
		}},
	)
}
