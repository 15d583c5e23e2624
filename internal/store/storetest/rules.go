package storetest

import (
	"errors"
	"strings"
	"testing"

	"zhiqing/internal/fault"
	"zhiqing/internal/store"
)

func exactly(key string, limit int) store.Range {
	r := store.Exact(key)
	r.Limit = limit
	return r
}

func nothingIsAnAnswer(t *testing.T, place Place) {
	e, ctx := fresh(t, place)
	for _, index := range []string{store.ByID, "by_key"} {
		page, err := e.Find(ctx, docs, index, store.Range{Limit: 1})
		must(t, err)
		if len(page.Docs) != 0 || page.Next != "" {
			t.Errorf("%s of an empty collection: %v, %q", index, ids(page), page.Next)
		}
	}
	must(t, e.Ping(ctx))
	must(t, e.Declare(ctx, schema)) // declaring is idempotent
}

// What breaks the rules is a defect of the caller: an error without a kind, the same on every engine, with no effect.
func rulesAreChecked(t *testing.T, place Place) {
	e, ctx := fresh(t, place)
	insert := func(id string, keys map[string][]string, body []byte) error {
		return e.Insert(ctx, docs, store.Document{ID: id, Body: body, Keys: keys})
	}
	find := func(index string, r store.Range) error {
		_, err := e.Find(ctx, docs, index, r)
		return err
	}
	_, undeclared := e.Get(ctx, "undeclared", "a")
	for name, err := range map[string]error{
		"an empty id":                 insert("", nil, body(t, 1)),
		"a control byte in an id":     insert("a\x00b", nil, body(t, 1)),
		"invalid UTF-8 in an id":      insert("a\xff", nil, body(t, 1)),
		"a very long id":              insert(strings.Repeat("x", 2000), nil, body(t, 1)),
		"no body":                     insert("a", nil, nil),
		"a body beyond the bound":     insert("a", nil, body(t, make([]byte, store.MaxBody))),
		"a key of an unknown index":   insert("a", map[string][]string{"nope": {"k"}}, body(t, 1)),
		"two keys where one may be":   insert("a", map[string][]string{"by_key": {"k", "l"}}, body(t, 1)),
		"a key not made by Key":       insert("a", map[string][]string{"by_key": {"k\x00"}}, body(t, 1)),
		"an unknown index":            find("nope", store.Range{Limit: 1}),
		"no limit":                    find("by_key", store.Range{}),
		"a limit beyond the bound":    find("by_key", store.Range{Limit: store.MaxLimit + 1}),
		"a range over a Many index":   find("by_owner", store.Range{Limit: 1}),
		"an undeclared collection":    undeclared,
		"a collection's name":         e.Declare(ctx, store.Schema{Name: "Bad.Name"}),
		"an index's name":             e.Declare(ctx, store.Schema{Name: "good", Indexes: []string{`a"b`}}),
		"Many of an undeclared index": e.Declare(ctx, store.Schema{Name: "good", Many: []string{"a"}}),
	} {
		if err == nil || fault.KindOf(err) != fault.Internal {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := e.Get(ctx, docs, "a"); !errors.Is(err, store.ErrMissing) {
		t.Errorf("a refused insert left something behind: %v", err)
	}
}
