package sqlite

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"zhiqing/internal/store"
)

// byHand is an engine with a checkpointer that does something only when the test says so.
func byHand(t *testing.T, l logBounds) (e *Engine, k *checkpointer) {
	t.Helper()
	e, path := withDocs(t)
	if err := e.copier.stop(); err != nil {
		t.Fatal(err)
	}
	return e, &checkpointer{logBounds: l, c: another(t, path, checkpointerPragmas()), w: e.writer, file: e.file}
}

func withDocs(t *testing.T) (e *Engine, path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "log.db")
	e, err := Open(t.Context(), path)
	if err == nil {
		t.Cleanup(func() { _ = e.Close() })
		err = e.Declare(t.Context(), store.Schema{Name: "docs"})
	}
	if err != nil {
		t.Fatal(err)
	}
	return e, path
}

func another(t *testing.T, path string, pragmas []pragma) *conn {
	t.Helper()
	c, err := connect(t.Context(), path, pragmas)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.close() })
	return c
}

// secret is what is overwritten in the file when its document goes.
const secret = "the wrapped key that is destroyed"

// write stores documents and deletes them, which leaves pages of the log behind.
func write(t *testing.T, e *Engine) {
	t.Helper()
	for i := range 20 {
		id := fmt.Sprint(i)
		err := e.Insert(t.Context(), "docs", store.Document{ID: id, Body: []byte(secret)})
		d, missing := e.Get(t.Context(), "docs", id)
		if err := errors.Join(err, missing, e.Delete(t.Context(), "docs", id, d.Rev)); err != nil {
			t.Fatal(err)
		}
	}
}

func (k *checkpointer) look(t *testing.T) logState {
	t.Helper()
	l, err := k.c.log("NOOP")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestALongLogIsCopiedAndBegunAnew(t *testing.T) {
	e, k := byHand(t, logBounds{long: 20, few: 4})
	write(t, e)
	before := k.look(t)
	if err := k.shorten(); err != nil || before.left() < 20 {
		t.Fatalf("%+v: %v", before, err)
	}
	if l := k.look(t); l.left() != 0 {
		t.Errorf("%+v after it was copied", l)
	}
	if err := e.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	short := k.look(t)
	if short.pages >= before.pages {
		t.Errorf("the log goes on: %+v, before %+v", short, before)
	}
	if err := k.shorten(); err != nil || k.look(t) != short {
		t.Errorf("a short log was copied (%v)", err)
	}
}

func TestWhatIsErasedLeavesTheLogWhileTheStoreIsOpen(t *testing.T) {
	e, path := withDocs(t)
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
	if err := e.Trim(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{path, path + "-wal"} {
		if holds(name) {
			t.Errorf("%s still holds it", filepath.Base(name))
		}
	}
	if err := errors.Join(e.Close(), e.Close()); err != nil {
		t.Fatal(err)
	}
	if err := e.Trim(t.Context()); !errors.Is(err, errClosed) {
		t.Errorf("of a closed store: %v", err)
	}
}

func TestAReaderKeepsTheLogAndHoldsNobodyUp(t *testing.T) {
	e, path := withDocs(t)
	write(t, e)
	reader := another(t, path, readerPragmas())
	if err := reader.script("BEGIN; SELECT * FROM docs"); err != nil {
		t.Fatal(err)
	}
	write(t, e)
	// Who waited for the reader would wait for all of a connection's patience: seconds, where this takes milliseconds.
	start := time.Now()
	if err := e.Trim(t.Context()); err != nil {
		t.Error(err)
	}
	if took := time.Since(start); took >= patience*time.Millisecond {
		t.Errorf("it waited %s for the reader", took)
	}
	log := func() int64 {
		info, err := os.Stat(path + "-wal")
		if err != nil {
			t.Fatal(err)
		}
		return info.Size()
	}
	if log() == 0 {
		t.Error("the log was cut below a reader")
	}
	if err := errors.Join(reader.script("COMMIT"), e.Trim(t.Context())); err != nil || log() != 0 {
		t.Errorf("%d bytes of the log are left when the reader is gone (%v)", log(), err)
	}
	if err := e.writer.between(func(c *conn) error {
		row, _, err := c.one("PRAGMA busy_timeout")
		if row[0] != int64(patience) {
			t.Errorf("the writer's patience is %v", row)
		}
		return err
	}); err != nil {
		t.Error(err)
	}
}
