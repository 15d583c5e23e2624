package consent_test

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"zhiqing/internal/consent"
)

// A kind of notice may be announced for later. Until then nobody is asked and nobody can decide; everything else goes on.
func TestANoticeAnnouncedForLaterStopsNobody(t *testing.T) {
	at := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	s, who := open(t), person()
	s.tellLater(t, at)
	s.restart(t)
	if x, why := s.stands(t, who, "promotion.participation", true); x.State != consent.Unknown || why != "" {
		t.Errorf("before: %s, prompt %q", x.State, why)
	}
	for _, verb := range []consent.Verb{consent.Grant, consent.Refuse} {
		if err := s.decide(t, who, verb, "promotion.participation", "1.0"); !errors.Is(err, consent.ErrClosed) {
			t.Errorf("%s before: %v", verb, err)
		}
	}
	s.must(t, who, consent.Grant, "analytics.usage", "1.0")
	s.now = at
	if _, why := s.stands(t, who, "promotion.participation", false); why != consent.PromptNew {
		t.Errorf("once in force: prompt %q", why)
	}
	s.must(t, who, consent.Grant, "promotion.participation", "1.0")
	s.sound(t)
}

// What people granted under one notice they can withdraw today, though the purpose now waits for a notice of tomorrow.
func TestWithdrawingWaitsForNoNotice(t *testing.T) {
	for _, verb := range []consent.Verb{consent.Withdraw, consent.Refuse} {
		s, who := open(t), person()
		s.must(t, who, consent.Grant, "promotion.participation", "1.0")
		s.tellLater(t, s.now.AddDate(0, 1, 0))
		s.restart(t)
		s.must(t, who, verb, "promotion.participation", "")
		h, _, err := s.History(t.Context(), who.Book, 0, 1)
		if err != nil || len(h) != 1 || h[0].State != "withdrawn" || h[0].Notice.Kind != "marketing" {
			t.Errorf("%s: %v %+v", verb, err, h)
		}
		s.sound(t)
	}
}

// tellLater puts promotion.participation under a kind of notice whose only version takes effect at an instant to come.
func (s *stage) tellLater(t *testing.T, at time.Time) {
	t.Helper()
	s.announce(later{"promotion", "1.0", at, false, nil})
	const file = "purposes.yaml"
	head, tail, found := strings.Cut(string(s.files[file].Data), "code: promotion.participation")
	if !found || !strings.Contains(tail, "notice_kind: marketing") {
		t.Fatal("purposes.yaml no longer has promotion.participation under marketing")
	}
	tail = strings.Replace(tail, "notice_kind: marketing", "notice_kind: promotion", 1)
	s.files[file] = &fstest.MapFile{Data: []byte(head + "code: promotion.participation" + tail)}
}
