package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"zhiqing/internal/store"
)

// walk reads an index to its end and answers the ids in the order met.
func walk(t *testing.T, ctx context.Context, e store.Engine, index string, r store.Range) (met []string) {
	t.Helper()
	for {
		page, err := e.Find(ctx, docs, index, r)
		must(t, err)
		if len(page.Docs) > r.Limit || (len(page.Docs) == 0 && page.Next != "") {
			t.Fatalf("a page of %d for limit %d, next %q", len(page.Docs), r.Limit, page.Next)
		}
		met = append(met, ids(page)...)
		if r.After = page.Next; r.After == "" {
			return met
		}
	}
}

func pagesMeet(t *testing.T, place Place) {
	e, ctx := fresh(t, place)
	var all []string
	for i := range 12 { // four keys with three documents each, so that pages break within a key
		id := fmt.Sprintf("d%02d", i)
		must(t, e.Insert(ctx, docs, keyed(t, id, fmt.Sprintf("k%d", i/3))))
		all = append(all, id)
	}
	back := slices.Clone(all)
	slices.Reverse(back)
	for limit := 1; limit <= 13; limit++ {
		for _, index := range []string{"by_key", store.ByID} {
			if got := walk(t, ctx, e, index, store.Range{Limit: limit}); !slices.Equal(got, all) {
				t.Errorf("%s by %d: %v", index, limit, got)
			}
			if got := walk(t, ctx, e, index, store.Range{Limit: limit, Desc: true}); !slices.Equal(got, back) {
				t.Errorf("%s by %d, descending: %v", index, limit, got)
			}
		}
	}
	inner := store.Range{From: "k1", To: "k3", Limit: 2}
	if got := walk(t, ctx, e, "by_key", inner); !slices.Equal(got, all[3:9]) {
		t.Errorf("a part of the index: %v", got)
	}
}

// Documents that stay put are met exactly once while others come, move and go around them.
func pagingIsStable(t *testing.T, place Place) {
	e, ctx := fresh(t, place)
	const stay = 20
	for i := range stay {
		must(t, e.Insert(ctx, docs, keyed(t, fmt.Sprintf("stay-%02d", i), fmt.Sprintf("k%02d", i))))
	}
	stop, started := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	for w := range 3 {
		wg.Go(func() {
			for n := 0; ; n++ {
				churn(t, ctx, e, fmt.Sprintf("move-%d", w), fmt.Sprintf("k%02d", n*7%stay), fmt.Sprintf("k%02d", n*11%stay))
				if w == 0 && n == 0 {
					close(started)
				}
				select {
				case <-stop:
					return
				default:
				}
			}
		})
	}
	defer wg.Wait()
	defer close(stop) // first
	<-started
	for round := range 6 {
		met := make(map[string]int)
		for _, id := range walk(t, ctx, e, "by_key", store.Range{Limit: 3, Desc: round%2 == 1}) {
			met[id]++
		}
		for i := range stay {
			if id := fmt.Sprintf("stay-%02d", i); met[id] != 1 {
				t.Errorf("round %d: %s was met %d times", round, id, met[id])
			}
		}
	}
}

// churn inserts a document, moves it to another key and deletes it.
func churn(t *testing.T, ctx context.Context, e store.Engine, id, from, to string) {
	d := keyed(t, id, from)
	err := e.Insert(ctx, docs, d)
	if err == nil {
		d, err = e.Get(ctx, docs, id)
	}
	if err == nil {
		d.Keys = map[string][]string{"by_key": {to}}
		err = e.Replace(ctx, docs, d)
	}
	if err == nil {
		err = e.Delete(ctx, docs, id, d.Rev+1)
	}
	if err != nil {
		t.Errorf("churn: %v (cause: %v)", err, cause(err))
	}
}

func foreignPositionIsRefused(t *testing.T, place Place) {
	e, ctx := fresh(t, place)
	for i := range 4 {
		must(t, e.Insert(ctx, docs, keyed(t, fmt.Sprintf("d%d", i), fmt.Sprintf("k%d", i))))
	}
	page, err := e.Find(ctx, docs, "by_key", store.Range{Limit: 2})
	must(t, err)
	for name, r := range map[string]store.Range{
		"garbage":             {After: "%%%"},
		"not a position":      {After: "YWJj"},
		"before another part": {After: page.Next, From: "k2"},
		"behind another part": {After: page.Next, To: "k1"},
	} {
		r.Limit = 2
		if _, err := e.Find(ctx, docs, "by_key", r); !errors.Is(err, store.ErrCursor) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func pageIsBounded(t *testing.T, place Place) {
	e, ctx := fresh(t, place)
	var all []string
	for i := range 6 {
		id := fmt.Sprintf("d%d", i)
		must(t, e.Insert(ctx, docs, store.Document{ID: id, Body: body(t, bytes.Repeat([]byte{byte(i)}, store.PageSize/4))}))
		all = append(all, id)
	}
	page, err := e.Find(ctx, docs, store.ByID, store.Range{Limit: 10})
	must(t, err)
	if len(page.Docs) >= 6 || page.Next == "" {
		t.Fatalf("one page holds %d large documents, next %q", len(page.Docs), page.Next)
	}
	if got := walk(t, ctx, e, store.ByID, store.Range{Limit: 10}); !slices.Equal(got, all) {
		t.Fatalf("all pages together hold %v", got)
	}
}
