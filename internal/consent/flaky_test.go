package consent_test

import (
	"errors"
	"fmt"
	"testing"

	"zhiqing/internal/consent"
	"zhiqing/internal/ledger"
	"zhiqing/internal/store"
)

// life is a sequence of batches that fills several pages: each says no to everything optional, then yes to two things.
func (s *stage) life(t *testing.T, who consent.Actor) {
	t.Helper()
	var no []consent.Decision
	for _, x := range []string{"account.phone", "improvement.product", "analytics.usage", "ads.personalised", "marketing.email", "marketing.post", "marketing.sms"} {
		no = append(no, consent.Decision{Purpose: x, Verb: consent.Refuse})
	}
	for i := range 6 {
		s.insist(t, who, batch(fmt.Sprintf("no-%d", i), no...))
		s.insist(t, who, batch(fmt.Sprintf("yes-%d", i),
			consent.Decision{Purpose: "analytics.usage", Verb: consent.Grant, NoticeVersion: "1.0"},
			consent.Decision{Purpose: "improvement.product", Verb: consent.Grant, NoticeVersion: "1.0"}))
	}
}

// insist submits a batch as a client does that hears nothing: again, with the same key.
func (s *stage) insist(t *testing.T, who consent.Actor, b consent.Batch) {
	t.Helper()
	for range 4 {
		_, entries, err := s.Decide(t.Context(), who, b)
		if err == nil && len(entries) == len(b.Decisions) {
			return
		}
		if !errors.Is(err, store.ErrUnavailable) {
			t.Fatalf("%d entries, %v", len(entries), err)
		}
	}
	t.Fatal("does not converge")
}

// said is what a book records, without times and identifiers.
func (s *stage) said(t *testing.T, who consent.Actor) string {
	t.Helper()
	text := ""
	for _, e := range s.history(t, who) {
		text += fmt.Sprintln(e.Seq, e.Purpose, e.State, e.Capacity, e.Notice.Version)
	}
	return text
}

// TestEveryWriteOfALifeMayFail lets each write fail, before it has an effect and after; retrying with the same key must
// end in the book that nobody disturbed.
func TestEveryWriteOfALifeMayFail(t *testing.T) {
	calm, who := open(t), person()
	start := calm.engine.Writes()
	calm.life(t, who)
	writes, want := calm.engine.Writes()-start, calm.said(t, who)
	if writes <= 12 || len(calm.history(t, who)) != 6*9 {
		t.Fatalf("%d writes, %d entries: no page was moved", writes, len(calm.history(t, who)))
	}
	for n := 1; n <= writes; n++ {
		for name, fail := range map[string]func(int){"before": calm.engine.FailBefore, "after": calm.engine.FailAfter} {
			who, failed := person(), calm.engine.Failures()
			fail(n)
			calm.life(t, who)
			if calm.engine.Failures() != failed+1 {
				t.Fatalf("%s write %d: nothing failed", name, n)
			}
			if got := calm.said(t, who); got != want {
				t.Errorf("%s write %d:\n%s", name, n, got)
			}
		}
	}
	calm.sound(t)
}

// TestForgettingMayFailAnywhere: a guest's book that was half forgotten when the store failed never looks broken, and the
// next attempt leaves nothing.
func TestForgettingMayFailAnywhere(t *testing.T) {
	s := open(t)
	for n := 1; n <= 5; n++ {
		for name, fail := range map[string]func(int){"before": s.engine.FailBefore, "after": s.engine.FailAfter} {
			who := guest("s")
			for range 3*ledger.PageSize + 1 {
				s.must(t, who, consent.Grant, "analytics.usage", "1.0")
			}
			fail(n)
			if err := s.Forget(t.Context(), who.Book); !errors.Is(err, store.ErrUnavailable) {
				t.Fatalf("%s write %d: %v", name, n, err)
			}
			s.sound(t)
			if err := s.Forget(t.Context(), who.Book); err != nil {
				t.Fatal(err)
			}
			s.nothingLeft(t, who.Book)
		}
	}
}

// nothingLeft looks into the store itself.
func (s *stage) nothingLeft(t *testing.T, book string) {
	t.Helper()
	for _, collection := range []string{"books", "book_pages"} {
		found, err := s.engine.Find(t.Context(), collection, store.ByID, store.Range{From: book, To: book + "~", Limit: 10})
		if err != nil || len(found.Docs) != 0 {
			t.Errorf("%s: %d documents left, %v", collection, len(found.Docs), err)
		}
	}
}
