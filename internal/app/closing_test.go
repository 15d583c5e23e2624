package app_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"zhiqing/internal/app"
	"zhiqing/internal/app/apptest"
	"zhiqing/internal/export"
	"zhiqing/internal/ledger"
)

// closed is a person whose account is closed, with the session that asked for it and another one.
type closed struct {
	id, number, fresh, refresh, other string
}

func closeAccount(p *apptest.Program, person string) (c closed) {
	p.T.Helper()
	login := p.Login(person)
	c.id, c.refresh = login.Str("subject", "id"), login.Str("refresh_token")
	c.other = p.Login(person).Str("access_token")
	c.fresh = stepUp(p, login.Str("access_token"), person)
	c.number = p.Want(201, ask(c.fresh, "cancel_account")).Str("number")
	done(p, c.fresh, c.number)
	return c
}

// The session that asked to close its account may see how that ended and nothing else. What is not named as allowed is
// refused: each route of the contract is tried.
func TestTheClosingSessionMaySeeTheEndAndNothingElse(t *testing.T) {
	p := apptest.Start(t, "")
	c := closeAccount(p, "mum")
	allowed := map[string]bool{
		"GET /v1/me/requests": true, "GET /v1/me/requests/{number}": true, "GET /v1/me/requests/{number}/package": true,
		"GET /v1/me/requests/{number}/proof": true, "DELETE /v1/sessions/current": true, "GET /v1/me/access-log": true,
	}
	refused := 0
	for path, item := range p.Want(200, call{Method: "GET", Path: "/openapi.json"}).Get("paths").(map[string]any) {
		for method, operation := range item.(map[string]any) {
			name := strings.ToUpper(method) + " " + path
			if o, ok := operation.(map[string]any); !ok || o["security"] == nil || allowed[name] {
				continue
			}
			at := strings.NewReplacer("{number}", c.number, "{purpose}", "analytics.usage", "{kind}", "privacy").Replace(path)
			if strings.HasPrefix(path, "/v1/service/") { // for other systems: a person's token is no key there
				p.Refused(401, "service.key", call{Method: strings.ToUpper(method), Path: at, Token: c.fresh, Body: bodyFor(method)})
				continue
			}
			p.Refused(410, "subject.closed", call{Method: strings.ToUpper(method), Path: at, Token: c.fresh, Body: bodyFor(method)})
			refused++
		}
	}
	if refused < 20 {
		t.Errorf("only %d routes were tried", refused)
	}
	p.Want(200, call{Method: "GET", Path: "/v1/me/requests", Token: c.fresh})
	p.Want(200, call{Method: "GET", Path: "/v1/me/access-log", Token: c.fresh})
	proof := p.Want(200, call{Method: "GET", Path: "/v1/me/requests/" + c.number + "/proof", Token: c.fresh}).Str("jws")
	if proof == "" {
		t.Error("no proof")
	}
	p.Refused(401, "session.invalid", call{Method: "GET", Path: "/v1/me", Token: c.other})
	p.Want(204, call{Method: "DELETE", Path: "/v1/sessions/current", Token: c.fresh})
	p.Refused(401, "session.invalid", call{Method: "GET", Path: "/v1/me/requests", Token: c.fresh})
}

func bodyFor(method string) any {
	if method == "get" || method == "delete" {
		return nil
	}
	return map[string]any{}
}

func TestTheClosingSessionEndsAfterADayWhateverItsUse(t *testing.T) {
	p := apptest.Start(t, "")
	c := closeAccount(p, "mum")
	p.Clock.Advance(20 * time.Hour)
	again := p.Want(200, call{Method: "POST", Path: "/v1/sessions/refresh", Body: map[string]any{"refresh_token": c.refresh}})
	p.Want(200, call{Method: "GET", Path: "/v1/me/requests/" + c.number + "/proof", Token: again.Str("access_token")})
	p.Refused(410, "subject.closed", call{Method: "GET", Path: "/v1/me", Token: again.Str("access_token")})
	p.Clock.Advance(4*time.Hour - 10*time.Minute)
	last := p.Want(200, call{Method: "POST", Path: "/v1/sessions/refresh", Body: map[string]any{"refresh_token": again.Str("refresh_token")}})
	p.Clock.Advance(11 * time.Minute)
	if a := p.Do(call{Method: "GET", Path: "/v1/me/requests", Token: last.Str("access_token")}); a.Status != 401 {
		t.Errorf("the session goes on: %d %s", a.Status, a.Raw)
	}
	if a := p.Do(call{Method: "POST", Path: "/v1/sessions/refresh", Body: map[string]any{"refresh_token": last.Str("refresh_token")}}); a.Status != 401 {
		t.Errorf("the session can be renewed: %d %s", a.Status, a.Raw)
	}
}

