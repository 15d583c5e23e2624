package sqlite_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"zhiqing/internal/store"
	"zhiqing/internal/store/sqlite"
)

// childPath, when set, makes this test binary the child that TestKillLosesNothingAcknowledged kills.
const childPath = "ZHIQING_TEST_SQLITE_CHILD"

func TestMain(m *testing.M) {
	if path := os.Getenv(childPath); path != "" {
		insertForEver(path)
	}
	os.Exit(m.Run())
}

// insertForEver inserts from 16 goroutines and prints each id when its insert is acknowledged, until it is killed.
func insertForEver(path string) {
	ctx := context.Background()
	e, err := sqlite.Open(ctx, path, sqlite.EagerLog())
	if err == nil {
		err = e.Declare(ctx, keyedSchema)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	var next atomic.Int64
	var mu sync.Mutex
	for range 16 {
		go func() {
			for {
				id := fmt.Sprintf("%08d", next.Add(1))
				if err := e.Insert(ctx, "docs", keyed(id)); err != nil {
					fmt.Fprintln(os.Stderr, err)
					os.Exit(1)
				}
				mu.Lock()
				fmt.Println(id)
				mu.Unlock()
			}
		}()
	}
	select {}
}

var keyedSchema = store.Schema{Name: "docs", Indexes: []string{"by_key"}}

func keyed(id string) store.Document {
	return store.Document{ID: id, Body: []byte{5, 0, 0, 0, 0}, Keys: map[string][]string{"by_key": {"k-" + id}}}
}

func TestKillLosesNothingAcknowledged(t *testing.T) {
	path := filepath.Join(t.TempDir(), "killed.db")
	acknowledged := make(map[string]bool)
	for round := range 3 {
		for _, id := range runAndKill(t, path, 300*(round+1)) {
			acknowledged[fmt.Sprintf("%d/%s", round, id)] = true
		}
		e := open(t, path)
		if err := e.Declare(t.Context(), keyedSchema); err != nil {
			t.Fatal(err)
		}
		docs, keys := all(t, e, store.ByID), all(t, e, "by_key")
		for name := range acknowledged {
			if id := name[2:]; name[0] == byte('0'+round) && (!docs[id] || !keys[id]) {
				t.Errorf("round %d: %s was acknowledged; stored: %v, in the index: %v", round, id, docs[id], keys[id])
			}
		}
		if len(docs) != len(keys) {
			t.Errorf("round %d: %d documents and %d index entries", round, len(docs), len(keys))
		}
		for id := range docs { // the next child starts over
			d, err := e.Get(t.Context(), "docs", id)
			if err == nil {
				err = e.Delete(t.Context(), "docs", id, d.Rev)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// runAndKill starts a child, kills it in the middle of its writes after n acknowledgements, and answers all of them.
func runAndKill(t *testing.T, path string, n int) (ids []string) {
	t.Helper()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), childPath+"="+path)
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	stuck := time.AfterFunc(time.Minute, func() { _ = child.Process.Kill() })
	defer stuck.Stop()
	lines := bufio.NewReader(out)
	for {
		line, err := lines.ReadString('\n')
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if ids = append(ids, line[:len(line)-1]); len(ids) == n {
			if err := child.Process.Kill(); err != nil { // SIGKILL; what is in the pipe was acknowledged, too
				t.Fatal(err)
			}
		}
	}
	_ = child.Wait()
	if len(ids) < n {
		t.Fatalf("the child ended by itself after %d inserts", len(ids))
	}
	return ids
}

func all(t *testing.T, e *sqlite.Engine, index string) map[string]bool {
	t.Helper()
	met := make(map[string]bool)
	for r := (store.Range{Limit: store.MaxLimit}); ; {
		page, err := e.Find(t.Context(), "docs", index, r)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range page.Docs {
			met[d.ID] = true
		}
		if r.After = page.Next; r.After == "" {
			return met
		}
	}
}
