package consent_test

import (
	"errors"
	"testing"
	"time"

	"zhiqing/internal/consent"
	"zhiqing/internal/register/prove"
)

func TestAConsentRunsOutOnItsDay(t *testing.T) {
	s, who := open(t), person()
	s.must(t, who, consent.Grant, "promotion.participation", "1.0")
	x, _ := s.stands(t, who, "promotion.participation", false)
	if x.ValidUntil.IsZero() || x.ValidUntil.After(s.now.AddDate(1, 0, 1)) {
		t.Fatalf("valid until %s", x.ValidUntil)
	}
	s.now = x.ValidUntil.Add(-time.Millisecond)
	if x, _ := s.stands(t, who, "promotion.participation", false); x.State != consent.Given {
		t.Errorf("a millisecond before the end: %s", x.State)
	}
	s.now = x.ValidUntil
	if x, why := s.stands(t, who, "promotion.participation", false); x.State != consent.Expired || why != consent.PromptExpired {
		t.Errorf("at the end: %s, prompt %q", x.State, why)
	}
	s.must(t, who, consent.Grant, "promotion.participation", "1.0")
	h, _, err := s.History(t.Context(), who.Book, 0, 10)
	if err != nil || len(h) != 3 || h[0].State != "renewed" || h[1].State != "expired" || h[1].Capacity != "system" {
		t.Errorf("history: %v %+v", err, h)
	}
	s.sound(t)
}

func TestAMaterialNoticeEndsWhatItAffectsAndNothingElse(t *testing.T) {
	at := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	s, who := open(t, later{"privacy", "1.1", at.AddDate(0, -1, 0), false, nil}, later{"privacy", "2.0", at, true, []string{"analytics.usage"}}), person()
	s.must(t, who, consent.Grant, "analytics.usage", "1.0")
	s.must(t, who, consent.Grant, "improvement.product", "1.0")
	s.now = at.Add(-time.Second) // 1.1 is in force and changes nothing
	for _, p := range []string{"analytics.usage", "improvement.product"} {
		if x, _ := s.stands(t, who, p, false); x.State != consent.Given {
			t.Errorf("after an immaterial version %s is %s", p, x.State)
		}
	}
	s.now = at // 2.0 comes into force by itself
	if x, why := s.stands(t, who, "analytics.usage", false); x.State != consent.Invalidated || why != consent.PromptNoticeChanged {
		t.Errorf("affected: %s, prompt %q", x.State, why)
	}
	if x, why := s.stands(t, who, "improvement.product", false); x.State != consent.Given || why != "" {
		t.Errorf("not affected: %s, prompt %q", x.State, why)
	}
	if err := s.decide(t, who, consent.Grant, "analytics.usage", "1.1"); !errors.Is(err, consent.ErrOutdated) {
		t.Errorf("on the old notice: %v", err)
	}
	if err := s.decide(t, who, consent.Withdraw, "improvement.product", ""); err != nil {
		t.Errorf("saying no on the old notice: %v", err)
	}
	s.must(t, who, consent.Grant, "analytics.usage", "2.0")
	if x, _ := s.stands(t, who, "analytics.usage", false); x.State != consent.Renewed {
		t.Errorf("agreed again: %s", x.State)
	}
	s.sound(t)
}

func TestARefusalIsNotAskedAboutAgainForTwoDays(t *testing.T) {
	row := prove.Row(t, "F-5")
	s, who := open(t), person()
	s.must(t, who, consent.Refuse, "analytics.usage", "")
	s.now = s.now.Add(48*time.Hour - time.Millisecond)
	_, why := s.stands(t, who, "analytics.usage", false)
	row.That(why == "", "within the cool-down: %q", why)
	if _, why := s.stands(t, who, "analytics.usage", true); why != consent.PromptAsked {
		t.Errorf("when the person asks: %q", why)
	}
	s.now = s.now.Add(time.Millisecond)
	if _, why := s.stands(t, who, "analytics.usage", false); why != consent.PromptAgain {
		t.Errorf("after the cool-down: %q", why)
	}
	s.must(t, who, consent.Grant, "analytics.usage", "1.0")
	s.must(t, who, consent.Withdraw, "analytics.usage", "")
	s.now = s.now.AddDate(1, 0, 0)
	if _, why := s.stands(t, who, "analytics.usage", false); why != "" {
		t.Errorf("after a withdrawal: %q", why)
	}
	if _, why := s.stands(t, who, "analytics.usage", true); why != consent.PromptAsked {
		t.Errorf("after a withdrawal, when the person asks: %q", why)
	}
}

// A year from 29 February ends on 28 February, at the same hour in China (民法典 art. 202).
func TestAYearFromALeapDayEndsOnTheLastOfFebruary(t *testing.T) {
	s, who := open(t), person()
	s.now = time.Date(2028, 2, 28, 17, 30, 0, 0, time.UTC) // 29 February, 01:30 in China
	s.must(t, who, consent.Grant, "promotion.participation", "1.0")
	end := time.Date(2029, 2, 27, 17, 30, 0, 0, time.UTC) // 28 February, 01:30 in China
	for at, want := range map[time.Time]consent.State{end.Add(-time.Millisecond): consent.Given, end: consent.Expired} {
		s.now = at
		if x, _ := s.stands(t, who, "promotion.participation", false); x.State != want || !x.ValidUntil.Equal(end) {
			t.Errorf("at %s: %s, until %s; want %s", at, x.State, x.ValidUntil, want)
		}
	}
}

// No old, unknown or missing version stands in the way of a no.
func TestNoIsNeverRefusedForItsNotice(t *testing.T) {
	s := open(t, later{"privacy", "1.1", time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC), false, nil})
	for _, version := range []string{"", "0.1", "1.0", "1.1", "nonsense"} {
		who := person()
		s.must(t, who, consent.Refuse, "analytics.usage", version)
		s.must(t, who, consent.Grant, "analytics.usage", "1.0")
		s.must(t, who, consent.Withdraw, "analytics.usage", version)
		if err := s.decide(t, who, consent.Grant, "analytics.usage", version); (err == nil) != (version == "1.0") {
			t.Errorf("granted on %q: %v", version, err)
		}
	}
	s.sound(t)
}

// The switch stops what is new and hides nothing: what was agreed to is still shown and can be taken back.
func TestASwitchedOffPurposeCanStillBeTakenBack(t *testing.T) {
	s, who := open(t), person()
	s.must(t, who, consent.Grant, "improvement.product", "1.0")
	const end = `everything works as before"}` + "\n    enabled: "
	s.edit(t, "purposes.yaml", end+"true", end+"false")
	s.restart(t)
	if err := s.decide(t, who, consent.Grant, "improvement.product", "1.0"); !errors.Is(err, consent.ErrClosed) {
		t.Errorf("granted while it is switched off: %v", err)
	}
	if _, why := s.stands(t, person(), "improvement.product", true); why != "" {
		t.Errorf("asked for while it is switched off: %q", why)
	}
	s.must(t, who, consent.Withdraw, "improvement.product", "")
}
