// Package ident makes and checks the identifiers that people and programs see.
//
// It owns the shapes: opaque typed ids (`sub_…`), entry ids that lead straight to their place in a book, and privacy
// numbers that a person can read out. It refuses to hold meaning: what a subject or an entry is, its own package says.
// Randomness comes in through Source, so nothing here draws it by itself.
package ident

import (
	"encoding/base32"
	"io"
	"strconv"
	"strings"
)

// Alphabet is Crockford's base32 (https://www.crockford.com/base32.html): no I, L, O, U.
const Alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

var lower = base32.NewEncoding(strings.ToLower(Alphabet)).WithPadding(base32.NoPadding)

// bodyLen is 128 bits in base32.
const bodyLen = 26

// Source draws random bytes; crypto/rand.Reader in the program, a seeded one in tests. It must never fail.
type Source struct{ Reader io.Reader }

// Bytes returns n random bytes.
func (s Source) Bytes(n int) []byte {
	b := make([]byte, n)
	if _, err := io.ReadFull(s.Reader, b); err != nil {
		panic("ident: the source of randomness failed") // never continue with a guessable id
	}
	return b
}

// New returns prefix + "_" + 128 random bits in lower-case base32, e.g. `sub_4rv…`.
func (s Source) New(prefix string) string { return prefix + "_" + lower.EncodeToString(s.Bytes(16)) }

// Prefixes of typed ids.
const (
	Subject = "sub"
	Guest   = "gst"
	Batch   = "bat"
	Request = "rid" // one HTTP request, in logs
)

// Is reports whether id has the shape prefix + "_" + 26 base32 symbols.
func Is(prefix, id string) bool {
	body, ok := strings.CutPrefix(id, prefix+"_")
	if !ok || len(body) != bodyLen {
		return false
	}
	_, err := lower.DecodeString(body)
	return err == nil
}

// EntryID names the entry at seq (≥ 1) of a book: `ent_s<26 symbols>-<seq>`, with s for a subject's book and g for a
// guest's. It leads to its book and page without a lookup.
func EntryID(book string, seq int64) string {
	return "ent_" + book[:1] + book[4:] + "-" + strconv.FormatInt(seq, 10)
}

// ParseEntryID is the inverse of EntryID. ok is false for anything that EntryID cannot have made.
func ParseEntryID(id string) (book string, seq int64, ok bool) {
	rest, ok := strings.CutPrefix(id, "ent_")
	if !ok {
		return "", 0, false
	}
	body, number, ok := strings.Cut(rest, "-")
	if !ok || len(body) != 1+bodyLen {
		return "", 0, false
	}
	prefix, known := map[byte]string{'s': Subject, 'g': Guest}[body[0]]
	seq, err := strconv.ParseInt(number, 10, 64)
	book = prefix + "_" + body[1:]
	if !known || err != nil || seq < 1 || !Is(prefix, book) || EntryID(book, seq) != id {
		return "", 0, false
	}
	return book, seq, true
}
