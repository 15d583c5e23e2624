package guardian_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"zhiqing/internal/consent"
	"zhiqing/internal/guardian"
	"zhiqing/internal/store"
	"zhiqing/internal/store/flaky"
	"zhiqing/internal/subject"
)

// scene is one act in the life of an account: what comes before it, and the act, which may be repeated.
type scene struct {
	name   string
	before func(s *stage) (act func(on *stage) error)
}

// keyed is a yes as the program sends it: a repetition has the same Idempotency-Key.
func keyed() guardian.Decision {
	d := yes()
	d.Key = "tap-1"
	return d
}

func scenes() []scene {
	return append(closings(), []scene{
		{"declare", func(s *stage) func(*stage) error {
			kid := s.person("kid")
			return func(s *stage) error { _, err := s.Declare(s.t.Context(), kid, s.born(12), ""); return err }
		}},
		{"declare adult", func(s *stage) func(*stage) error {
			kid := s.person("kid")
			return func(s *stage) error { _, err := s.Declare(s.t.Context(), kid, s.born(30), "tap-1"); return err }
		}},
		{"invite", func(s *stage) func(*stage) error {
			kid := s.aged("kid", 12)
			return func(s *stage) error { _, err := s.Invite(s.t.Context(), kid); return err }
		}},
		{"claim", func(s *stage) func(*stage) error {
			kid, mum := s.aged("kid", 12), s.aged("mum", 40)
			i := s.invited(kid)
			return func(s *stage) error { _, err := s.Claim(s.t.Context(), mum, i.Token, i.PairingCode); return err }
		}},
		{"wrong code", func(s *stage) func(*stage) error {
			kid, mum := s.aged("kid", 12), s.aged("mum", 40)
			i := s.invited(kid)
			for range s.rules.PairingTries - 1 {
				_, _ = s.Claim(s.t.Context(), mum, i.Token, "")
			}
			return func(s *stage) error {
				if _, err := s.Claim(s.t.Context(), mum, i.Token, ""); !errors.Is(err, guardian.ErrInvitation) {
					return err
				}
				return nil
			}
		}},
		{"verify", func(s *stage) func(*stage) error {
			kid, mum := s.aged("kid", 12), s.aged("mum", 40)
			link := s.claimed(kid, mum)
			return func(s *stage) error { return s.verify(mum, link, "13800000001") }
		}},
		{"grant", func(s *stage) func(*stage) error {
			kid, mum := s.aged("kid", 12), s.aged("mum", 40)
			link := s.reviewing(kid, mum, "13800000001")
			return func(s *stage) error { _, err := s.Decide(s.t.Context(), mum, link, keyed()); return err }
		}},
		{"refuse", func(s *stage) func(*stage) error {
			kid, mum := s.aged("kid", 12), s.aged("mum", 40)
			link := s.claimed(kid, mum)
			return func(s *stage) error { _, err := s.Decide(s.t.Context(), mum, link, no()); return err }
		}},
		{"withdraw", func(s *stage) func(*stage) error {
			f := s.family(12)
			return func(s *stage) error { _, err := s.Withdraw(s.t.Context(), f.mum, f.link, "zh-CN", "tap"); return err }
		}},
		{"object", func(s *stage) func(*stage) error {
			f := s.family(12)
			dad, link := s.father(f)
			return func(s *stage) error { _, err := s.Decide(s.t.Context(), dad, link, no()); return err }
		}},
		{"resolve for", func(s *stage) func(*stage) error { return s.dispute(true) }},
		{"resolve against", func(s *stage) func(*stage) error { return s.dispute(false) }},
		{"end use", func(s *stage) func(*stage) error {
			f := s.family(12)
			return func(s *stage) error { return s.EndUse(s.t.Context(), f.kid) }
		}},
		{"time out", func(s *stage) func(*stage) error {
			kid := s.aged("kid", 12)
			s.later(s.rules.Pending)
			return func(s *stage) error { _, err := s.Settle(s.t.Context(), kid); return err }
		}},
		{"turn 14", func(s *stage) func(*stage) error {
			f := s.turning(13)
			return func(s *stage) error { _, err := s.Settle(s.t.Context(), f.kid); return err }
		}},
		{"turn 18", func(s *stage) func(*stage) error {
			f := s.turning(17)
			return func(s *stage) error { _, err := s.Settle(s.t.Context(), f.kid); return err }
		}},
		{"released", func(s *stage) func(*stage) error {
			f := s.turning(17)
			s.settled(f.kid)
			s.own(f.kid)
			return func(s *stage) error { _, err := s.Settle(s.t.Context(), f.kid); return err }
		}},
		{"abandon", func(s *stage) func(*stage) error {
			f := s.family(12)
			return func(s *stage) error {
				_, err := s.subjects.Change(s.t.Context(), f.mum, func(p *subject.Subject) error {
					if p.State.Over() {
						return store.ErrUnchanged
					}
					return s.subjects.Shred(p, "cancelled", s.clock.now().Add(7*day))
				})
				if err == nil {
					_, err = s.Settle(s.t.Context(), f.mum)
				}
				return err
			}
		}},
		{"a guardian is a minor", func(s *stage) func(*stage) error {
			f := s.family(12)
			return func(s *stage) error { _, err := s.Declare(s.t.Context(), f.mum, s.born(16), ""); return err }
		}},
		{"correct to adult", func(s *stage) func(*stage) error {
			f := s.family(12)
			return func(s *stage) error {
				if err := s.CorrectToAdult(s.t.Context(), f.kid); !errors.Is(err, guardian.ErrNoMinor) {
					return err
				}
				return nil
			}
		}},
	}...)
}

