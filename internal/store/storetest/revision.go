package storetest

import (
	"errors"
	"testing"

	"zhiqing/internal/store"
)

func staleRevisionChangesNothing(t *testing.T, place Place) {
	e, ctx := fresh(t, place)
	must(t, e.Insert(ctx, docs, store.Document{ID: "a", Body: body(t, 1)}))
	d, err := e.Get(ctx, docs, "a")
	must(t, err)
	must(t, e.Replace(ctx, docs, store.Document{ID: "a", Rev: d.Rev, Body: body(t, 2)}))

	if err := e.Replace(ctx, docs, store.Document{ID: "a", Rev: d.Rev, Body: body(t, 3)}); !errors.Is(err, store.ErrConflict) {
		t.Fatalf("replace with a stale revision: %v", err)
	}
	if err := e.Delete(ctx, docs, "a", d.Rev); !errors.Is(err, store.ErrConflict) {
		t.Fatalf("delete with a stale revision: %v", err)
	}
	now, err := e.Get(ctx, docs, "a")
	must(t, err)
	if said(t, now) != int32(2) || now.Rev != d.Rev+1 {
		t.Fatalf("stored is %v at revision %d after %d", said(t, now), now.Rev, d.Rev)
	}
	must(t, e.Delete(ctx, docs, "a", now.Rev))
	if _, err := e.Get(ctx, docs, "a"); !errors.Is(err, store.ErrMissing) {
		t.Fatalf("get after delete: %v", err)
	}
}

func failuresAreToldApart(t *testing.T, place Place) {
	e, ctx := fresh(t, place)
	must(t, e.Insert(ctx, docs, store.Document{ID: "there", Body: body(t, 1)}))
	_, get := e.Get(ctx, docs, "gone")
	for name, c := range map[string]struct{ got, want error }{
		"get of a missing one":     {get, store.ErrMissing},
		"insert of an existing":    {e.Insert(ctx, docs, store.Document{ID: "there", Body: body(t, 2)}), store.ErrExists},
		"replace of a missing one": {e.Replace(ctx, docs, store.Document{ID: "gone", Rev: 1, Body: body(t, 2)}), store.ErrConflict},
		"replace of another state": {e.Replace(ctx, docs, store.Document{ID: "there", Rev: 1, Body: body(t, 2)}), store.ErrConflict},
		"delete of a missing one":  {e.Delete(ctx, docs, "gone", 1), store.ErrMissing},
		"delete of another state":  {e.Delete(ctx, docs, "there", 1), store.ErrConflict},
	} {
		for _, kind := range []error{store.ErrMissing, store.ErrExists, store.ErrConflict, store.ErrUnavailable} {
			if errors.Is(c.got, kind) != (kind == c.want) {
				t.Errorf("%s: %v, want %v", name, c.got, c.want)
			}
		}
	}
}

// A writer that read before an erasure must not bring the document back after somebody inserted a new one.
func insertedAgainIsAnother(t *testing.T, place Place) {
	e, ctx := fresh(t, place)
	must(t, e.Insert(ctx, docs, store.Document{ID: "a", Body: body(t, "erased")}))
	old, err := e.Get(ctx, docs, "a")
	must(t, err)
	must(t, e.Delete(ctx, docs, "a", old.Rev))
	must(t, e.Insert(ctx, docs, store.Document{ID: "a", Body: body(t, "new")}))

	if err := e.Replace(ctx, docs, store.Document{ID: "a", Rev: old.Rev, Body: body(t, "erased")}); !errors.Is(err, store.ErrConflict) {
		t.Fatalf("replace with the erased one's revision: %v", err)
	}
	if err := e.Delete(ctx, docs, "a", old.Rev); !errors.Is(err, store.ErrConflict) {
		t.Fatalf("delete with the erased one's revision: %v", err)
	}
}