// A backup that is put back brings nobody back: the list of erasures lies outside the store, and every start applies it.
func TestARestoredBackupBringsNobodyBack(t *testing.T) {
	dir := t.TempDir()
	first := apptest.Start(t, "", func(o *app.Options) { o.Config = apptest.Configure(dir, "") })
	mum := first.Login("mum")
	first.Want(200, patchProfile(first, mum.Str("access_token"), map[string]any{"nickname": "小石头"}))
	dad := first.Login("dad")
	first.Want(200, patchProfile(first, dad.Str("access_token"), map[string]any{"nickname": "大石头"}))
	first.Stop()
	backup := files(t, dir, "zhiqing.db")

	second := apptest.Start(t, "", func(o *app.Options) { o.Config = apptest.Configure(dir, "") })
	c := closeAccount(second, "mum")
	if c.id != mum.Str("subject", "id") {
		t.Fatal("another person")
	}
	second.Stop()
	list := read(t, filepath.Join(dir, "erasures.jsonl"))
	if info, err := os.Stat(filepath.Join(dir, "erasures.jsonl")); err != nil || info.Mode().Perm() != 0o600 || bytes.Count(list, []byte("\n")) != 1 {
		t.Fatalf("the list: %v %v\n%s", info, err, list)
	}
	restore(t, dir, backup)
	write(t, filepath.Join(dir, "erasures.jsonl"), append(list, `{"subject":"sub_to`...)) // torn by a crash

	third := apptest.Start(t, "", func(o *app.Options) { o.Config = apptest.Configure(dir, "") })
	s, err := third.App.Subjects.Find(t.Context(), c.id)
	if err != nil || s.State != "erased" || len(s.Key) > 0 || len(s.Fields) > 0 || s.Erasure.Proof == "" {
		t.Errorf("the person is back: %s, key %t, %v", s.State, len(s.Key) > 0, err)
	}
	if !strings.Contains(third.Log.String(), "erased again") {
		t.Error("nobody is told")
	}
	third.Refused(401, "session.invalid", call{Method: "GET", Path: "/v1/me/profile", Token: mum.Str("access_token")})
	third.Want(200, call{Method: "GET", Path: "/v1/me/profile", Token: dad.Str("access_token")})
	if back := third.Login("mum").Str("subject", "id"); back == c.id {
		t.Error("the login leads to the erased account")
	}
	third.Stop()
	sound(t, third)
	for _, line := range bytes.Split(bytes.TrimSpace(read(t, filepath.Join(dir, "erasures.jsonl"))), []byte("\n")) {
		if !bytes.Contains(line, []byte(c.id)) || bytes.Contains(line, []byte("sub_to")) {
			t.Errorf("a line of the list: %s", line)
		}
	}
}

func TestADamagedListOfErasuresStopsTheStartAndNamesTheLine(t *testing.T) {
	c := apptest.Configure(t.TempDir(), "")
	write(t, c.Vault.Erasures, []byte("{\"subject\":\"sub_0000000000000000000000000A\"}\nnonsense\n"))
	a, err := app.Open(t.Context(), app.Options{Config: c})
	if err == nil {
		_ = a.Close()
		t.Fatal("it starts, and might bring somebody back")
	}
	if !strings.Contains(err.Error(), "vault.erasures: line 2") || strings.Contains(err.Error(), "nonsense") {
		t.Errorf("the error says %v", err)
	}
}

// files are the store's files: its name and what SQLite puts beside it.
func files(t *testing.T, dir, name string) map[string][]byte {
	t.Helper()
	found := map[string][]byte{}
	for file, data := range rawFiles(t, dir) {
		if strings.HasPrefix(file, name) {
			found[file] = data
		}
	}
	return found
}

func restore(t *testing.T, dir string, backup map[string][]byte) {
	t.Helper()
	for file := range files(t, dir, "zhiqing.db") {
		if err := os.Remove(filepath.Join(dir, file)); err != nil {
			t.Fatal(err)
		}
	}
	for file, data := range backup {
		write(t, filepath.Join(dir, file), data)
	}
}

