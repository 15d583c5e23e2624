package lease_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"zhiqing/internal/lease"
	"zhiqing/internal/store"
	"zhiqing/internal/store/flaky"
	"zhiqing/internal/store/sqlite"
)

// clock is the time of all servers of a test.
type clock struct{ ms atomic.Int64 }

func (c *clock) now() time.Time              { return time.UnixMilli(c.ms.Load()).UTC() }
func (c *clock) advance(by time.Duration)    { c.ms.Add(by.Milliseconds()) }
func start() *clock                          { c := &clock{}; c.ms.Store(1_790_000_000_000); return c }
func at(c *clock, d time.Duration) time.Time { return c.now().Add(d) }

func engine(t *testing.T) store.Engine {
	t.Helper()
	e, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "l.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	return e
}

func server(t *testing.T, e store.Engine, c *clock, name string, sole bool) *lease.Leases {
	t.Helper()
	l, err := lease.Open(t.Context(), lease.Options{Engine: e, Holder: name, Now: c.now, Life: time.Minute, Sole: sole})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestOneOfManyServersHoldsALease(t *testing.T) {
	e, c := engine(t), start()
	var won atomic.Int64
	var all sync.WaitGroup
	for i := range 8 {
		l := server(t, e, c, fmt.Sprint("server ", i), false)
		all.Go(func() {
			if _, err := l.Take(t.Context(), "sweep"); err == nil {
				won.Add(1)
			} else if !errors.Is(err, lease.ErrHeld) {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if won.Load() != 1 {
		t.Errorf("%d hold it", won.Load())
	}
}

func TestALeaseLastsUntilItsTimeIsOverAndTheFenceOnlyGrows(t *testing.T) {
	e, c := engine(t), start()
	a, b := server(t, e, c, "a", false), server(t, e, c, "b", false)
	first, err := a.Take(t.Context(), "sweep")
	if err != nil || !first.Until.Equal(at(c, time.Minute)) {
		t.Fatal(first, err)
	}
	c.advance(time.Minute - time.Millisecond)
	if _, err := b.Take(t.Context(), "sweep"); !errors.Is(err, lease.ErrHeld) {
		t.Error("taken a millisecond early:", err)
	}
	if first, err = a.Renew(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	c.advance(time.Minute - time.Millisecond)
	if _, err := b.Take(t.Context(), "sweep"); !errors.Is(err, lease.ErrHeld) {
		t.Error("a renewed lease is taken:", err)
	}
	c.advance(time.Millisecond)
	second, err := b.Take(t.Context(), "sweep")
	if err != nil || second.Fence <= first.Fence {
		t.Fatal(second, err)
	}
	if _, err := a.Renew(t.Context(), first); !errors.Is(err, lease.ErrLost) {
		t.Error("who lost it renews it:", err)
	}
	if err := a.Release(t.Context(), first, c.now()); !errors.Is(err, lease.ErrLost) {
		t.Error("who lost it gives it back:", err)
	}
	if now, err := b.Read(t.Context(), "sweep"); err != nil || now.Holder != "b" || !now.Done.IsZero() {
		t.Errorf("the loser left a trace: %+v %v", now, err)
	}
	if err := b.Release(t.Context(), second, c.now()); err != nil {
		t.Fatal(err)
	}
	if all, err := a.All(t.Context()); err != nil || len(all) != 1 || all[0].Name != "sweep" || !all[0].Done.Equal(c.now()) {
		t.Errorf("%+v %v", all, err)
	}
	if third, err := a.Take(t.Context(), "sweep"); err != nil || third.Fence <= second.Fence || !third.Done.Equal(c.now()) {
		t.Errorf("%+v %v", third, err)
	}
}

func TestOneProcessDoesNotTakeItsOwnLeaseTwice(t *testing.T) {
	for _, sole := range []bool{true, false} {
		l := server(t, engine(t), start(), "a", sole)
		if _, err := l.Take(t.Context(), "sweep"); err != nil {
			t.Fatal(err)
		}
		if _, err := l.Take(t.Context(), "sweep"); !errors.Is(err, lease.ErrHeld) {
			t.Errorf("sole %v: %v", sole, err)
		}
	}
}

// A crash leaves its lease behind. Where no other process can be, the next start goes on at once.
func TestAProcessThatIsAloneTakesOverWhatACrashLeft(t *testing.T) {
	e, c := engine(t), start()
	crashed, err := server(t, e, c, "before", true).Take(t.Context(), "sweep")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := server(t, e, c, "one of several", false).Take(t.Context(), "sweep"); !errors.Is(err, lease.ErrHeld) {
		t.Error("one of several servers takes a lease that lasts:", err)
	}
	if next, err := server(t, e, c, "after", true).Take(t.Context(), "sweep"); err != nil || next.Fence <= crashed.Fence {
		t.Error(next, err)
	}
}

func TestAHolderWhoseTimeIsOverRenewsWhatNobodyTook(t *testing.T) {
	e, c := engine(t), start()
	a := server(t, e, c, "a", false)
	held, err := a.Take(t.Context(), "sweep")
	if err != nil {
		t.Fatal(err)
	}
	c.advance(time.Hour)
	if held, err = a.Renew(t.Context(), held); err != nil || !held.Until.Equal(at(c, time.Minute)) {
		t.Error(held, err)
	}
	if err := a.Release(t.Context(), held, time.Time{}); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Renew(t.Context(), held); !errors.Is(err, lease.ErrLost) {
		t.Error("a lease that was given back is renewed:", err)
	}
}

// Whichever write of a life fails, before or after its effect: nobody else gets in, and the lease is free in the end.
func TestAFailedWriteNeverLetsTwoIn(t *testing.T) {
	for name, fail := range map[string]func(*flaky.Engine, int){"before": (*flaky.Engine).FailBefore, "after": (*flaky.Engine).FailAfter} {
		for n := 1; n <= 3; n++ {
			e, c := flaky.Wrap(engine(t)), start()
			a, b := server(t, e, c, "a", false), server(t, e, c, "b", false)
			fail(e, n)
			held, err := a.Take(t.Context(), "sweep")
			if err == nil {
				if _, err := b.Take(t.Context(), "sweep"); !errors.Is(err, lease.ErrHeld) {
					t.Errorf("write %d fails %s its effect: two hold it: %v", n, name, err)
				}
				_, _ = a.Renew(t.Context(), held)
				_ = a.Release(t.Context(), held, c.now())
			}
			c.advance(time.Minute)
			if _, err := b.Take(t.Context(), "sweep"); err != nil {
				t.Errorf("write %d fails %s its effect: nobody gets it any more: %v", n, name, err)
			}
		}
	}
}
