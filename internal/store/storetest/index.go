package storetest

import (
	"context"
	"slices"
	"testing"
	"time"

	"zhiqing/internal/store"
)

// ranged are documents whose ids and keys run against each other, with ties, a prefix, times, numbers and Chinese.
func ranged(t *testing.T, ctx context.Context, e store.Engine) {
	t.Helper()
	noon := time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)
	for id, key := range map[string]string{
		"z1": store.Key("a"), "y2": store.Key("a"), "x3": store.Key("a", "b"), "w4": store.Key("a", "c"), "v5": store.Key("ab"),
		"u6": store.Key("t", noon), "t7": store.Key("t", noon.Add(time.Millisecond)), "s8": store.Key("t", noon.Add(time.Hour)),
		"r9": store.Key("n", 9), "q0": store.Key("n", 10), "p1": store.Key("知情"), "o2": store.Key("Z"),
	} {
		must(t, e.Insert(ctx, docs, keyed(t, id, key)))
	}
	must(t, e.Insert(ctx, docs, store.Document{ID: "unlisted", Body: body(t, 1)}))
}

func indexAnswersRanges(t *testing.T, place Place) {
	e, ctx := fresh(t, place)
	ranged(t, ctx, e)
	noon := time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)
	all := []string{"o2", "y2", "z1", "x3", "w4", "v5", "r9", "q0", "u6", "t7", "s8", "p1"}
	for name, c := range map[string]struct {
		r    store.Range
		want []string
	}{
		"everything":       {store.Range{}, all},
		"no parts":         {store.Prefix(), all},
		"from":             {store.Range{From: store.Key("n")}, all[6:]},
		"up to, excluding": {store.Range{To: store.Key("a", "c")}, all[:4]},
		"from, including":  {store.Range{From: store.Key("a", "b"), To: store.Key("ab")}, []string{"x3", "w4"}},
		"ties by id":       {store.Exact("a"), []string{"y2", "z1"}},
		"exact":            {store.Exact("a", "c"), []string{"w4"}},
		"prefix":           {store.Prefix("a"), []string{"x3", "w4"}},
		"numbers in order": {store.Prefix("n"), []string{"r9", "q0"}},
		"before a time":    {store.Before(noon.Add(time.Hour), "t"), []string{"u6", "t7"}},
		"empty":            {store.Prefix("nobody"), nil},
		"upside down":      {store.Range{From: "b", To: "a"}, nil},
		"beyond ASCII":     {store.Range{From: "知"}, []string{"p1"}},
	} {
		c.r.Limit = 100
		page, err := e.Find(ctx, docs, "by_key", c.r)
		must(t, err)
		if got := ids(page); !slices.Equal(got, c.want) || page.Next != "" {
			t.Errorf("%s: %v, next %q; want %v", name, got, page.Next, c.want)
		}
		c.r.Desc = true
		page, err = e.Find(ctx, docs, "by_key", c.r)
		must(t, err)
		back := slices.Clone(c.want)
		slices.Reverse(back)
		if got := ids(page); !slices.Equal(got, back) {
			t.Errorf("%s, descending: %v, want %v", name, got, back)
		}
	}
	page, err := e.Find(ctx, docs, store.ByID, store.Range{From: "s8", To: "v5", Limit: 10})
	must(t, err)
	if got := ids(page); !slices.Equal(got, []string{"s8", "t7", "u6", "unlisted"}) {
		t.Errorf("by id: %v", got)
	}
}

func keysFollowTheDocument(t *testing.T, place Place) {
	e, ctx := fresh(t, place)
	must(t, e.Insert(ctx, docs, keyed(t, "a", "old")))
	listed := func(key string, want ...string) {
		t.Helper()
		page, err := e.Find(ctx, docs, "by_key", store.Range{From: key, To: key + "\x01", Limit: 10})
		must(t, err)
		if got := ids(page); !slices.Equal(got, want) {
			t.Fatalf("under %q: %v, want %v", key, got, want)
		}
	}
	change := func(d store.Document) {
		t.Helper()
		now, err := e.Get(ctx, docs, "a")
		must(t, err)
		d.Rev = now.Rev
		must(t, e.Replace(ctx, docs, d))
	}
	listed("old", "a")
	change(keyed(t, "a", "new"))
	listed("old")
	listed("new", "a")
	change(store.Document{ID: "a", Body: body(t, 1)})
	listed("new")
	change(keyed(t, "a", "back"))
	listed("back", "a")
	now, err := e.Get(ctx, docs, "a")
	must(t, err)
	must(t, e.Delete(ctx, docs, "a", now.Rev))
	listed("back")
}

func manyKeysAreFound(t *testing.T, place Place) {
	e, ctx := fresh(t, place)
	owned := func(id string, owners ...string) store.Document {
		return store.Document{ID: id, Body: body(t, id), Keys: map[string][]string{"by_owner": owners}}
	}
	must(t, e.Insert(ctx, docs, owned("c", "mum", "kid")))
	must(t, e.Insert(ctx, docs, owned("a", "mum", "dad", "mum")))
	must(t, e.Insert(ctx, docs, owned("b", "dad")))
	listed := func(owner string, want ...string) {
		t.Helper()
		r := store.Exact(owner)
		r.Limit = 1
		var got []string
		for {
			page, err := e.Find(ctx, docs, "by_owner", r)
			must(t, err)
			got = append(got, ids(page)...)
			if r.After = page.Next; r.After == "" {
				break
			}
		}
		if !slices.Equal(got, want) {
			t.Fatalf("of %s: %v, want %v", owner, got, want)
		}
	}
	listed("mum", "a", "c")
	listed("dad", "a", "b")
	listed("kid", "c")
	now, err := e.Get(ctx, docs, "a")
	must(t, err)
	d := owned("a", "kid", "dad")
	d.Rev = now.Rev
	must(t, e.Replace(ctx, docs, d))
	listed("mum", "c")
	listed("kid", "a", "c")
	listed("dad", "a", "b")
	must(t, e.Delete(ctx, docs, "a", d.Rev+1))
	listed("kid", "c")
	listed("dad", "b")
}
