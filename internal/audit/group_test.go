package audit_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"zhiqing/internal/audit"
	"zhiqing/internal/store"
	"zhiqing/internal/store/flaky"
)

// gated lets the first insert wait until it is let go, and counts how the rows behind it are written.
type gated struct {
	store.Engine
	reached, release chan struct{}
	groups, rows     atomic.Int64
}

func (g *gated) Insert(ctx context.Context, collection string, d store.Document) error {
	g.reached <- struct{}{}
	<-g.release
	return g.Engine.Insert(ctx, collection, d)
}

func (g *gated) InsertInOrder(ctx context.Context, collection string, ds []store.Document) (int, error) {
	g.groups.Add(1)
	g.rows.Add(int64(len(ds)))
	return g.Engine.InsertInOrder(ctx, collection, ds)
}

func TestRowsThatWaitTogetherAreWrittenTogether(t *testing.T) {
	g := &gated{Engine: engine(t), reached: make(chan struct{}, 1), release: make(chan struct{})}
	l := open(t, g)
	var all sync.WaitGroup
	write := func(ctx context.Context, who string, want error) {
		all.Go(func() {
			if r, err := l.Append(ctx, row(who, "sub_1")); !errors.Is(err, want) || err == nil && r.Seq == 0 {
				t.Errorf("%s: %+v %v", who, r, err)
			}
		})
	}
	write(t.Context(), "stf_first", nil)
	<-g.reached
	gone, cancel := context.WithCancel(t.Context())
	write(gone, "stf_gone", audit.ErrBusy)
	waiting(t, l, 1)
	cancel()
	waiting(t, l, 0)
	for i := range 15 {
		write(t.Context(), fmt.Sprintf("stf_%d", i), nil)
	}
	waiting(t, l, 15)
	close(g.release)
	all.Wait()
	holds(t, l, 16)
	if g.groups.Load() != 1 || g.rows.Load() != 15 {
		t.Errorf("%d rows in %d groups", g.rows.Load(), g.groups.Load())
	}
}

// waiting returns once so many rows wait.
func waiting(t *testing.T, l *audit.Log, n int) {
	t.Helper()
	for ; audit.Waiting(l) != n; runtime.Gosched() {
		if t.Context().Err() != nil {
			t.Fatal("the test is over")
		}
	}
}

// byOne inserts like an engine that stores some of a group before it fails.
type byOne struct {
	store.Engine
	until atomic.Int64 // inserts until one fails for no reason of ours; 0 = none does
}

func (b *byOne) InsertInOrder(ctx context.Context, collection string, ds []store.Document) (int, error) {
	for i, d := range ds {
		if b.until.Add(-1) == 0 {
			return 0, store.ErrUnavailable
		}
		if err := b.Insert(ctx, collection, d); err != nil {
			return i, err
		}
	}
	return len(ds), nil
}

// Whatever fails in the middle of a group, and whoever is quicker: each row that was acknowledged is there once, and the
// chain has no gap.
func TestAGroupThatFailsHalfwayLeavesTheChainWhole(t *testing.T) {
	for name, wrap := range map[string]func(store.Engine) store.Engine{
		"one by one":             func(e store.Engine) store.Engine { return &byOne{Engine: e} },
		"one by one, with break": func(e store.Engine) store.Engine { b := &byOne{Engine: e}; b.until.Store(20); return b },
		"broken before": func(e store.Engine) store.Engine {
			f := flaky.Wrap(e)
			f.FailBefore(3)
			f.FailBefore(7)
			return f
		},
		"broken after": func(e store.Engine) store.Engine { f := flaky.Wrap(e); f.FailAfter(3); f.FailAfter(7); return f },
	} {
		t.Run(name, func(t *testing.T) {
			e := engine(t)
			logs := []*audit.Log{open(t, wrap(e)), open(t, wrap(e))}
			var all sync.WaitGroup
			var mu sync.Mutex
			told := map[string]int64{}
			for i := range 96 {
				all.Go(func() {
					who := fmt.Sprintf("stf_%d", i)
					if r, err := logs[i%2].Append(t.Context(), row(who, "")); err == nil {
						mu.Lock()
						told[who] = r.Seq
						mu.Unlock()
					} else if !errors.Is(err, store.ErrUnavailable) {
						t.Error(err)
					}
				})
			}
			all.Wait()
			for attempt := 0; ; attempt++ { // it goes on
				if r, err := logs[0].Append(t.Context(), row("stf_last", "")); err == nil {
					told["stf_last"] = r.Seq
					break
				} else if attempt == 3 {
					t.Fatal(err)
				}
			}
			n, broken, err := logs[0].Verify(t.Context())
			if err != nil || broken != nil || int(n) < len(told) {
				t.Fatalf("%d rows, %d acknowledged, %+v, %v", n, len(told), broken, err)
			}
			for who, seq := range told {
				rows, _, err := logs[1].Find(t.Context(), audit.Query{Actor: who, Limit: 10})
				if err != nil || len(rows) == 0 || rows[0].Seq != seq || len(rows) > 1 && who != "stf_last" {
					t.Errorf("%s has %+v, and was told %d; %v", who, rows, seq, err)
				}
			}
		})
	}
}
