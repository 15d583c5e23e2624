package profile_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"zhiqing/internal/profile"
	"zhiqing/internal/store"
	"zhiqing/internal/subject"
)

func TestOfManyWritersNoneIsLost(t *testing.T) {
	s := open(t)
	s.consents.set(true, every...)
	id := s.person(t, "a", subject.Adult)
	start := s.read(t, id).Rev
	const writers = 100
	names := []string{"nickname", "gender", "email", "postal_address", "reminder_date"}
	sent := []string{`"n%d"`, `"other"`, `"a%d@example.com"`, `"address %d"`, `"20%02d-01-01"`}
	var wg sync.WaitGroup
	var mu sync.Mutex
	revs := map[int64]bool{}
	for i := range writers {
		wg.Go(func() {
			n := i % len(names)
			value := sent[n]
			if strings.Contains(value, "%") {
				value = fmt.Sprintf(value, i)
			}
			p, err := s.Write(t.Context(), id, nil, patch(names[n], value, "contact_preferences", `{"sms":true}`))
			if err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			if revs[p.Rev] {
				t.Errorf("two writers both made revision %d", p.Rev)
			}
			revs[p.Rev] = true
		})
	}
	wg.Wait()
	if p := s.read(t, id); p.Rev != start+writers || len(p.Fields) != len(names)+1 {
		t.Errorf("revision %d after %d writes from %d: %s", p.Rev, writers, start, shown(p))
	}
}

func TestOfManyWritersOfOneRevisionOneWins(t *testing.T) {
	s := open(t)
	id := s.person(t, "a", subject.Adult)
	seen := s.must(t, id, "nickname", `"start"`).Rev
	var wg sync.WaitGroup
	won := make(chan string, 100)
	for i := range cap(won) {
		wg.Go(func() {
			name := fmt.Sprint("n", i)
			_, err := s.Write(t.Context(), id, func(rev int64) bool { return rev == seen }, patch("nickname", quote(name)))
			switch {
			case err == nil:
				won <- name
			case !errors.Is(err, profile.ErrStale):
				t.Error(err)
			}
		})
	}
	wg.Wait()
	close(won)
	if len(won) != 1 {
		t.Fatalf("%d writers won", len(won))
	}
	if p := s.read(t, id); p.Rev != seen+1 || shown(p) != "nickname="+<-won {
		t.Errorf("revision %d: %s", p.Rev, shown(p))
	}
}

// TestAWithdrawalAmongWritersLeavesNothing ends a consent while fields under it are written, over and over.
func TestAWithdrawalAmongWritersLeavesNothing(t *testing.T) {
	s := open(t)
	id := s.person(t, "a", subject.Adult)
	for round := range 20 {
		s.consents.set(true, "account.contact")
		var wg sync.WaitGroup
		for i := range 8 {
			wg.Go(func() {
				if _, err := s.write(t, id, "email", fmt.Sprintf(`"a%d@example.com"`, i)); err != nil && !errors.Is(err, profile.ErrConsent) {
					t.Error(err)
				}
			})
		}
		wg.Go(func() {
			s.consents.set(false, "account.contact")
			if err := s.Reconcile(t.Context(), id); err != nil {
				t.Error(err)
			}
		})
		wg.Wait()
		if got := s.stored(t, id); got != "" {
			t.Fatalf("round %d: %s is left", round, got)
		}
	}
}

// life writes, replaces and loses fields, insisting as a client does that hears nothing.
func (s *stage) life(t *testing.T, id string) {
	t.Helper()
	s.consents.set(true, "account.contact", "account.phone")
	insist := func(what string, act func() error) {
		for range 4 {
			err := act()
			if err == nil {
				return
			}
			if !errors.Is(err, store.ErrUnavailable) {
				t.Fatalf("%s: %v", what, err)
			}
		}
		t.Fatalf("%s does not converge", what)
	}
	insist("write", func() error {
		_, err := s.write(t, id, "nickname", `"小明"`, "email", `"a@example.com"`)
		return err
	})
	insist("phone", func() error { _, err := s.SetPhone(t.Context(), id, "code", nil); return err })
	insist("replace", func() error {
		_, err := s.write(t, id, "nickname", `"小红"`, "contact_preferences", `{"sms":false}`)
		return err
	})
	s.consents.set(false, "account.contact", "account.phone")
	insist("erase", func() error { return s.Reconcile(t.Context(), id) })
}

func TestAStoreThatFailsAtAnyWriteChangesNothingInTheEnd(t *testing.T) {
	const want = "contact_preferences=map[sms:false] nickname=小红"
	for n := 1; n <= 6; n++ {
		for name, fail := range map[string]func(*stage){
			"before": func(s *stage) { s.engine.FailBefore(n) },
			"after":  func(s *stage) { s.engine.FailAfter(n) },
		} {
			s := open(t)
			id := s.person(t, "a", subject.Adult)
			fail(s)
			s.life(t, id)
			if got := shown(s.read(t, id)); got != want || s.stored(t, id) != "contact_preferences nickname" {
				t.Errorf("write %d fails %s: %s, stored %s", n, name, got, s.stored(t, id))
			}
			if n <= 4 && s.engine.Failures() != 1 {
				t.Errorf("write %d never came", n)
			}
		}
	}
}

func BenchmarkRead(b *testing.B) {
	s, id := full(b)
	for b.Loop() {
		if _, err := s.Read(b.Context(), id); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkFind is what BenchmarkRead is measured against: the same document, nothing opened.
func BenchmarkFind(b *testing.B) {
	s, id := full(b)
	for b.Loop() {
		if _, err := s.subjects.Find(b.Context(), id); err != nil {
			b.Fatal(err)
		}
	}
}

// full is a person with every field.
func full(b *testing.B) (*stage, string) {
	b.Helper()
	s := open(b)
	s.consents.set(true, every...)
	id := s.person(b, "a", subject.Adult)
	for name, v := range secrets {
		s.must(b, id, name, quote(v))
	}
	s.must(b, id, "contact_preferences", `{"sms":true}`)
	if _, err := s.SetPhone(b.Context(), id, "code", nil); err != nil {
		b.Fatal(err)
	}
	return s, id
}
