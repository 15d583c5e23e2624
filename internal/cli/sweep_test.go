package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"zhiqing/internal/store/sqlite"
)

func TestSweepRunsEveryJobOnceAndSaysWhatItDid(t *testing.T) {
	dir := t.TempDir()
	code, out, errs := run(t, dir, "sweep")
	if code != exitOK {
		t.Fatalf("%d %s %s", code, out, errs)
	}
	for _, job := range []string{"keys", "rewrap", "sessions", "guardians", "consents", "review"} {
		if !strings.Contains(out, "✓ "+job) || !strings.Contains(out, "处理 0 项 0 done") {
			t.Errorf("%s is not told:\n%s", job, out)
		}
	}
	before, err := os.ReadFile(filepath.Join(dir, "z.db"))
	if err != nil {
		t.Fatal(err)
	}
	code, out, errs = run(t, dir, "sweep", "--dry-run")
	if code != exitOK || !strings.Contains(out, "sessions") || strings.Contains(out, "never") || !strings.Contains(out, "nothing was changed") {
		t.Errorf("%d %s %s", code, out, errs)
	}
	if after, err := os.ReadFile(filepath.Join(dir, "z.db")); err != nil || string(after) != string(before) {
		t.Errorf("a dry run has changed the store: %v", err)
	}
}

func TestSweepRefusesAStoreThatAServerHolds(t *testing.T) {
	dir := t.TempDir()
	held, err := sqlite.Open(t.Context(), filepath.Join(dir, "z.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = held.Close() }()
	if code, out, errs := run(t, dir, "sweep"); code != exitFailed || out != "" || !strings.Contains(errs, "in use by another process") {
		t.Errorf("%d %s %s", code, out, errs)
	}
}
