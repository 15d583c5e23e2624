package app_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"zhiqing/internal/app/apptest"
	"zhiqing/internal/cli"
)

var update = flag.Bool("update", false, "write golden files (README.md, openapi.yaml) instead of comparing them")

// transcript is a conversation with the real program, as the README shows it.
type transcript struct {
	p    *apptest.Program
	text strings.Builder
}

func (r *transcript) say(format string, args ...any) { fmt.Fprintf(&r.text, format+"\n", args...) }

// do makes a request, writes it down with the named members of the answer, and returns the answer.
func (r *transcript) do(status int, c call, members ...string) apptest.Answer {
	r.p.T.Helper()
	a := r.p.Want(status, c)
	line := c.Method + " " + c.Path
	if c.Body != nil {
		body, _ := json.Marshal(c.Body)
		line += "  " + string(body)
	}
	r.say("%s", line)
	if len(members) == 0 {
		r.say("  → %d", a.Status)
		return a
	}
	shown := make([]string, 0, len(members))
	for _, m := range members {
		value, _ := json.Marshal(a.Get(m))
		shown = append(shown, fmt.Sprintf("%q: %s", m, value))
	}
	r.say("  → %d {%s}", a.Status, strings.Join(shown, ", "))
	return a
}

// run runs the command line and writes down what it prints.
func (r *transcript) run(args ...string) string {
	r.p.T.Helper()
	var out bytes.Buffer
	code := cli.Run(r.p.T.Context(), cli.Env{Args: args, Environ: r.environ(), Stdout: &out, Stderr: &out})
	shown := make([]string, len(args))
	for i, a := range args {
		shown[i] = strings.TrimPrefix(a, r.dir()+"/")
	}
	r.say("$ zhiqing %s   # exit %d\n%s", strings.Join(shown, " "), code, strings.TrimRight(out.String(), "\n"))
	return out.String()
}

// environ points the command line at the program's store and keys.
func (r *transcript) environ() []string {
	c := r.p.Config
	return []string{"ZHIQING_STORE_URL=" + c.Store.URL.Reveal(), "ZHIQING_VAULT_KEYSET=" + c.Vault.Keyset, "ZHIQING_VAULT_KEYS=" + c.Vault.Keys, "ZHIQING_VAULT_ERASURES=" + c.Vault.Erasures}
}

func (r *transcript) dir() string { return filepath.Dir(r.p.Config.Vault.Keyset) }

func (r *transcript) save(name string, data []byte) string {
	path := filepath.Join(r.dir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		r.p.T.Fatal(err)
	}
	return path
}

// volatile values differ in each run; the README shows their beginnings.
var volatile = []struct {
	form *regexp.Regexp
	as   string
}{
	{regexp.MustCompile(`\b(sub|gst|bat|gdn|inv)_[0-9a-z]{26}`), "${1}_…"},
	{regexp.MustCompile(`\bent_([sg])[0-9a-z]{26}-`), "ent_${1}…-"},
	{regexp.MustCompile(`\bzrt_[\w-]+`), "zrt_…"},
	{regexp.MustCompile(`\beyJ[\w-]+\.[\w-]+\.[\w-]+`), "eyJ…"},
	{regexp.MustCompile(`\bRQ-\w{4}-\w{4}`), "RQ-····-····"},
	{regexp.MustCompile(`\bPN-\w{4}-\w{4}`), "PN-····-····"},
	{regexp.MustCompile(`\b[0-9a-f]{64}\b`), "<sha256>"},
	{regexp.MustCompile(`"token": ?"[\w-]{22}"`), `"token":"…22…"`},
	{regexp.MustCompile(`"pairing_code": ?"\d{6}"`), `"pairing_code":"······"`},
	{regexp.MustCompile(`"code":"(phone-)?(\w+)-\d+"`), `"code":"$1$2-…"`},
	{regexp.MustCompile(`"\d{4}-\d\d-\d\d"`), `"<date>"`},
	{regexp.MustCompile(`\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z`), "<time>"},
}

