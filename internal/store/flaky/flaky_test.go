package flaky_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"

	"zhiqing/internal/store"
	"zhiqing/internal/store/flaky"
	"zhiqing/internal/store/sqlite"
	"zhiqing/internal/store/storetest"
)

func place(t *testing.T) func() store.Engine {
	path := filepath.Join(t.TempDir(), "flaky.db")
	return func() store.Engine {
		e, err := sqlite.Open(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = e.Close() })
		return flaky.Wrap(e)
	}
}

func TestWithoutFailuresItKeepsTheLaws(t *testing.T) { storetest.Run(t, place) }

func TestOnlyTheChosenWriteFailsBeforeOrAfterItsEffect(t *testing.T) {
	ctx, e := t.Context(), place(t)().(*flaky.Engine)
	if err := e.Declare(ctx, store.Schema{Name: "docs"}); err != nil {
		t.Fatal(err)
	}
	e.FailBefore(2)
	e.FailAfter(3)
	for i, want := range []struct{ fails, stored bool }{{false, true}, {true, false}, {true, true}, {false, true}} {
		id := fmt.Sprint(i)
		err := e.Insert(ctx, "docs", store.Document{ID: id, Body: []byte{5, 0, 0, 0, 0}})
		if fails := errors.Is(err, store.ErrUnavailable) && errors.Is(err, flaky.ErrInjected); fails != want.fails || (!fails && err != nil) {
			t.Errorf("write %d: %v", i+1, err)
		}
		if _, err := e.Get(ctx, "docs", id); (err == nil) != want.stored {
			t.Errorf("after write %d: %v", i+1, err)
		}
	}
	if e.Writes() != 4 || e.Failures() != 2 {
		t.Errorf("%d writes, %d failures", e.Writes(), e.Failures())
	}
}

func TestConcurrentWritersShareTheFailures(t *testing.T) {
	ctx, e := t.Context(), place(t)().(*flaky.Engine)
	if err := e.Declare(ctx, store.Schema{Name: "docs"}); err != nil {
		t.Fatal(err)
	}
	for n := 1; n <= 64; n += 2 {
		e.FailBefore(n)
	}
	var wg sync.WaitGroup
	for i := range 64 {
		wg.Go(func() { _ = e.Insert(ctx, "docs", store.Document{ID: fmt.Sprint(i), Body: []byte{5, 0, 0, 0, 0}}) })
	}
	wg.Wait()
	page, err := e.Find(ctx, "docs", store.ByID, store.Range{Limit: 100})
	if err != nil || len(page.Docs) != 32 || e.Failures() != 32 {
		t.Fatalf("%d stored, %d failed, %v", len(page.Docs), e.Failures(), err)
	}
}
