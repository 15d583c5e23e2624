package store

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// This file is for engines: the rules of the port that can be checked before any I/O, written once. What breaks them
// is a defect of the caller, so the errors have no kind and name no value.

// Check says whether the schema's names are of [a-z_]+ and whether Many is part of Indexes.
func (s Schema) Check() error {
	for _, name := range append([]string{s.Name}, s.Indexes...) {
		if strings.Trim(name, "abcdefghijklmnopqrstuvwxyz_") != "" || name == "" || name == ByID {
			return fmt.Errorf("store: %q cannot name a collection or an index", name)
		}
	}
	for _, name := range s.Many {
		if !slices.Contains(s.Indexes, name) {
			return fmt.Errorf("store: %s: Many names the undeclared index %q", s.Name, name)
		}
	}
	return nil
}

// CheckDocument says whether an engine may keep d in the collection s.
func (s Schema) CheckDocument(d Document) error {
	switch {
	case !fits(d.ID):
		return fmt.Errorf("store: %s: the id is empty, too long or not printable", s.Name)
	case len(d.Body) < 5 || len(d.Body) > MaxBody: // five bytes are the empty BSON document
		return fmt.Errorf("store: %s: a body of %d bytes is no document, or too large a one", s.Name, len(d.Body))
	}
	for index, keys := range d.Keys {
		switch {
		case !slices.Contains(s.Indexes, index):
			return fmt.Errorf("store: %s: index %q is not declared", s.Name, index)
		case len(keys) > 1 && !slices.Contains(s.Many, index):
			return fmt.Errorf("store: %s: several keys for one document need index %q to be Many", s.Name, index)
		}
		for _, k := range keys {
			if !fits(strings.ReplaceAll(k, separator, " ")) {
				return fmt.Errorf("store: %s: a key of index %q is empty, too long or not made by Key", s.Name, index)
			}
		}
	}
	return nil
}

func fits(s string) bool { return s != "" && len(s) <= maxKey && printable(s) }

// CheckRange says whether an engine can answer Find(index, r) on the collection s.
func (s Schema) CheckRange(index string, r Range) error {
	switch _, exact := r.Exactly(); {
	case r.Limit < 1 || r.Limit > MaxLimit:
		return fmt.Errorf("store: %s: limit %d is not within 1 and %d", s.Name, r.Limit, MaxLimit)
	case index != ByID && !slices.Contains(s.Indexes, index):
		return fmt.Errorf("store: %s: index %q is not declared", s.Name, index)
	case slices.Contains(s.Many, index) && !exact:
		return fmt.Errorf("store: %s: index %q is Many and answers only Exact ranges", s.Name, index)
	}
	return nil
}

// Position is where a document stands in an index: the form of Page.Next and Range.After.
type Position struct{ Key, ID string }

// String renders the position as an opaque text, safe in a URL.
func (p Position) String() string {
	return base64.RawURLEncoding.EncodeToString([]byte(p.Key + "\x00" + p.ID))
}

// Resume reads r.After. ok is false when the range is to be read from its start. A position that Find cannot have
// answered for this range is ErrCursor: it was altered, or belongs to another list.
func (r Range) Resume() (p Position, ok bool, err error) {
	if r.After == "" {
		return Position{}, false, nil
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(r.After)
	if err != nil {
		return Position{}, false, ErrCursor
	}
	p.Key, p.ID, ok = strings.Cut(string(raw), "\x00")
	if !ok || !fits(p.ID) || p.Key < r.From || (r.To != "" && p.Key >= r.To) {
		return Position{}, false, ErrCursor
	}
	return p, true, nil
}

// FirstRev draws the revision of a newly inserted document. It differs at every insert, so a writer that still holds
// the revision of a deleted document cannot overwrite one that was inserted under the same id since: what was erased
// stays erased. Below 2⁶², and 2²⁰ apart, so that raising one does not meet another.
func FirstRev() int64 {
	id := bson.NewObjectID() // seconds (4 bytes), the process (5), a counter (3)
	counter := uint64(id[9])<<16 | uint64(id[10])<<8 | uint64(id[11])
	origin := uint64(binary.BigEndian.Uint32(id[0:]) ^ binary.BigEndian.Uint32(id[4:]))
	return int64(counter<<38 | origin&(1<<18-1)<<20)
}
