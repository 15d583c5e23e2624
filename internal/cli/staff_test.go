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

// Neither command needs the provider to be up.
func TestAnAccountIsOpenedForWhoSignsInAtTheProvider(t *testing.T) {
	dir := t.TempDir()
	provider := []string{"ZHIQING_STAFF_OIDC_ISSUER=https://sso.example.cn", "ZHIQING_STAFF_OIDC_CLIENT_ID=zhiqing", "ZHIQING_STAFF_OIDC_CLIENT_SECRET=s"}
	code, out, errs := runWith(t, dir, provider, "staff", "add", "mei", "--role", "support", "--oidc", "mei@example.cn", "--trained-until", "2026-12-31")
	if code != exitOK || !strings.Contains(out, "统一登录") || shownPassword.MatchString(out) || strings.Contains(out+errs, "mei@example.cn") {
		t.Fatalf("%d %s %s", code, out, errs)
	}
	run(t, dir, "staff", "add", "lan", "--role", "support")
	if code, out, errs := runWith(t, dir, provider, "staff", "link", "lan", "u-17"); code != exitOK || !strings.Contains(out, "lan") {
		t.Fatalf("%d %s %s", code, out, errs)
	}
	for _, c := range []struct {
		environ    []string
		args, says string
	}{
		{provider, "link lan mei@example.cn", "another account"},
		{provider, "link nobody u-18", "no such account"},
		{provider, "add bai --role support --oidc 李", "ASCII"},
		{nil, "add bai --role support --oidc bai@example.cn", "no identity provider is configured"},
		{nil, "link lan u-18", "no identity provider is configured"},
	} {
		code, _, errs := runWith(t, dir, c.environ, append([]string{"staff"}, strings.Fields(c.args)...)...)
		if code == exitOK || !strings.Contains(strings.ToLower(errs), strings.ToLower(c.says)) {
			t.Errorf("%s: %d %s", c.args, code, errs)
		}
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
