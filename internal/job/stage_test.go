package job_test

import (
	"bytes"
	"context"
	"log/slog"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"zhiqing/internal/job"
	"zhiqing/internal/lease"
	"zhiqing/internal/store"
	"zhiqing/internal/store/flaky"
	"zhiqing/internal/store/sqlite"
)

// stage is a store and a clock that several servers share, and timers that fire when the test says so.
type stage struct {
	t      *testing.T
	engine *flaky.Engine
	ms     atomic.Int64
	log    buffer
	timers chan timer // every timer that was asked for, in order
}

type timer struct {
	d    time.Duration
	fire chan time.Time
}

type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// life is what leases live here: unlike any period, so that a timer tells what it is for.
const life = 30 * time.Second

func newStage(t *testing.T) *stage {
	t.Helper()
	e, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "j.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	s := &stage{t: t, engine: flaky.Wrap(e), timers: make(chan timer, 1000)}
	s.ms.Store(1_790_000_000_000)
	return s
}

func (s *stage) now() time.Time           { return time.UnixMilli(s.ms.Load()).UTC() }
func (s *stage) advance(by time.Duration) { s.ms.Add(by.Milliseconds()) }

func (s *stage) tick(d time.Duration) (<-chan time.Time, func()) {
	t := timer{d, make(chan time.Time, 1)}
	s.timers <- t
	return t.fire, func() {}
}

func (s *stage) leases(holder string) *lease.Leases {
	s.t.Helper()
	var engine store.Engine = s.engine
	l, err := lease.Open(s.t.Context(), lease.Options{Engine: engine, Holder: holder, Now: s.now, Life: life})
	if err != nil {
		s.t.Fatal(err)
	}
	return l
}

// server is a runner with one job.
func (s *stage) server(holder string, j job.Job) *job.Runner {
	s.t.Helper()
	r, err := job.New(job.Options{Leases: s.leases(holder), Now: s.now, Log: slog.New(slog.NewTextHandler(&s.log, nil)), Tick: s.tick})
	if err != nil {
		s.t.Fatal(err)
	}
	r.Add(j)
	return r
}

// run starts a runner and returns a function that stops it and waits.
func (s *stage) run(r *job.Runner) (stop func()) {
	ctx, cancel := context.WithCancel(s.t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		r.Run(ctx)
	}()
	stop = func() {
		cancel()
		<-done
	}
	s.t.Cleanup(stop)
	return stop
}

// next is the next timer of this length; others are passed over.
func (s *stage) next(d time.Duration) timer {
	s.t.Helper()
	for {
		select {
		case t := <-s.timers:
			if t.d == d {
				return t
			}
		case <-time.After(10 * time.Second):
			s.t.Fatalf("nobody waits for %v", d)
		}
	}
}

// within fails the test when c does not come.
func within[T any](t *testing.T, what string, c <-chan T) (v T) {
	t.Helper()
	select {
	case v = <-c:
	case <-time.After(10 * time.Second):
		t.Fatalf("%s does not come", what)
	}
	return v
}
