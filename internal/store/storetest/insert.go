package storetest

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"zhiqing/internal/store"
)

func insertHappensOnce(t *testing.T, place Place) {
	e, ctx := fresh(t, place)
	must(t, e.Insert(ctx, docs, store.Document{ID: "a", Body: body(t, "first")}))
	before, err := e.Get(ctx, docs, "a")
	must(t, err)
	if err := e.Insert(ctx, docs, store.Document{ID: "a", Body: body(t, "second")}); !errors.Is(err, store.ErrExists) {
		t.Fatalf("second insert: %v", err)
	}
	after, err := e.Get(ctx, docs, "a")
	must(t, err)
	if said(t, after) != "first" || after.Rev != before.Rev {
		t.Fatalf("the refused insert changed the document: %v, revision %d → %d", said(t, after), before.Rev, after.Rev)
	}
}

func oneInsertWins(t *testing.T, place Place) {
	e, ctx := fresh(t, place)
	const writers = 64
	var wg sync.WaitGroup
	outcomes := make([]error, writers)
	for i := range writers {
		d := keyed(t, "same", fmt.Sprintf("key-%02d", i))
		wg.Go(func() { outcomes[i] = e.Insert(ctx, docs, d) })
	}
	wg.Wait()
	winner := -1
	for i, err := range outcomes {
		switch {
		case err == nil && winner < 0:
			winner = i
		case !errors.Is(err, store.ErrExists):
			t.Fatalf("insert %d: %v beside winner %d", i, err, winner)
		}
	}
	if winner < 0 {
		t.Fatal("nobody won")
	}
	page, err := e.Find(ctx, docs, "by_key", store.Range{Limit: 10})
	must(t, err)
	if len(page.Docs) != 1 || said(t, page.Docs[0]) != fmt.Sprintf("key-%02d", winner) {
		t.Fatalf("%d won but %v is stored", winner, ids(page))
	}
}
