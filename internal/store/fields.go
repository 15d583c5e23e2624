package store

import (
	"reflect"
	"strings"
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
