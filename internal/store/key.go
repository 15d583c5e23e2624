package store

import (
	"fmt"
	"strings"
	"time"
)

// separator sorts below every byte that a key part may hold, so comparing joined keys compares part by part.
const separator = "\x1f"

// timeLayout is RFC 3339 in UTC with a fixed width, so text order is time order (years 0000–9999).
const timeLayout = "2006-01-02T15:04:05.000Z"

// Key joins parts to one order-preserving key: strings as they are (no byte below 0x20 except through a programming
// error, which panics), times in UTC with milliseconds, ints as 19 zero-padded digits (non-negative only).
func Key(parts ...any) string {
	var b strings.Builder
	for i, p := range parts {
		if i > 0 {
			b.WriteString(separator)
		}
		switch v := p.(type) {
		case string:
			for j := 0; j < len(v); j++ {
				if v[j] < 0x20 {
					panic("store: control byte in a key part")
				}
			}
			b.WriteString(v)
		case time.Time:
			b.WriteString(v.UTC().Format(timeLayout))
		case int:
			if v < 0 {
				panic("store: negative int in a key")
			}
			fmt.Fprintf(&b, "%019d", v)
		default:
			panic(fmt.Sprintf("store: %T cannot be a key part", p))
		}
	}
	return b.String()
}

// Prefix is the range of all keys that begin with the given parts and have at least one more.
func Prefix(parts ...any) Range {
	k := Key(parts...)
	return Range{From: k + separator, To: k + "\x20"}
}

// Before is the range of keys under prefix parts whose next part, a time, lies before t.
func Before(t time.Time, parts ...any) Range {
	r := Prefix(parts...)
	if len(parts) == 0 {
		r.From = ""
	}
	r.To = Key(append(append([]any(nil), parts...), t)...)
	return r
}
