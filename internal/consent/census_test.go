package consent_test

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"testing"
	"time"

	"zhiqing/internal/consent"
	"zhiqing/internal/store"
)

// tallied is what somebody knows who counts by Observe and, at each midnight, by Count.
type tallied struct {
	said map[string]int // day, purpose, state
	live map[string]int // by purpose
}

func dayIn(at time.Time) string {
	return at.In(time.FixedZone("CST", 8*60*60)).Format(time.DateOnly)
}

func key(at time.Time, s consent.Said) string {
	return fmt.Sprint(dayIn(at), " ", s.Purpose, " ", s.State)
}

// Whoever counts the changes of a day, upon what was counted at the midnight before, knows what is in force: through renewals,
// withdrawals, consents that run out and notices that change; and the count may come hours after that midnight. What was said
// is counted the same by both ways.
func TestCountingChangesUponTheNightsCountIsTheTruth(t *testing.T) {
	night := time.Date(2026, 11, 23, 16, 0, 0, 0, time.UTC) // 00:00 in China
	line := []later{
		{"privacy", "2.0", night.AddDate(0, 2, 0), true, []string{"analytics.usage"}},
		{"marketing", "2.0", night.AddDate(0, 15, 0), true, []string{"promotion.participation"}},
	}
	s := open(t, line...)
	var seen tallied
	said := map[string]int{}
	s.watch = func(c consent.Change) {
		for _, x := range c.Said {
			said[key(c.At, x)]++
		}
		for _, p := range c.Began {
			seen.live[p]++
		}
		for _, p := range c.Ceased {
			seen.live[p]--
		}
	}
	s.restart(t)
	people := make([]consent.Actor, 8)
	for i := range people {
		people[i] = person()
	}
	r, last := rand.New(rand.NewPCG(3, 5)), night
	for day := range 45 {
		seen = tallied{live: map[string]int{}}
		for hour := range 24 {
			s.now = night.Add(time.Duration(hour)*time.Hour + time.Minute)
			s.chance(t, r, people, line)
			if hour == 3 {
				counted, saw := s.count(t, last, night), maps.Clone(said)
				maps.DeleteFunc(saw, func(k string, _ int) bool { return k[:10] < dayIn(last) || k[:10] >= dayIn(night) })
				if !maps.Equal(counted.said, saw) {
					t.Fatalf("day %d: counted %v, saw %v", day, counted.said, saw)
				}
				for p, n := range counted.live {
					seen.live[p] += n
				}
			}
		}
		if _, err := s.SweepExpired(t.Context()); err != nil {
			t.Fatal(err)
		}
		if truth := s.truth(t, people); !maps.Equal(positive(seen.live), truth) {
			t.Fatalf("day %d: counted %v, in force %v", day, seen.live, truth)
		}
		last, night = night, night.AddDate(0, 0, 1+r.IntN(20))
	}
}

// A consent that runs out during the day was in force at midnight, so the day's changes take it away.
func TestWhatRunsOutDuringTheDayIsTakenAway(t *testing.T) {
	s := open(t)
	live := map[string]int{}
	s.watch = func(c consent.Change) {
		for _, p := range c.Ceased {
			live[p]--
		}
	}
	s.restart(t)
	if err := s.decide(t, person(), consent.Grant, "promotion.participation", "1.0"); err != nil {
		t.Fatal(err)
	}
	ends := aYear.AddTo(s.now)
	s.now = ends.Add(-time.Minute)
	live = s.count(t, s.now, s.now).live
	s.now = ends.Add(time.Minute)
	if n, err := s.SweepExpired(t.Context()); err != nil || n != 1 {
		t.Fatalf("%d %v", n, err)
	}
	if live["promotion.participation"] != 0 {
		t.Errorf("%v", live)
	}
}

// chance lets somebody decide something, and the sweep come by.
func (s *stage) chance(t *testing.T, r *rand.Rand, people []consent.Actor, line []later) {
	t.Helper()
	p := purposes[r.IntN(len(purposes))]
	verb := []consent.Verb{consent.Grant, consent.Grant, consent.Refuse, consent.Withdraw}[r.IntN(4)]
	err := s.decide(t, people[r.IntN(len(people))], verb, p, inForce(livesWith[p], line, s.now))
	if err != nil && !errors.Is(err, consent.ErrNothing) {
		t.Fatal(err)
	}
	if r.IntN(5) == 0 {
		if _, err := s.SweepExpired(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

func (s *stage) count(t *testing.T, from, to time.Time) tallied {
	t.Helper()
	c := tallied{map[string]int{}, map[string]int{}}
	err := s.Count(t.Context(), from, to, consent.Counter{
		Said: func(at time.Time, x consent.Said) { c.said[key(at, x)]++ },
		Live: func(p string) { c.live[p]++ },
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// truth asks for everybody what they have agreed to.
func (s *stage) truth(t *testing.T, people []consent.Actor) map[string]int {
	t.Helper()
	live := map[string]int{}
	for _, who := range people {
		allowed, err := s.Live(t.Context(), who)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range purposes {
			if allowed(p) {
				live[p]++
			}
		}
	}
	return live
}

func positive(m map[string]int) map[string]int {
	m = maps.Clone(m)
	maps.DeleteFunc(m, func(_ string, n int) bool { return n == 0 })
	return m
}

// A guest is nobody: what guests decide is told as a guest's, and what is counted at night leaves them out.
func TestGuestsAreNotCountedAmongPeople(t *testing.T) {
	s := open(t)
	var seen []consent.Change
	s.watch = func(c consent.Change) { seen = append(seen, c) }
	s.restart(t)
	if err := s.decide(t, guest("ses_1"), consent.Refuse, "analytics.usage", "1.0"); err != nil {
		t.Fatal(err)
	}
	if len(seen) != 1 || !seen[0].Guest || len(seen[0].Said) != 1 || len(seen[0].Began) > 0 {
		t.Errorf("%+v", seen)
	}
	if c := s.count(t, s.now.Add(-time.Hour), s.now.Add(time.Hour)); len(c.said) > 0 || len(c.live) > 0 {
		t.Errorf("%+v", c)
	}
}

// A count goes on past a book whose chain is broken, or that does not decode; Verify names both.
func TestABrokenBookDoesNotStopTheCount(t *testing.T) {
	s := open(t)
	for range 3 {
		if err := s.decide(t, person(), consent.Grant, "analytics.usage", "1.0"); err != nil {
			t.Fatal(err)
		}
	}
	page, err := s.engine.Find(t.Context(), "books", store.ByID, store.Range{Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	d := page.Docs[0]
	d.Body[bytes.Index(d.Body, []byte(`"state":"given"`))+len(`"state":"`)] ^= 1
	if err := s.engine.Replace(t.Context(), "books", d); err != nil {
		t.Fatal(err)
	}
	if c := s.count(t, s.now.Add(-time.Hour), s.now.Add(time.Hour)); c.live["analytics.usage"] != 2 {
		t.Errorf("%+v", c)
	}
}
