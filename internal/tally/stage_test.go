package tally_test

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"zhiqing/internal/fault"
	"zhiqing/internal/store"
	"zhiqing/internal/store/flaky"
	"zhiqing/internal/store/sqlite"
	"zhiqing/internal/tally"
)

// stage is a store, a clock and a world that is counted.
type stage struct {
	t      *testing.T
	engine *flaky.Engine
	mu     sync.Mutex
	now    time.Time
	world  world
	desks  int
}

// world is the truth: what happened, and what stands.
type world struct {
	happened []happening
	open     map[string]int // type and due date
	minors   map[[2]string]int
}

type happening struct {
	at      time.Time
	metric  tally.Metric
	codes   []string
	purpose string // began or ceased
	moved   int64
}

var noon = time.Date(2026, 11, 23, 4, 0, 0, 0, time.UTC) // 12:00 in China, a Monday

func newStage(t *testing.T) *stage {
	t.Helper()
	e, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "t.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	return &stage{t: t, engine: flaky.Wrap(e), now: noon, world: world{open: map[string]int{}, minors: map[[2]string]int{}}}
}

func (s *stage) clock() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}

func (s *stage) pass(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = s.now.Add(d)
}

// server opens another desk on the same store.
func (s *stage) server() *tally.Desk {
	s.t.Helper()
	s.desks++
	d, err := tally.Open(s.t.Context(), tally.Options{
		Engine: s.engine, Truth: &s.world, Server: fmt.Sprintf("srv_%d", s.desks), Now: s.clock, DueIn: 15,
		Workdays: func(from, to time.Time) int { return int(to.Sub(from) / (24 * time.Hour)) },
		Titles: tally.Titles{
			Purposes: []tally.Label{{Key: "analytics", Text: fault.Text{ZH: "分析", EN: "Analytics"}}, {Key: "marketing", Text: fault.Text{ZH: "营销", EN: "Marketing"}}},
			Requests: []tally.Label{{Key: "copy"}, {Key: "delete"}},
		},
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return d
}

func (s *stage) overview(d *tally.Desk) tally.Overview {
	s.t.Helper()
	o, err := d.Overview(s.t.Context(), s.clock())
	if err != nil {
		s.t.Fatal(err)
	}
	return o
}

// flush writes out, and tries again as the job does.
func (s *stage) flush(d *tally.Desk) {
	s.t.Helper()
	for range 10 {
		if _, err := d.Flush(s.t.Context()); err == nil {
			return
		}
	}
	s.t.Fatal("a flush never succeeded")
}

// recount counts the truth, and tries again as the job does.
func (s *stage) recount(d *tally.Desk) {
	s.t.Helper()
	for range 10 {
		if _, err := d.Recount(s.t.Context()); err == nil {
			return
		}
	}
	s.t.Fatal("the truth was never counted")
}

func (w *world) Count(_ context.Context, from, to time.Time, c *tally.Census) error {
	live := map[string]int64{}
	for _, h := range w.happened {
		if h.at.Before(to) && h.purpose != "" {
			live[h.purpose] += h.moved
		}
		again := h.metric == tally.Decided || h.metric == tally.Minors || h.metric == tally.Lodged || h.metric == tally.Ended
		if again && !h.at.Before(from) && h.at.Before(to) {
			c.Flow(h.metric, h.at, h.codes...)
		}
	}
	for purpose, n := range live {
		for range n {
			c.Live(purpose)
		}
	}
	return nil
}

func (w *world) Look(_ context.Context, c *tally.Census) error {
	for key, n := range w.open {
		var kind string
		var due int64
		if _, err := fmt.Sscanf(key, "%s %d", &kind, &due); err != nil {
			return err
		}
		for range n {
			c.Open(kind, time.Unix(due, 0))
		}
	}
	for key, n := range w.minors {
		for range n {
			c.Minor(key[0], key[1])
		}
	}
	return nil
}

// happens lets something happen and tells a server of it; nil = nobody, as when it crashes at that moment.
func (s *stage) happens(d *tally.Desk, m tally.Metric, codes ...string) {
	s.mu.Lock()
	s.world.happened = append(s.world.happened, happening{at: s.now, metric: m, codes: codes})
	at := s.now
	s.mu.Unlock()
	if d != nil {
		d.Add(m, at, 1, codes...)
	}
}

// moves lets a purpose come into force (1) or end (-1).
func (s *stage) moves(d *tally.Desk, purpose string, by int64) {
	s.mu.Lock()
	s.world.happened = append(s.world.happened, happening{at: s.now, purpose: purpose, moved: by})
	at := s.now
	s.mu.Unlock()
	switch {
	case d == nil:
	case by > 0:
		d.Began(at, purpose)
	default:
		d.Ceased(at, purpose)
	}
}

// stored sums what the store holds of a metric, behind the back of the package: small numbers are hidden by it.
func (s *stage) stored(m tally.Metric) map[string]int64 {
	s.t.Helper()
	type doc struct {
		Metric string `bson:"metric"`
		Day    string `bson:"day"`
		Counts []struct {
			Key string `bson:"k"`
			N   int64  `bson:"n"`
		} `bson:"counts"`
	}
	sums := map[string]int64{}
	page, err := s.engine.Find(s.t.Context(), "tally_days", store.ByID, store.Range{Limit: store.MaxLimit})
	if err != nil {
		s.t.Fatal(err)
	}
	for _, found := range page.Docs {
		var d doc
		if err := bson.Unmarshal(found.Body, &d); err != nil {
			s.t.Fatal(err)
		}
		if d.Metric == string(m) {
			for _, c := range d.Counts {
				sums[d.Day+" "+c.Key] += c.N
			}
		}
	}
	return sums
}

// truth sums what happened.
func (s *stage) truth(m tally.Metric) map[string]int64 {
	sums := map[string]int64{}
	for _, h := range s.world.happened {
		if h.metric == m {
			key := tally.Day(h.at) + " "
			for i, c := range h.codes {
				if i > 0 {
					key += "/"
				}
				key += c
			}
			sums[key]++
		}
	}
	return sums
}
