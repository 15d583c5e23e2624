package sqlite

import (
	"context"
	"errors"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"zhiqing/internal/store"
)

func testConn(t *testing.T) *conn {
	t.Helper()
	path := filepath.Join(t.TempDir(), "writer.db")
	c, err := connect(t.Context(), path, settings{log: usualLog}.writerPragmas())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.close() })
	if err := c.script("CREATE TABLE notes (n INTEGER PRIMARY KEY) STRICT"); err != nil {
		t.Fatal(err)
	}
	return c
}

func note(n int64) act {
	return func(c *conn) (error, error) {
		_, err := c.exec("INSERT INTO notes VALUES (?)", n)
		return nil, err
	}
}

func notes(t *testing.T, c *conn) int64 {
	t.Helper()
	row, _, err := c.one("SELECT count(*) FROM notes")
	if err != nil {
		t.Fatal(err)
	}
	return row[0].(int64)
}

func group(acts ...act) []*op {
	ops := make([]*op, len(acts))
	for i, a := range acts {
		ops[i] = &op{act: a, done: make(chan error, 1)}
	}
	return ops
}

func TestOutcomeOfOneWriteLeavesTheOthersOfItsGroupAlone(t *testing.T) {
	w := &writer{c: testConn(t)}
	ops := group(note(1), func(*conn) (error, error) { return store.ErrConflict, nil }, note(2))
	w.commit(ops)
	for i, want := range []error{nil, store.ErrConflict, nil} {
		if err := <-ops[i].done; !errors.Is(err, want) {
			t.Errorf("write %d: %v, want %v", i, err, want)
		}
	}
	if n := notes(t, w.c); n != 2 {
		t.Errorf("%d notes", n)
	}
}

func TestGroupThatFailsLeavesNothingAndTheNextWorks(t *testing.T) {
	w := &writer{c: testConn(t)}
	for name, spoiled := range map[string]act{
		"a write that fails": func(*conn) (error, error) { return nil, errors.New("disk I/O error") },
		"a rollback by SQLite itself, as on a full disk": func(c *conn) (error, error) {
			_, err := c.exec("ROLLBACK")
			return nil, errors.Join(err, errors.New("full"))
		},
		"a commit that fails": func(c *conn) (error, error) { // a deferred constraint is checked by COMMIT
			return nil, errors.Join(c.script("PRAGMA defer_foreign_keys = ON"), c.script("INSERT INTO child VALUES (99)"))
		},
	} {
		if strings.Contains(name, "commit") {
			if err := w.c.script("PRAGMA foreign_keys = ON; CREATE TABLE child (n INTEGER REFERENCES notes(n)) STRICT"); err != nil {
				t.Fatal(err)
			}
		}
		before := notes(t, w.c)
		ops := group(note(before+1), spoiled, note(before+2))
		w.commit(ops)
		for i, o := range ops {
			if err := <-o.done; !errors.Is(err, store.ErrUnavailable) {
				t.Errorf("%s: write %d: %v", name, i, err)
			}
		}
		if n := notes(t, w.c); n != before {
			t.Errorf("%s: %d notes came from the failed group", name, n-before)
		}
		next := group(note(before + 1))
		w.commit(next)
		if err := <-next[0].done; err != nil {
			t.Errorf("after %s: %v (%v)", name, err, errors.Unwrap(err))
		}
	}
}

func TestStoppingCommitsWhatWaitsButNotWhatWasWithdrawn(t *testing.T) {
	for range 20 { // what the writer sees first, the queue or the end, is a matter of chance
		stopWithAQueue(t)
	}
}

func stopWithAQueue(t *testing.T) {
	w := startWriter(testConn(t))
	hold, held := make(chan struct{}), make(chan struct{})
	go func() {
		_ = w.do(context.Background(), func(*conn) (error, error) { close(held); <-hold; return nil, nil })
	}()
	<-held // the writer is inside a group now, so what follows waits in the queue
	ctx, cancel := context.WithCancel(t.Context())
	withdrawn, kept := make(chan error, 1), make(chan error, 1)
	go func() { withdrawn <- w.do(ctx, note(1)) }()
	queued(w, 1)
	go func() {
		kept <- w.do(context.Background(), func(c *conn) (error, error) {
			if n := notes(t, c); n != 0 {
				t.Error("the withdrawn write ran")
			}
			return note(2)(c)
		})
	}()
	queued(w, 2)
	cancel()
	if err := <-withdrawn; !errors.Is(err, store.ErrUnavailable) || !errors.Is(err, context.Canceled) {
		t.Errorf("withdrawn: %v", err)
	}
	stopped := make(chan error, 1)
	go func() { stopped <- w.stop() }()
	<-w.quit
	close(hold)
	if err := errors.Join(<-kept, <-stopped); err != nil {
		t.Errorf("kept: %v (%v)", err, errors.Unwrap(err))
	}
	if err := w.do(t.Context(), note(3)); !errors.Is(err, store.ErrUnavailable) || !errors.Is(err, errClosed) {
		t.Errorf("after stop: %v", err)
	}
}

func queued(w *writer, n int) {
	for len(w.queue) < n {
		runtime.Gosched()
	}
}

func TestPragmaThatDoesNotTakeStopsTheStart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pragma.db")
	_, err := connect(t.Context(), path, []pragma{{"synchronous", "FULL", "2"}, {"journal_mode", "WAL", "memory"}})
	if err == nil || !strings.Contains(err.Error(), "pragma journal_mode is wal, not memory") {
		t.Errorf("%v", err)
	}
}

func TestWriterRunsWithWhatDurabilityRestsOn(t *testing.T) {
	e, err := Open(t.Context(), filepath.Join(t.TempDir(), "durable.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	for name, want := range map[string]any{"journal_mode": "wal", "synchronous": int64(2), "fullfsync": int64(1), "secure_delete": int64(1)} {
		err := e.writer.do(t.Context(), func(c *conn) (error, error) {
			row, _, err := c.one("PRAGMA " + name)
			if err == nil && row[0] != want {
				t.Errorf("%s is %v, not %v", name, row[0], want)
			}
			return nil, err
		})
		if err != nil {
			t.Error(err)
		}
	}
}

func TestFileOfAnotherLayoutIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "layout.db")
	e, err := Open(t.Context(), path)
	if err == nil {
		err = errors.Join(e.writer.do(t.Context(), touch), e.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	c, err := connect(t.Context(), path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(c.script("PRAGMA user_version = 9"), c.close()); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), path); err == nil || !strings.Contains(err.Error(), "layout 9") {
		t.Errorf("%v", err)
	}
}
