package app

import (
	"context"
	"slices"
	"sync"

	"zhiqing/internal/store"
)

// schemas is what every collection looks like that the program has opened, in that order.
type schemas struct {
	mu   sync.Mutex
	list []store.Schema
}

func (s *schemas) all() []store.Schema {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.list)
}

// noting is an engine that notes them.
type noting struct {
	store.Engine
	schemas *schemas
}

func (n noting) Declare(ctx context.Context, s store.Schema) error {
	n.schemas.mu.Lock()
	if !slices.ContainsFunc(n.schemas.list, func(x store.Schema) bool { return x.Name == s.Name }) {
		n.schemas.list = append(n.schemas.list, s)
	}
	n.schemas.mu.Unlock()
	return n.Engine.Declare(ctx, s)
}
