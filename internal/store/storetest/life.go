package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"zhiqing/internal/store"
)

// prompt is how long a call may take whose context has ended already; generous, for slow machines under the race detector.
const prompt = 2 * time.Second

func cancellationIsPrompt(t *testing.T, place Place) {
	e, ctx := fresh(t, place)
	must(t, e.Insert(ctx, docs, keyed(t, "a", "k")))
	ended, cancel := context.WithCancel(ctx)
	cancel()
	begin := time.Now()
	_, get := e.Get(ended, docs, "a")
	_, find := e.Find(ended, docs, "by_key", store.Range{Limit: 1})
	for name, err := range map[string]error{
		"get": get, "find": find, "ping": e.Ping(ended),
		"insert":  e.Insert(ended, docs, keyed(t, "b", "k")),
		"replace": e.Replace(ended, docs, keyed(t, "a", "l")),
		"delete":  e.Delete(ended, docs, "a", 1),
	} {
		if !errors.Is(err, store.ErrUnavailable) || !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v (cause: %v)", name, err, cause(err))
		}
	}
	if took := time.Since(begin); took > prompt {
		t.Errorf("six cancelled calls took %v", took)
	}
	if _, err := e.Get(ctx, docs, "b"); !errors.Is(err, store.ErrMissing) {
		t.Errorf("the cancelled insert happened: %v", err)
	}
	cancelledUnderWay(t, ctx, e)
	must(t, e.Insert(ctx, docs, keyed(t, "after", "k")))
}

// cancelledUnderWay cancels many writes in the middle: each is there or not, and whoever was told nil finds it.
func cancelledUnderWay(t *testing.T, ctx context.Context, e store.Engine) {
	t.Helper()
	brief, cancel := context.WithCancel(ctx)
	defer cancel()
	outcomes := make([]error, 64)
	var wg sync.WaitGroup
	for i := range outcomes {
		d := keyed(t, fmt.Sprintf("brief-%02d", i), "k")
		wg.Go(func() {
			outcomes[i] = e.Insert(brief, docs, d)
			cancel() // the first answer ends the others
		})
	}
	wg.Wait()
	for i, err := range outcomes {
		_, stored := e.Get(ctx, docs, fmt.Sprintf("brief-%02d", i))
		switch {
		case err == nil:
			must(t, stored)
		case !errors.Is(err, store.ErrUnavailable):
			t.Errorf("insert %d: %v", i, err)
		}
	}
}

func reopeningKeepsEverything(t *testing.T, place Place) {
	ctx, open := within(t), place(t)
	e := opened(t, ctx, open)
	for i := range 50 {
		must(t, e.Insert(ctx, docs, keyed(t, fmt.Sprintf("d%02d", i), fmt.Sprintf("k%02d", 99-i))))
	}
	gone, err := e.Get(ctx, docs, "d07")
	must(t, err)
	must(t, e.Delete(ctx, docs, "d07", gone.Rev))
	before, err := e.Find(ctx, docs, "by_key", store.Range{Limit: 100})
	must(t, err)
	must(t, e.Close())

	if err := e.Insert(ctx, docs, keyed(t, "late", "k")); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("insert after close: %v", err)
	}
	if _, err := e.Get(ctx, docs, "d00"); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("get after close: %v", err)
	}
	after, err := opened(t, ctx, open).Find(ctx, docs, "by_key", store.Range{Limit: 100})
	must(t, err)
	if len(after.Docs) != 49 || !slices.EqualFunc(before.Docs, after.Docs, func(a, b store.Document) bool {
		return a.ID == b.ID && a.Rev == b.Rev && bytes.Equal(a.Body, b.Body)
	}) {
		t.Fatalf("before %v, after %v", ids(before), ids(after))
	}
}

func collectionsAreApart(t *testing.T, place Place) {
	e, ctx := fresh(t, place)
	must(t, e.Declare(ctx, store.Schema{Name: "docs_by", Indexes: []string{"key"}})) // would collide with docs + by_key by careless joining
	must(t, e.Insert(ctx, docs, keyed(t, "a", "k")))
	must(t, e.Insert(ctx, "docs_by", store.Document{ID: "a", Body: body(t, "other"), Keys: map[string][]string{"key": {"k"}}}))
	d, err := e.Get(ctx, docs, "a")
	must(t, err)
	must(t, e.Delete(ctx, docs, "a", d.Rev))
	page, err := e.Find(ctx, "docs_by", "key", exactly("k", 10))
	must(t, err)
	if len(page.Docs) != 1 || said(t, page.Docs[0]) != "other" {
		t.Fatalf("the other collection holds %v", ids(page))
	}
}
