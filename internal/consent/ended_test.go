package consent_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"zhiqing/internal/consent"
	"zhiqing/internal/store"
	"zhiqing/internal/store/flaky"
)

// ears notes which books were heard to have something ended, and fails while fail is set.
type ears struct {
	heard []string
	fail  error
}

func (e *ears) hear(book string) error {
	e.heard = append(e.heard, book)
	return e.fail
}

// took returns what was heard since the last call.
func (e *ears) took() (heard []string) {
	heard, e.heard = e.heard, nil
	return heard
}

// listening is a stage whose desk tells ears.
func listening(t *testing.T) (*stage, *ears) {
	t.Helper()
	s, e := open(t), &ears{}
	s.ended = e.hear
	s.restart(t)
	return s, e
}

func TestWhatEndsIsFollowedUpInTheSameRequest(t *testing.T) {
	s, e := listening(t)
	who, kid := person(), child()
	mum, dad := s.parentOf(kid), s.parentOf(kid)
	ok := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, step := range []struct {
		name string
		book string // who is to be heard of; "" = nobody
		do   func()
	}{
		{"granting", "", func() { s.must(t, who, consent.Grant, "account.phone", "1.0") }},
		{"refusing what was never given", "", func() { s.must(t, who, consent.Refuse, "marketing.email", "") }},
		{"withdrawing", who.Book, func() { s.must(t, who, consent.Withdraw, "account.phone", "") }},
		{"withdrawing again", "", func() { s.must(t, who, consent.Withdraw, "account.phone", "") }},
		{"granting again", "", func() { s.must(t, who, consent.Grant, "account.phone", "1.0") }},
		{"refusing what is live", who.Book, func() { s.must(t, who, consent.Refuse, "account.phone", "") }},
		{"a guardian's yes", "", func() { mum.says(t, consent.Grant, "account.phone") }},
		{"the other guardian's no", kid.Book, func() { dad.says(t, consent.Refuse) }},
		{"ending what stood in the way", kid.Book, func() { ok(s.EndParty(t.Context(), kid.Book, dad.link, consent.Revoked, "k")) }},
		{"the child's own no", kid.Book, func() { s.must(t, kid, consent.Withdraw, "account.phone", "") }},
		{"a guardian's withdrawal", kid.Book, func() { mum.says(t, consent.Withdraw) }},
		{"a guardian's yes after it", "", func() { mum.says(t, consent.Grant) }},
		{"revoking all", kid.Book, func() { ok(s.RevokeAll(t.Context(), kid.Book, "k")) }},
		{"revoking all again", "", func() { ok(s.RevokeAll(t.Context(), kid.Book, "k")) }},
	} {
		step.do()
		if got := e.took(); len(got) > 1 || (len(got) == 1) != (step.book != "") || len(got) == 1 && got[0] != step.book {
			t.Errorf("%s: heard %v", step.name, got)
		}
	}
	visitor := guest("s")
	s.must(t, visitor, consent.Grant, "analytics.usage", "1.0")
	s.must(t, visitor, consent.Withdraw, "analytics.usage", "")
	if got := e.took(); len(got) != 0 {
		t.Errorf("of a guest: %v", got)
	}
	if n, err := s.SweepEnded(t.Context()); n != 0 || err != nil {
		t.Errorf("something is left: %d, %v", n, err)
	}
}

var errBusy = errors.New("the profile cannot be reached")

// The withdrawal itself stands at once. Whoever hears of the failure may simply withdraw again; otherwise the sweep does it.
func TestAFailedFollowUpIsNeverForgotten(t *testing.T) {
	for name, again := range map[string]func(*stage, consent.Actor) error{
		"withdrawing again": func(s *stage, who consent.Actor) error {
			return s.decide(t, who, consent.Withdraw, "account.phone", "")
		},
		"the sweep": func(s *stage, _ consent.Actor) error {
			_, err := s.SweepEnded(t.Context())
			return err
		},
		"revoking all": func(s *stage, who consent.Actor) error { return s.RevokeAll(t.Context(), who.Book, "k") },
	} {
		s, e := listening(t)
		who := person()
		s.must(t, who, consent.Grant, "account.phone", "1.0")
		e.fail = errBusy
		if err := s.decide(t, who, consent.Withdraw, "account.phone", ""); !errors.Is(err, errBusy) {
			t.Errorf("%s: the failure is hidden: %v", name, err)
		}
		s.isLive(t, who, "account.phone", false)
		if err := again(s, who); !errors.Is(err, errBusy) {
			t.Errorf("%s: while it still fails: %v", name, err)
		}
		if err := s.decide(t, who, consent.Grant, "account.phone", "1.0"); !errors.Is(err, errBusy) {
			t.Errorf("%s: a new yes brings back what was to be erased: %v", name, err)
		}
		e.fail = nil
		e.took()
		if err := again(s, who); err != nil || !slices.Equal(e.took(), []string{who.Book}) {
			t.Errorf("%s: %v", name, err)
		}
		if n, err := s.SweepEnded(t.Context()); n != 0 || err != nil {
			t.Errorf("%s: %d left, %v", name, n, err)
		}
		s.must(t, who, consent.Grant, "account.phone", "1.0")
	}
}

