package cli

import (
	"regexp"
	"strings"
	"testing"
)

var shownPassword = regexp.MustCompile(`password +([a-z0-9]{6}-[a-z0-9]{6}-[a-z0-9]{6}-[a-z0-9]{6})`)

func TestAnAccountsCredentialsAreShownOnceAndNowhereElse(t *testing.T) {
	dir := t.TempDir()
	code, out, errs := run(t, dir, "staff", "add", "mei", "--role", "support")
	found := shownPassword.FindStringSubmatch(out)
	if code != exitOK || found == nil || !strings.Contains(out, "otpauth://totp/") {
		t.Fatalf("%d %s %s", code, out, errs)
	}
	if strings.Contains(errs, found[1]) {
		t.Error("the password is in the log")
	}
	code, out, _ = run(t, dir, "staff", "list")
	if code != exitOK || !strings.Contains(out, "mei support") || !strings.Contains(out, "training lapsed") || strings.Contains(out, found[1]) {
		t.Errorf("%d %s", code, out)
	}
	code, again, _ := run(t, dir, "staff", "reset", "mei")
	if code != exitOK || strings.Contains(again, found[1]) || !strings.Contains(again, "otpauth://") {
		t.Errorf("a reset gives new credentials: %d", code)
	}
}

func TestStaffAreTrainedMovedAndDisabledFromTheCommandLine(t *testing.T) {
	dir := t.TempDir()
	run(t, dir, "staff", "add", "mei", "--role", "support")
	for _, args := range [][]string{{"train", "mei", "2026-12-31"}, {"role", "mei", "auditor"}} {
		if code, out, errs := run(t, dir, append([]string{"staff"}, args...)...); code != exitOK {
			t.Fatalf("%v: %d %s %s", args, code, out, errs)
		}
	}
	if _, out, _ := run(t, dir, "staff", "list"); !strings.Contains(out, "mei auditor") {
		t.Error(out)
	}
	if code, _, errs := run(t, dir, "staff", "disable", "mei"); code != exitOK {
		t.Error(errs)
	}
	if _, out, _ := run(t, dir, "staff", "list"); !strings.Contains(out, "disabled mei") {
		t.Error(out)
	}
}

func TestWrongStaffCommandsSayWhatIsWrong(t *testing.T) {
	dir := t.TempDir()
	run(t, dir, "staff", "add", "mei", "--role", "support")
	for _, c := range []struct{ args, says string }{
		{"add mei --role support", "account of this name"},
		{"add lan --role boss", "no such role"},
		{"add M --role support", "2 to 64"},
		{"disable nobody", "no such account"},
		{"train mei 2099-01-01", "a year at most"},
	} {
		code, _, errs := run(t, dir, append([]string{"staff"}, strings.Fields(c.args)...)...)
		if code == exitOK || !strings.Contains(errs, c.says) {
			t.Errorf("%s: %d %s", c.args, code, errs)
		}
	}
}
