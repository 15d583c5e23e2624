package app_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"zhiqing/internal/app"
	"zhiqing/internal/app/apptest"
	"zhiqing/internal/ledger"
	"zhiqing/internal/register/prove"
)

type (
	call = apptest.Call
)

var decide, decision = apptest.Decide, apptest.Decision

// current is the version of a notice that is in force.
func current(p *apptest.Program, kind string) string {
	return p.Want(200, call{Method: "GET", Path: "/v1/notices/" + kind}).Str("version")
}

// state is where a purpose stands for the holder of a token.
func state(p *apptest.Program, token, purpose string) string {
	for _, item := range p.Want(200, call{Method: "GET", Path: "/v1/me/consents", Token: token}).Get("items").([]any) {
		if m := item.(map[string]any); m["purpose"] == purpose {
			return m["state"].(string)
		}
	}
	return "not listed"
}

// sound fails the test unless every chain of the program's store verifies. The program must have stopped, or the engine
// must allow readers.
func sound(t *testing.T, p *apptest.Program) {
	t.Helper()
	report, err := app.Verify(t.Context(), p.Config)
	if err != nil || !report.Sound() {
		t.Fatalf("verify: %v %v", err, report.Breaks)
	}
}

func TestAConsentIsGivenProvedAndWithdrawn(t *testing.T) {
	withdrawn := prove.Row(t, "A-L41.1")
	lawful := prove.Row(t, "A-L41.4")
	optedOut := prove.Row(t, "A-L24.3")
	apptest.OnEveryEngine(t, func(t *testing.T, storeURL string) {
		p := apptest.Start(t, storeURL)
		login := p.Login("mum")
		token := login.Str("access_token")
		if n := login.Str("subject", "privacy_number"); !strings.HasPrefix(n, "PN-") {
			t.Fatalf("privacy number %q", n)
		}
		version := current(p, "privacy")
		if s := state(p, token, "analytics.usage"); s != "unknown" {
			t.Fatalf("a fresh account starts at %s", s)
		}
		given := p.Want(201, decide(token, decision("analytics.usage", "grant", version), decision("improvement.product", "grant", version)))
		entry := given.Str("entries", 0, "entry_id")
		if given.Str("entries", 1, "state") != "given" || given.Str("batch_id") == "" || len(given.Str("entries", 0, "hash")) != 64 {
			t.Fatalf("%s", given.Raw)
		}
		receipt := p.Want(200, call{Method: "GET", Path: "/v1/me/receipts/" + entry, Token: token})
		jwks := p.Want(200, call{Method: "GET", Path: "/.well-known/jwks.json"})
		before, err := ledger.VerifyFile(receipt.Raw, jwks.Raw)
		if err != nil {
			t.Fatalf("offline: %v", err)
		}
		seen := p.Want(200, call{Method: "POST", Path: "/v1/receipts/verify", Body: map[string]any{"receipt": receipt.Str("jws")}})
		if seen.Get("valid") != true || seen.Str("status") != "valid" {
			t.Fatalf("%s", seen.Raw)
		}

		gone := p.Want(200, call{Method: "DELETE", Path: "/v1/me/consents/analytics.usage", Token: token})
		withdrawn.That(gone.Str("entries", 0, "state") == "withdrawn", "one call withdraws: %s", gone.Raw)
		withdrawn.Equal(state(p, token, "analytics.usage"), "withdrawn")
		withdrawn.Equal(state(p, token, "improvement.product"), "given")
		optedOut.Equal(state(p, token, "analytics.usage"), "withdrawn")
		again := p.Want(200, call{Method: "DELETE", Path: "/v1/me/consents/analytics.usage", Token: token})
		withdrawn.Equal(again.Str("entries", 0, "entry_id"), gone.Str("entries", 0, "entry_id"))

		old := p.Want(200, call{Method: "GET", Path: "/v1/me/receipts/" + entry, Token: token})
		after, err := ledger.VerifyFile(old.Raw, jwks.Raw)
		lawful.NoError(err)
		lawful.Equal(after.Integrity, before.Integrity)
		seen = p.Want(200, call{Method: "POST", Path: "/v1/receipts/verify", Body: map[string]any{"receipt": receipt.Str("jws")}})
		lawful.That(seen.Get("valid") == true && seen.Str("status") == "superseded", "the old receipt: %s", seen.Raw)

		history := p.Want(200, call{Method: "GET", Path: "/v1/me/consents/history", Token: token})
		var states []string
		for _, item := range history.Get("items").([]any) {
			m := item.(map[string]any)
			states = append(states, fmt.Sprint(m["seq"], m["purpose"], m["state"]))
		}
		if got := strings.Join(states, " "); got != "3analytics.usagewithdrawn 2improvement.productgiven 1analytics.usagegiven" {
			t.Fatalf("history: %s", got)
		}
		p.Stop()
		sound(t, p)
	})
}

