package rights_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"zhiqing/internal/rights"
	"zhiqing/internal/store"
	"zhiqing/internal/subject"
)

// insist lodges as a client does that hears nothing, then lets new processes work until the request is over and nothing is
// due.
func (s *stage) insist(l rights.Lodged) rights.Request {
	s.t.Helper()
	r, err := s.Lodge(s.t.Context(), l)
	for range 3 {
		if err == nil {
			break
		}
		if !errors.Is(err, store.ErrUnavailable) {
			s.t.Fatal(err)
		}
		s.restart()
		r, err = s.Lodge(s.t.Context(), l)
	}
	for range 10 {
		if r = s.seen(r); r.State.Over() && (r.Next.IsZero() || r.Package != nil && r.Next.Equal(r.Package.ExpiresAt)) {
			return r
		}
		s.restart()
		if _, err := s.Work(s.t.Context()); err != nil && !errors.Is(err, store.ErrUnavailable) {
			s.t.Fatal(err)
		}
		s.later(61 * time.Second)
	}
	s.t.Fatalf("%s does not end: %s %v %v", r.Type, r.State, happened(r), s.world.failures)
	return r
}

// told is what a life ends in, without what names the person or the moment.
func (s *stage) told(r rights.Request) string {
	s.t.Helper()
	p := r.Subject
	who, err := s.subjects.Find(s.t.Context(), p)
	if err != nil {
		s.t.Fatal(err)
	}
	list, _, err := s.List(s.t.Context(), p, "", 100)
	if err != nil {
		s.t.Fatal(err)
	}
	line := slices.DeleteFunc(happened(r), func(what string) bool { return what == "retry" })
	text := fmt.Sprintln(r.State, line, len(list), who.State, len(who.Key) > 0, r.Proof == "proof of "+p, r.Failures, r.Claimed.IsZero())
	if r.Outcome != nil {
		for _, k := range r.Outcome.Kept {
			text += fmt.Sprintln("kept", k.What, k.Reason)
		}
	}
	w := s.world
	text += fmt.Sprintln("closed twice", w.closed[p] > 1, "taken", w.first.taken[p], w.second.taken[p], "left", w.first.things[p], w.second.things[p])
	text += fmt.Sprintln("fields", w.erased[p], "drawn", w.drawn[p+"/"+r.Number], "open", r.Type == rights.Copy && r.Package != nil)
	if r.Type == rights.Copy {
		data, err := s.fetch(r, r.Session)
		text += fmt.Sprintln("fetched", string(data) == "zip of "+p, err)
	}
	return text
}

// TestEveryWriteMayFailAndTheEndIsTheSame lets each write of a request's life fail, before it has an effect and after. The
// end is that of a life that nobody disturbed: no effect twice, none missing, and done is never written early.
func TestEveryWriteMayFailAndTheEndIsTheSame(t *testing.T) {
	for _, kind := range []rights.Type{rights.Copy, rights.Delete, rights.CancelAccount, rights.WithdrawAll, rights.Access, rights.Restrict} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			s := open(t)
			s.options.Engine = s.engine
			early := 0
			s.engine.Engine = &watching{s.base, func(collection string, d store.Document) { early += s.tooEarly(collection, d) }}
			s.reopen()
			life := func(name string) (rights.Request, int) {
				p := s.person(name)
				start := s.engine.Writes()
				return s.insist(asks(p, kind, scopeOf(kind)...)), s.engine.Writes() - start
			}
			calm, writes := life("calm")
			want := s.told(calm)
			if writes < 5 || calm.State != rights.Fulfilled {
				t.Fatalf("%d writes, %s", writes, calm.State)
			}
			for n := 1; n <= writes; n++ {
				for _, way := range []string{"before", "after"} {
					name := fmt.Sprint(way, " write ", n)
					p := s.person(name)
					fail := s.engine.FailBefore
					if way == "after" {
						fail = s.engine.FailAfter
					}
					failed := s.engine.Failures()
					fail(n)
					r := s.insist(asks(p, kind, scopeOf(kind)...))
					if s.engine.Failures() != failed+1 {
						t.Fatalf("%s: nothing failed", name)
					}
					if got := s.told(r); got != want {
						t.Errorf("%s:\n%swant\n%s", name, got, want)
					}
				}
			}
			if early > 0 {
				t.Errorf("%d times done was written too early", early)
			}
		})
	}
}

func scopeOf(kind rights.Type) []string {
	if kind == rights.Delete {
		return []string{"nickname"}
	}
	return nil
}

// tooEarly counts a document that says fulfilled while something is still to be done.
func (s *stage) tooEarly(collection string, d store.Document) int {
	var r rights.Request
	if collection != "requests" || bson.Unmarshal(d.Body, &r) != nil || r.State != rights.Fulfilled {
		return 0
	}
	ok := len(r.Steps) > 0
	for _, step := range r.Steps {
		ok = ok && !step.Done.IsZero()
	}
	w := s.world
	switch r.Type {
	case rights.CancelAccount:
		who, err := s.subjects.Find(s.t.Context(), r.Subject)
		ok = ok && err == nil && who.State == subject.Erased && r.Proof != ""
		ok = ok && look(w, func() bool { return w.first.things[r.Subject]+w.second.things[r.Subject] == 0 })
	case rights.Delete:
		ok = ok && look(w, func() bool { return w.erased[r.Subject] != nil })
	case rights.WithdrawAll:
		ok = ok && look(w, func() bool { return w.drawn[r.Subject+"/"+r.Number] == 1 })
	case rights.Restrict:
		ok = ok && look(w, func() bool { return w.paused[r.Number] })
	}
	if ok {
		return 0
	}
	return 1
}
