package mongo

import (
	"fmt"
	"maps"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"

	"zhiqing/internal/store"
)

// The fields of a stored document.
const (
	idField   = "_id"
	revField  = "rev"
	keysField = "keys"
	docField  = "doc"
)

func keysOf(index string) string { return keysField + "." + index }

// encode makes the stored form. The body's bytes go in as they are. A key is a string, and an array only in an index
// that is Many: an index over arrays can neither be sorted by nor bounded on both sides at once.
func encode(s store.Schema, d store.Document, rev int64) bson.D {
	keys := bson.D{}
	for _, name := range slices.Sorted(maps.Keys(d.Keys)) {
		switch {
		case slices.Contains(s.Many, name):
			keys = append(keys, bson.E{Key: name, Value: unique(d.Keys[name])})
		case len(d.Keys[name]) == 1:
			keys = append(keys, bson.E{Key: name, Value: d.Keys[name][0]})
		}
	}
	return bson.D{{Key: idField, Value: d.ID}, {Key: revField, Value: rev}, {Key: keysField, Value: keys}, {Key: docField, Value: bson.Raw(d.Body)}}
}

// decode reads the stored form. The body is copied: raw belongs to the driver.
func decode(raw bson.Raw) (store.Document, error) {
	id, okID := raw.Lookup(idField).StringValueOK()
	rev, okRev := raw.Lookup(revField).AsInt64OK()
	body, okBody := raw.Lookup(docField).DocumentOK()
	if !okID || !okRev || !okBody {
		return store.Document{}, fmt.Errorf("stored document has not the form {%s, %s, %s, %s}", idField, revField, keysField, docField)
	}
	return store.Document{ID: id, Rev: rev, Body: slices.Clone([]byte(body))}, nil
}

func unique(keys []string) []string { return slices.Compact(slices.Sorted(slices.Values(keys))) }
