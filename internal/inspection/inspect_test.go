package inspection_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"zhiqing/internal/inspection"
	"zhiqing/internal/store"
	"zhiqing/internal/store/flaky"
	"zhiqing/internal/store/sqlite"
	"zhiqing/internal/subject"
)

// accounts are people in the order of their ids; at is who is there when read anew.
type accounts struct {
	list []*subject.Subject
	at   map[string]subject.Subject
}

func (a *accounts) Each(_ context.Context, visit func(string, *subject.Subject, error) error) error {
	for _, s := range a.list {
		if err := visit(s.ID, s, nil); err != nil {
			return err
		}
	}
	return nil
}

func (a *accounts) Find(_ context.Context, id string) (subject.Subject, error) {
	s, ok := a.at[id]
	if !ok {
		return s, subject.ErrUnknown
	}
	return s, nil
}

type thing struct {
	Kind string `bson:"kind"`
}

// stage is a desk over some accounts and a collection of things.
type stage struct {
	*inspection.Desk
	t       *testing.T
	engine  *flaky.Engine
	people  *accounts
	things  *store.Collection[thing]
	remains []string // who was asked after
}

func open(t *testing.T) *stage {
	t.Helper()
	base, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "i.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = base.Close() })
	s := &stage{t: t, engine: flaky.Wrap(base), people: &accounts{at: map[string]subject.Subject{}}}
	if s.things, err = store.Open[thing](t.Context(), s.engine, "things"); err != nil {
		t.Fatal(err)
	}
	s.Desk, err = inspection.Open(t.Context(), inspection.Options{
		Engine: s.engine, People: s.people, Now: func() time.Time { return time.Date(2026, 11, 23, 3, 0, 0, 0, time.UTC) },
		Schemas: func() []store.Schema { return []store.Schema{{Name: "things", Fields: []string{"kind"}}} },
		Unfounded: func(_ context.Context, s *subject.Subject) (names []string, err error) {
			for _, f := range s.Fields {
				if f.Source == "nobody" {
					names = append(names, f.Name)
				}
			}
			return names, nil
		},
		Remains: func(_ context.Context, id string) ([]string, error) {
			s.remains = append(s.remains, id)
			return nil, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *stage) inspect() inspection.Outcome {
	s.t.Helper()
	o, err := s.Inspect(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	return o
}

// strange stores a thing with a field that it should not have.
func (s *stage) strange(id string) {
	s.t.Helper()
	body, err := bson.Marshal(bson.D{{Key: "kind", Value: "x"}, {Key: "colour", Value: "red"}})
	if err == nil {
		err = s.engine.Insert(s.t.Context(), "things", store.Document{ID: id, Body: body})
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

func named(o inspection.Outcome, q inspection.Question) inspection.Answer {
	i := slices.IndexFunc(o.Answers, func(a inspection.Answer) bool { return a.Question == q })
	return o.Answers[i]
}

// What is taken in turns is all looked at within some nights, however little one night takes, and then from the start.
func TestNightsGoRoundEverything(t *testing.T) {
	s := open(t)
	s.Few(2, 2)
	for i := range 5 {
		s.strange(fmt.Sprint("t", i))
		s.people.list = append(s.people.list, &subject.Subject{ID: fmt.Sprint("sub_", i), State: subject.Erased})
	}
	var things []string
	for range 3 {
		things = append(things, named(s.inspect(), inspection.Declared).Named...)
	}
	want := []string{"things t0: colour", "things t1: colour", "things t2: colour", "things t3: colour", "things t4: colour"}
	if !slices.Equal(things, want) {
		t.Errorf("looked at %v", things)
	}
	if want := []string{"sub_0", "sub_1", "sub_2", "sub_3", "sub_4"}; !slices.Equal(s.remains, want) {
		t.Errorf("looked after %v", s.remains)
	}
	if again := named(s.inspect(), inspection.Declared); !slices.Equal(again.Named, want[:2]) {
		t.Errorf("the fourth night begins at %v", again.Named)
	}
}

// Who is erased while the inspection goes on has lost the consents before the account is read for the second time: no finding.
func TestWhoIsErasedMeanwhileIsNoFinding(t *testing.T) {
	s := open(t)
	early := func(id string) *subject.Subject {
		return &subject.Subject{ID: id, Fields: []subject.Field{{Name: "email", Source: "nobody"}, {Name: "nickname"}}}
	}
	s.people.list = []*subject.Subject{early("sub_a"), early("sub_b"), early("sub_c")}
	s.people.at["sub_a"] = subject.Subject{ID: "sub_a", State: subject.Erased}
	s.people.at["sub_c"] = *early("sub_c")
	a := named(s.inspect(), inspection.ConsentFirst)
	if a.Looked != 6 || a.Found != 1 || !slices.Equal(a.Named, []string{"sub_c: email"}) {
		t.Errorf("%+v", a)
	}
}

// Of many findings all are counted and the first are named.
func TestFindingsAreBounded(t *testing.T) {
	s := open(t)
	for i := range 300 {
		s.strange(fmt.Sprintf("t%03d", i))
	}
	a := named(s.inspect(), inspection.Declared)
	if a.Looked != 300 || a.Found != 300 || len(a.Named) != 20 {
		t.Errorf("%d of %d, %d named", a.Found, a.Looked, len(a.Named))
	}
}

// An inspection that fails leaves the last outcome as it was.
func TestWhatIsInterruptedLeavesTheLastOutcome(t *testing.T) {
	s := open(t)
	if _, ok, err := s.Last(t.Context()); ok || err != nil {
		t.Fatal("an outcome before the first inspection", err)
	}
	before := s.inspect()
	s.strange("t1")
	s.engine.Down(true)
	if _, err := s.Inspect(t.Context()); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("a store that does not answer: %v", err)
	}
	s.engine.Down(false)
	after, ok, err := s.Last(t.Context())
	if err != nil || !ok || after.Found() != 0 || !after.At.Equal(before.At) {
		t.Errorf("%+v %t %v", after, ok, err)
	}
}
