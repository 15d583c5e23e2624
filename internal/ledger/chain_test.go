package ledger

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"iter"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

const testBook = "sub_4rv0g8d5ce9a7m2kq3xzt6w1yn"

var testTime = time.Date(2026, 3, 1, 8, 30, 15, 250_000_000, time.UTC)

func statement(book string, seq int64) Statement {
	return Statement{
		Book: book, Seq: seq, Time: testTime, Actor: book, Capacity: "self", Method: "tap", Purpose: "personal_ads", State: "given",
		Notice:     NoticeRef{Kind: "privacy", Version: "2026-01", Language: "zh-CN", SHA256: strings.Repeat("ab", 32)},
		Definition: strings.Repeat("cd", 32), ValidUntil: testTime.AddDate(1, 0, 0), Batch: "bat_1", Band: "adult",
	}
}

func encoded(t testing.TB, s Statement) []byte {
	t.Helper()
	b, err := s.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// stored is a book as an integrator keeps it: pages in a map that refuses other bytes under the same id, and the log.
type stored struct {
	pages map[int64]Page
	log   Log
}

func (s *stored) add(t testing.TB, n int) {
	for range n {
		s.log.Append(encoded(t, statement(testBook, s.log.Next())))
	}
}

// spill moves full pages out; crash stops between the write of the pages and the change of the book.
func (s *stored) spill(t testing.TB, crash bool) {
	for _, p := range s.log.Overflow(testBook) {
		if old, ok := s.pages[p.Number]; ok && fmt.Sprint(old) != fmt.Sprint(p) {
			t.Fatalf("page %d was made twice, differently", p.Number)
		}
		s.pages[p.Number] = p
		if !crash {
			s.log.Trim(p.Number)
		}
	}
}

func (s *stored) inOrder() iter.Seq2[Page, error] {
	return func(yield func(Page, error) bool) {
		for n := range s.log.Base.Seq / PageSize {
			if !yield(s.pages[n], nil) {
				return
			}
		}
	}
}

func build(t testing.TB, n int) *stored {
	s := &stored{pages: map[int64]Page{}}
	s.add(t, n)
	s.spill(t, false)
	return s
}

func TestHashIsTheDocumentedOne(t *testing.T) {
	lines, err := os.ReadFile("testdata/chain_vectors.txt")
	if err != nil {
		t.Fatal(err)
	}
	prev, n := make([]byte, 32), 0
	for line := range strings.Lines(string(lines)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		want, entry, _ := strings.Cut(strings.TrimSpace(line), " ")
		prev = Hash(prev, []byte(entry))
		if n++; hex.EncodeToString(prev) != want {
			t.Errorf("entry %d: %x, want %s", n, prev, want)
		}
	}
	if n < 3 {
		t.Fatalf("only %d vectors", n)
	}
	plain := sha256.Sum256([]byte("zhiqing/ledger/v1" + string(make([]byte, 32)) + "{}"))
	if !bytes.Equal(plain[:], Hash(genesis, []byte("{}"))) {
		t.Error("the hash is not SHA-256(tag ‖ prev ‖ bytes)")
	}
}

func TestABookOfAnyLengthVerifiesAndEveryEntryIsFound(t *testing.T) {
	for _, n := range []int{0, 1, PageSize - 1, PageSize, PageSize + 1, 2 * PageSize, 200} {
		s := build(t, n)
		head, err := Verify(testBook, s.inOrder(), s.log)
		if err != nil || head.Seq != int64(n) {
			t.Fatalf("%d entries: head %d, %v", n, head.Seq, err)
		}
		if len(s.log.Entries) >= PageSize {
			t.Errorf("%d entries: %d stayed in the book", n, len(s.log.Entries))
		}
		for seq := int64(1); seq <= int64(n); seq++ {
			e, prev, ok := s.log.Find(seq)
			if !ok {
				p := s.pages[PageOf(seq)]
				e, prev, ok = p.Find(seq)
			}
			if !ok || e.Seq != seq || !bytes.Equal(Hash(prev, e.Bytes), e.Hash) {
				t.Fatalf("entry %d of %d not found, or with a wrong predecessor", seq, n)
			}
		}
		if _, _, ok := s.log.Find(int64(n) + 1); ok {
			t.Error("found an entry that was never made")
		}
	}
}

func TestAnyHistoryOfAppendsSpillsAndCrashesVerifies(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := &stored{pages: map[int64]Page{}}
		total := 0
		for range rapid.IntRange(1, 12).Draw(rt, "steps") {
			s.spill(t, rapid.Bool().Draw(rt, "crash"))
			n := rapid.IntRange(0, 50).Draw(rt, "entries")
			s.add(t, n)
			total += n
		}
		head, err := Verify(testBook, s.inOrder(), s.log)
		if err != nil || head.Seq != int64(total) {
			rt.Fatalf("head %d of %d: %v", head.Seq, total, err)
		}
	})
}

