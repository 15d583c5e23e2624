package storetest

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"zhiqing/internal/store"
)

type tally struct {
	Writers []int64 `bson:"writers"`
}

// views opens the collection several times, as several processes would: writers of one view take turns, so only views
// that do not know each other meet in the engine.
func views(t *testing.T, ctx context.Context, e store.Engine) []*store.Collection[tally] {
	t.Helper()
	all := make([]*store.Collection[tally], 4)
	for i := range all {
		c, err := store.Open[tally](ctx, e, "tallies")
		must(t, err)
		all[i] = c
	}
	return all
}

func sixtyFour(t *testing.T, write func(n int) error) {
	t.Helper()
	var wg sync.WaitGroup
	for n := range 64 {
		wg.Go(func() {
			if err := write(n); err != nil {
				t.Errorf("writer %d: %v (cause: %v)", n, err, cause(err))
			}
		})
	}
	wg.Wait()
}

func everyWriterIsThere(t *testing.T, ctx context.Context, c *store.Collection[tally]) {
	t.Helper()
	got, err := c.Get(ctx, "one")
	must(t, err)
	slices.Sort(got.Writers)
	for n := range int64(64) {
		if len(got.Writers) != 64 || got.Writers[n] != n {
			t.Fatalf("%d updates were acknowledged, stored are %v", 64, got.Writers)
		}
	}
}

func writersLoseNoUpdate(t *testing.T, place Place) {
	e, ctx := fresh(t, place)
	c := views(t, ctx, e)
	must(t, c[0].Insert(ctx, "one", tally{}))
	sixtyFour(t, func(n int) error {
		_, err := c[n%len(c)].Update(ctx, "one", func(v *tally) error { v.Writers = append(v.Writers, int64(n)); return nil })
		return err
	})
	everyWriterIsThere(t, ctx, c[0])
}

func upsertsMakeOne(t *testing.T, place Place) {
	e, ctx := fresh(t, place)
	c := views(t, ctx, e)
	sixtyFour(t, func(n int) error {
		_, err := c[n%len(c)].Upsert(ctx, "one", func(v *tally, _ bool) error { v.Writers = append(v.Writers, int64(n)); return nil })
		return err
	})
	everyWriterIsThere(t, ctx, c[0])
}

func deleteIsDecidedOnce(t *testing.T, place Place) {
	e, ctx := fresh(t, place)
	c := views(t, ctx, e)
	must(t, c[0].Insert(ctx, "one", tally{}))
	var removed atomic.Int32
	sixtyFour(t, func(n int) error {
		did, err := c[n%len(c)].Delete(ctx, "one", nil)
		if did {
			removed.Add(1)
		}
		return err
	})
	if n := removed.Load(); n != 1 {
		t.Fatalf("%d callers believe that they removed it", n)
	}
}