func (s *stage) dispute(inFavour bool) func(*stage) error {
	f := s.family(12)
	dad, link := s.father(f)
	s.decide(dad, link, no())
	return func(s *stage) error {
		if err := s.Resolve(s.t.Context(), f.kid, inFavour); !errors.Is(err, guardian.ErrNotNow) {
			return err
		}
		return nil
	}
}

// everything is what a stage has come to, without ids: two lives that went the same way read the same.
func (s *stage) everything() string {
	s.t.Helper()
	var b strings.Builder
	for _, name := range []string{"kid", "mum", "dad"} {
		s.tell(&b, name)
	}
	r, err := s.consents.Verify(s.t.Context())
	if err != nil || !r.Sound() {
		s.t.Errorf("the chains: %v %v", err, r.Breaks)
	}
	return b.String()
}

// cast remembers who played whom, also after an erasure.
func (s *stage) cast() map[string]string {
	s.t.Helper()
	ids := map[string]string{}
	for _, name := range []string{"kid", "mum", "dad"} {
		if id, err := s.subjects.FindByIdentity(s.t.Context(), identity(name)); err == nil {
			ids[name] = id
		}
	}
	return ids
}

func (s *stage) tell(b *strings.Builder, name string) {
	id, plays := s.players[name]
	if !plays {
		return
	}
	p := s.stored(id)
	_, err := s.subjects.FindByIdentity(s.t.Context(), identity(name))
	fmt.Fprintf(b, "%s: %s, band %q until %v, %d fields, key %t, found %t, sessions ended %t\n",
		name, p.State, p.Band, p.ChangesOn, len(p.Fields), len(p.Key) > 0, err == nil, s.sessions.of(id) > 0)
	if m := p.Minority; m != nil {
		fmt.Fprintf(b, "  %s since %v, due %v, until %v, todo %t\n", m.State, m.Since, m.Due, m.Until, m.Todo != nil)
		for _, l := range m.Links {
			fmt.Fprintf(b, "  link %s %s %s phone %t\n", l.State, l.Relation, l.Verify, l.Phone != "")
		}
		for _, i := range m.Invitations {
			if i.Link != "" || i.EndedAt.IsZero() {
				fmt.Fprintf(b, "  invitation %s, %d tries\n", i.State, i.Tries)
			}
		}
	}
	if e := p.Erasure; e != nil {
		fmt.Fprintf(b, "  erased as %s, %v, %d links, %d guardians, identity %q, proof %t\n", e.Reason, e.Fields, len(e.Links), len(e.Guardians), e.Identity, e.Proof != "")
	} else {
		m, err := s.subjects.Marked(s.t.Context(), p)
		fmt.Fprintf(b, "  marked until %v, regrant %v, %v\n", m.Until, m.Regrant, err)
	}
	for _, e := range s.history(id) {
		fmt.Fprintf(b, "  entry %d %s %s by %s\n", e.Seq, e.Purpose, e.State, e.Capacity)
	}
}

func (s *stage) history(id string) []consent.Entry {
	s.t.Helper()
	entries, _, err := s.consents.History(s.t.Context(), id, 0, 100)
	if err != nil {
		s.t.Fatal(err)
	}
	slices.Reverse(entries)
	return entries
}

// TestAnActThatFailsAnywhereEndsTheSame lets each write of each act fail, before or after its effect, and restarts on the
// same store. Then the person repeats the act; in every other row the sweep comes first.
func TestAnActThatFailsAnywhereEndsTheSame(t *testing.T) {
	for _, c := range scenes() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := open(t)
			act := c.before(s)
			s.players = s.cast()
			first := s.engine.Writes()
			if err := act(s); err != nil {
				t.Fatal(err)
			}
			writes := s.engine.Writes() - first
			s.sweep()
			if err := act(s); err != nil && c.name != "invite" {
				t.Fatalf("again: %v", err)
			}
			want := s.everything()
			if writes == 0 {
				t.Fatal("an act that writes nothing")
			}
			for k := 1; k <= writes; k++ {
				for name, fail := range map[string]func(*flaky.Engine, int){"before": (*flaky.Engine).FailBefore, "after": (*flaky.Engine).FailAfter} {
					t.Run(fmt.Sprintf("write %d %s", k, name), func(t *testing.T) {
						s := open(t)
						act := c.before(s)
						s.players = s.cast()
						fail(s.engine, k)
						err := act(s)
						if s.engine.Failures() != 1 {
							t.Fatalf("%d failures", s.engine.Failures())
						}
						if err == nil && name == "before" {
							t.Error("a lost write was acknowledged")
						}
						s.restart()
						if k%2 == 0 { // the sweep is quicker than the person
							s.sweep()
						}
						if err := act(s); err != nil {
							t.Fatalf("again: %v", err)
						}
						s.sweep()
						if got := s.everything(); got != want {
							t.Errorf("ended as\n%s\nundisturbed\n%s", got, want)
						}
					})
				}
			}
		})
	}
}

// TestTwoServersAtOnceEndTheSame lets two desks on one store do the same act at the same moment.
func TestTwoServersAtOnceEndTheSame(t *testing.T) {
	for _, c := range scenes() {
		if c.name == "wrong code" { // two tries are two tries
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := open(t)
			act := c.before(s)
			s.players = s.cast()
			if err := act(s); err != nil {
				t.Fatal(err)
			}
			want := s.everything()
			s = open(t)
			act = c.before(s)
			s.players = s.cast()
			start := make(chan struct{})
			var wg sync.WaitGroup
			for _, server := range []*stage{s, s.another()} {
				wg.Go(func() {
					<-start
					if err := act(server); err != nil && c.name != "invite" {
						t.Error(err)
					}
				})
			}
			close(start)
			wg.Wait()
			s.sweep()
			if got := s.everything(); got != want {
				t.Errorf("ended as\n%s\nalone\n%s", got, want)
			}
		})
	}
}
