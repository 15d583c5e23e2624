package sqlite_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"

	"zhiqing/internal/store"
	"zhiqing/internal/store/sqlite"
)

func TestFullDiskIsUnavailableLeavesNoHalfAndHealsWithRoom(t *testing.T) {
	path, ctx := filepath.Join(t.TempDir(), "full.db"), t.Context()
	e := open(t, path, sqlite.MaxPages(200))
	if err := e.Declare(ctx, keyedSchema); err != nil {
		t.Fatal(err)
	}
	stored := fill(t, e)
	agree(t, e, stored)

	// Room made by deleting is enough, in the same process.
	for id := range stored {
		d, err := e.Get(ctx, "docs", id)
		if err == nil {
			err = e.Delete(ctx, "docs", id, d.Rev)
		}
		if err != nil {
			t.Fatalf("delete on a full disk: %v (%v)", err, errors.Unwrap(err))
		}
		delete(stored, id)
	}
	if err := e.Ping(ctx); err != nil {
		t.Errorf("ping with room again: %v", err)
	}
	if err := e.Insert(ctx, "docs", big("again")); err != nil {
		t.Errorf("insert with room again: %v", err)
	}
	stored["again"] = true
	agree(t, e, stored)
}

// fill inserts from 16 goroutines until everyone has met the end of the room; it answers what was acknowledged.
func fill(t *testing.T, e *sqlite.Engine) map[string]bool {
	t.Helper()
	var mu sync.Mutex
	stored := make(map[string]bool)
	var wg sync.WaitGroup
	for w := range 16 {
		wg.Go(func() {
			for n := 0; n < 1000; n++ {
				id := fmt.Sprintf("%02d-%04d", w, n)
				err := e.Insert(t.Context(), "docs", big(id))
				if err != nil {
					if !errors.Is(err, store.ErrUnavailable) {
						t.Errorf("on a full disk: %v", err)
					}
					return
				}
				mu.Lock()
				stored[id] = true
				mu.Unlock()
			}
			t.Error("the disk never filled up")
		})
	}
	wg.Wait()
	return stored
}

func big(id string) store.Document {
	d := keyed(id)
	d.Body = make([]byte, 3000)
	return d
}

// agree fails unless exactly the acknowledged documents are there, each with its index entry.
func agree(t *testing.T, e *sqlite.Engine, acknowledged map[string]bool) {
	t.Helper()
	docs, keys := all(t, e, store.ByID), all(t, e, "by_key")
	if len(docs) != len(acknowledged) || len(keys) != len(acknowledged) {
		t.Errorf("%d acknowledged, %d stored, %d in the index", len(acknowledged), len(docs), len(keys))
	}
	for id := range acknowledged {
		if !docs[id] || !keys[id] {
			t.Errorf("%s was acknowledged; stored: %v, in the index: %v", id, docs[id], keys[id])
		}
	}
}
