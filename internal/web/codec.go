package web

import (
	"bytes"
	"errors"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// strictJSON reads I-JSON (RFC 7493): UTF-8 only, no member twice, names by exact case. Answers are written by
// encoding/json, whose output huma's schemas describe.
var strictJSON = huma.Format{Marshal: huma.DefaultJSONFormat.Marshal, Unmarshal: readJSON}

// maxDepth is how deep arrays and objects may nest. Our deepest request has four levels.
const maxDepth = 32

// What can be wrong with a body before its meaning is looked at. The texts are keys of the table in messages.go: huma
// passes an error on as its text.
var (
	errDeepJSON      = errors.New("nested too deeply")
	errDuplicateJSON = errors.New("a member appears twice")
	errNotUTF8       = errors.New("not valid UTF-8")
	errSyntaxJSON    = errors.New("not well-formed JSON")
	errShapeJSON     = errors.New("does not have the expected shape")
)

// readJSON is the only reader of JSON from outside. Its errors hold nothing of what was read.
func readJSON(data []byte, into any) error {
	if tooDeep(data) {
		return errDeepJSON
	}
	err := json.Unmarshal(data, into)
	switch syntax := (*jsontext.SyntacticError)(nil); {
	case err == nil:
		return nil
	case !utf8.Valid(data):
		return errNotUTF8
	case errors.Is(err, jsontext.ErrDuplicateName):
		return errDuplicateJSON
	case errors.As(err, &syntax):
		return errSyntaxJSON
	}
	return errShapeJSON
}

// tooDeep counts brackets outside of strings, so that a body of brackets costs one pass and no stack.
func tooDeep(data []byte) bool {
	if bytes.Count(data, []byte("["))+bytes.Count(data, []byte("{")) <= maxDepth {
		return false
	}
	depth, quoted := 0, false
	for i := 0; i < len(data); i++ {
		switch b := data[i]; {
		case quoted && b == '\\':
			i++
		case b == '"':
			quoted = !quoted
		case quoted:
		case b == '[' || b == '{':
			if depth++; depth > maxDepth {
				return true
			}
		case b == ']' || b == '}':
			depth--
		}
	}
	return false
}
