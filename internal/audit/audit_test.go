package audit_test

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"zhiqing/internal/audit"
	"zhiqing/internal/store"
	"zhiqing/internal/store/flaky"
	"zhiqing/internal/store/sqlite"
)

func engine(t *testing.T) store.Engine {
	t.Helper()
	e, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "a.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	return e
}

func open(t *testing.T, e store.Engine) *audit.Log {
	t.Helper()
	l, err := audit.Open(t.Context(), e, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func row(actor, subject string) audit.Row {
	return audit.Row{Actor: actor, Role: "support", Action: "staff.lookup", Subject: subject, Reason: "request", Reference: "T-1", Fields: []string{"consents"}}
}

func holds(t *testing.T, l *audit.Log, want int64) {
	t.Helper()
	n, broken, err := l.Verify(t.Context())
	if err != nil || broken != nil || n != want {
		t.Fatalf("%d rows, break %+v, %v; want %d", n, broken, err, want)
	}
}

func TestTwoServersWriteOneChain(t *testing.T) {
	e := engine(t)
	logs := []*audit.Log{open(t, e), open(t, e)}
	var all sync.WaitGroup
	for i := range 64 {
		all.Go(func() {
			if _, err := logs[i%2].Append(t.Context(), row(fmt.Sprintf("stf_%d", i%4), "sub_1")); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	holds(t, logs[0], 64)
	seen := map[int64]bool{}
	for after := ""; ; {
		rows, next, err := logs[1].Find(t.Context(), audit.Query{Actor: "stf_1", Limit: 5, After: after})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range rows {
			if r.Actor != "stf_1" || seen[r.Seq] {
				t.Errorf("%+v", r)
			}
			seen[r.Seq] = true
		}
		if after = next; next == "" {
			break
		}
	}
	if len(seen) != 16 {
		t.Errorf("%d rows of one actor", len(seen))
	}
}

// What happens to a stored row is found, and named.
func TestAChangedRowIsFound(t *testing.T) {
	for name, change := range map[string]func(store.Document) store.Document{
		"a letter of its bytes": func(d store.Document) store.Document { d.Body[40]++; return d },
		"its hash":              func(d store.Document) store.Document { d.Body[len(d.Body)-120]++; return d },
	} {
		t.Run(name, func(t *testing.T) {
			e := engine(t)
			l := open(t, e)
			for range 5 {
				if _, err := l.Append(t.Context(), row("stf_1", "sub_1")); err != nil {
					t.Fatal(err)
				}
			}
			d, err := e.Get(t.Context(), "audit", "0000000000000000003")
			if err != nil {
				t.Fatal(err)
			}
			if err := e.Replace(t.Context(), "audit", change(d)); err != nil {
				t.Fatal(err)
			}
			n, broken, err := l.Verify(t.Context())
			if err == nil && (broken == nil || broken.Row != "0000000000000000003" || n != 2) {
				t.Errorf("%d rows, %+v, %v", n, broken, err)
			}
		})
	}
	t.Run("the end removed, after a check", func(t *testing.T) {
		e := engine(t)
		l := open(t, e)
		for range 3 {
			_, _ = l.Append(t.Context(), row("stf_1", "sub_1"))
		}
		if c, err := l.Check(t.Context()); err != nil || c.Broken != "" {
			t.Fatalf("%+v %v", c, err)
		}
		d, _ := e.Get(t.Context(), "audit", "0000000000000000003")
		if err := e.Delete(t.Context(), "audit", d.ID, d.Rev); err != nil {
			t.Fatal(err)
		}
		for range 2 { // it is not forgotten by being told
			if c, err := l.Check(t.Context()); err != nil || c.Broken != d.ID || c.Rows != 2 {
				t.Errorf("%+v %v", c, err)
			}
		}
	})
	t.Run("a row removed", func(t *testing.T) {
		e := engine(t)
		l := open(t, e)
		for range 3 {
			_, _ = l.Append(t.Context(), row("stf_1", "sub_1"))
		}
		d, _ := e.Get(t.Context(), "audit", "0000000000000000002")
		if err := e.Delete(t.Context(), "audit", d.ID, d.Rev); err != nil {
			t.Fatal(err)
		}
		if _, broken, _ := l.Verify(t.Context()); broken == nil {
			t.Error("not noticed")
		}
	})
}

// A failed write leaves a chain that holds and goes on, whether the row got in or not.
func TestAFailedWriteLeavesTheChainWhole(t *testing.T) {
	for name, fail := range map[string]func(*flaky.Engine){
		"before": func(f *flaky.Engine) { f.FailBefore(2) },
		"after":  func(f *flaky.Engine) { f.FailAfter(2) },
	} {
		t.Run(name, func(t *testing.T) {
			f := flaky.Wrap(engine(t))
			l := open(t, f)
			fail(f)
			wrote := int64(0)
			for range 4 {
				if _, err := l.Append(t.Context(), row("stf_1", "")); err == nil {
					wrote++
				}
			}
			n, broken, err := l.Verify(context.WithoutCancel(t.Context()))
			if err != nil || broken != nil || n < wrote || wrote != 3 {
				t.Errorf("%d acknowledged, %d rows, %+v, %v", wrote, n, broken, err)
			}
		})
	}
}
