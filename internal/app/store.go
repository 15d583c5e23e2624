package app

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"zhiqing/config"
	"zhiqing/internal/store"
	"zhiqing/internal/store/mongo"
	"zhiqing/internal/store/sqlite"
)

// OpenStore opens the engine that the configuration names.
func OpenStore(ctx context.Context, s config.Store) (store.Engine, error) {
	if s.Engine() == config.MongoDB {
		return mongo.Open(ctx, s.URL.Reveal())
	}
	if err := os.MkdirAll(filepath.Dir(s.Location()), 0o700); err != nil {
		return nil, fmt.Errorf("store.url: %w", err)
	}
	return sqlite.Open(ctx, s.Location())
}

// OpenStoreToRead opens a store beside a running server, to look at it and change nothing.
func OpenStoreToRead(ctx context.Context, s config.Store) (store.Engine, error) {
	if s.Engine() == config.MongoDB {
		return mongo.Open(ctx, s.URL.Reveal())
	}
	return sqlite.OpenReadOnly(ctx, s.Location())
}
