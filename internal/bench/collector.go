package bench

import (
	"context"
	"errors"
	"sync"

	"zhiqing/internal/store"
)

// collector is an engine that keeps what is inserted until somebody takes it, for writing in bulk. It finds nothing
// again, except that a privacy number was drawn before: of all ids only those are short enough.
type collector struct {
	mu      sync.Mutex
	schemas []store.Schema
	docs    map[string][]store.Document
	numbers map[string]bool
}

func newCollector() *collector {
	return &collector{docs: map[string][]store.Document{}, numbers: map[string]bool{}}
}

// take hands over what was inserted since the last time, by collection.
func (c *collector) take() map[string][]store.Document {
	c.mu.Lock()
	defer c.mu.Unlock()
	taken := c.docs
	c.docs = map[string][]store.Document{}
	return taken
}

func (c *collector) Declare(_ context.Context, s store.Schema) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.schemas = append(c.schemas, s)
	return nil
}

func (c *collector) Insert(_ context.Context, collection string, d store.Document) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if collection == "privacy_numbers" {
		if c.numbers[d.ID] {
			return store.ErrExists
		}
		c.numbers[d.ID] = true
	}
	c.docs[collection] = append(c.docs[collection], d)
	return nil
}

func (c *collector) Get(context.Context, string, string) (store.Document, error) {
	return store.Document{}, store.ErrMissing
}

func (c *collector) Find(context.Context, string, string, store.Range) (store.Page, error) {
	return store.Page{}, nil
}

var errCollects = errors.New("this engine collects new documents only")

func (c *collector) Replace(context.Context, string, store.Document) error { return errCollects }
func (c *collector) Delete(context.Context, string, string, int64) error   { return errCollects }
func (c *collector) Ping(context.Context) error                            { return nil }
func (c *collector) Close() error                                          { return nil }
