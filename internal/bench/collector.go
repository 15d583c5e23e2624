package bench

import (
	"context"
	"sync"

	"zhiqing/internal/store"
	"zhiqing/internal/store/sqlite"
)

// collector is an engine that stores nothing and keeps what is inserted, for writing in bulk.
type collector struct {
	mu   sync.Mutex
	docs map[string][]store.Document
	used map[string]bool // privacy numbers: the only ids that are short enough to be drawn twice
}

func (c *collector) reset() { c.docs = map[string][]store.Document{} }

func (c *collector) flush(ctx context.Context, engine *sqlite.Engine) error {
	for collection, docs := range c.docs {
		if err := engine.InsertMany(ctx, collection, docs); err != nil {
			return err
		}
	}
	c.reset()
	return nil
}

func (c *collector) Insert(_ context.Context, collection string, d store.Document) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.docs == nil {
		c.reset()
	}
	if c.used == nil {
		c.used = map[string]bool{}
	}
	if collection == "privacy_numbers" {
		if c.used[d.ID] {
			return store.ErrExists
		}
		c.used[d.ID] = true
	}
	c.docs[collection] = append(c.docs[collection], d)
	return nil
}

func (c *collector) Get(context.Context, string, string) (store.Document, error) {
	return store.Document{}, store.ErrMissing
}
func (c *collector) Declare(context.Context, store.Schema) error { return nil }
func (c *collector) Replace(context.Context, string, store.Document) error {
	return store.ErrConflict
}
func (c *collector) Delete(context.Context, string, string, int64) error { return store.ErrMissing }
func (c *collector) Find(context.Context, string, string, store.Range) (store.Page, error) {
	return store.Page{}, nil
}
func (c *collector) Ping(context.Context) error { return nil }
func (c *collector) Close() error               { return nil }
