package store

import (
	"fmt"
	"reflect"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// fieldsOf names what a document of type t holds, as BSON calls it: the top level, without ids.
func fieldsOf(t reflect.Type) (names []string) {
	if t.Kind() != reflect.Struct {
		return nil
	}
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("bson"), ",")
		switch {
		case name == "-" || !f.IsExported():
		case f.Anonymous && strings.Contains(options, "inline"):
			names = append(names, fieldsOf(f.Type)...)
		case name == "":
			names = append(names, strings.ToLower(f.Name))
		default:
			names = append(names, name)
		}
	}
	return names
}

// Fields names what a document holds, as it is stored, but for its id.
func (d Document) Fields() (names []string, err error) {
	elements, err := bson.Raw(d.Body).Elements()
	if err != nil {
		return nil, fmt.Errorf("%s: stored document does not decode", d.ID)
	}
	for _, e := range elements {
		if key := e.Key(); key != ByID {
			names = append(names, key)
		}
	}
	return names, nil
}