func TestANewYesWaitsUntilTheOldNoIsCarriedOut(t *testing.T) {
	s, e := listening(t)
	who := person()
	s.must(t, who, consent.Grant, "account.phone", "1.0")
	e.fail = errBusy
	_ = s.decide(t, who, consent.Withdraw, "account.phone", "")
	e.fail = nil
	e.took()
	var liveThen bool
	s.ended = func(book string) error {
		live, err := s.Live(t.Context(), who)
		liveThen = live != nil && live("account.phone")
		return errors.Join(err, e.hear(book))
	}
	s.restart(t)
	s.must(t, who, consent.Grant, "account.phone", "1.0")
	if len(e.took()) != 1 || liveThen {
		t.Error("the new yes was recorded before the old no was carried out")
	}
	s.isLive(t, who, "account.phone", true)
}

// While one end is carried out another comes, whose own follow-up fails: the first must not clear the second's note.
func TestALaterEndIsNotTakenForAnEarlierOne(t *testing.T) {
	s, calls := open(t), 0
	who := person()
	s.ended = func(string) error {
		switch calls++; calls {
		case 1:
			if err := s.decide(t, who, consent.Withdraw, "account.contact", ""); !errors.Is(err, errBusy) {
				t.Errorf("the second end: %v", err)
			}
		case 2:
			return errBusy
		}
		return nil
	}
	s.restart(t)
	s.must(t, who, consent.Grant, "account.phone", "1.0")
	s.must(t, who, consent.Grant, "account.contact", "1.0")
	s.must(t, who, consent.Withdraw, "account.phone", "")
	if n, err := s.SweepEnded(t.Context()); n != 1 || err != nil || calls != 3 {
		t.Errorf("%d done after %d calls, %v", n, calls, err)
	}
}

func TestOneBookThatFailsDoesNotStopTheSweep(t *testing.T) {
	s, e := listening(t)
	e.fail = errBusy
	var all []consent.Actor
	for range 230 { // more than two batches
		who := person()
		all = append(all, who)
		s.must(t, who, consent.Grant, "account.phone", "1.0")
		_ = s.decide(t, who, consent.Withdraw, "account.phone", "")
	}
	s.ended = func(book string) error {
		if book == all[7].Book {
			return errBusy
		}
		return nil
	}
	s.restart(t)
	if n, err := s.SweepEnded(t.Context()); n != len(all)-1 || !errors.Is(err, errBusy) {
		t.Errorf("%d done, %v", n, err)
	}
	s.ended = func(string) error { return nil }
	s.restart(t)
	if n, err := s.SweepEnded(t.Context()); n != 1 || err != nil {
		t.Errorf("then %d done, %v", n, err)
	}
}

func TestWhatRunsOutIsWrittenDownAndFollowedUp(t *testing.T) {
	s, e := listening(t)
	who, kid, forGood, visitor := person(), child(), person(), guest("s")
	s.must(t, who, consent.Grant, "promotion.participation", "1.0")
	s.must(t, forGood, consent.Grant, "account.phone", "1.0")
	s.must(t, visitor, consent.Grant, "analytics.usage", "1.0")
	s.now = s.now.Add(time.Hour)
	s.parentOf(kid).says(t, consent.Grant, "account.phone")
	x, _ := s.stands(t, who, "promotion.participation", false)
	s.now = x.ValidUntil.Add(-time.Millisecond)
	if n, err := s.SweepExpired(t.Context()); n != 0 || err != nil {
		t.Errorf("before the end: %d, %v", n, err)
	}
	s.now = x.ValidUntil
	if n, err := s.SweepExpired(t.Context()); n != 1 || err != nil || !slices.Equal(e.took(), []string{who.Book}) {
		t.Errorf("at the end: %d, %v", n, err)
	}
	if h := s.history(t, who); len(h) != 2 || h[0].State != "expired" || h[0].Capacity != "system" {
		t.Errorf("%v", h)
	}
	s.now = s.now.Add(time.Hour)
	if n, err := s.SweepExpired(t.Context()); n != 1 || err != nil || !slices.Equal(e.took(), []string{kid.Book}) {
		t.Errorf("an hour later: %d, %v", n, err)
	}
	if h := s.history(t, kid); len(h) != 4 || h[0].State != "expired" || h[0].Guardian == nil {
		t.Errorf("%v", h)
	}
	if n, err := s.SweepExpired(t.Context()); n != 0 || err != nil || len(e.took()) != 0 {
		t.Errorf("twice: %d, %v", n, err)
	}
	s.isLive(t, forGood, "account.phone", true)
	s.sound(t)
}

