package consent_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"zhiqing/internal/consent"
	"zhiqing/internal/ledger"
)

func grant(purpose, version string) consent.Decision {
	return consent.Decision{Purpose: purpose, Verb: consent.Grant, NoticeVersion: version}
}

// same submits a batch and fails the test unless it is answered with these entries.
func (s *stage) same(t *testing.T, who consent.Actor, b consent.Batch, want []consent.Recorded) {
	t.Helper()
	_, got, err := s.Decide(t.Context(), who, b)
	equal := func(a, b consent.Recorded) bool {
		return a.EntryID == b.EntryID && slices.Equal(a.Hash, b.Hash) && a.State == b.State
	}
	if err != nil || !slices.EqualFunc(got, want, equal) {
		t.Fatalf("%v\n got %v\nwant %v", err, got, want)
	}
}

func TestAKeyIsRememberedForSixteenSubmissions(t *testing.T) {
	s, who := open(t), person()
	first := batch("key-0", grant("analytics.usage", "1.0"))
	_, entries, err := s.Decide(t.Context(), who, first)
	if err != nil {
		t.Fatal(err)
	}
	for i := 1; i < 16; i++ {
		if _, _, err := s.Decide(t.Context(), who, batch(fmt.Sprintf("key-%d", i), grant("improvement.product", "1.0"))); err != nil {
			t.Fatal(err)
		}
	}
	s.same(t, who, first, entries)
	if _, _, err := s.Decide(t.Context(), who, batch("key-0", consent.Decision{Purpose: "analytics.usage", Verb: consent.Refuse})); !errors.Is(err, consent.ErrKeyReused) {
		t.Errorf("another batch with the key: %v", err)
	}
	if n := len(s.history(t, who)); n != 16 {
		t.Fatalf("%d entries", n)
	}
	s.must(t, who, consent.Grant, "analytics.usage", "1.0") // without a key: pushes nothing out, and moves the first page
	s.same(t, who, first, entries)
	if _, _, err := s.Decide(t.Context(), who, batch("key-16", grant("improvement.product", "1.0"))); err != nil {
		t.Fatal(err)
	}
	if _, again, err := s.Decide(t.Context(), who, first); err != nil || again[0].EntryID == entries[0].EntryID {
		t.Errorf("the seventeenth key did not push out the first: %v %v", again, err)
	}
	s.sound(t)
}

// The first answer got lost, and by the time of the retry the notice has changed: what was recorded stays said.
func TestALostAnswerIsGivenAgainEvenUnderANewNotice(t *testing.T) {
	s, who := open(t), person()
	b := batch("k", grant("analytics.usage", "1.0"))
	_, entries, err := s.Decide(t.Context(), who, b)
	if err != nil {
		t.Fatal(err)
	}
	s.announce(later{"privacy", "2.0", s.now, true, []string{"analytics.usage"}})
	s.restart(t)
	s.same(t, who, b, entries)
	if _, _, err := s.Decide(t.Context(), who, batch("other", b.Decisions...)); !errors.Is(err, consent.ErrOutdated) {
		t.Errorf("a new submission on the old notice: %v", err)
	}
	if n := len(s.history(t, who)); n != 1 {
		t.Errorf("%d entries", n)
	}
}

// A withdrawal that changed nothing, repeated late, must not take back what was given in between.
func TestARepeatedWithdrawalTakesNothingBackTwice(t *testing.T) {
	s, who := open(t), person()
	s.must(t, who, consent.Grant, "analytics.usage", "1.0")
	s.must(t, who, consent.Withdraw, "analytics.usage", "")
	idle := batch("k", consent.Decision{Purpose: "analytics.usage", Verb: consent.Withdraw})
	_, entries, err := s.Decide(t.Context(), who, idle)
	if err != nil || len(entries) != 1 || entries[0].Seq != 2 {
		t.Fatalf("%v %v", entries, err)
	}
	s.must(t, who, consent.Grant, "analytics.usage", "1.0")
	s.same(t, who, idle, entries)
	if x, _ := s.stands(t, who, "analytics.usage", false); x.State != consent.Given {
		t.Errorf("the retry withdrew a newer consent: %s", x.State)
	}
}

func TestWithdrawingAgainAnswersWithTheEntryAlsoWhenItIsInAPage(t *testing.T) {
	s, who := open(t), person()
	s.must(t, who, consent.Grant, "analytics.usage", "1.0")
	withdraw := batch("", consent.Decision{Purpose: "analytics.usage", Verb: consent.Withdraw})
	_, entries, err := s.Decide(t.Context(), who, withdraw)
	if err != nil {
		t.Fatal(err)
	}
	for range ledger.PageSize {
		s.must(t, who, consent.Grant, "improvement.product", "1.0")
		s.same(t, who, withdraw, entries)
	}
	if len(entries[0].Hash) != ledger.HashSize {
		t.Errorf("no hash: %v", entries)
	}
}
