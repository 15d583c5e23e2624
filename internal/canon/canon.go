// Package canon makes the one form of a JSON value that may be hashed or signed: RFC 8785 (JSON Canonicalization
// Scheme).
//
// It owns the way from a value to those bytes and the question whether given bytes are in that form. It refuses to
// change what it is given: duplicate names, invalid UTF-8, lone surrogates and integers that a double cannot hold are
// errors, never silently repaired. What the bytes mean, and what is done with them, internal/ledger says.
//
// Start at Bytes.
package canon

import (
	"bytes"
	"errors"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// ErrNotCanonical says that bytes are JSON, but not in the canonical form. ErrNotJSON says that they are no I-JSON text
// (RFC 7493): broken syntax, a name twice in one object, invalid UTF-8 or something after the value. ErrLossy says that
// a number would change its value on the way. None of them repeats the input.
var (
	ErrNotCanonical = errors.New("canon: not in the canonical form of RFC 8785")
	ErrNotJSON      = errors.New("canon: not one I-JSON value")
	ErrLossy        = errors.New("canon: an integer beyond 2^53 would lose digits; write it as a string")
)

// Bytes returns v in the canonical form. v is anything that encoding/json could write; map order does not matter.
func Bytes(v any) ([]byte, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return Form(b)
}

// Form brings one JSON text into the canonical form, or answers ErrNotJSON or ErrLossy. It may overwrite b.
func Form(b []byte) ([]byte, error) {
	if hasLongNumber(b) {
		if err := refuseLossy(b); err != nil {
			return nil, err
		}
	}
	v := jsontext.Value(b)
	if err := v.Canonicalize(); err != nil {
		return nil, ErrNotJSON
	}
	return v, nil
}

// Check answers nil if b is exactly one JSON value in the canonical form, and otherwise ErrNotCanonical, ErrNotJSON or
// ErrLossy. It does not change b.
func Check(b []byte) error {
	formed, err := Form(bytes.Clone(b))
	if err != nil {
		return err
	}
	if !bytes.Equal(formed, b) {
		return ErrNotCanonical
	}
	return nil
}

// longNumber is the shortest run of digits that can be an integer above 2^53.
const longNumber = 16

// hasLongNumber tells in one pass that refuseLossy has nothing to find. Digits in strings (ids, digests) do not count.
func hasLongNumber(b []byte) bool {
	run, inString := 0, false
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case c == '"':
			inString, run = !inString, 0
		case inString && c == '\\':
			i++ // the next character is escaped
		case inString || c < '0' || c > '9':
			run = 0
		default:
			if run++; run == longNumber {
				return true
			}
		}
	}
	return false
}

// refuseLossy forms b once with its integers as they are written and once as doubles: a difference is a lost digit.
func refuseLossy(b []byte) error {
	written, rounded := jsontext.Value(bytes.Clone(b)), jsontext.Value(bytes.Clone(b))
	keep := []jsontext.Options{jsontext.CanonicalizeRawInts(false)}
	if written.Canonicalize(keep...) != nil || rounded.Canonicalize() != nil {
		return ErrNotJSON
	}
	if !bytes.Equal(written, rounded) {
		return ErrLossy
	}
	return nil
}