// TestEveryWriteOfAMinorsLifeMayFail lets each write fail, before it has an effect and after. Retrying with the same keys
// and sweeping must end in the book that nobody disturbed, with nothing live that was not heard to end.
func TestEveryWriteOfAMinorsLifeMayFail(t *testing.T) {
	s, e := listening(t)
	calmly := child()
	start := s.engine.Writes()
	s.minorsLife(t, calmly)
	writes, want := s.engine.Writes()-start, s.said(t, calmly)
	if writes < 10 {
		t.Fatalf("%d writes", writes)
	}
	for n := 1; n <= writes; n++ {
		for name, fail := range map[string]func(int){"before": s.engine.FailBefore, "after": s.engine.FailAfter} {
			kid, failed := child(), s.engine.Failures()
			e.took()
			fail(n)
			s.minorsLife(t, kid)
			if s.engine.Failures() != failed+1 {
				t.Fatalf("%s write %d: nothing failed", name, n)
			}
			if got := s.said(t, kid); got != want {
				t.Errorf("%s write %d:\n%s\nwant\n%s", name, n, got, want)
			}
			if !slices.Contains(e.took(), kid.Book) {
				t.Errorf("%s write %d: nobody heard of the end", name, n)
			}
			if left, err := s.SweepEnded(t.Context()); left != 0 || err != nil {
				t.Errorf("%s write %d: %d left, %v", name, n, left, err)
			}
		}
	}
	s.sound(t)
}

// minorsLife is two guardians' and a child's, each act insisted upon as a caller does that hears nothing.
func (s *stage) minorsLife(t *testing.T, kid consent.Actor) {
	t.Helper()
	born := s.now
	defer func() { s.now = born }()
	mum, dad := s.parentOf(kid), s.parentOf(kid)
	guardian := func(a consent.GuardianAct) func() error {
		return func() error {
			_, err := s.DecideAsGuardian(t.Context(), a)
			return err
		}
	}
	own := func(b consent.Batch) func() error {
		return func() error {
			_, _, err := s.Decide(t.Context(), kid, b)
			return err
		}
	}
	sweep := func() error {
		_, err := s.SweepExpired(t.Context())
		_, other := s.SweepEnded(t.Context())
		return errors.Join(err, other)
	}
	for i, do := range []func() error{
		guardian(mum.act(consent.Grant, "1", "account.phone", "account.contact", "promotion.participation")),
		guardian(dad.act(consent.Grant, "1", "account.phone")),
		own(batch("no", consent.Decision{Purpose: "account.phone", Verb: consent.Withdraw})),
		guardian(mum.act(consent.Grant, "2", "account.phone")),
		guardian(dad.act(consent.Refuse, "2")),
		func() error { return s.EndParty(t.Context(), kid.Book, dad.link, consent.Revoked, "lapsed") },
		func() error { s.now = born.AddDate(1, 0, 2); return sweep() },
		guardian(mum.act(consent.Grant, "3", "account.phone")),
		func() error { return s.RevokeAll(t.Context(), kid.Book, "closed") },
	} {
		s.persist(t, fmt.Sprint("step ", i), do)
	}
}

// persist repeats what fails by the store, which fails once.
func (s *stage) persist(t *testing.T, name string, do func() error) {
	t.Helper()
	for range 3 {
		err := do()
		if err == nil {
			return
		}
		if !errors.Is(err, store.ErrUnavailable) && !errors.Is(err, flaky.ErrInjected) {
			t.Fatalf("%s: %v", name, err)
		}
	}
	t.Fatalf("%s does not converge", name)
}
