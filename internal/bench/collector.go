package bench

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"

	"zhiqing/internal/store"
)

// collector is an engine that keeps documents in memory until somebody takes them, for writing in bulk. What was taken it
// does not find again, except that a privacy number was drawn before: of all ids only those are short enough.
type collector struct {
	mu      sync.Mutex
	schemas []store.Schema
	docs    map[string]map[string]store.Document // by collection and id
	numbers map[string]bool
}

func newCollector() *collector {
	return &collector{docs: map[string]map[string]store.Document{}, numbers: map[string]bool{}}
}

// take hands over what is kept, by collection, and begins anew. Neighbours by id land on neighbouring pages, so they are
// sorted.
func (c *collector) take() map[string][]store.Document {
	c.mu.Lock()
	defer c.mu.Unlock()
	taken := make(map[string][]store.Document, len(c.docs))
	for collection, docs := range c.docs {
		for _, d := range docs {
			taken[collection] = append(taken[collection], d)
		}
		slices.SortFunc(taken[collection], byID)
	}
	clear(c.docs)
	return taken
}

func byID(a, b store.Document) int { return strings.Compare(a.ID, b.ID) }

func (c *collector) Declare(_ context.Context, s store.Schema) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.schemas = append(c.schemas, s)
	return nil
}

func (c *collector) Insert(_ context.Context, collection string, d store.Document) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, exists := c.docs[collection][d.ID]; exists || collection == "privacy_numbers" && c.numbers[d.ID] {
		return store.ErrExists
	}
	if collection == "privacy_numbers" {
		c.numbers[d.ID] = true
	}
	if c.docs[collection] == nil {
		c.docs[collection] = map[string]store.Document{}
	}
	c.docs[collection][d.ID] = d
	return nil
}

func (c *collector) InsertInOrder(ctx context.Context, collection string, ds []store.Document) (int, error) {
	for i, d := range ds {
		if err := c.Insert(ctx, collection, d); err != nil {
			return i, err
		}
	}
	return len(ds), nil
}

func (c *collector) Get(_ context.Context, collection, id string) (store.Document, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	d, found := c.docs[collection][id]
	if !found {
		return d, store.ErrMissing
	}
	return d, nil
}

func (c *collector) Replace(_ context.Context, collection string, d store.Document) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if old, found := c.docs[collection][d.ID]; !found || old.Rev != d.Rev {
		return store.ErrConflict
	}
	d.Rev++
	c.docs[collection][d.ID] = d
	return nil
}

func (c *collector) Find(context.Context, string, string, store.Range) (store.Page, error) {
	return store.Page{}, nil
}

var errCollects = errors.New("this engine deletes nothing")

func (c *collector) Delete(context.Context, string, string, int64) error { return errCollects }
func (c *collector) Ping(context.Context) error                          { return nil }
func (c *collector) Close() error                                        { return nil }
