package app_test

import (
	"html"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"zhiqing/internal/app"
	"zhiqing/internal/app/apptest"
	"zhiqing/internal/audit"
	"zhiqing/internal/register/prove"
	"zhiqing/internal/staff"
	"zhiqing/internal/store"
	"zhiqing/internal/store/flaky"
)

// Each cookie is for this host alone, for no script, and for no other site's links.
func TestEveryCookieIsKeptFromScriptsAndOtherSites(t *testing.T) {
	p := apptest.Start(t, "")
	c := hire(p, "mei", staff.Support)
	const fresh = "一只安静的橘猫坐在窗台上"
	for _, step := range []struct {
		what string
		do   func() seen
		name string
	}{
		{"sign-in", func() seen {
			return c.post("/console/sign-in", "name", c.name, "password", c.password, "code", c.code())
		}, staffCookie},
		{"step-up", func() seen { c.get("/console/step-up"); return c.post("/console/step-up", "proof", c.code()) }, staffCookie},
		{"password", func() seen {
			c.get("/console/me")
			return c.post("/console/me/password", "old", c.password, "new", fresh, "again", fresh)
		}, staffCookie},
		{"language", func() seen { return c.post("/console/language", "language", "en", "back", "/console/") }, "__Host-zhiqing-language"},
		{"sign-out", func() seen { c.get("/console/me"); return c.post("/console/sign-out") }, staffCookie},
	} {
		a := step.do()
		set := a.header.Values("Set-Cookie")
		if a.status != http.StatusSeeOther || len(set) != 1 || !strings.HasPrefix(set[0], step.name+"=") {
			t.Errorf("%s: %d sets %d cookies", step.what, a.status, len(set))
			continue
		}
		cookie := strings.ToLower(set[0])
		for _, want := range []string{"; path=/;", "; httponly", "; secure", "; samesite=strict"} {
			if !strings.Contains(cookie+";", want) {
				t.Errorf("the cookie of %s lacks %q", step.what, want)
			}
		}
		if strings.Contains(cookie, "domain=") {
			t.Errorf("the cookie of %s names a domain", step.what)
		}
	}
}

// lands is where a browser ends that follows a redirect (WHATWG URL: a backslash is a slash, %2e%2e is two dots, and tabs and
// line breaks are nothing).
func lands(t *testing.T, location string) *url.URL {
	t.Helper()
	location = strings.NewReplacer("\\", "/", "\t", "", "\n", "", "\r", "", "%2e", ".", "%2E", ".").Replace(location)
	base, err := url.Parse("https://console.example/console/sign-in")
	if err != nil {
		t.Fatal(err)
	}
	to, err := base.Parse(location)
	if err != nil {
		t.Fatalf("%q: %v", location, err)
	}
	return to
}

func TestEveryWayBackLeadsToAPageOfTheConsole(t *testing.T) {
	p := apptest.Start(t, "")
	c := hire(p, "mei", staff.Support).signIn()
	for _, next := range []string{
		"//evil.example", "///evil.example", "https://evil.example/", "https:evil.example", "/console/../v1/me", "/console/..", "/console/%2e%2e/v1/me", "/console/.%2E/v1/me",
		"/console/%2e%2e/%2e%2e/docs", "/console/\\evil.example", "\\\\evil.example", "/\\evil.example", "/\t/evil.example", "javascript:alert(1)", "/console//evil", "/docs", "/console",
		"/consolex", "/console/%0d%0aSet-Cookie:x", "%2f%2fevil.example", "/%2fevil.example", "@evil.example", "?next=//evil.example", "#", "\x00/console/", "/console/\x00", "/console/%",
		strings.Repeat("/console/", 2000), "/console/" + strings.Repeat("a", 10<<10), "",
	} {
		for what, a := range map[string]seen{
			"sign-in":                 c.post("/console/sign-in", "name", c.name, "password", c.password, "code", c.code(), "next", next),
			"open sign-in":            c.get("/console/sign-in?next=" + url.QueryEscape(next)),
			"language":                c.post("/console/language", "language", "zh-CN", "back", next),
			"language, twice encoded": c.post("/console/language", "language", "zh-CN", "back", url.PathEscape(next)),
		} {
			to := a.header.Get("Location")
			if a.status >= 400 && a.status < 500 && what == "open sign-in" && to == "" {
				continue // the edge takes no such address
			}
			if end := lands(t, to); a.status != http.StatusSeeOther || end.Host != "console.example" || !strings.HasPrefix(end.Path, "/console/") || len(to) > 512 {
				t.Errorf("%s: %.40q leads to %q, %q (%d)", what, next, to, end, a.status)
			}
			if len(a.header.Values("Set-Cookie")) > 1 {
				t.Errorf("%s: %q sets %q", what, next, a.header.Values("Set-Cookie"))
			}
		}
	}
	if to := c.get("/console/sign-in?next=" + url.QueryEscape("/console/requests?mine=1")).header.Get("Location"); to != "/console/requests?mine=1" {
		t.Errorf("a true page of the console: %q", to)
	}
}

