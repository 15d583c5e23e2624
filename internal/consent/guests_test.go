package consent_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"zhiqing/internal/consent"
	"zhiqing/internal/ledger"
)

func TestAGuestDecidesOnlyWhatIsOpenToGuests(t *testing.T) {
	s, who := open(t), guest("s")
	for purpose, want := range map[string]error{
		"analytics.usage": nil, "improvement.product": nil,
		"account.phone": consent.ErrAccount, "promotion.participation": consent.ErrAccount, "ads.personalised": consent.ErrAccount,
	} {
		if err := s.decide(t, who, consent.Grant, purpose, "1.0"); !errors.Is(err, want) {
			t.Errorf("granting %s: %v, want %v", purpose, err, want)
		}
		if err := s.decide(t, who, consent.Refuse, purpose, ""); err != nil {
			t.Errorf("refusing %s: %v", purpose, err)
		}
	}
	s.now = s.now.AddDate(0, 0, 3)
	o, err := s.Overview(t.Context(), who, "zh-CN", true)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range o.Prompts {
		if !p.Purpose.Guests {
			t.Errorf("a guest is asked for %s", p.Purpose.Code)
		}
	}
}

// living is who still has a session.
type living map[string]bool

func (l living) Lives(_ context.Context, session string) (bool, error) { return l[session], nil }

func TestTheSweepForgetsWhoseSessionIsGoneAndNobodyElse(t *testing.T) {
	s, here, gone, known := open(t), guest("here"), guest("gone"), person()
	for _, who := range []consent.Actor{here, gone, known} {
		for range ledger.PageSize + 1 {
			s.must(t, who, consent.Grant, "analytics.usage", "1.0")
		}
	}
	sessions := living{"here": true}
	if n, err := s.SweepGuests(t.Context(), sessions); n != 0 || err != nil {
		t.Fatalf("before its time: %d, %v", n, err)
	}
	s.now = s.now.Add(24 * time.Hour)
	if n, err := s.SweepGuests(t.Context(), sessions); n != 1 || err != nil {
		t.Fatalf("swept %d, %v", n, err)
	}
	s.nothingLeft(t, gone.Book)
	for _, who := range []consent.Actor{here, known} {
		if n := len(s.history(t, who)); n != ledger.PageSize+1 {
			t.Errorf("%s has %d entries left", who.Book, n)
		}
	}
	if n, err := s.SweepGuests(t.Context(), sessions); n != 0 || err != nil {
		t.Fatalf("twice: %d, %v", n, err)
	}
	delete(sessions, "here")
	s.now = s.now.Add(24 * time.Hour)
	if n, err := s.SweepGuests(t.Context(), sessions); n != 1 || err != nil {
		t.Fatalf("when the other one is over: %d, %v", n, err)
	}
	if err := s.Forget(t.Context(), gone.Book); err != nil {
		t.Errorf("forgetting what is forgotten: %v", err)
	}
	s.sound(t)
}

// TestSixtyFourDecideAtOnce: one person, many devices, different purposes: every answer is an entry, and none is lost.
func TestSixtyFourDecideAtOnce(t *testing.T) {
	s, who := open(t), person()
	choices := []consent.Decision{
		{Purpose: "analytics.usage", Verb: consent.Grant, NoticeVersion: "1.0"}, {Purpose: "improvement.product", Verb: consent.Refuse},
		{Purpose: "account.phone", Verb: consent.Grant, NoticeVersion: "1.0"}, {Purpose: "promotion.participation", Verb: consent.Grant, NoticeVersion: "1.0"},
		{Purpose: "recipient.provide", Recipient: "sample_ads", Verb: consent.Refuse}, {Purpose: "ads.personalised", Verb: consent.Refuse},
	}
	var all sync.WaitGroup
	var mu sync.Mutex
	seen := map[int64]string{}
	for i := range 64 {
		all.Go(func() {
			_, entries, err := s.Decide(t.Context(), who, batch("", choices[i%len(choices)]))
			mu.Lock()
			defer mu.Unlock()
			if err != nil || len(entries) != 1 || seen[entries[0].Seq] != "" {
				t.Errorf("%v %v", entries, err)
				return
			}
			seen[entries[0].Seq] = string(entries[0].Hash)
		})
	}
	all.Wait()
	for _, e := range s.history(t, who) {
		if seen[e.Seq] != string(e.Hash) {
			t.Errorf("entry %d was answered otherwise", e.Seq)
		}
		delete(seen, e.Seq)
	}
	if len(seen) != 0 {
		t.Errorf("%d acknowledged entries are lost", len(seen))
	}
	s.sound(t)
}
