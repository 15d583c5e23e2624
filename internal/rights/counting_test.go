package rights_test

import (
	"context"
	"sync/atomic"

	"zhiqing/internal/store"
)

// counting counts the documents that an engine reads out.
type counting struct {
	store.Engine
	docs atomic.Int64
}

func (c *counting) Get(ctx context.Context, collection, id string) (store.Document, error) {
	c.docs.Add(1)
	return c.Engine.Get(ctx, collection, id)
}

func (c *counting) Find(ctx context.Context, collection, index string, r store.Range) (store.Page, error) {
	page, err := c.Engine.Find(ctx, collection, index, r)
	c.docs.Add(int64(len(page.Docs)))
	return page, err
}

// watching shows every document that is replaced, before it is.
type watching struct {
	store.Engine
	see func(collection string, d store.Document)
}

func (w *watching) Replace(ctx context.Context, collection string, d store.Document) error {
	w.see(collection, d)
	return w.Engine.Replace(ctx, collection, d)
}