// Without its row in the audit a page shows nothing of anybody.
func TestWhatCannotBeWrittenDownIsNotShown(t *testing.T) {
	var writesTo *flaky.Engine
	p := apptest.Start(t, "", func(o *app.Options) {
		o.Engine = func(e store.Engine) store.Engine { writesTo = flaky.Wrap(e); return writesTo }
	})
	w := writes(t, p)
	qiu, shen := hire(p, "qiu", staff.PrivacyOfficer).signIn(), hire(p, "shen", staff.Auditor).signIn()
	record := qiu.lookUp(w.number)
	reads := map[string]func() seen{
		"record":    func() seen { return qiu.get(record) },
		"older":     func() seen { return qiu.get(record + "?before=2") },
		"receipt":   func() seen { return qiu.get(record + "/receipts/" + w.entry) },
		"question":  func() seen { return qiu.get(record + "?purpose=account.contact&at=2026-01-01T10:00") },
		"reveal":    func() seen { return qiu.post(record+"/reveal", "field", "nickname") },
		"request":   func() seen { return qiu.get("/console/requests/" + w.request) },
		"complaint": func() seen { return qiu.get("/console/requests/" + w.complaint) },
		"report":    func() seen { return qiu.get("/console/reports/" + w.reports) },
		"audit":     func() seen { return shen.get("/console/audit") },
	}
	for what, read := range reads {
		if a := read(); a.status != http.StatusOK {
			t.Errorf("%s: %d while everything works", what, a.status)
		}
	}
	writesTo.Down(true)
	reads["look-up"] = func() seen {
		return qiu.post("/console/records", "term", w.number, "reason", "support_ticket", "reference", "T-1")
	}
	for what, read := range reads {
		a := read()
		if a.status != http.StatusServiceUnavailable || a.header.Get("Location") != "" {
			t.Errorf("%s: %d %s", what, a.status, a.header.Get("Location"))
		}
		for _, secret := range []string{w.number, w.id, evilName, evilAddress, evilMail, evilDetail, evilGrief, evilReport, "staff.lookup"} {
			if what != "look-up" && (strings.Contains(a.body, html.EscapeString(secret)) || strings.Contains(html.UnescapeString(a.body), secret)) {
				t.Errorf("%s shows %q", what, secret)
			}
		}
	}
	writesTo.Down(false)
	qiu.wants(qiu.get(record), http.StatusOK, w.number)
}

// Four eyes are two officers, and one record: nobody answers themself, and a brother's record stays closed.
func TestNobodyIsTheirOwnSecondOfficer(t *testing.T) {
	proof := prove.Row(t, "A-L48.4")
	p := apptest.Start(t, "")
	numbers, requests := []string{}, []string{}
	for _, person := range []string{"xiao", "xiao_2"} {
		in := p.Login(person)
		p.Want(200, declareAge(in.Str("access_token"), born(p, 12)))
		numbers = append(numbers, in.Str("subject", "privacy_number"))
		requests = append(requests, p.Want(201, ask(in.Str("access_token"), "correct", "detail", "我的昵称写错了")).Str("number"))
	}
	qiu, tong := hire(p, "qiu", staff.PrivacyOfficer).signIn(), hire(p, "tong", staff.ChildDataOfficer).signIn()
	record, brother := qiu.lookUp(numbers[0]), qiu.lookUp(numbers[1])
	for _, path := range []string{record, brother, "/console/requests/" + requests[0], "/console/requests/" + requests[1]} {
		closed := qiu.get(path)
		proof.That(closed.status == http.StatusForbidden && !strings.Contains(closed.body, "我的昵称写错了") && !strings.Contains(closed.body, "PN-"), "%s: %d %s", path, closed.status, closed.body)
	}
	for _, path := range []string{record + "/reveal", record + "/receipts/ent_none"} {
		a := qiu.post(path, "field", "nickname")
		proof.That(a.status >= 400 && a.status < 500 && !strings.Contains(a.body, "PN-"), "%s: %d", path, a.status)
	}
	qiu.get(record)
	qiu.wants(qiu.post(record+"/ask"), http.StatusSeeOther)
	answer := "/console/approvals/" + waiting(t, tong)
	own := qiu.wants(qiu.get("/console/approvals"), http.StatusOK)
	proof.That(!strings.Contains(own.body, answer), "who asks is offered the answer")
	self := qiu.post(answer, "answer", "approve")
	proof.That(self.status == http.StatusForbidden && strings.Contains(self.body, "staff.self"), "who asks has answered: %d %s", self.status, self.body)
	proof.That(qiu.get(record).status == http.StatusForbidden, "the record is open")
	proof.That(counted(rowsOf(t, p, audit.Query{}), "staff.minor_access_denied") == 1, "the try is not in the audit")
	tong.wants(tong.post(answer, "answer", "approve"), http.StatusSeeOther)
	again := tong.post(answer, "answer", "deny")
	proof.That(again.status == http.StatusConflict, "an answer is changed: %d", again.status)
	qiu.wants(qiu.get(record), http.StatusOK, numbers[0])
	qiu.wants(qiu.get("/console/requests/"+requests[0]), http.StatusOK, "我的昵称写错了")
	for _, path := range []string{brother, "/console/requests/" + requests[1]} {
		proof.That(qiu.get(path).status == http.StatusForbidden, "%s is open with a brother's approval", path)
	}
	theirs := tong.lookUp(numbers[0])
	proof.That(tong.get(theirs).status == http.StatusForbidden, "who approved may look, too")
	if err := p.App.Staff.Disable(t.Context(), staff.System(), "tong"); err != nil {
		t.Fatal(err)
	}
	proof.That(qiu.get(record).status == http.StatusForbidden, "the approval of an officer who is gone holds")
}

