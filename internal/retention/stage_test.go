package retention_test

import (
	"context"
	"crypto/rand"
	"errors"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"zhiqing/internal/ident"
	"zhiqing/internal/retention"
	"zhiqing/internal/store"
	"zhiqing/internal/store/flaky"
	"zhiqing/internal/store/sqlite"
)

// stage is a desk on a real store, with a clock, live purposes and an eraser that the test commands.
type stage struct {
	*retention.Desk
	t      *testing.T
	engine *flaky.Engine
	now    time.Time
	live   []string
	erased map[string]int // category/subject/reference → how often
	broken error
}

func newStage(t *testing.T) *stage {
	t.Helper()
	e, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "r.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	s := &stage{t: t, engine: flaky.Wrap(e), now: at(t, "2026-11-23T08:00:00Z"), erased: map[string]int{}}
	s.restart()
	return s
}

func (s *stage) restart() {
	s.t.Helper()
	d, err := retention.Open(s.t.Context(), retention.Options{
		Engine: s.engine, Policy: builtIn(s.t), Eraser: s, Now: func() time.Time { return s.now }, IDs: ident.Source{Reader: rand.Reader},
		Live: func(context.Context, string) ([]string, error) { return slices.Clone(s.live), nil },
	})
	if err != nil {
		s.t.Fatal(err)
	}
	s.Desk = d
}

// Expired implements retention.Eraser.
func (s *stage) Expired(_ context.Context, category, subject, reference string) error {
	if s.broken != nil {
		return s.broken
	}
	s.erased[category+"/"+subject+"/"+reference]++
	return nil
}

// ordered reports a completed order.
func (s *stage) ordered(subject, reference string, at time.Time) {
	s.t.Helper()
	s.reported("order", subject, reference, "completed", at)
}

func (s *stage) reported(category, subject, reference, event string, at time.Time) {
	s.t.Helper()
	err := s.Report(s.t.Context(), retention.Event{Subject: subject, Category: category, Reference: reference, Event: event, At: at})
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *stage) sweep(o retention.SweepOptions) retention.Report {
	s.t.Helper()
	r, err := s.Sweep(s.t.Context(), o)
	if err != nil {
		s.t.Fatal(err)
	}
	return r
}

// heal sweeps until it comes to an end without a failure, as a server does after failures, some hours later.
func (s *stage) heal() {
	s.t.Helper()
	for range 3 {
		_, err := s.Sweep(s.t.Context(), retention.SweepOptions{})
		if err == nil {
			return
		}
		s.now = s.now.Add(24 * time.Hour)
	}
	s.t.Error("it does not heal")
}

// tally is what is stored of a count, too small to be told or not.
func (s *stage) tally(id string) int {
	s.t.Helper()
	type count struct {
		N int `bson:"n"`
	}
	c, err := store.Open[count](s.t.Context(), s.engine, "anonymised")
	if err != nil {
		s.t.Fatal(err)
	}
	v, err := c.Get(s.t.Context(), id)
	if err != nil {
		s.t.Fatal(err)
	}
	return v.N
}

var errBroken = errors.New("broken")