func TestAGuestIsNobody(t *testing.T) {
	guest := prove.Row(t, "A-L24.4")
	refusal := prove.Row(t, "A-L24.7")
	nothing := prove.Row(t, "F-4")
	p := apptest.Start(t, "")
	var last apptest.Answer
	for range 20 {
		last = p.Want(200, call{Method: "POST", Path: "/v1/sessions/guest", Body: map[string]any{"reason": "refused"},
			Header: map[string]string{"User-Agent": "canary-agent/1.0", "X-Forwarded-For": "203.0.113.77"}})
	}
	token := last.Str("access_token")
	for _, path := range []string{"/v1/me", "/v1/me/consents", "/v1/notices/privacy", "/v1/purposes", "/v1/recipients", "/v1/contact"} {
		guest.Equal(p.Want(200, call{Method: "GET", Path: path, Token: token}).Status, 200)
	}
	p.Want(201, decide(token, decision("analytics.usage", "refuse", "")))
	refusal.Equal(len(p.Calls()), 0)
	nothing.Equal(len(p.Calls()), 0) // WeChat was asked nothing
	me := p.Want(200, call{Method: "GET", Path: "/v1/me", Token: token})
	refusal.That(me.Get("login_prompt", "suggest") == false, "a refused login is suggested again: %s", me.Raw)
	p.Clock.Advance(20 * time.Hour)
	renewed := p.Want(200, call{Method: "POST", Path: "/v1/sessions/refresh", Body: map[string]any{"refresh_token": last.Str("refresh_token")}})
	p.Clock.Advance(20 * time.Hour)
	renewed = p.Want(200, call{Method: "POST", Path: "/v1/sessions/refresh", Body: map[string]any{"refresh_token": renewed.Str("refresh_token")}})
	p.Clock.Advance(9 * time.Hour)
	renewed = p.Want(200, call{Method: "POST", Path: "/v1/sessions/refresh", Body: map[string]any{"refresh_token": renewed.Str("refresh_token")}})
	me = p.Want(200, call{Method: "GET", Path: "/v1/me", Token: renewed.Str("access_token")})
	refusal.That(me.Get("login_prompt", "suggest") == true, "after the cool-down: %s", me.Raw)

	p.Clock.Advance(25 * time.Hour)
	swept, err := p.App.SweepSessions(t.Context())
	guest.NoError(err)
	guest.That(swept >= 1, "nothing was swept")
	p.Refused(401, "session.expired", call{Method: "GET", Path: "/v1/me", Token: renewed.Str("access_token")})
	p.Stop()
	report, err := app.Verify(t.Context(), p.Config)
	guest.NoError(err)
	guest.Equal(report.Books, int64(0))
	for name, raw := range rawFiles(t, filepath.Dir(p.Config.Vault.Keyset)) {
		for _, canary := range []string{"canary-agent", "203.0.113.77", "127.0.0.1"} {
			guest.That(!bytes.Contains(raw, []byte(canary)), "%s holds %q", name, canary)
		}
	}
	refusal.That(!strings.Contains(p.Log.String(), "203.0.113.77") && !strings.Contains(p.Log.String(), "canary-agent"), "the log names the client")
}

