package store

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// separator sorts below every byte that a key part may hold, so comparing joined keys compares part by part.
const separator = "\x1f"

// timeLayout is RFC 3339 in UTC with a fixed width, so text order is time order (years 0000–9999).
const timeLayout = "2006-01-02T15:04:05.000Z"

// Key joins parts to one order-preserving key: strings as they are, times in UTC with milliseconds, ints as 19
// zero-padded digits (non-negative only). A part that cannot keep the order is a programming error and panics: input
// from outside is checked before it becomes a part (valid UTF-8, no control byte, years 0–9999).
func Key(parts ...any) string {
	var b strings.Builder
	for i, p := range parts {
		if i > 0 {
			b.WriteString(separator)
		}
		switch v := p.(type) {
		case string:
			if !printable(v) {
				panic("store: control byte or invalid UTF-8 in a key part")
			}
			b.WriteString(v)
		case time.Time:
			if y := v.UTC().Year(); y < 0 || y > 9999 {
				panic("store: year without four digits in a key")
			}
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

func printable(s string) bool {
	for i := range len(s) {
		if s[i] < 0x20 {
			return false
		}
	}
	return utf8.ValidString(s)
}

// Exact is the range of the one key made of parts; the only range that a Many index answers.
func Exact(parts ...any) Range {
	k := Key(parts...)
	return Range{From: k, To: k + afterExact}
}

// afterExact makes the least text above a key that is no key itself: no key continues with a byte below separator.
const afterExact = "\x01"

// Exactly returns the only key that r can hold, if r was made by Exact.
func (r Range) Exactly() (key string, ok bool) {
	return r.From, r.To == r.From+afterExact
}

// Prefix is the range of all keys that begin with the given parts and have at least one more; without parts, all keys.
func Prefix(parts ...any) Range {
	if len(parts) == 0 {
		return Range{}
	}
	k := Key(parts...)
	return Range{From: k + separator, To: k + "\x20"}
}

// Before is the range of keys under prefix parts whose next part, a time, lies before t.
func Before(t time.Time, parts ...any) Range {
	r := Prefix(parts...)
	r.To = Key(append(append([]any(nil), parts...), t)...)
	return r
}
