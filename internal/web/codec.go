package web

import (
	"bytes"
	"errors"
	"fmt"
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
)

// outOfRange, and where (a JSON pointer, RFC 6901): what huma's validation lets through but the Go type cannot hold.
const outOfRange = "out of range at %s"

// readJSON is the only reader of JSON from outside. Its errors hold no value that was read.
func readJSON(data []byte, into any) error {
	if tooDeep(data) {
		return errDeepJSON
	}
	err := json.Unmarshal(data, into)
	var syntax *jsontext.SyntacticError
	var meaning *json.SemanticError
	switch {
	case err == nil:
		return nil
	case !utf8.Valid(data):
		return errNotUTF8
	case errors.Is(err, jsontext.ErrDuplicateName):
		return errDuplicateJSON
	case errors.As(err, &syntax):
		return errSyntaxJSON
	case errors.As(err, &meaning):
		return fmt.Errorf(outOfRange, meaning.JSONPointer)
	}
	return fmt.Errorf(outOfRange, "")
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
