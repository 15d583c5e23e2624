package storetest

import (
	"bytes"
	"fmt"
	"math"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"zhiqing/internal/store"
)

// allTypes is every type that the port promises to keep, at its edges.
func allTypes() bson.D {
	return bson.D{
		{Key: "double", Value: math.Pi}, {Key: "tiny", Value: math.SmallestNonzeroFloat64}, {Key: "whole", Value: 3.0}, {Key: "big", Value: math.MaxFloat64},
		{Key: "text", Value: "知情同意 👨‍👩‍👧 \u0000 \"\\ \u2028 ﷽"}, {Key: "empty text", Value: ""},
		{Key: "document", Value: bson.D{{Key: "z", Value: int32(1)}, {Key: "a", Value: bson.D{}}}},
		{Key: "array", Value: bson.A{int32(1), "two", bson.D{{Key: "three", Value: int64(3)}}, nil}}, {Key: "empty array", Value: bson.A{}},
		{Key: "binary", Value: bson.Binary{Data: []byte{0, 1, 0, 255, 0}}}, {Key: "empty binary", Value: bson.Binary{Data: []byte{}}},
		{Key: "uuid", Value: bson.Binary{Subtype: 4, Data: bytes.Repeat([]byte{7}, 16)}},
		{Key: "object id", Value: bson.ObjectID{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 255}},
		{Key: "true", Value: true}, {Key: "false", Value: false},
		{Key: "date", Value: bson.NewDateTimeFromTime(time.Date(2026, 2, 28, 23, 59, 59, 999e6, time.UTC))}, {Key: "early", Value: bson.DateTime(-1)},
		{Key: "null", Value: nil}, {Key: "regex", Value: bson.Regex{Pattern: "^a", Options: "i"}},
		{Key: "int32", Value: int32(math.MinInt32)}, {Key: "timestamp", Value: bson.Timestamp{T: 1, I: 2}},
		{Key: "int64", Value: int64(math.MaxInt64)}, {Key: "beyond 2^53", Value: int64(1<<53 + 1)}, {Key: "small int64", Value: int64(1)},
		{Key: "名", Value: "a field name in Chinese"},
	}
}

func bodiesAreExact(t *testing.T, place Place) {
	e, ctx := fresh(t, place)
	want, err := bson.Marshal(allTypes())
	must(t, err)
	must(t, e.Insert(ctx, docs, store.Document{ID: "知情/1", Body: want, Keys: map[string][]string{"by_key": {"k"}}}))
	got, err := e.Get(ctx, docs, "知情/1")
	must(t, err)
	same(t, "get", got.Body, want)
	must(t, e.Replace(ctx, docs, store.Document{ID: "知情/1", Rev: got.Rev, Body: want, Keys: map[string][]string{"by_key": {"k"}}}))
	page, err := e.Find(ctx, docs, "by_key", exactly("k", 1))
	must(t, err)
	same(t, "find", page.Docs[0].Body, want)

	must(t, e.Insert(ctx, docs, store.Document{ID: "empty", Body: []byte{5, 0, 0, 0, 0}}))
	got, err = e.Get(ctx, docs, "empty")
	must(t, err)
	same(t, "the empty document", got.Body, []byte{5, 0, 0, 0, 0})
}

func same(t *testing.T, where string, got, want []byte) {
	t.Helper()
	if bytes.Equal(got, want) {
		return
	}
	a, _ := bson.Raw(got).Elements()
	b, _ := bson.Raw(want).Elements()
	for i := range b {
		if i >= len(a) || !bytes.Equal(a[i], b[i]) {
			t.Errorf("%s: field %s differs", where, b[i].Key())
		}
	}
	t.Fatalf("%s: %d bytes came back for %d", where, len(got), len(want))
}

func largeDocumentsAreKept(t *testing.T, place Place) {
	e, ctx := fresh(t, place)
	for i, size := range []int{1, 4096, 1 << 20} {
		data := make([]byte, size)
		for j := range data {
			data[j] = byte(j * (i + 3))
		}
		id, want := fmt.Sprint("d", i), body(t, bson.Binary{Data: data})
		must(t, e.Insert(ctx, docs, store.Document{ID: id, Body: want}))
		got, err := e.Get(ctx, docs, id)
		must(t, err)
		same(t, id, got.Body, want)
	}
}
