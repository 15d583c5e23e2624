package config

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// Prefix begins every environment variable of the program.
const Prefix = "ZHIQING_"

// key is one setting: its path, its variable, and the field that it sets.
type key struct {
	path  string // `server.addr`
	field reflect.Value
}

// variable is the environment's name of the key: ZHIQING_SERVER_ADDR.
func (k key) variable() string {
	return Prefix + strings.ToUpper(strings.ReplaceAll(k.path, ".", "_"))
}

// keysOf lists every setting of c in the order of its fields. Setting a key's field changes c.
func keysOf(c *Config) []key { return walk("", reflect.ValueOf(c).Elem()) }

func walk(path string, v reflect.Value) []key {
	if v.Kind() != reflect.Struct {
		return []key{{path, v}}
	}
	var keys []key
	for i := range v.NumField() {
		name := v.Type().Field(i).Tag.Get("yaml")
		if path != "" {
			name = path + "." + name
		}
		keys = append(keys, walk(name, v.Field(i))...)
	}
	return keys
}

// isList reports whether the key takes several values.
func (k key) isList() bool { return k.field.Kind() == reflect.Slice }

// set parses text into the field. An error says what is expected and never what was found.
func (k key) set(text string) error {
	switch at := k.field.Addr().Interface().(type) {
	case *string:
		*at = text
	case *Secret:
		*at = Secret(text)
	case *bool:
		return parse(at, text, "true or false", parseBool)
	case *int:
		return parse(at, text, "a whole number", strconv.Atoi)
	case *time.Duration:
		return parse(at, text, "a duration such as 15m or 24h", time.ParseDuration)
	case *[]string:
		k.setList(strings.Split(text, ","))
	default:
		return fmt.Errorf("a type that the program can read (%T is none: a defect)", at)
	}
	return nil
}

// setList stores the items without the spaces around them and without empty ones; no items at all is nil.
func (k key) setList(items []string) {
	var list []string
	for _, item := range items {
		if item = strings.TrimSpace(item); item != "" {
			list = append(list, item)
		}
	}
	k.field.Set(reflect.ValueOf(list))
}

func parse[T any](at *T, text, want string, by func(string) (T, error)) error {
	v, err := by(text)
	if err != nil {
		return fmt.Errorf("expected %s", want)
	}
	*at = v
	return nil
}

// parseBool takes true and false only: strconv's 1, t and TRUE invite typing errors that mean something.
func parseBool(text string) (bool, error) {
	if text != "true" && text != "false" {
		return false, strconv.ErrSyntax
	}
	return text == "true", nil
}
