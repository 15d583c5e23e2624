package app_test

import (
	"bytes"
	"crypto/rand"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"zhiqing/internal/app"
	"zhiqing/internal/app/apptest"
	"zhiqing/internal/audit"
	"zhiqing/internal/ident"
	"zhiqing/internal/register/prove"
	"zhiqing/internal/staff"
	"zhiqing/internal/store"
)

// fill puts something plausible where a path has a name.
func fill(path string) string {
	return strings.NewReplacer(":name", "officer0", ":act", "train", ":number", "RQ-0000-0000", ":id", "lkp_none", ":entry", "ent_none", ":kind", "privacy",
		":version", "1.0", ":ref", "gdn_none").Replace(path)
}

func rowsOf(t *testing.T, p *apptest.Program, q audit.Query) []audit.Row {
	t.Helper()
	q.Limit = 1000
	rows, _, err := p.App.Audit.Find(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func counted(rows []audit.Row, action string) (n int) {
	for _, r := range rows {
		if r.Action == action {
			n++
		}
	}
	return n
}

// The matrix is made of roles.yaml and the console's own table, so no route and no role can be forgotten.
func TestEveryRouteIsOpenToTheRolesOfTheTableAndNobodyElse(t *testing.T) {
	proof := prove.Row(t, "A-L48.4")
	p := apptest.Start(t, "")
	roles, all, nobody := p.App.Staff.Roles(), everybody(t, p), &clerk{p: p, cookies: map[string]string{}}
	denied := 0
	for _, r := range p.App.Console.Routes() {
		if strings.HasSuffix(r.Path, "/sign-out") {
			continue // it ends the session that the rest needs; TestATokenFromBefore… covers it
		}
		path := fill(r.Path)
		form := url.Values{}
		if r.Method == http.MethodGet {
			form = nil
		}
		if a := nobody.send(r.Method, path, form, nil); !r.Open && !strings.HasPrefix(a.header.Get("Location"), "/console/sign-in?next=") {
			t.Errorf("%s %s without a session: %d %s", r.Method, path, a.status, a.header.Get("Location"))
		}
		for role, c := range all {
			if r.Open {
				continue
			}
			a := c.send(r.Method, path, nil, nil)
			if r.Method == http.MethodPost {
				a = c.post(path, "until", "2026-12-31")
			}
			may := r.Needs == "" || roles.May(role, r.Needs)
			refused := a.status == http.StatusForbidden && strings.Contains(a.body, "staff.forbidden")
			proof.That(refused != may, "%s %s as %s (needs %q): %d", r.Method, path, role, r.Needs, a.status)
			if a.status >= 500 {
				t.Errorf("%s %s as %s: %d %s", r.Method, path, role, a.status, a.body)
			}
			if !may {
				denied++
			}
		}
	}
	if got := counted(rowsOf(t, p, audit.Query{}), "staff.denied"); got != min(denied, 1000) && got < denied {
		t.Errorf("%d refusals in the audit, want %d", got, denied)
	}
	all[staff.Support].wants(all[staff.Support].get("/console/nowhere"), http.StatusNotFound, "没有这个页面")
}

func TestAFormOfAnotherSiteOrSessionChangesNothing(t *testing.T) {
	p := apptest.Start(t, "")
	root, other := hire(p, "root", staff.Administrator).signIn(), hire(p, "bai", staff.Administrator).signIn()
	form := url.Values{"csrf": {root.csrf}, "name": {"mallory"}, "role": {"support"}}
	with := func(csrf string) url.Values {
		f := url.Values{"name": {"mallory"}, "role": {"support"}}
		if csrf != "" {
			f.Set("csrf", csrf)
		}
		return f
	}
	for name, a := range map[string]seen{
		"no secret":             root.send("POST", "/console/staff", with(""), nil),
		"another's secret":      root.send("POST", "/console/staff", with(other.csrf), nil),
		"sent by another site":  root.send("POST", "/console/staff", form, map[string]string{"Sec-Fetch-Site": "cross-site"}),
		"sent by a sister site": root.send("POST", "/console/staff", form, map[string]string{"Sec-Fetch-Site": "same-site"}),
		"another origin":        root.send("POST", "/console/staff", form, map[string]string{"Sec-Fetch-Site": "", "Origin": "https://evil.example"}),
	} {
		if a.status != http.StatusForbidden || !strings.Contains(a.body, "console.form") {
			t.Errorf("%s: %d", name, a.status)
		}
	}
	if a := root.send("POST", "/console/staff", nil, map[string]string{"Content-Type": "application/json"}); a.status < 400 {
		t.Errorf("a body that is no form: %d", a.status)
	}
	accounts, err := p.App.Staff.List(t.Context())
	if err != nil || len(accounts) != 2 {
		t.Errorf("%d accounts, %v", len(accounts), err)
	}
}

func TestATokenFromBeforeIsNotTheOneAfter(t *testing.T) {
	p := apptest.Start(t, "")
	c := hire(p, "mei", staff.Support)
	c.cookies[staffCookie] = strings.Repeat("A", 43) // put there by somebody else
	c.signIn()
	first := c.cookies[staffCookie]
	if first == strings.Repeat("A", 43) {
		t.Fatal("the session took the token that it was given")
	}
	c.get("/console/step-up")
	c.wants(c.post("/console/step-up", "proof", c.code(), "next", "/console/"), http.StatusSeeOther)
	second := c.cookies[staffCookie]
	if second == first {
		t.Error("a step-up kept the token")
	}
	c.cookies[staffCookie] = first
	if a := c.get("/console/me"); a.status != http.StatusSeeOther {
		t.Errorf("the token before the step-up still opens: %d", a.status)
	}
	c.cookies[staffCookie] = second
	c.get("/console/me")
	c.post("/console/sign-out")
	c.cookies[staffCookie] = second
	if a := c.get("/console/me"); a.status != http.StatusSeeOther {
		t.Errorf("a session goes on after signing out: %d", a.status)
	}
}

var inline = regexp.MustCompile(`(?i)\sstyle=|\son[a-z]+=|<style|javascript:|<script(?:[^>]*)>[^<]`)

func TestPagesCannotBeFramedScriptedOrKept(t *testing.T) {
	p := apptest.Start(t, "")
	c := hire(p, "root", staff.Administrator)
	pages := []seen{c.get("/console/sign-in")}
	c.signIn()
	_, number := p.Login("lan"), ""
	number = p.Login("lan").Str("subject", "privacy_number")
	for _, path := range []string{"/console/", "/console/me", "/console/staff", "/console/audit", "/console/overview", "/console/nowhere", "/console/notices/privacy/1.0"} {
		pages = append(pages, c.get(path))
	}
	pages = append(pages, c.get(c.lookUp(number)))
	for _, a := range pages {
		policy := a.header.Get("Content-Security-Policy")
		for _, want := range []string{"default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'", "script-src 'self'", "style-src 'self'"} {
			if !strings.Contains(policy, want) {
				t.Errorf("the policy lacks %s: %s", want, policy)
			}
		}
		if strings.Contains(policy, "unsafe") || a.header.Get("Cache-Control") != "no-store" || a.header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%v", a.header)
		}
		if found := inline.FindString(a.body); found != "" {
			t.Errorf("inline: %q", found)
		}
		if strings.Contains(a.body, "//") && regexp.MustCompile(`(?:src|href|action)="(?:https?:)?//`).MatchString(a.body) {
			t.Error("a page loads from elsewhere")
		}
	}
	set := c.post("/console/language", "language", "en", "back", "/console/").header.Get("Set-Cookie")
	for _, want := range []string{"__Host-", "path=/", "HttpOnly", "secure", "SameSite=Strict"} {
		if !strings.Contains(strings.ToLower(set), strings.ToLower(want)) {
			t.Errorf("cookie %q lacks %s", set, want)
		}
	}
}

func TestSigningInLeadsNowhereElse(t *testing.T) {
	p := apptest.Start(t, "")
	c := hire(p, "mei", staff.Support)
	for _, next := range []string{
		"//evil.example", "https://evil.example/", "/console/../v1/me", "/console/\\evil.example", "javascript:alert(1)", "/console//evil", "/docs",
		"/console/%0d%0aSet-Cookie:x", "%2f%2fevil.example", strings.Repeat("/console/", 2000), "",
	} {
		c.cookies = map[string]string{}
		a := c.post("/console/sign-in", "name", c.name, "password", c.password, "code", c.code(), "next", next)
		to := a.header.Get("Location")
		if a.status != http.StatusSeeOther || !strings.HasPrefix(to, "/console/") || strings.Contains(to, "evil") || len(to) > 512 {
			t.Errorf("next=%.40q leads to %q (%d)", next, to, a.status)
		}
	}
	c.cookies = map[string]string{}
	if to := c.get("/console/records/lkp_x?at=1").header.Get("Location"); to != "/console/sign-in?next="+url.QueryEscape("/console/records/lkp_x?at=1") {
		t.Errorf("the door does not lead back: %q", to)
	}
}

func TestWhatPeopleWriteIsTextOnEveryPage(t *testing.T) {
	p := apptest.Start(t, "")
	const evil = `"><script>alert(1)</script><img src=x onerror=alert(2)>`
	token := adult(p, "lan")
	version := current(p, "privacy")
	p.Want(201, apptest.Decide(token, apptest.Decision("account.profile", "grant", version)))
	p.Want(200, patchProfile(p, token, map[string]any{"nickname": evil[:20]}))
	number := p.Want(201, call{Method: "POST", Path: "/v1/me/requests", Token: token, Body: map[string]any{"type": "correct", "detail": evil}}).Str("number")
	report := p.Want(202, call{Method: "POST", Path: "/v1/reports", Body: map[string]any{"kind": "complaint", "text": evil}}).Str("number")
	c := hire(p, "qiu", staff.PrivacyOfficer).signIn()
	record := c.lookUp(p.Want(200, call{Method: "GET", Path: "/v1/me", Token: token}).Str("subject", "privacy_number"))
	c.get(record)
	pages := []seen{
		c.wants(c.post(record+"/reveal", "field", "nickname"), http.StatusOK, "<mark>&#34;&gt;&lt;script&gt;"),
		c.wants(c.get("/console/requests/"+number), http.StatusOK, "&lt;script&gt;alert(1)"),
		c.wants(c.get("/console/reports/"+report), http.StatusOK, "&lt;script&gt;alert(1)"),
		c.post("/console/records", "term", evil, "reason", "support_ticket", "reference", evil),
		c.post("/console/sign-in", "name", evil, "password", "x"),
	}
	for _, a := range pages {
		if strings.Contains(a.body, "<script>alert") || strings.Contains(a.body, "<img src=x") {
			t.Errorf("markup of a person's is on the page: %s", a.body)
		}
	}
}

func TestALookUpNeedsAReasonAndATrueNumber(t *testing.T) {
	proof := prove.Row(t, "A-L10.1")
	p := apptest.Start(t, "")
	number := p.Login("lan").Str("subject", "privacy_number")
	c := hire(p, "mei", staff.Support).signIn()
	before := len(rowsOf(t, p, audit.Query{}))
	c.wants(c.post("/console/records", "term", number), http.StatusForbidden, "查找前须选择理由", number)
	wrong := number[:len(number)-1] + map[bool]string{true: "0", false: "1"}[number[len(number)-1] != '0']
	c.wants(c.post("/console/records", "term", wrong, "reason", "support_ticket", "reference", "T-1"), http.StatusUnprocessableEntity, "校验位不符")
	for _, r := range rowsOf(t, p, audit.Query{})[:max(0, len(rowsOf(t, p, audit.Query{}))-before)] {
		proof.That(r.Subject == "", "a refused look-up names a subject: %+v", r)
	}
	c.wants(c.get(c.lookUp(number)), http.StatusOK, number)
	rows := rowsOf(t, p, audit.Query{})
	proof.That(counted(rows, "staff.lookup") == 1 && rows[0].Reference == "T-1024", "the look-up is not in the audit with its ticket: %+v", rows[0])
}

func TestGuessingNumbersIsStoppedAndRaisesOneAlarm(t *testing.T) {
	p := apptest.Start(t, "")
	c := hire(p, "mei", staff.Support).signIn()
	blocked, ids := 0, ident.Source{Reader: rand.Reader}
	for range 80 {
		p.Clock.Advance(200 * time.Millisecond) // within the rate of an account
		switch a := c.post("/console/records", "term", ids.NewPrivacyNumber(), "reason", "support_ticket", "reference", "T-1"); a.status {
		case http.StatusTooManyRequests:
			blocked++
		case http.StatusNotFound, http.StatusUnprocessableEntity:
		default:
			t.Fatalf("%d %s", a.status, a.body)
		}
	}
	alarms := counted(rowsOf(t, p, audit.Query{}), "staff.bulk_blocked")
	if blocked == 0 || alarms != 1 {
		t.Errorf("%d blocked, %d alarms", blocked, alarms)
	}
}

func TestOfTwoOfficersOneDecidesAndTheOtherSeesIt(t *testing.T) {
	p := apptest.Start(t, "")
	token := adult(p, "lan")
	number := p.Want(201, call{Method: "POST", Path: "/v1/me/requests", Token: token, Body: map[string]any{"type": "correct", "detail": "昵称"}}).Str("number")
	clerks := []*clerk{hire(p, "qiu", staff.PrivacyOfficer).signIn(), hire(p, "tong", staff.PrivacyOfficer).signIn()}
	revision := regexp.MustCompile(`name="revision" value="([^"]*)"`)
	var revisions []string
	for _, c := range clerks {
		found := revision.FindStringSubmatch(c.get("/console/requests/" + number).body)
		if found == nil {
			t.Fatal("the page offers no decision")
		}
		revisions = append(revisions, found[1])
	}
	answers := make([]seen, 2)
	var both sync.WaitGroup
	for i, c := range clerks {
		both.Go(func() {
			answers[i] = c.post("/console/requests/"+number+"/decide", "verdict", "fulfil", "text", "已更正", "revision", revisions[i])
		})
	}
	both.Wait()
	won, lost := answers[0], answers[1]
	if won.status != http.StatusSeeOther {
		won, lost = lost, won
	}
	if won.status != http.StatusSeeOther || lost.status != http.StatusConflict || !strings.Contains(lost.body, "已完成") {
		t.Errorf("%d and %d: %s", won.status, lost.status, lost.body)
	}
}

func TestARoleThatIsTakenAwayIsGoneAtTheNextRequest(t *testing.T) {
	proof := prove.Row(t, "A-L50.3")
	p := apptest.Start(t, "")
	c := hire(p, "qiu", staff.PrivacyOfficer).signIn()
	c.wants(c.get("/console/requests"), http.StatusOK)
	if err := p.App.Staff.SetRole(t.Context(), staff.System(), "qiu", staff.Auditor); err != nil {
		t.Fatal(err)
	}
	if a := c.get("/console/requests"); a.status != http.StatusSeeOther {
		t.Errorf("the old role still opens the queue: %d", a.status)
	}
	c.signIn()
	c.wants(c.get("/console/requests"), http.StatusForbidden)
	if err := p.App.Staff.SetRole(t.Context(), staff.System(), "qiu", staff.PrivacyOfficer); err != nil {
		t.Fatal(err)
	}
	c.signIn()
	if err := p.App.Staff.Train(t.Context(), staff.System(), "qiu", p.Clock.Now().Add(-time.Hour)); err != nil {
		t.Fatal(err)
	}
	lapsed := c.get("/console/requests")
	proof.That(lapsed.status == http.StatusForbidden && strings.Contains(lapsed.body, "培训已过期"), "without training: %d %s", lapsed.status, lapsed.body)
	if err := p.App.Staff.Disable(t.Context(), staff.System(), "qiu"); err != nil {
		t.Fatal(err)
	}
	if a := c.get("/console/me"); a.status != http.StatusSeeOther {
		t.Errorf("a disabled account goes on: %d", a.status)
	}
}

func TestACodeOpensOnceAndWrongSignInsAreAllTheSame(t *testing.T) {
	p := apptest.Start(t, "")
	c := hire(p, "mei", staff.Support)
	code := c.code()
	c.wants(c.post("/console/sign-in", "name", "mei", "password", c.password, "code", code), http.StatusSeeOther)
	again := c.wants(c.post("/console/sign-in", "name", "mei", "password", c.password, "code", code), http.StatusUnauthorized)
	unknown := c.wants(c.post("/console/sign-in", "name", "mei2", "password", "x", "code", "000000"), http.StatusUnauthorized)
	if strings.ReplaceAll(again.body, `value="mei"`, "") != strings.ReplaceAll(unknown.body, `value="mei2"`, "") {
		t.Error("a used code and an unknown name are told apart")
	}
}

func TestAMinorsRecordNeedsASecondOfficer(t *testing.T) {
	p := apptest.Start(t, "")
	in := p.Login("xiao")
	number := in.Str("subject", "privacy_number")
	p.Want(200, declareAge(in.Str("access_token"), born(p, 12)))
	first, second := hire(p, "mei", staff.Support).signIn(), hire(p, "tong", staff.ChildDataOfficer).signIn()
	record := first.lookUp(number)
	if a := first.wants(first.get(record), http.StatusForbidden, "这是未成年人的记录"); strings.Contains(a.body, number) {
		t.Error("the closed page shows the number")
	}
	first.wants(first.post(record+"/ask"), http.StatusSeeOther)
	page := second.wants(second.get("/console/approvals"), http.StatusOK)
	asked := regexp.MustCompile(`/console/approvals/(apv_[a-z0-9]+)`).FindStringSubmatch(page.body)
	if asked == nil {
		t.Fatal("nobody is asked")
	}
	first.wants(first.post("/console/approvals/"+asked[1], "answer", "approve"), http.StatusForbidden)
	second.wants(second.post("/console/approvals/"+asked[1], "answer", "approve"), http.StatusSeeOther)
	first.wants(first.get(record), http.StatusOK, number)
	p.Clock.Advance(10 * time.Minute)
	first.get("/console/me")
	p.Clock.Advance(10 * time.Minute)
	first.get("/console/me")
	p.Clock.Advance(11 * time.Minute)
	if a := first.get(record); strings.Contains(a.body, number) {
		t.Errorf("the record is open after half an hour: %d", a.status)
	}
}

func TestATamperedRowIsNamedOnThePage(t *testing.T) {
	proof := prove.Row(t, "A-L46.1")
	var engine store.Engine
	p := apptest.Start(t, "", func(o *app.Options) { o.Engine = func(e store.Engine) store.Engine { engine = e; return e } })
	c := hire(p, "shen", staff.Auditor).signIn()
	c.wants(c.get("/console/audit"), http.StatusOK, "staff.signed_in")
	row, err := engine.Get(t.Context(), "audit", "0000000000000000002")
	if err != nil {
		t.Fatal(err)
	}
	at := rowsOf(t, p, audit.Query{})
	row.Keys = map[string][]string{"time": {store.Key(at[len(at)-2].At)}}
	row.Body[bytes.Index(row.Body, []byte(`"action":"`))+len(`"action":"`)] ^= 1
	if err := engine.Replace(t.Context(), "audit", row); err != nil {
		t.Fatal(err)
	}
	c.wants(c.get("/console/audit"), http.StatusOK, "被篡改")
	c.wants(c.post("/console/audit/check"), http.StatusSeeOther)
	proof.That(strings.Contains(c.get("/console/audit").body, "0000000000000000002"), "the page does not name the row")
	c.wants(c.get("/console/audit"), http.StatusOK, "链条断裂")
	c.get("/console/step-up")
	c.wants(c.post("/console/step-up", "proof", c.code(), "next", "/console/audit"), http.StatusSeeOther)
	c.get("/console/audit")
	today := p.Clock.Now().In(time.FixedZone("CST", 8*60*60)).Format(time.DateOnly)
	c.wants(c.post("/console/audit/export", "from", today, "to", today), http.StatusConflict)
}