func (r *transcript) settled() string {
	s := r.text.String()
	for _, v := range volatile {
		s = v.form.ReplaceAllString(s, v.as)
	}
	return s
}

// guestToReceipt is the README's first transcript.
func guestToReceipt(p *apptest.Program) string {
	r := &transcript{p: p}
	r.say("# 访客：拒绝微信登录，也拒绝统计 · a guest declines the login, and statistics")
	guest := r.do(200, call{Method: "POST", Path: "/v1/sessions/guest", Body: map[string]any{"reason": "refused"}}, "kind", "guest_id", "expires_in")
	r.do(200, call{Method: "GET", Path: "/v1/me", Token: guest.Str("access_token")}, "kind", "login_prompt")
	r.do(201, decide(guest.Str("access_token"), decision("analytics.usage", "refuse", "")), "entries")
	calls := r.do(200, call{Method: "GET", Path: p.Sandbox + "/_sandbox/calls"})
	r.say("      %s  微信一次也没有被调用 · WeChat was not called once", bytes.TrimSpace(calls.Raw))
	r.say("\n# 之后自愿以微信登录 · later the person logs in with WeChat")
	login := r.do(200, call{Method: "POST", Path: "/v1/sessions/wechat", Body: map[string]any{"code": apptest.Code("mum")}}, "kind", "subject")
	token := login.Str("access_token")
	r.say("\n# 先读告知，再分别同意两项 · reads the notice, then grants two purposes")
	notice := r.do(200, call{Method: "GET", Path: "/v1/notices/privacy"}, "version", "language", "sha256")
	version := notice.Str("version")
	given := r.do(201, decide(token, decision("analytics.usage", "grant", version), decision("improvement.product", "grant", version)), "batch_id", "entries")
	r.say("\n# 领取回执，离线核验 · fetches a receipt and verifies it offline")
	receipt := r.do(200, call{Method: "GET", Path: "/v1/me/receipts/" + given.Str("entries", 0, "entry_id"), Token: token}, "entry_id", "jws")
	jwks := r.do(200, call{Method: "GET", Path: "/.well-known/jwks.json"})
	r.run("verify", "receipt", r.save("receipt.json", receipt.Raw), "--jwks", r.save("jwks.json", jwks.Raw))
	r.say("\n# 撤回一项，一次调用即生效 · withdraws one; one call, at once")
	r.do(200, call{Method: "DELETE", Path: "/v1/me/consents/analytics.usage", Token: token}, "entries")
	r.do(200, call{Method: "POST", Path: "/v1/receipts/verify", Body: map[string]any{"receipt": receipt.Str("jws")}}, "valid", "status", "purpose", "state")
	history := r.do(200, call{Method: "GET", Path: "/v1/me/consents/history", Token: token})
	for _, item := range history.Get("items").([]any) {
		m := item.(map[string]any)
		r.say("      %v  %-20v %v", m["seq"], m["purpose"], m["state"])
	}
	return strings.ReplaceAll(r.settled(), p.Sandbox, "<sandbox>")
}

func TestTheReadmesTranscriptIsWhatTheProgramSays(t *testing.T) {
	apptest.OnEveryEngine(t, func(t *testing.T, storeURL string) {
		compareWithReadme(t, "consent", guestToReceipt(apptest.Start(t, storeURL)))
	})
}

// compareWithReadme compares a transcript with the README's block of this name, or writes it there with -update.
func compareWithReadme(t *testing.T, name, got string) {
	t.Helper()
	const path = "../../README.md"
	readme, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	open, end := "<!-- transcript:"+name+" -->\n```text\n", "```\n<!-- /transcript -->"
	from := strings.Index(string(readme), open)
	if from < 0 {
		t.Fatalf("README.md has no block %q", name)
	}
	from += len(open)
	to := from + strings.Index(string(readme)[from:], end)
	if *update {
		changed := string(readme)[:from] + got + string(readme)[to:]
		if err := os.WriteFile(path, []byte(changed), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if want := string(readme)[from:to]; got != want {
		t.Errorf("the README shows something else; run: go test ./internal/app -run Readme -update\n--- now\n%s\n--- README\n%s", got, want)
	}
}