// rawFiles reads everything that the program left on disk, but for the keys.
func rawFiles(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Name() == "keyset.json" || e.Name() == "vault-keys.json" || e.IsDir() {
			continue
		}
		if files[e.Name()], err = os.ReadFile(filepath.Join(dir, e.Name())); err != nil {
			t.Fatal(err)
		}
	}
	if len(files) == 0 {
		t.Fatal("there is nothing to scan")
	}
	return files
}

func TestTheRawStoreHoldsNoOpenidAndNoAddress(t *testing.T) {
	p := apptest.Start(t, "")
	login := p.Login("mum")
	p.Want(201, decide(login.Str("access_token"), decision("analytics.usage", "grant", current(p, "privacy"))))
	openid := p.Want(200, call{Method: "GET", Path: p.Sandbox + "/_sandbox/persons/mum"}).Str("openid")
	if len(openid) != 28 {
		t.Fatalf("the sandbox does not say mum's openid: %q", openid)
	}
	p.Stop()
	for name, raw := range rawFiles(t, filepath.Dir(p.Config.Vault.Keyset)) {
		for _, canary := range []string{openid, "mum-", "127.0.0.1", login.Str("access_token"), login.Str("refresh_token"), "session_key"} {
			if bytes.Contains(raw, []byte(canary)) {
				t.Errorf("%s holds %q", name, canary)
			}
		}
	}
	if strings.Contains(p.Log.String(), openid) {
		t.Error("the log holds the openid")
	}
}

func TestSixtyFourGrantsAtOnceAreAllKept(t *testing.T) {
	apptest.OnEveryEngine(t, func(t *testing.T, storeURL string) {
		p := apptest.Start(t, storeURL)
		token := p.Login("mum").Str("access_token")
		grant := decide(token, decision("analytics.usage", "grant", current(p, "privacy")))
		var all sync.WaitGroup
		hashes := make(chan string, 64)
		for range 64 {
			all.Go(func() {
				if a, err := p.Try(grant); err == nil && a.Status == 201 {
					hashes <- a.Str("entries", 0, "hash")
				} else {
					t.Errorf("%v %s", err, a.Raw)
				}
			})
		}
		all.Wait()
		close(hashes)
		kept := map[string]bool{}
		for h := range hashes {
			kept[h] = true
		}
		listed, cursor := 0, ""
		for {
			page := p.Want(200, call{Method: "GET", Path: "/v1/me/consents/history?limit=30&cursor=" + cursor, Token: token})
			for _, item := range page.Get("items").([]any) {
				listed++
				if !kept[item.(map[string]any)["hash"].(string)] {
					t.Errorf("entry %v was never acknowledged", item)
				}
			}
			if cursor = page.Str("next_cursor"); cursor == "" {
				break
			}
		}
		if len(kept) != 64 || listed != 64 {
			t.Fatalf("%d acknowledged, %d listed", len(kept), listed)
		}
		p.Stop()
		sound(t, p)
	})
}

func TestALongHistoryMovesToPagesAndStillVerifies(t *testing.T) {
	apptest.OnEveryEngine(t, func(t *testing.T, storeURL string) {
		p := apptest.Start(t, storeURL)
		token := p.Login("mum").Str("access_token")
		version := current(p, "privacy")
		var first apptest.Answer
		for i := range 70 {
			a := p.Want(201, decide(token, decision("analytics.usage", "grant", version), decision("improvement.product", "grant", version)))
			if i == 0 {
				first = a
			}
		}
		old := p.Want(200, call{Method: "GET", Path: "/v1/me/receipts/" + first.Str("entries", 0, "entry_id"), Token: token})
		if _, err := ledger.VerifyFile(old.Raw, p.Want(200, call{Method: "GET", Path: "/.well-known/jwks.json"}).Raw); err != nil {
			t.Fatalf("a receipt from a page: %v", err)
		}
		p.Stop()
		report, err := app.Verify(t.Context(), p.Config)
		if err != nil || !report.Sound() || report.Entries != 140 {
			t.Fatalf("%v %+v", err, report)
		}
	})
}
