// Package storetest holds the laws of package store: what every engine keeps to, as tests, one file each.
//
// There is one exported function and no optional part: an engine that passes Run may be put under the capabilities, one
// that fails a law may not. What belongs to one engine only (kill -9, a full disk, a server that is gone) is tested
// beside that engine. Start at Run.
package storetest

import (
	"context"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"zhiqing/internal/store"
)

// Place makes a fresh, empty place for documents and returns how to open an engine on it. open may be called again
// after Close and then finds what was stored. What the place needs is cleaned up through t; engines are closed by the law.
type Place func(t *testing.T) (open func() store.Engine)

// Run proves every law on the engine that place opens.
func Run(t *testing.T, place Place) {
	for _, law := range []struct {
		name  string
		prove func(*testing.T, Place)
	}{
		{"insert happens once", insertHappensOnce},
		{"one of 64 simultaneous inserts wins", oneInsertWins},
		{"inserts in order leave no gap", insertsInOrderLeaveNoGap},
		{"a stale revision changes nothing", staleRevisionChangesNothing},
		{"missing, exists and conflict are told apart", failuresAreToldApart},
		{"inserted again is another document", insertedAgainIsAnother},
		{"64 writers lose no update", writersLoseNoUpdate},
		{"64 upserts make one document", upsertsMakeOne},
		{"delete is decided once", deleteIsDecidedOnce},
		{"an index answers ranges in order", indexAnswersRanges},
		{"index keys follow the document", keysFollowTheDocument},
		{"a document with many keys is found by each", manyKeysAreFound},
		{"pages meet without gap or repetition", pagesMeet},
		{"paging is stable under writes", pagingIsStable},
		{"a position of another list is refused", foreignPositionIsRefused},
		{"a page is bounded in bytes", pageIsBounded},
		{"bodies come back byte for byte", bodiesAreExact},
		{"documents of a mebibyte are kept", largeDocumentsAreKept},
		{"nothing is an answer", nothingIsAnAnswer},
		{"what breaks the port's rules is refused", rulesAreChecked},
		{"a cancelled call answers at once and harms nobody", cancellationIsPrompt},
		{"closing and opening keeps everything", reopeningKeepsEverything},
		{"collections do not see each other", collectionsAreApart},
	} {
		t.Run(law.name, func(t *testing.T) { law.prove(t, place) })
	}
}

// docs is the collection that most laws use, with an index of each sort.
const docs = "docs"

var schema = store.Schema{Name: docs, Indexes: []string{"by_key", "by_owner"}, Many: []string{"by_owner"}}

// limit bounds every law, so that a stuck engine fails instead of hanging.
const limit = 2 * time.Minute

func within(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	t.Cleanup(cancel)
	return ctx
}

// fresh opens an engine on a new place with the collection declared.
func fresh(t *testing.T, place Place) (store.Engine, context.Context) {
	t.Helper()
	ctx := within(t)
	return opened(t, ctx, place(t)), ctx
}

func opened(t *testing.T, ctx context.Context, open func() store.Engine) store.Engine {
	t.Helper()
	e := open()
	t.Cleanup(func() { _ = e.Close() })
	must(t, e.Declare(ctx, schema))
	return e
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%v (cause: %v)", err, cause(err))
	}
}

func cause(err error) error {
	if u, ok := err.(interface{ Unwrap() error }); ok {
		return u.Unwrap()
	}
	return nil
}

// body encodes a small document that says v.
func body(t *testing.T, v any) []byte {
	t.Helper()
	b, err := bson.Marshal(bson.D{{Key: "v", Value: v}})
	must(t, err)
	return b
}

func said(t *testing.T, d store.Document) any {
	t.Helper()
	var v struct{ V any }
	must(t, bson.Unmarshal(d.Body, &v))
	return v.V
}

// keyed is a document in by_key.
func keyed(t *testing.T, id, key string) store.Document {
	t.Helper()
	return store.Document{ID: id, Body: body(t, key), Keys: map[string][]string{"by_key": {key}}}
}

func ids(p store.Page) (ids []string) {
	for _, d := range p.Docs {
		ids = append(ids, d.ID)
	}
	return ids
}