func TestAppendLeavesCopiesAlone(t *testing.T) {
	s := build(t, 3)
	one, two := s.log, s.log
	one.Append(encoded(t, statement(testBook, 4)))
	other := statement(testBook, 4)
	other.State = "withdrawn"
	two.Append(encoded(t, other))
	if bytes.Equal(one.Entries[3].Bytes, two.Entries[3].Bytes) || len(s.log.Entries) != 3 {
		t.Fatal("two copies of a log share their new entries")
	}
}

func TestTrimIsIdempotentAndKeepsTheNewest(t *testing.T) {
	s := &stored{pages: map[int64]Page{}}
	s.add(t, 2*PageSize+2)
	for range 3 {
		s.log.Trim(0)
		if s.log.Base.Seq != PageSize || len(s.log.Entries) != PageSize+2 {
			t.Fatalf("base %d, %d entries", s.log.Base.Seq, len(s.log.Entries))
		}
	}
}

// TestAFlippedBitAnywhereIsFoundAndNamed flips one bit of every byte of entries and hashes, of every number and of
// every link, and expects the first break to be exactly there.
func TestAFlippedBitAnywhereIsFoundAndNamed(t *testing.T) {
	s := build(t, PageSize+6)
	page := s.pages[0]
	atPage, atLog := NewWalker(testBook), NewWalker(testBook)
	if err := atLog.Page(page); err != nil {
		t.Fatal(err)
	}
	walk := func(seq int64) error { // an intact page need not be walked again
		if w := *atLog; seq > PageSize {
			return w.Log(s.log)
		}
		w := *atPage
		return w.Page(page)
	}
	check := func(what string, seq int64) {
		t.Helper()
		err := walk(seq)
		var b *Break
		if !errors.As(err, &b) {
			t.Fatalf("%s: not found (%v)", what, err)
		}
		if b.Seq != seq || b.Book != testBook || !strings.HasSuffix(b.EntryID, "-"+strconv.FormatInt(seq, 10)) || b.Reason == "" {
			t.Fatalf("%s: found as %+v, want entry %d", what, *b, seq)
		}
	}
	flip := func(what string, b []byte, seq int64) {
		for i := 0; i < len(b); i++ {
			b[i] ^= 1 << (i % 8)
			check(fmt.Sprintf("%s byte %d", what, i), seq)
			b[i] ^= 1 << (i % 8)
		}
	}
	number := func(what string, n *int64, seq int64) {
		for bit := range 64 {
			*n ^= 1 << bit
			check(fmt.Sprintf("%s bit %d", what, bit), seq)
			*n ^= 1 << bit
		}
	}
	page.Prev = bytes.Clone(page.Prev)
	flip("page.Prev", page.Prev, 1)
	number("page.Number", &page.Number, 1)
	page.Book = "sub_5rv0g8d5ce9a7m2kq3xzt6w1yn"
	check("page.Book", 1)
	page.Book = testBook
	entries := map[int64]*Entry{1: &page.Entries[0], PageSize: &page.Entries[PageSize-1], PageSize + 1: &s.log.Entries[0], PageSize + 6: &s.log.Entries[5]}
	for seq, e := range entries {
		e.Bytes, e.Hash = bytes.Clone(e.Bytes), bytes.Clone(e.Hash)
		flip(fmt.Sprintf("entry %d", seq), e.Bytes, seq)
		flip(fmt.Sprintf("hash %d", seq), e.Hash, seq)
		number(fmt.Sprintf("seq %d", seq), &e.Seq, seq)
	}
	s.log.Head.Hash = bytes.Clone(s.log.Head.Hash)
	flip("head", s.log.Head.Hash, PageSize+6)
	number("head.Seq", &s.log.Head.Seq, PageSize+6)
	s.log.Base.Hash = bytes.Clone(s.log.Base.Hash)
	flip("base", s.log.Base.Hash, PageSize+1)
	if _, err := Verify(testBook, s.inOrder(), s.log); err != nil {
		t.Fatalf("the mended chain does not verify: %v", err)
	}
}

