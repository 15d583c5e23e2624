package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"zhiqing/internal/audit"
	"zhiqing/internal/ledger"
	"zhiqing/internal/store/sqlite"
)

// audited makes a store with a few rows in its audit, and returns the operator's published keys.
func audited(t *testing.T, dir string) (jwks string) {
	t.Helper()
	for _, args := range [][]string{{"add", "mei", "--role", "support"}, {"train", "mei", "2026-12-31"}, {"disable", "mei"}} {
		if code, _, errs := run(t, dir, append([]string{"staff"}, args...)...); code != exitOK {
			t.Fatalf("%v: %s", args, errs)
		}
	}
	file, err := os.ReadFile(filepath.Join(dir, "keyset.json"))
	if err != nil {
		t.Fatal(err)
	}
	keys, err := ledger.ParseKeyset(file)
	if err != nil {
		t.Fatal(err)
	}
	return write(t, filepath.Join(dir, "jwks.json"), string(keys.JWKS()))
}

// flip changes one letter of a stored row.
func flip(t *testing.T, dir, row string) {
	t.Helper()
	e, err := sqlite.Open(t.Context(), filepath.Join(dir, "z.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = e.Close() }()
	if _, err := audit.Open(t.Context(), e, time.Now); err != nil {
		t.Fatal(err)
	}
	d, err := e.Get(t.Context(), "audit", row)
	if err != nil {
		t.Fatal(err)
	}
	at := bytes.Index(d.Body, []byte(`"action":"`))
	if at < 0 {
		t.Fatal("no row")
	}
	d.Body[at+len(`"action":"`)] ^= 1
	if err := e.Replace(t.Context(), "audit", d); err != nil {
		t.Fatal(err)
	}
}

func TestVerifyNamesTheAuditRowThatWasTamperedWith(t *testing.T) {
	dir := t.TempDir()
	audited(t, dir)
	code, out, errs := run(t, dir, "verify")
	if code != exitOK || !strings.Contains(out, "3 audit rows, 0 broken") {
		t.Fatalf("%d %s %s", code, out, errs)
	}
	const second = "0000000000000000002"
	flip(t, dir, second)
	code, out, errs = run(t, dir, "verify")
	if code != exitFailed || !strings.Contains(out, "audit row "+second+": its hash does not match its bytes") || !strings.Contains(out, "1 audit rows, 1 broken") {
		t.Errorf("%d %s %s", code, out, errs)
	}
	day := time.Now().In(china).Format(time.DateOnly)
	pack := filepath.Join(dir, "pack.jsonl")
	if code, _, errs := run(t, dir, "export", "audit", "--from", day, "--to", day, "--out", pack); code != exitFailed || !strings.Contains(errs, second) {
		t.Errorf("a broken log is signed: %d %s", code, errs)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*pack*")); len(left) > 0 {
		t.Errorf("half a pack is left: %v", left)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".audit-*")); len(left) > 0 {
		t.Errorf("half a pack is left: %v", left)
	}
}

func TestAnExportOfTheAuditIsVerifiedOfflineAndIsItselfARow(t *testing.T) {
	dir := t.TempDir()
	jwks := audited(t, dir)
	day, pack := time.Now().In(china).Format(time.DateOnly), filepath.Join(dir, "pack.jsonl")
	export := []string{"export", "audit", "--from", day, "--to", day, "--out", pack}
	if code, out, errs := run(t, dir, export...); code != exitOK || !strings.Contains(out, "exported 4 rows") {
		t.Fatalf("%d %s %s", code, out, errs)
	}
	whole, err := os.ReadFile(pack)
	if err != nil {
		t.Fatal(err)
	}
	for _, said := range []string{`"audit.pack_built"`, `"decisions"`, `"accounts"`, `"not_recorded":["incidents"]`} {
		if !bytes.Contains(whole, []byte(said)) {
			t.Errorf("the pack does not say %s", said)
		}
	}
	if info, err := os.Stat(pack); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v: others may read it", info.Mode(), err)
	}
	if code, out, errs := run(t, dir, "verify", "audit", pack, "--jwks", jwks); code != exitOK || !strings.HasPrefix(out, "有效 VALID\n") || !strings.Contains(out, "rows       4, the first is 1") {
		t.Errorf("%d %s %s", code, out, errs)
	}
	if code, _, _ := run(t, dir, export...); code != exitUsage {
		t.Errorf("a file was written over: %d", code)
	}
	changed := bytes.Replace(whole, []byte("staff.added"), []byte("staff.bdded"), 1)
	bad := write(t, filepath.Join(dir, "bad.jsonl"), string(changed))
	if code, out, _ := run(t, dir, "verify", "audit", bad, "--jwks", jwks); code != exitFailed || !strings.HasPrefix(out, "无效 INVALID") || !strings.Contains(out, "line 2: row 1") {
		t.Errorf("%d %s", code, out)
	}
}

func TestAPeriodThatIsNoneIsAMistakeInTyping(t *testing.T) {
	dir := t.TempDir()
	for _, days := range [][2]string{{"2026-02-01", "2026-01-01"}, {"2026-02-30", "2026-03-01"}, {"yesterday", "2026-03-01"}} {
		out := filepath.Join(dir, "o")
		if code, _, errs := run(t, dir, "export", "audit", "--from", days[0], "--to", days[1], "--out", out); code != exitUsage || !strings.Contains(errs, "--from") {
			t.Errorf("%v: %d %s", days, code, errs)
		}
	}
}
