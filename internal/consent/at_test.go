package consent_test

import (
	"errors"
	"testing"
	"time"

	"zhiqing/internal/consent"
	"zhiqing/internal/ledger"
	"zhiqing/internal/subject"
)

// snapshot is where the purposes of a person stood when somebody looked.
type snapshot struct {
	at     time.Time
	states map[string]consent.State
}

func (s *stage) look(t *testing.T, who consent.Actor, codes ...string) snapshot {
	t.Helper()
	now := snapshot{s.now, map[string]consent.State{}}
	for _, code := range codes {
		x, _ := s.stands(t, who, code, false)
		now.states[code] = x.State
	}
	return now
}

// remembered fails unless each snapshot is what At says of its moment, with an entry that is not younger.
func (s *stage) remembered(t *testing.T, who consent.Actor, seen []snapshot) {
	t.Helper()
	for _, shot := range seen {
		for code, want := range shot.states {
			x, proof, err := s.At(t.Context(), who, code, "", shot.at)
			switch {
			case err != nil || x.State != want:
				t.Errorf("%s at %v: %s, was %s, %v", code, shot.at, x.State, want, err)
			case want != consent.Unknown && (proof == nil || proof.Time.After(shot.at) || proof.ID != x.EntryID || len(proof.Hash) != 32):
				t.Errorf("%s at %v: proof %+v", code, shot.at, proof)
			}
			given, err := s.Given(t.Context(), who.Book, []string{"another.purpose", code}, shot.at)
			if err != nil || !who.Guardian && given != want.Allows() || who.Guardian && want.Allows() && !given {
				t.Errorf("%s at %v: given %t, was %s, %v", code, shot.at, given, want, err)
			}
		}
	}
}

func TestWhatWasSeenThenIsWhatIsSaidOfThenEver(t *testing.T) {
	start := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	s := open(t, later{"privacy", "2.0", start.Add(5 * time.Hour), true, []string{"analytics.usage"}})
	who, codes := person(), []string{"analytics.usage", "marketing.email"}
	who.Band, who.Own = subject.Adult, true
	s.now = start.Add(-time.Millisecond)
	seen := []snapshot{s.look(t, who, codes...)}
	s.now = start
	for _, step := range []func(){
		func() { s.must(t, who, consent.Grant, "analytics.usage", "1.0") },
		func() { s.must(t, who, consent.Refuse, "marketing.email", "") },
		func() {},
		func() { s.must(t, who, consent.Grant, "marketing.email", "1.0") },
		func() {}, // the notice changes in this hour
		func() { s.must(t, who, consent.Withdraw, "marketing.email", "") },
		func() { s.must(t, who, consent.Grant, "analytics.usage", "2.0") },
		func() {},
	} {
		step()
		seen = append(seen, s.look(t, who, codes...))
		s.now = s.now.Add(time.Hour - time.Millisecond)
		seen = append(seen, s.look(t, who, codes...))
		s.now = s.now.Add(time.Millisecond)
	}
	if last := seen[len(seen)-1]; last.states["analytics.usage"] != consent.Renewed || seen[12].states["analytics.usage"] != consent.Invalidated {
		t.Fatalf("the story is not what it should be: %+v", seen)
	}
	s.remembered(t, who, seen)
}

func TestWhatGuardiansSaidIsRememberedToo(t *testing.T) {
	s := open(t)
	who := child()
	mum, dad := s.parentOf(who), s.parentOf(who)
	codes := []string{"account.minor", "account.contact"}
	seen := []snapshot{s.look(t, who, codes...)}
	for _, step := range []func(){
		func() { mum.says(t, consent.Grant, "account.contact") },
		func() { dad.says(t, consent.Refuse) },
		func() { dad.says(t, consent.Grant) },
		func() { s.must(t, who, consent.Withdraw, "account.contact", "") },
		func() { mum.says(t, consent.Withdraw) },
	} {
		s.now = s.now.Add(24 * time.Hour)
		step()
		seen = append(seen, s.look(t, who, codes...))
	}
	s.remembered(t, who, seen)
}

func TestOfAChainThatDoesNotHoldNothingIsSaid(t *testing.T) {
	s := open(t)
	who := person()
	s.must(t, who, consent.Grant, "analytics.usage", "1.0")
	if whole, err := s.Whole(t.Context(), who.Book); !whole || err != nil {
		t.Errorf("%v %v", whole, err)
	}
	d, err := s.engine.Get(t.Context(), "books", who.Book)
	if err != nil {
		t.Fatal(err)
	}
	for i := range d.Body {
		if i+6 < len(d.Body) && string(d.Body[i:i+6]) == `"given` {
			d.Body[i+1]++
			break
		}
	}
	if err := s.engine.Replace(t.Context(), "books", d); err != nil {
		t.Fatal(err)
	}
	var broken *ledger.Break
	if _, _, err := s.At(t.Context(), who, "analytics.usage", "", s.now); !errors.As(err, &broken) {
		t.Errorf("%v", err)
	}
	if whole, err := s.Whole(t.Context(), who.Book); whole || err != nil {
		t.Errorf("%v %v", whole, err)
	}
	if _, _, err := s.At(t.Context(), who, "invented", "", s.now); !errors.Is(err, consent.ErrPurpose) {
		t.Error(err)
	}
	if whole, err := s.Whole(t.Context(), person().Book); !whole || err != nil {
		t.Errorf("an empty book: %v %v", whole, err)
	}
}
