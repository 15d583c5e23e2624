package store_test

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"zhiqing/internal/fault"
	"zhiqing/internal/store"
	"zhiqing/internal/store/flaky"
	"zhiqing/internal/store/sqlite"
)

type counter struct {
	N  int       `bson:"n"`
	At time.Time `bson:"at"`
}

var byN = store.Index[counter]{Name: "by_n", Keys: func(c *counter) []string { return []string{store.Key(c.N)} }}

func counters(t *testing.T, indexes ...store.Index[counter]) (*store.Collection[counter], *flaky.Engine) {
	t.Helper()
	engine, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "c.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = engine.Close() })
	e := flaky.Wrap(engine)
	c, err := store.Open(t.Context(), e, "counters", indexes...)
	if err != nil {
		t.Fatal(err)
	}
	return c, e
}

func add(v *counter) error { v.N++; return nil }

func TestUpdateChangesWhatIsStoredAndItsIndexKeys(t *testing.T) {
	ctx := t.Context()
	c, _ := counters(t, byN)
	at := time.Date(2026, 1, 2, 3, 4, 5, 6e6, time.UTC)
	if err := c.Insert(ctx, "a", counter{N: 1, At: at}); err != nil {
		t.Fatal(err)
	}
	got, err := c.Update(ctx, "a", add)
	if err != nil || got.N != 2 || got.At != at {
		t.Fatalf("%+v, %v", got, err)
	}
	r := store.Exact(2)
	r.Limit = 10
	found, next, err := c.Find(ctx, "by_n", r)
	if err != nil || next != "" || len(found) != 1 || found[0].ID != "a" || found[0].Value != got {
		t.Fatalf("%+v, %q, %v", found, next, err)
	}
}

func TestUpdateThatEndsEarlyWritesNothing(t *testing.T) {
	ctx := t.Context()
	c, e := counters(t)
	if err := c.Insert(ctx, "a", counter{N: 1}); err != nil {
		t.Fatal(err)
	}
	writes, mine := e.Writes(), errors.New("mine")
	if v, err := c.Update(ctx, "a", func(*counter) error { return store.ErrUnchanged }); err != nil || v.N != 1 {
		t.Errorf("unchanged: %+v, %v", v, err)
	}
	for _, want := range []error{mine, store.ErrConflict, store.ErrExists} { // a change's own answer is not taken for a lost race
		if _, err := c.Update(ctx, "a", func(*counter) error { return want }); !errors.Is(err, want) {
			t.Errorf("%v", err)
		}
	}
	if _, err := c.Update(ctx, "missing", add); !errors.Is(err, store.ErrMissing) {
		t.Errorf("missing: %v", err)
	}
	if e.Writes() != writes {
		t.Errorf("%d writes", e.Writes()-writes)
	}
}

// racing answers to every write as if another process had been faster, and ends the context after a few.
type racing struct {
	store.Engine
	lost *int
	end  context.CancelFunc
}

func (r racing) lose(err error) error {
	if *r.lost++; *r.lost == 3 {
		r.end()
	}
	return err
}

func (r racing) Replace(context.Context, string, store.Document) error {
	return r.lose(store.ErrConflict)
}
func (r racing) Insert(context.Context, string, store.Document) error { return r.lose(store.ErrExists) }
func (r racing) Delete(context.Context, string, string, int64) error {
	return r.lose(store.ErrConflict)
}

func TestRaceThatIsAlwaysLostIsRunAgainUntilTheContextEnds(t *testing.T) {
	type collection = *store.Collection[counter]
	c, e := counters(t)
	if err := c.Insert(t.Context(), "a", counter{}); err != nil {
		t.Fatal(err)
	}
	for name, write := range map[string]func(context.Context, collection) error{
		"update": func(ctx context.Context, c collection) error { _, err := c.Update(ctx, "a", add); return err },
		"upsert": func(ctx context.Context, c collection) error {
			_, err := c.Upsert(ctx, "b", func(v *counter, _ bool) error { return add(v) })
			return err
		},
		"delete": func(ctx context.Context, c collection) error { _, err := c.Delete(ctx, "a", nil); return err },
	} {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		lost := 0
		c, err := store.Open[counter](ctx, racing{e, &lost, cancel}, "counters")
		if err != nil {
			t.Fatal(err)
		}
		if err := write(ctx, c); !errors.Is(err, store.ErrConflict) && !errors.Is(err, store.ErrUnavailable) || !errors.Is(err, context.Canceled) || lost != 3 {
			t.Errorf("%s: %v after %d races", name, err, lost)
		}
	}
}

func TestWaitingForOnesTurnEndsWithTheContext(t *testing.T) {
	c, _ := counters(t)
	if err := c.Insert(t.Context(), "a", counter{}); err != nil {
		t.Fatal(err)
	}
	inside, leave, done := make(chan struct{}), make(chan struct{}), make(chan error)
	go func() {
		_, err := c.Update(context.Background(), "a", func(*counter) error { close(inside); <-leave; return nil })
		done <- err
	}()
	<-inside
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Update(ctx, "a", add); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("%v", err)
	}
	close(leave)
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestLostAnswerIsUnavailableAndARetryConverges(t *testing.T) {
	ctx := t.Context()
	c, e := counters(t)
	if err := c.Insert(ctx, "a", counter{}); err != nil {
		t.Fatal(err)
	}
	toOne := func(v *counter) error {
		if v.N == 1 {
			return store.ErrUnchanged
		}
		return add(v)
	}
	e.FailAfter(1)
	if _, err := c.Update(ctx, "a", toOne); !errors.Is(err, store.ErrUnavailable) {
		t.Fatalf("%v", err)
	}
	if v, err := c.Update(ctx, "a", toOne); err != nil || v.N != 1 {
		t.Fatalf("%+v, %v", v, err)
	}
}

func TestDeleteAsksAgainAndSaysWhatItDid(t *testing.T) {
	ctx := t.Context()
	c, _ := counters(t)
	if err := c.Insert(ctx, "a", counter{N: 1}); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		id   string
		when func(*counter) bool
		want bool
	}{
		{"a", func(v *counter) bool { return v.N == 2 }, false}, {"a", func(v *counter) bool { return v.N == 1 }, true},
		{"a", nil, false}, {"never", nil, false},
	} {
		if removed, err := c.Delete(ctx, step.id, step.when); err != nil || removed != step.want {
			t.Errorf("%s: %v, %v", step.id, removed, err)
		}
	}
}

func TestSeveralKeysWithoutManyAreADefectNotALoss(t *testing.T) {
	two := func(*counter) []string { return []string{"x", "y"} }
	c, _ := counters(t, store.Index[counter]{Name: "one", Keys: two})
	if err := c.Insert(t.Context(), "a", counter{}); err == nil || fault.KindOf(err) != fault.Internal {
		t.Errorf("%v", err)
	}
	many, _ := counters(t, store.Index[counter]{Name: "many", Keys: two, Many: true})
	if err := many.Insert(t.Context(), "a", counter{}); err != nil {
		t.Errorf("%v", err)
	}
}