// Killed at any moment of an erasure, the program finishes it after the next start: the request ends as done, with a proof,
// and nothing of the person can be read.
func TestKillNineInAnErasureIsFinishedAfterTheNextStart(t *testing.T) {
	dir := t.TempDir()
	for round := range 4 {
		p, kill := startChild(t, dir)
		person := fmt.Sprintf("person%d", round)
		login := p.Want(200, call{Method: "POST", Path: "/v1/sessions/wechat", Body: map[string]any{"code": person + "-first"}})
		token, id := login.Str("access_token"), login.Str("subject", "id")
		p.Want(200, patchProfile(p, token, map[string]any{"nickname": "小石头"}))
		fresh := p.Want(200, call{Method: "POST", Path: "/v1/sessions/step-up", Token: token, Body: map[string]any{"code": person + "-second"}}).Str("access_token")
		number := p.Want(201, ask(fresh, "cancel_account")).Str("number")
		for events := 0; events < round+2; { // killed a little later each time
			a := p.Do(call{Method: "GET", Path: "/v1/me/requests/" + number, Token: fresh})
			timeline, _ := a.Get("timeline").([]any)
			events = len(timeline)
		}
		kill()
		p = apptest.Start(t, "", func(o *app.Options) { o.Config = apptest.Configure(dir, "") })
		p.Clock.Advance(3 * time.Minute) // past the dead worker's claim
		end := done(p, fresh, number)
		if end.Str("state") != "fulfilled" {
			t.Fatalf("round %d: %s", round, end.Raw)
		}
		if p.Want(200, call{Method: "GET", Path: "/v1/me/requests/" + number + "/proof", Token: fresh}).Str("jws") == "" {
			t.Errorf("round %d: no proof", round)
		}
		p.Refused(410, "subject.closed", call{Method: "GET", Path: "/v1/me/profile", Token: fresh})
		back := p.Want(200, call{Method: "POST", Path: "/v1/sessions/wechat", Body: map[string]any{"code": person + "-third"}})
		if back.Str("subject", "id") == id {
			t.Errorf("round %d: the erased account is back", round)
		}
		p.Stop()
		for name, data := range rawFiles(t, dir) {
			if bytes.Contains(data, []byte("小石头")) {
				t.Errorf("round %d: %s holds the nickname", round, name)
			}
		}
		sound(t, p)
	}
}

func TestKillNineInAnExportIsFinishedAfterTheNextStart(t *testing.T) {
	dir := t.TempDir()
	for round := range 3 {
		p, kill := startChild(t, dir)
		person := fmt.Sprintf("reader%d", round)
		token := p.Want(200, call{Method: "POST", Path: "/v1/sessions/wechat", Body: map[string]any{"code": person + "-first"}}).Str("access_token")
		p.Want(200, patchProfile(p, token, map[string]any{"nickname": "小石头"}))
		fresh := p.Want(200, call{Method: "POST", Path: "/v1/sessions/step-up", Token: token, Body: map[string]any{"code": person + "-second"}}).Str("access_token")
		number := p.Want(201, ask(fresh, "copy")).Str("number")
		for events := 0; events < round+1; {
			timeline, _ := p.Do(call{Method: "GET", Path: "/v1/me/requests/" + number, Token: fresh}).Get("timeline").([]any)
			events = len(timeline)
		}
		kill()
		p = apptest.Start(t, "", func(o *app.Options) { o.Config = apptest.Configure(dir, "") })
		p.Clock.Advance(3 * time.Minute) // past the dead worker's claim
		if end := done(p, fresh, number); end.Str("state") != "fulfilled" {
			t.Fatalf("round %d: %s", round, end.Raw)
		}
		zip := p.Want(200, call{Method: "GET", Path: "/v1/me/requests/" + number + "/package", Token: fresh}).Raw
		keys, err := ledger.ParseJWKS(p.Want(200, call{Method: "GET", Path: "/.well-known/jwks.json"}).Raw)
		if err != nil {
			t.Fatal(err)
		}
		if report, err := export.Verify(bytes.NewReader(zip), int64(len(zip)), keys); err != nil || !report.Sound() {
			t.Errorf("round %d: %+v %v", round, report, err)
		}
		p.Stop()
		sound(t, p)
	}
}
