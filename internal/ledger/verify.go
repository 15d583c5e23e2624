package ledger

import (
	"bytes"
	"fmt"
	"iter"

	"github.com/go-json-experiment/json"

	"zhiqing/internal/canon"
	"zhiqing/internal/ident"
)

// What can be wrong with a chain. A chain proves that what is there was not changed; that nothing newer was cut off is
// proved by the receipts that people hold and by heads written down elsewhere.
const (
	BrokenSequence  = "an entry is missing, repeated or out of order"
	BrokenHash      = "the bytes are not the ones that were hashed"
	BrokenLink      = "the page does not continue what comes before it"
	BrokenForm      = "the bytes are not canonical JSON"
	BrokenName      = "the bytes name another book or another number"
	BrokenPage      = "the page is not the one expected here"
	BrokenHead      = "the head is not the last entry"
	BrokenBase      = "the book does not continue its pages"
	BrokenStatement = "the statement is not of the expected form"
)

// Break is the first place where a chain does not hold. It names no personal data.
type Break struct {
	Book    string
	Seq     int64  // the entry concerned; for a page or head, the entry beside the break
	EntryID string // as people know it
	Reason  string // one of the Broken constants
}

// Error says where and what.
func (b *Break) Error() string {
	return fmt.Sprintf("ledger: %s (book %s, entry %d): %s", b.EntryID, b.Book, b.Seq, b.Reason)
}

// Walker checks one book's chain from its first entry, holding one page at a time: each Page in order, then the Log.
// After a *Break its answers mean nothing more.
type Walker struct {
	book string
	at   Head
	// Each, if set, looks at every entry that holds and may refuse it with a reason.
	Each func(Entry) (reason string)
}

// NewWalker stands before the first entry of book.
func NewWalker(book string) *Walker { return &Walker{book: book, at: Head{Hash: genesis}} }

// Head is how far the chain holds.
func (w *Walker) Head() Head { return w.at }

// Page checks the next page and answers nil or a *Break.
func (w *Walker) Page(p Page) error {
	switch {
	case p.Book != w.book || p.Number != w.at.Seq/PageSize || len(p.Entries) != PageSize:
		return w.broken(w.at.Seq+1, BrokenPage)
	case !bytes.Equal(p.Prev, w.at.Hash):
		return w.broken(w.at.Seq+1, BrokenLink)
	}
	return w.entries(p.Entries)
}

// Log checks the book's own part, which ends the walk, and answers nil or a *Break.
func (w *Walker) Log(l Log) error {
	if !l.Base.equal(w.at) {
		return w.broken(w.at.Seq+1, BrokenBase)
	}
	if err := w.entries(l.Entries); err != nil {
		return err
	}
	if !l.Head.equal(w.at) {
		return w.broken(w.at.Seq, BrokenHead)
	}
	return nil
}

func (w *Walker) entries(entries []Entry) error {
	for _, e := range entries {
		if err := w.entry(e); err != nil {
			return err
		}
	}
	return nil
}

func (w *Walker) entry(e Entry) error {
	seq := w.at.Seq + 1
	switch {
	case e.Seq != seq:
		return w.broken(seq, BrokenSequence)
	case !bytes.Equal(e.Hash, Hash(w.at.Hash, e.Bytes)):
		return w.broken(seq, BrokenHash)
	case canon.Check(e.Bytes) != nil:
		return w.broken(seq, BrokenForm)
	case !names(e.Bytes, w.book, seq):
		return w.broken(seq, BrokenName)
	}
	if w.Each != nil {
		if reason := w.Each(e); reason != "" {
			return w.broken(seq, reason)
		}
	}
	w.at = Head{Seq: seq, Hash: e.Hash}
	return nil
}

// names reports whether an entry's bytes say where they belong, so that no entry can be moved to another place.
func names(entry []byte, book string, seq int64) bool {
	var place struct {
		Book string `json:"book"`
		Seq  int64  `json:"seq"`
	}
	return json.Unmarshal(entry, &place) == nil && place.Book == book && place.Seq == seq
}

func (w *Walker) broken(seq int64, reason string) *Break {
	return &Break{Book: w.book, Seq: seq, EntryID: entryID(w.book, seq), Reason: reason}
}

// entryID is ident's name for an entry of a subject's or guest's book, and book#seq for any other chain.
func entryID(book string, seq int64) string {
	if ident.Is(ident.Subject, book) || ident.Is(ident.Guest, book) {
		return ident.EntryID(book, seq)
	}
	return fmt.Sprintf("%s#%d", book, seq)
}

// Statements is a Walker.Each for consent books: every entry must also be a statement.
func Statements(e Entry) (reason string) {
	if _, err := ParseStatement(e.Bytes); err != nil {
		return BrokenStatement
	}
	return ""
}

// Verify walks a whole book: its pages in order, as they are read, then its log. It answers with the verified head, or
// with the first *Break, or with the error that reading a page gave.
func Verify(book string, pages iter.Seq2[Page, error], log Log) (Head, error) {
	w := NewWalker(book)
	for p, err := range pages {
		if err == nil {
			err = w.Page(p)
		}
		if err != nil {
			return w.Head(), err
		}
	}
	err := w.Log(log)
	return w.Head(), err
}
