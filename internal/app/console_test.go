package app_test

import (
	"bytes"
	"crypto/rand"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"zhiqing/internal/app"
	"zhiqing/internal/app/apptest"
	"zhiqing/internal/audit"
	"zhiqing/internal/console"
	"zhiqing/internal/ident"
	"zhiqing/internal/register/prove"
	"zhiqing/internal/staff"
	"zhiqing/internal/store"
)

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
	w, roles := writes(t, p), p.App.Staff.Roles()
	all, nobody := everybody(t, p), &clerk{p: p, cookies: map[string]string{}}
	records, denied := map[staff.Role]string{}, 0
	for role, c := range all {
		if records[role] = "/console/records/lkp_none"; roles.May(role, staff.LookupSubject) {
			records[role] = c.lookUp(w.number)
			c.get(records[role])
		}
	}
	table := p.App.Console.Routes()
	// Signing out comes last: it ends the session that the rest needs.
	slices.SortStableFunc(table, func(a, b console.Route) int {
		return strings.Count(a.Path, "sign-out") - strings.Count(b.Path, "sign-out")
	})
	for _, r := range table {
		form := url.Values{}
		if r.Method == http.MethodGet {
			form = nil
		}
		path := w.address("/console/records/lkp_none", r.Path)
		a := nobody.send(r.Method, path, form, nil)
		if door := strings.HasPrefix(a.header.Get("Location"), "/console/sign-in?next="); door == r.Open || !door && a.status == http.StatusNotFound {
			t.Errorf("%s %s without a session: %d %s", r.Method, path, a.status, a.header.Get("Location"))
		}
		for role, c := range all {
			if r.Open {
				continue
			}
			path := w.address(records[role], r.Path)
			a := c.send(r.Method, path, nil, nil)
			if r.Method == http.MethodPost {
				a = c.post(path, plausible(p.Clock.Now())...)
			}
			may := r.Needs == "" || roles.May(role, r.Needs)
			if deeper, is := within[r.Path]; is {
				may = roles.May(role, deeper)
			}
			if !may {
				denied++
				proof.That(a.status == http.StatusForbidden && strings.Contains(a.body, "staff.forbidden"), "%s %s as %s (needs %q): %d", r.Method, path, role, r.Needs, a.status)
				continue
			}
			to := a.header.Get("Location")
			proof.That(a.status < 500 && a.status != http.StatusForbidden && !strings.Contains(to, "sign-in?next") && !strings.Contains(to, "step-up"),
				"%s %s as %s: %d to %s", r.Method, path, role, a.status, to)
		}
	}
	all[staff.Support].signIn()
	if got := counted(rowsOf(t, p, audit.Query{}), "staff.denied"); got != denied {
		t.Errorf("%d refusals in the audit, want %d", got, denied)
	}
	for _, path := range []string{"/console/nowhere", "/console/records", "/console/staff/officer0", "/console/records/lkp_none/x"} {
		all[staff.Support].wants(all[staff.Support].get(path), http.StatusNotFound, "没有这个页面")
	}
	for _, method := range []string{http.MethodPut, http.MethodPatch, http.MethodDelete} {
		if a := all[staff.Support].send(method, "/console/requests", nil, nil); a.status != http.StatusNotFound && a.status != http.StatusMethodNotAllowed {
			t.Errorf("%s: %d", method, a.status)
		}
	}
}

// within are the routes whose permission depends on what they are about: casework asks for it.
var within = map[string]staff.Permission{"/console/requests/:number/take": staff.RequestDecide, "/console/requests/:number/decide": staff.RequestDecide}

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
	if blocked != 80-p.App.Staff.Roles().PerHour(staff.Lookups) || alarms != 1 {
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
	row := prove.Row(t, "B3-36")
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
	a := first.get(record)
	row.That(!strings.Contains(a.body, number), "the record is open after half an hour: %d", a.status)
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
