package ledger

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"zhiqing/internal/canon"
	"zhiqing/internal/ident"
)

// MaxStatement bounds the bytes of one entry.
const MaxStatement = 4 << 10

// ErrStatement says that a statement, or the bytes of one, are not of the form that this package writes.
var ErrStatement = errors.New("ledger: not a well-formed consent statement")

// States are what an entry can say about a purpose (DPV 2.3 consent status): who decided that, and whether it is
// allowed here, internal/consent says.
var States = map[string]bool{
	"requested": true, "deferred": true, "given": true, "renewed": true, "refused": true,
	"withdrawn": true, "revoked": true, "expired": true, "invalidated": true,
}

// Statement is what one consent entry says: who decided what, about which purpose, when, how, and upon which notice
// (PIPL art. 14). It holds pseudonyms, codes and digests and has no room for anything else: every text is 1…128
// characters of A–Z a–z 0–9 and _ . : / -, so a name or an address cannot get into a record that is never erased.
type Statement struct {
	Actor      string    `json:"actor"`                // who decided: sub_…, gst_…, gdn_… (a guardianship, never the guardian's account), or a code such as system
	Band       string    `json:"band,omitzero"`        // the age band at that time
	Batch      string    `json:"batch,omitzero"`       // decisions made in one act share it
	Book       string    `json:"book"`                 // whose consent: sub_… or gst_…
	Capacity   string    `json:"capacity"`             // as what the actor decided: self, guardian, operator, system
	Guardian   *Guardian `json:"guardian,omitzero"`    // through which link, where a guardian decided or a guardian's consent ended
	Definition string    `json:"definition"`           // SHA-256 (hex) of the purpose definition that was shown
	ID         string    `json:"id"`                   // ident.EntryID(Book, Seq)
	Method     string    `json:"method"`               // how: the kind of active gesture
	Notice     NoticeRef `json:"notice"`               // the text that was shown
	Purpose    string    `json:"purpose"`              // the purpose's code
	Recipient  string    `json:"recipient,omitzero"`   // the recipient's code, where consent is per recipient (PIPL art. 23)
	Seq        int64     `json:"seq"`                  // place in the book, ≥ 1
	State      string    `json:"state"`                // one of States
	Time       time.Time `json:"time"`                 // UTC, whole milliseconds
	ValidUntil time.Time `json:"valid_until,omitzero"` // UTC, whole milliseconds; zero = until withdrawn
}

// NoticeRef names one notice text: a published version in one language, and the SHA-256 (hex) of its bytes.
type NoticeRef struct {
	Kind     string `json:"kind"`
	Language string `json:"language"`
	SHA256   string `json:"sha256"`
	Version  string `json:"version"`
}

// Encode returns the canonical bytes to append to the book, or ErrStatement if s is not well-formed. Times are brought
// to UTC and cut to milliseconds, as they are everywhere in storage; the id may be left out.
func (s Statement) Encode() ([]byte, error) {
	s.Time, s.ValidUntil = instant(s.Time), instant(s.ValidUntil)
	if s.ID == "" && s.placed() {
		s.ID = ident.EntryID(s.Book, s.Seq)
	}
	if !s.wellFormed() {
		return nil, ErrStatement
	}
	b, err := canon.Bytes(s)
	if err != nil || len(b) > MaxStatement {
		return nil, ErrStatement
	}
	return b, nil
}

// ParseStatement reads an entry's bytes. Whatever it accepts, Encode gives back byte for byte; anything else is
// ErrStatement.
func ParseStatement(b []byte) (Statement, error) {
	var s Statement
	if len(b) > MaxStatement || json.Unmarshal(b, &s, json.RejectUnknownMembers(true)) != nil {
		return Statement{}, ErrStatement
	}
	again, err := s.Encode()
	if err != nil || !bytes.Equal(again, b) {
		return Statement{}, ErrStatement
	}
	return s, nil
}

func instant(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.UTC().Truncate(time.Millisecond)
}

func (s Statement) placed() bool {
	return s.Seq >= 1 && (ident.Is(ident.Subject, s.Book) || ident.Is(ident.Guest, s.Book))
}

func (s Statement) wellFormed() bool {
	for _, must := range []string{s.Actor, s.Capacity, s.Method, s.Purpose, s.Notice.Kind, s.Notice.Language, s.Notice.Version} {
		if !isCode(must) {
			return false
		}
	}
	for _, may := range []string{s.Band, s.Batch, s.Recipient} {
		if may != "" && !isCode(may) {
			return false
		}
	}
	return s.placed() && s.guarded() && s.ID == ident.EntryID(s.Book, s.Seq) && States[s.State] &&
		isDigest(s.Definition) && isDigest(s.Notice.SHA256) && datable(s.Time) && (s.ValidUntil.IsZero() || datable(s.ValidUntil))
}

// guarded says that the guardian of the entry fits who speaks: a guardian is known by the link alone, so that two guardians
// of a child never learn of each other's accounts; the system and the operator may end what a guardian gave; the person
// speaks for nobody else.
func (s Statement) guarded() bool {
	g := s.Guardian
	if g == nil {
		return s.Capacity != capacityGuardian
	}
	if !isCode(g.LinkID) || !isCode(g.Relation) || !isCode(g.VerifyLevel) {
		return false
	}
	return s.Capacity != capacitySelf && (s.Capacity != capacityGuardian || s.Actor == g.LinkID)
}

// The capacities that this package looks at.
const (
	capacitySelf     = "self"
	capacityGuardian = "guardian"
)

// datable keeps to years that RFC 3339 can write.
func datable(t time.Time) bool { return !t.IsZero() && t.Year() >= 1 && t.Year() <= 9999 }

func isDigest(s string) bool {
	return len(s) == 2*sha256.Size && strings.Trim(s, "0123456789abcdef") == ""
}

func isCode(s string) bool {
	if len(s) == 0 || len(s) > 128 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		case c == '_', c == '.', c == ':', c == '/', c == '-':
		default:
			return false
		}
	}
	return true
}
