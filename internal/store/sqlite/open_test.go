package sqlite_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"zhiqing/internal/store"
	"zhiqing/internal/store/sqlite"
)

func TestSecondProcessIsRefusedAndToldWhatToDo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "one.db")
	first := open(t, path)
	_, err := sqlite.Open(t.Context(), path)
	var locked *sqlite.LockedError
	if !errors.As(err, &locked) || locked.Path != path || !strings.Contains(err.Error(), path+".lock") {
		t.Fatalf("second engine in this process: %v", err)
	}
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), childPath+"="+path)
	if out, err := child.CombinedOutput(); err == nil || !strings.Contains(string(out), "is in use by another process") {
		t.Fatalf("second process: %v, %s", err, out)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	open(t, path)
}

func TestFileIsForItsOwnerOnly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data", "own.db")
	e := open(t, path)
	if err := e.Declare(t.Context(), keyedSchema); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{path, path + "-wal", path + "-shm", path + ".lock"} {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if mode := info.Mode().Perm(); mode&0o077 != 0 {
			t.Errorf("%s has mode %o", filepath.Base(name), mode)
		}
	}
}

func TestOddPathsAreOpenedAsTheyAre(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a b.db", "知情.db", "q?mode=memory.db", "h#x.db", "p%41.db"} {
		open(t, filepath.Join(dir, name))
		if _, err := os.Stat(filepath.Join(dir, name+"-wal")); err != nil {
			t.Errorf("%s: SQLite wrote elsewhere: %v", name, err)
		}
	}
}

func TestFileThatIsNoStoreIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "text.db")
	if err := os.WriteFile(path, []byte(strings.Repeat("not a database ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time: the lock of the failed start is gone
		if _, err := sqlite.Open(t.Context(), path); err == nil || !strings.Contains(err.Error(), path) || errors.As(err, new(*sqlite.LockedError)) {
			t.Errorf("%v", err)
		}
	}
	if _, err := sqlite.OpenReadOnly(t.Context(), filepath.Join(t.TempDir(), "none.db")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("reading a file that is not there: %v", err)
	}
}

func TestReaderBesideTheWriterSeesItsCommitsAndWritesNothing(t *testing.T) {
	ctx, path := t.Context(), filepath.Join(t.TempDir(), "both.db")
	for _, running := range []bool{true, false} {
		e := open(t, path)
		if err := e.Declare(ctx, keyedSchema); err != nil {
			t.Fatal(err)
		}
		_ = e.Insert(ctx, "docs", keyed("a"))
		if !running {
			if err := e.Close(); err != nil {
				t.Fatal(err)
			}
		}
		r, err := sqlite.OpenReadOnly(ctx, path)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(r.Declare(ctx, keyedSchema), r.Ping(ctx)); err != nil {
			t.Error(err)
		}
		if err := r.Declare(ctx, store.Schema{Name: "other"}); err == nil {
			t.Error("a collection that is not there was declared")
		}
		if _, err := r.Get(ctx, "docs", "a"); err != nil {
			t.Errorf("with the writer running %v: %v", running, err)
		}
		if err := r.Insert(ctx, "docs", keyed("b")); !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("insert: %v", err)
		}
		if err := errors.Join(r.Close(), e.Close()); err != nil {
			t.Error(err)
		}
	}
}

func TestInsertManyIsAllOrNothing(t *testing.T) {
	ctx, e := t.Context(), open(t, filepath.Join(t.TempDir(), "many.db"))
	if err := errors.Join(e.Declare(ctx, keyedSchema), e.Insert(ctx, "docs", keyed("b"))); err != nil {
		t.Fatal(err)
	}
	if err := e.InsertMany(ctx, "docs", []store.Document{keyed("a"), keyed("b"), keyed("c")}); !errors.Is(err, store.ErrExists) {
		t.Fatalf("%v", err)
	}
	agree(t, e, map[string]bool{"b": true})
	if err := e.InsertMany(ctx, "docs", []store.Document{keyed("a"), keyed("c")}); err != nil {
		t.Fatal(err)
	}
	agree(t, e, map[string]bool{"a": true, "b": true, "c": true})
}

func TestErasedBytesAreNotInTheFile(t *testing.T) {
	ctx, path := t.Context(), filepath.Join(t.TempDir(), "erased.db")
	e := open(t, path)
	d := keyed("a")
	d.Body = []byte("\x2a\x00\x00\x00 the wrapped key that was destroyed \x00\x00")
	if err := errors.Join(e.Declare(ctx, keyedSchema), e.Insert(ctx, "docs", d)); err != nil {
		t.Fatal(err)
	}
	now, err := e.Get(ctx, "docs", "a")
	if err == nil {
		err = errors.Join(e.Delete(ctx, "docs", "a", now.Rev), e.Close()) // closing copies the WAL into the file and removes it
	}
	if err != nil {
		t.Fatal(err)
	}
	left, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(left), "destroyed") || strings.Contains(string(left), "k-a") {
		t.Error("the deleted document is still in the file")
	}
}
