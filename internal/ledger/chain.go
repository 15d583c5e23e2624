package ledger

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"slices"
)

// Domain is the tag that opens every hash of a chain, so that no hash made for another use can be taken for a link.
const Domain = "zhiqing/ledger/v1"

// HashSize is the length in bytes of every hash of a chain (SHA-256).
const HashSize = sha256.Size

// PageSize is the number of entries of a full page. Each change rewrites the book, so a book keeps few: 16 entries of about 600
// bytes are 10 KiB.
// KiB.
const PageSize = 16

// genesis is the hash before the first entry of every book.
var genesis = make([]byte, HashSize)

// Hash links an entry to what came before: SHA-256(Domain ‖ prev ‖ entry). Domain and prev have fixed lengths, so the
// three parts cannot be cut differently; Walker refuses a prev of any other length. The first entry's prev is 32 zero
// bytes.
func Hash(prev, entry []byte) []byte {
	h := sha256.New()
	h.Write([]byte(Domain))
	h.Write(prev)
	h.Write(entry)
	return h.Sum(nil)
}

// Entry is one link: its place in the book (≥ 1), its canonical bytes as they were hashed, and the hash.
type Entry struct {
	Seq   int64  `bson:"s"`
	Bytes []byte `bson:"b"`
	Hash  []byte `bson:"h"`
}

// Head is a position in a chain: the last entry's number and hash. The zero Head stands before the first entry.
type Head struct {
	Seq  int64  `bson:"s"`
	Hash []byte `bson:"h"`
}

func (h Head) prev() []byte {
	if h.Seq == 0 && len(h.Hash) == 0 {
		return genesis
	}
	return h.Hash
}

func (h Head) equal(o Head) bool { return h.Seq == o.Seq && bytes.Equal(h.prev(), o.prev()) }

// Log is the part of a chain that lives in the book's own document: the newest entries, between Base and Head. Entries
// up to Base are in pages. The zero Log is an empty book.
//
// Full pages leave the book in an order that survives a crash at any point, because a page is made only of entries that
// are already committed and is the same bytes each time:
//  1. read the book; for each page of Overflow: insert it (that it exists already is success);
//  2. in the next compare-and-swap of the book: Trim to the last of those pages, then Append.
type Log struct {
	Base    Head    `bson:"o"`
	Head    Head    `bson:"h"`
	Entries []Entry `bson:"e"`
}

// Page is PageSize consecutive entries that left the book. It never changes once written.
type Page struct {
	Book    string  `bson:"k"`
	Number  int64   `bson:"n"` // from 0
	Prev    []byte  `bson:"p"` // the hash before the first entry
	Entries []Entry `bson:"e"`
}

// PageOf returns the number of the page to which the entry at seq (≥ 1) belongs, once it has left the book.
func PageOf(seq int64) int64 { return (seq - 1) / PageSize }

// PageID is the document id of a page: `<book>/<number>`, padded so that ids sort as the numbers do.
func PageID(book string, number int64) string { return fmt.Sprintf("%s/%08d", book, number) }

// Next is the number of the entry that Append will add; the entry's bytes must name it.
func (l *Log) Next() int64 { return l.Head.Seq + 1 }

// Append adds an entry with these bytes and returns it. The bytes must be canonical JSON that names the book and Next
// (as Statement.Encode writes it), or the chain will not verify. Entries of other copies of l are left as they are.
func (l *Log) Append(entry []byte) Entry {
	e := Entry{Seq: l.Next(), Bytes: entry, Hash: Hash(l.Head.prev(), entry)}
	l.Entries = append(slices.Clip(l.Entries), e)
	l.Head = Head{Seq: e.Seq, Hash: e.Hash}
	return e
}

// Overflow returns the full pages among the entries of a committed log, oldest first. It changes nothing and gives the
// same pages whenever it is asked. Never ask it of a log with entries that are not committed yet.
func (l *Log) Overflow(book string) []Page {
	var pages []Page
	base := l.Base
	for rest := l.Entries; len(rest) >= PageSize; rest = rest[PageSize:] {
		full := rest[:PageSize:PageSize]
		pages = append(pages, Page{Book: book, Number: base.Seq / PageSize, Prev: base.prev(), Entries: full})
		last := full[PageSize-1]
		base = Head{Seq: last.Seq, Hash: last.Hash}
	}
	return pages
}

// Trim drops the entries of page number last and of all pages before it; they must have been written. Doing it again,
// or on a log that somebody else has trimmed further, changes nothing.
func (l *Log) Trim(last int64) {
	for len(l.Entries) > 0 && PageOf(l.Entries[0].Seq) <= last {
		l.Base = Head{Seq: l.Entries[0].Seq, Hash: l.Entries[0].Hash}
		l.Entries = l.Entries[1:]
	}
}

// Find returns the entry at seq and the hash before it; ok is false when it is in a page (seq ≤ Base.Seq) or not yet
// made.
func (l *Log) Find(seq int64) (e Entry, prev []byte, ok bool) {
	return find(l.Base.prev(), l.Entries, seq)
}

// Find returns the entry at seq and the hash before it; ok is false when the page does not hold it.
func (p *Page) Find(seq int64) (e Entry, prev []byte, ok bool) { return find(p.Prev, p.Entries, seq) }

func find(prev []byte, entries []Entry, seq int64) (Entry, []byte, bool) {
	for _, e := range entries {
		if e.Seq == seq {
			return e, prev, true
		}
		prev = e.Hash
	}
	return Entry{}, nil, false
}
