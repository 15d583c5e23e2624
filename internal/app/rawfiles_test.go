package app_test

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"zhiqing/internal/app/apptest"
)

// An erased person's data key, wrapped as it is, is nowhere in the raw files of the running server once the job that trims the
// store has run: neither in the store nor in SQLite's log.
func TestAnErasedPersonsKeyLeavesTheRawFilesOfARunningServer(t *testing.T) {
	p := apptest.Start(t, "")
	login := p.Login("mum")
	p.Want(200, patchProfile(p, login.Str("access_token"), map[string]any{"nickname": "小兰"}))
	s, err := p.App.Subjects.Find(t.Context(), login.Str("subject", "id"))
	if err != nil || len(s.Key) == 0 {
		t.Fatalf("no key: %v", err)
	}
	path := strings.TrimPrefix(string(p.Config.Store.URL), "sqlite:")
	holds := func(name string) bool {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		return bytes.Contains(raw, s.Key)
	}
	if !holds(path) && !holds(path+"-wal") {
		t.Fatal("the key was never there: this test proves nothing")
	}
	closeAccount(p, "mum")
	for range 100 { // somebody may just be reading in the log
		if _, err := p.App.Jobs.RunOnce(t.Context(), "trim"); err != nil {
			t.Fatal(err)
		}
		if !holds(path + "-wal") {
			break
		}
	}
	for _, name := range []string{path, path + "-wal"} {
		if holds(name) {
			t.Errorf("%s still holds the key", name[len(path)-len("zhiqing.db"):])
		}
	}
}
