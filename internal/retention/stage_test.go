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

// stage is a desk on a real store, with a clock, lives and an eraser that the test commands.
type stage struct {
	*retention.Desk
	t       *testing.T
	engine  *flaky.Engine
	now     time.Time
	live    []string       // what is consented to
	closed  time.Time      // when the account has ended
	erased  map[string]int // category/subject/reference → how often
	broken  error
	guarded map[string]bool // by hold: whether the account knows of it
}

func newStage(t *testing.T) *stage {
	t.Helper()
	e, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "r.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	s := &stage{t: t, engine: flaky.Wrap(e), now: at(t, "2026-11-23T08:00:00Z"), erased: map[string]int{}, guarded: map[string]bool{}}
	s.restart()
	return s
}

func (s *stage) restart() {
	s.t.Helper()
	d, err := retention.Open(s.t.Context(), retention.Options{
		Engine: s.engine, Policy: builtIn(s.t), Eraser: s, Now: func() time.Time { return s.now }, IDs: ident.Source{Reader: rand.Reader},
		Life: func(_ context.Context, subject string) (retention.Life, error) {
			consented := func(code string) bool { return slices.Contains(s.live, code) }
			return retention.Life{Known: subject != "sub_nobody", Consented: consented, Closed: s.closed}, nil
		},
		Guard: func(_ context.Context, h retention.Hold) error {
			if s.guarded[h.ID] = h.Closed.IsZero(); s.broken != nil {
				return s.broken
			}
			return nil
		},
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
