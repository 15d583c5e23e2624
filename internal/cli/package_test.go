package cli

import (
	"bytes"
	"crypto/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"zhiqing/internal/export"
	"zhiqing/internal/fault"
	"zhiqing/internal/holding"
	"zhiqing/internal/ledger"
)

// packaged writes a package and the published keys of who made it.
func packaged(t *testing.T, dir string) (file, keys string) {
	t.Helper()
	now := time.Unix(1_780_000_000, 0)
	k := ledger.NewKeyset(rand.Reader, now, ledger.OriginOperator)
	var b bytes.Buffer
	_, err := export.Build(&b, export.Package{
		RequestNo: "RQ-1", Subject: "sub_x", Controller: export.Controller{Name: "示例公司", Contact: "12345"}, GeneratedAt: now, ExpiresAt: now.Add(time.Hour),
		NoticeVersion: "2026-01", Language: "zh-CN",
		Files: []holding.File{{Name: "profile", Title: fault.Text{ZH: "资料", EN: "Profile"}, Schema: []byte(`{"type":"object"}`), Records: []any{map[string]any{"nickname": "小满"}}}},
	}, k)
	if err != nil {
		t.Fatal(err)
	}
	return write(t, filepath.Join(dir, "p.zip"), b.String()), write(t, filepath.Join(dir, "k.json"), string(k.JWKS()))
}

func TestAPackageIsVerifiedOffline(t *testing.T) {
	dir := t.TempDir()
	file, keys := packaged(t, dir)
	code, out, errs := run(t, dir, "verify", "package", file, "--jwks", keys)
	if code != exitOK || !strings.HasPrefix(out, "有效 VALID\n") || !strings.Contains(out, "RQ-1") || !strings.Contains(out, "示例公司") || errs != "" {
		t.Errorf("%d %s %s", code, out, errs)
	}
	if left, _ := os.ReadDir(dir); len(left) != 2 {
		t.Errorf("the check has left files behind: %v", left)
	}
}

func TestADamagedOrForeignPackageIsToldInBothLanguages(t *testing.T) {
	dir := t.TempDir()
	file, keys := packaged(t, dir)
	_, others := packaged(t, t.TempDir())
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	broken := bytes.Clone(whole)
	broken[len("PK0000000000000000000000000000README.html")+100] ^= 1
	for name, c := range map[string]struct{ file, keys, want string }{
		"another key": {file, others, "manifest.sig"},
		"one bit":     {write(t, filepath.Join(dir, "b.zip"), string(broken)), keys, "README.html"},
		"half":        {write(t, filepath.Join(dir, "h.zip"), string(whole[:len(whole)/2])), keys, "导出压缩包"},
		"empty":       {write(t, filepath.Join(dir, "e.zip"), ""), keys, "export package"},
		"a folder":    {dir, keys, "导出压缩包"},
	} {
		code, out, errs := run(t, dir, "verify", "package", c.file, "--jwks", c.keys)
		if code != exitFailed || !strings.HasPrefix(out, "无效 INVALID  ") || !strings.Contains(out, c.want) || errs != "" {
			t.Errorf("%s: %d %q %q", name, code, out, errs)
		}
	}
}

func TestAPackageOrKeyFileThatIsNotThereIsAMistakeInTyping(t *testing.T) {
	dir := t.TempDir()
	file, keys := packaged(t, dir)
	for name, args := range map[string][]string{
		"no package": {"verify", "package", filepath.Join(dir, "none.zip"), "--jwks", keys},
		"no keys":    {"verify", "package", file, "--jwks", filepath.Join(dir, "none.json")},
		"bad keys":   {"verify", "package", file, "--jwks", write(t, filepath.Join(dir, "bad.json"), "{}")},
		"no flag":    {"verify", "package", file},
	} {
		if code, out, errs := run(t, dir, args...); code != exitUsage || out != "" || errs == "" {
			t.Errorf("%s: %d %q %q", name, code, out, errs)
		}
	}
}

// A file name of a stranger's package must not write to the terminal.
func TestNamesInAPackageCannotSteerTheTerminal(t *testing.T) {
	var out bytes.Buffer
	c := &call{env: Env{Stdout: &out}}
	_ = c.tell(export.Report{Problems: []export.Problem{{Path: "a\x1b[2J\nVALID", Kind: export.Extra}}})
	if strings.Contains(out.String(), "\x1b") || strings.Contains(out.String(), "\nVALID") {
		t.Errorf("%q", out.String())
	}
}
