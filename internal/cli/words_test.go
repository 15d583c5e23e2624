package cli

import (
	"bytes"
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"zhiqing/internal/ledger"
	"zhiqing/internal/store"
)

// run types one command in an empty folder of settings: everything lies under dir.
func run(t *testing.T, dir string, args ...string) (code int, out, errs string) {
	t.Helper()
	return runWith(t, dir, nil, args...)
}

// runWith is run with further variables.
func runWith(t *testing.T, dir string, environ []string, args ...string) (code int, out, errs string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code = Run(t.Context(), Env{Args: args, Stdout: &stdout, Stderr: &stderr, Environ: append([]string{
		"ZHIQING_VAULT_KEYSET=" + filepath.Join(dir, "keyset.json"), "ZHIQING_VAULT_KEYS=" + filepath.Join(dir, "vault-keys.json"), "ZHIQING_VAULT_ERASURES=" + filepath.Join(dir, "erasures.jsonl"),
		"ZHIQING_STORE_URL=sqlite:" + filepath.Join(dir, "z.db"),
	}, environ...)})
	return code, stdout.String(), stderr.String()
}

func write(t *testing.T, path, text string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestAMistypedCommandPointsToTheHelp(t *testing.T) {
	code, _, errs := run(t, t.TempDir(), "nosuch")
	if code != exitUsage || !strings.Contains(errs, "nosuch") || !strings.Contains(errs, "zhiqing --help") {
		t.Errorf("%d %s", code, errs)
	}
}

func TestABadKeyFileSaysNothingAboutTheReceipt(t *testing.T) {
	dir := t.TempDir()
	receipt := write(t, filepath.Join(dir, "r.jws"), "a.b.c")
	for name, keys := range map[string]string{"empty": "", "no keys": `{"keys":[]}`, "no JSON": "hello"} {
		code, out, errs := run(t, dir, "verify", "receipt", receipt, "--jwks", write(t, filepath.Join(dir, "k.json"), keys))
		if code != exitUsage || strings.Contains(out, "INVALID") || !strings.Contains(errs, "k.json") {
			t.Errorf("%s: %d %q %q", name, code, out, errs)
		}
	}
}

func TestAnInvalidReceiptIsToldInBothLanguages(t *testing.T) {
	dir := t.TempDir()
	keys := write(t, filepath.Join(dir, "k.json"), string(ledger.NewKeyset(rand.Reader, time.Unix(0, 0), ledger.OriginOperator).JWKS()))
	for name, receipt := range map[string]string{"empty": "", "another text": "a.b.c", "another document": `{"keys":[]}`} {
		code, out, _ := run(t, dir, "verify", "receipt", write(t, filepath.Join(dir, "r"), receipt), "--jwks", keys)
		if code != exitFailed || !strings.Contains(out, "无效 INVALID  ") || !strings.Contains(out, "回执") || !strings.Contains(out, "receipt") {
			t.Errorf("%s: %d %q", name, code, out)
		}
	}
}

func TestAKeyFileIsNeverOverwrittenAndTheMessageSaysWhich(t *testing.T) {
	dir := t.TempDir()
	if code, _, errs := run(t, dir, "keys", "init"); code != exitOK {
		t.Fatal(errs)
	}
	before, _ := os.ReadFile(filepath.Join(dir, "keyset.json"))
	code, _, errs := run(t, dir, "keys", "init")
	if code != exitFailed || !strings.Contains(errs, filepath.Join(dir, "keyset.json")+" already") || strings.Contains(errs, ".keyset-") {
		t.Errorf("%d %s", code, errs)
	}
	if after, _ := os.ReadFile(filepath.Join(dir, "keyset.json")); len(before) == 0 || !bytes.Equal(before, after) {
		t.Error("the key file has changed")
	}
}

// An installation that is older than the second file has only the first one.
func TestInitMakesTheKeyFileThatIsMissingAndKeepsTheOther(t *testing.T) {
	for _, gone := range []string{"keyset.json", "vault-keys.json"} {
		dir := t.TempDir()
		if code, out, errs := run(t, dir, "keys", "init"); code != exitOK || strings.Count(out, "made ") != 2 {
			t.Fatal(out, errs)
		}
		kept := map[string]string{"keyset.json": "vault-keys.json", "vault-keys.json": "keyset.json"}[gone]
		before, _ := os.ReadFile(filepath.Join(dir, kept))
		if err := os.Remove(filepath.Join(dir, gone)); err != nil {
			t.Fatal(err)
		}
		code, out, errs := run(t, dir, "keys", "init")
		if code != exitOK || !strings.Contains(out, gone) || strings.Contains(out, kept) || errs != "" {
			t.Errorf("%s: %d %s %s", gone, code, out, errs)
		}
		if after, _ := os.ReadFile(filepath.Join(dir, kept)); len(before) == 0 || !bytes.Equal(before, after) {
			t.Errorf("%s has changed", kept)
		}
	}
}

func TestRotateChangesBothKeyFilesAndDoctorExaminesBoth(t *testing.T) {
	dir := t.TempDir()
	if code, _, errs := run(t, dir, "keys", "init"); code != exitOK {
		t.Fatal(errs)
	}
	for _, name := range []string{"keyset.json", "vault-keys.json"} {
		path := filepath.Join(dir, name)
		before, _ := os.ReadFile(path)
		code, out, errs := run(t, dir, "keys", "rotate")
		if code != exitOK || !strings.Contains(out, path) {
			t.Errorf("%d %s %s", code, out, errs)
		}
		info, err := os.Stat(path)
		if after, _ := os.ReadFile(path); err != nil || bytes.Equal(before, after) || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v", name, info, err)
		}
		if code, out, _ := run(t, dir, "doctor"); code != exitOK || !strings.Contains(out, path+" (operator)") {
			t.Errorf("%d %s", code, out)
		}
	}
	write(t, filepath.Join(dir, "vault-keys.json"), `{"version":2}`)
	if code, out, _ := run(t, dir, "doctor"); code != exitFailed || !strings.Contains(out, "✗ vault keys") {
		t.Errorf("%d %s", code, out)
	}
}

// The file is there and needs chmod; `keys init` would only refuse.
func TestDoctorDoesNotSendPeopleToMakeKeysThatTheyHave(t *testing.T) {
	dir := t.TempDir()
	path := write(t, filepath.Join(dir, "keyset.json"), "{}")
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	code, out, _ := run(t, dir, "doctor")
	if code != exitFailed || !strings.Contains(out, "chmod 600") || strings.Contains(out, "keys init") {
		t.Errorf("%d %s", code, out)
	}
}

func TestAMissingPolicyFolderIsNamedBySetting(t *testing.T) {
	var out, errs bytes.Buffer
	code := Run(t.Context(), Env{Args: []string{"policy", "check"}, Stdout: &out, Stderr: &errs, Environ: []string{"ZHIQING_POLICY_DIR=" + filepath.Join(t.TempDir(), "none")}})
	if code != exitFailed || !strings.Contains(errs.String(), "policy.dir") || strings.Contains(errs.String(), "purposes.yaml") {
		t.Errorf("%d %s", code, errs.String())
	}
}

// A client must not see why the store is away; who runs the program must.
func TestTheOperatorIsToldTheCause(t *testing.T) {
	said := explain(store.ErrUnavailable.Because(errors.New("ping: connection refused")))
	if !strings.Contains(said, "store.unavailable") || !strings.Contains(said, "connection refused") {
		t.Error(said)
	}
}