// An old proof of identity opens no form that needs a fresh one, and changes nothing: the officer proves it and comes back.
func TestHeavyFormsWantAFreshProofOfIdentity(t *testing.T) {
	p := apptest.Start(t, "")
	w, roles := writes(t, p), p.App.Staff.Roles()
	all := everybody(t, p)
	records := map[staff.Role]string{}
	for role, c := range all {
		if records[role] = "/console/records/lkp_none"; roles.May(role, staff.LookupSubject) {
			records[role] = c.lookUp(w.number)
		}
	}
	child := p.Login("xiao")
	p.Want(200, declareAge(child.Str("access_token"), born(p, 12)))
	mei := all[staff.Support]
	mei.wants(mei.post(mei.lookUp(child.Str("subject", "privacy_number"))+"/ask"), http.StatusSeeOther)
	w.approval = waiting(t, all[staff.PrivacyOfficer])
	p.Clock.Advance(staff.StepUpLife + time.Minute)
	before, asked := len(rowsOf(t, p, audit.Query{})), 0
	for _, r := range p.App.Console.Routes() {
		for role, c := range all {
			if r.Method != http.MethodPost || r.Needs == "" || !roles.StepUp(r.Needs) || !roles.May(role, r.Needs) {
				continue
			}
			asked++
			path := w.address(records[role], r.Path)
			if a := c.post(path, plausible(p.Clock.Now())...); a.status != http.StatusSeeOther || !strings.HasPrefix(a.header.Get("Location"), "/console/step-up?next=") {
				t.Errorf("%s as %s: %d to %s", path, role, a.status, a.header.Get("Location"))
			}
		}
	}
	if after := len(rowsOf(t, p, audit.Query{})); after != before || asked < 8 {
		t.Errorf("%d forms, and %d rows about them", asked, after-before)
	}
}

// Without training in force nothing with personal data opens, whatever the role (A-L50.3).
func TestWithoutTrainingNoPageWithPersonalDataOpens(t *testing.T) {
	proof := prove.Row(t, "A-L50.3")
	p := apptest.Start(t, "")
	w, roles := writes(t, p), p.App.Staff.Roles()
	personal := map[staff.Permission]bool{}
	for _, rule := range roles.Rules() {
		personal[rule.Permission] = rule.Personal
	}
	for role, c := range everybody(t, p) {
		record := "/console/records/lkp_none"
		if roles.May(role, staff.LookupSubject) {
			record = c.lookUp(w.number)
			c.get(record)
		}
		if err := p.App.Staff.Train(t.Context(), staff.System(), c.name, p.Clock.Now().Add(-time.Hour)); err != nil {
			t.Fatal(err)
		}
		for _, r := range p.App.Console.Routes() {
			if !personal[r.Needs] || !roles.May(role, r.Needs) {
				continue
			}
			path := w.address(record, r.Path)
			a := c.send(r.Method, path, nil, nil)
			if r.Method == http.MethodPost {
				a = c.post(path, plausible(p.Clock.Now())...)
			}
			proof.That(a.status == http.StatusForbidden && strings.Contains(a.body, "staff.training"), "%s %s as %s: %d", r.Method, path, role, a.status)
			proof.That(!strings.Contains(a.body, w.number) && !strings.Contains(a.body, html.EscapeString(evilDetail)), "%s %s as %s shows somebody", r.Method, path, role)
		}
	}
}