func TestMovedLostAndForgedPartsAreNamed(t *testing.T) {
	other := "sub_5rv0g8d5ce9a7m2kq3xzt6w1yn"
	foreign := Log{}
	foreign.Append(encoded(t, statement(other, 1)))
	renumbered := Log{}
	renumbered.Append(encoded(t, statement(testBook, 2)))
	loose := Log{}
	loose.Append([]byte(`{"seq":1, "book":"` + testBook + `"}`))
	lost := build(t, 5).log
	lost.Entries = append(lost.Entries[:2:2], lost.Entries[3:]...)
	cut := build(t, 5).log
	cut.Entries = cut.Entries[:4]
	short := build(t, 5).log
	short.Base.Hash = []byte{1}
	noPage := build(t, 70).log
	for _, c := range []struct {
		name   string
		log    Log
		seq    int64
		reason string
	}{
		{"an entry of another book", foreign, 1, BrokenName},
		{"an entry at another place", renumbered, 1, BrokenName},
		{"bytes that are not canonical", loose, 1, BrokenForm},
		{"a lost entry", lost, 3, BrokenSequence},
		{"a cut end", cut, 4, BrokenHead},
		{"a base that is not the genesis", short, 1, BrokenBase},
		{"a missing page", noPage, 1, BrokenBase},
	} {
		_, err := Verify(testBook, func(func(Page, error) bool) {}, c.log)
		var b *Break
		if !errors.As(err, &b) || b.Seq != c.seq || b.Reason != c.reason {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestAFailingReadIsNotABreak(t *testing.T) {
	down := errors.New("the store is down")
	_, err := Verify(testBook, func(yield func(Page, error) bool) { yield(Page{}, down) }, Log{})
	var b *Break
	if !errors.Is(err, down) || errors.As(err, &b) {
		t.Fatal(err)
	}
}

func TestAWalkCanAskThatEveryEntryIsAStatement(t *testing.T) {
	l := Log{}
	l.Append([]byte(`{"book":"` + testBook + `","seq":1}`))
	w := NewWalker(testBook)
	if err := w.Log(l); err != nil {
		t.Fatal(err)
	}
	w = NewWalker(testBook)
	w.Each = Statements
	var b *Break
	if err := w.Log(l); !errors.As(err, &b) || b.Reason != BrokenStatement {
		t.Fatal(err)
	}
}

func TestPageIDsSortAsTheirNumbers(t *testing.T) {
	if PageID(testBook, 9) >= PageID(testBook, 10) || PageOf(PageSize) != 0 || PageOf(PageSize+1) != 1 {
		t.Fatal(PageID(testBook, 9), PageOf(64), PageOf(65))
	}
}
