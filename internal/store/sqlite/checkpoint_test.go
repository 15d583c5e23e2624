package sqlite

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"zhiqing/internal/store"
)

// passing is an engine whose log is long after a page, and that makes passes only when the test does.
func passing(t *testing.T) (e *Engine, path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "log.db")
	e, err := Open(t.Context(), path, func(s *settings) {
		s.log = logBounds{pages: 1, few: 4, most: usualLog.most, look: time.Hour, life: time.Hour, again: time.Hour}
	})
	if err == nil {
		t.Cleanup(func() { _ = e.Close() })
		err = e.Declare(t.Context(), store.Schema{Name: "docs"})
	}
	if err != nil {
		t.Fatal(err)
	}
	return e, path
}

// secret is what is overwritten in the file when its document goes.
const secret = "the wrapped key that is destroyed"

// write stores and deletes documents, which leaves pages of the log behind.
func write(t *testing.T, e *Engine) {
	t.Helper()
	for i := range 20 {
		d := store.Document{ID: fmt.Sprint(i), Body: []byte(secret)}
		if err := e.Insert(t.Context(), "docs", d); err != nil {
			t.Fatal(err)
		}
		d, err := e.Get(t.Context(), "docs", d.ID)
		if err == nil {
			err = e.Delete(t.Context(), "docs", d.ID, d.Rev)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func logOf(t *testing.T, e *Engine) logState {
	t.Helper()
	l, err := e.copier.c.log("NOOP")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestALongLogIsCopiedAndBegunAnew(t *testing.T) {
	e, _ := passing(t)
	write(t, e)
	before := logOf(t, e)
	if before.left() < 20 || !e.copier.pass(false) {
		t.Fatalf("%+v was not copied", before)
	}
	if l := logOf(t, e); l.left() != 0 {
		t.Errorf("%+v after the pass", l)
	}
	if err := e.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	if l := logOf(t, e); l.pages >= before.pages {
		t.Errorf("the log goes on: %+v, before %+v", l, before)
	}
	e.copier.pages = 100
	if before = logOf(t, e); e.copier.pass(false) || logOf(t, e) != before {
		t.Errorf("a short log was copied")
	}
}

func TestWhatIsErasedLeavesTheLogWhileTheStoreIsOpen(t *testing.T) {
	e, path := passing(t)
	write(t, e)
	holds := func(name string) bool {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		return bytes.Contains(raw, []byte(secret))
	}
	if !holds(path + "-wal") {
		t.Fatal("the log never held it: this test proves nothing")
	}
	if !e.copier.pass(true) {
		t.Fatal("the log was not cut")
	}
	for _, name := range []string{path, path + "-wal"} {
		if holds(name) {
			t.Errorf("%s still holds it", filepath.Base(name))
		}
	}
}

func TestAReaderKeepsTheLogAndHoldsNobodyUp(t *testing.T) {
	e, path := passing(t)
	write(t, e)
	reader, err := connect(t.Context(), path, readerPragmas())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = reader.close() }()
	if err := reader.script("BEGIN; SELECT * FROM docs"); err != nil {
		t.Fatal(err)
	}
	write(t, e)
	// Who waited for the reader would wait for all of a connection's patience: seconds, where a pass takes milliseconds.
	start := time.Now()
	if e.copier.pass(true) {
		t.Error("the log was cut below a reader")
	}
	if took := time.Since(start); took >= patience*time.Millisecond {
		t.Errorf("it waited %s for the reader", took)
	}
	if row, _, err := e.writer.c.one("PRAGMA busy_timeout"); err != nil || row[0] != int64(patience) {
		t.Errorf("the writer's patience is %v (%v)", row, err)
	}
	if err := reader.script("COMMIT"); err != nil {
		t.Fatal(err)
	}
	if !e.copier.pass(true) {
		t.Error("the log is not cut when the reader is gone")
	}
}
