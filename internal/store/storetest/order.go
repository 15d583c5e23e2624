package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"zhiqing/internal/store"
)

// insertsInOrderLeaveNoGap: several writers put runs of documents behind what they see, as a chain's do. Whoever is late at
// any place stores nothing behind it, so no number is missing, and each is by whoever was told that it is theirs.
func insertsInOrderLeaveNoGap(t *testing.T, place Place) {
	e, ctx := fresh(t, place)
	if n, err := e.InsertInOrder(ctx, docs, nil); n != 0 || err != nil {
		t.Fatalf("nothing: %d, %v", n, err)
	}
	must(t, e.Insert(ctx, docs, numbered(t, 3, "first")))
	n, err := e.InsertInOrder(ctx, docs, run(t, 1, 5, "late"))
	if !errors.Is(err, store.ErrExists) || n != 0 && n != 2 {
		t.Fatalf("%d stored, %v", n, err)
	}
	checkRun(t, ctx, e, map[int]string{1: "late", 2: "late", 3: "first"}, n)
	const writers, each, length = 8, 6, 5
	var wg sync.WaitGroup
	var mu sync.Mutex
	whose := map[int]string{}
	for w := range writers {
		who := fmt.Sprint("writer ", w)
		wg.Go(func() {
			for at := 10; at < 10+writers*each*length; {
				n, err := e.InsertInOrder(ctx, docs, run(t, at, at+length-1, who))
				if err != nil && !errors.Is(err, store.ErrExists) || err == nil && n != length {
					t.Errorf("%s: %d stored, %v", who, n, err)
					return
				}
				mu.Lock()
				for i := range n {
					whose[at+i] = who
				}
				mu.Unlock()
				at += max(n, 1)
			}
		})
	}
	wg.Wait()
	page, err := e.Find(ctx, docs, store.ByID, store.Range{From: numbered(t, 10, "").ID, Limit: store.MaxLimit})
	must(t, err)
	for i, d := range page.Docs {
		if want := numbered(t, 10+i, "").ID; d.ID != want {
			t.Fatalf("%s instead of %s: there is a gap", d.ID, want)
		}
		if said(t, d) != whose[10+i] {
			t.Errorf("%s is of %v, and %q was told so", d.ID, said(t, d), whose[10+i])
		}
	}
	if len(page.Docs) != len(whose) || len(whose) < writers*each*length {
		t.Errorf("%d stored, %d acknowledged", len(page.Docs), len(whose))
	}
}

// numbered is document n of a chain.
func numbered(t *testing.T, n int, who string) store.Document {
	return store.Document{ID: fmt.Sprintf("%06d", n), Body: body(t, who)}
}

func run(t *testing.T, first, last int, who string) (ds []store.Document) {
	for n := first; n <= last; n++ {
		ds = append(ds, numbered(t, n, who))
	}
	return ds
}

// checkRun: the first n of what was wanted are there, what was there before is as it was, and nothing is behind it.
func checkRun(t *testing.T, ctx context.Context, e store.Engine, want map[int]string, n int) {
	t.Helper()
	for i := 1; i <= 5; i++ {
		d, err := e.Get(ctx, docs, numbered(t, i, "").ID)
		switch {
		case i <= n || i == 3:
			must(t, err)
			if said(t, d) != want[i] {
				t.Errorf("%d says %v", i, said(t, d))
			}
		case !errors.Is(err, store.ErrMissing):
			t.Errorf("%d is stored although only %d should be: %v", i, n, err)
		}
	}
}
