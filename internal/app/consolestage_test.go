package app_test

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"zhiqing/internal/app/apptest"
	"zhiqing/internal/staff"
)

// clerk is an officer at the console. Cookies are kept by hand: they are secure ones, and the test speaks HTTP.
type clerk struct {
	p                      *apptest.Program
	name, password, secret string
	cookies                map[string]string
	csrf                   string
	used                   time.Time // of the last code
}

// hire opens an account with a second factor and training in force.
func hire(p *apptest.Program, name string, role staff.Role) *clerk {
	p.T.Helper()
	ctx := p.T.Context()
	password, uri, err := p.App.Staff.Add(ctx, staff.System(), name, role)
	if err == nil {
		err = p.App.Staff.Train(ctx, staff.System(), name, p.Clock.Now().Add(300*24*time.Hour))
	}
	if err != nil {
		p.T.Fatal(err)
	}
	_, query, _ := strings.Cut(uri, "secret=")
	secret, _, _ := strings.Cut(query, "&")
	return &clerk{p: p, name: name, password: password, secret: secret, cookies: map[string]string{}}
}

// code is a one-time code that has not been used: time moves on for each.
func (c *clerk) code() string {
	c.p.T.Helper()
	const step = 30 * time.Second
	for !c.p.Clock.Now().Truncate(step).After(c.used) {
		c.p.Clock.Advance(step)
	}
	c.used = c.p.Clock.Now().Truncate(step)
	code, err := totp.GenerateCode(c.secret, c.p.Clock.Now())
	if err != nil {
		c.p.T.Fatal(err)
	}
	return code
}

// seen is one answer of the console.
type seen struct {
	status int
	header http.Header
	body   string
}

// send makes a request as the clerk's browser does; header overrides or, with "", removes.
func (c *clerk) send(method, path string, form url.Values, header map[string]string) seen {
	c.p.T.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	r, err := http.NewRequestWithContext(c.p.T.Context(), method, c.p.API+path, body)
	if err != nil {
		c.p.T.Fatal(err)
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	for name, value := range c.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	for name, value := range header {
		if r.Header.Set(name, value); value == "" {
			r.Header.Del(name)
		}
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, Timeout: time.Minute}
	answer, err := client.Do(r)
	if err != nil {
		c.p.T.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		c.p.T.Fatal(err)
	}
	for _, cookie := range answer.Cookies() {
		if c.cookies[cookie.Name] = cookie.Value; cookie.Value == "" {
			delete(c.cookies, cookie.Name)
		}
	}
	if found := csrfField.FindStringSubmatch(string(text)); found != nil {
		c.csrf = found[1]
	}
	return seen{answer.StatusCode, answer.Header, string(text)}
}

var csrfField = regexp.MustCompile(`name="csrf" value="([A-Za-z0-9_-]{20,})"`)

// get reads a page.
func (c *clerk) get(path string) seen { c.p.T.Helper(); return c.send("GET", path, nil, nil) }

// post sends a form of the page read before.
func (c *clerk) post(path string, fields ...string) seen {
	c.p.T.Helper()
	form := url.Values{"csrf": {c.csrf}}
	for i := 0; i < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	return c.send("POST", path, form, nil)
}

const staffCookie = "__Host-zhiqing-staff"

// signIn signs in and reads the first page.
func (c *clerk) signIn() *clerk {
	c.p.T.Helper()
	a := c.post("/console/sign-in", "name", c.name, "password", c.password, "code", c.code())
	if a.status != http.StatusSeeOther || c.cookies[staffCookie] == "" {
		c.p.T.Fatalf("%s cannot sign in: %d %s", c.name, a.status, a.body)
	}
	c.get("/console/me")
	return c
}

// lookUp opens a record and returns its address.
func (c *clerk) lookUp(term string) string {
	c.p.T.Helper()
	a := c.post("/console/records", "term", term, "reason", "support_ticket", "reference", "T-1024")
	if a.status != http.StatusSeeOther {
		c.p.T.Fatalf("look-up: %d %s", a.status, a.body)
	}
	return a.header.Get("Location")
}

// wants fails the test unless an answer has a status and says something.
func (c *clerk) wants(a seen, status int, says ...string) seen {
	c.p.T.Helper()
	if a.status != status {
		c.p.T.Fatalf("status %d, want %d, to %s: %s", a.status, status, a.header.Get("Location"), a.body)
	}
	for _, words := range says {
		if !strings.Contains(a.body, words) {
			c.p.T.Fatalf("the page does not say %q: %s", words, a.body)
		}
	}
	return a
}

// everybody is one officer of each role, signed in.
func everybody(t *testing.T, p *apptest.Program) map[staff.Role]*clerk {
	t.Helper()
	all := map[staff.Role]*clerk{}
	for i, role := range p.App.Staff.Roles().All() {
		all[role] = hire(p, fmt.Sprintf("officer%d", i), role).signIn()
	}
	return all
}

// written is one adult who has filled in everything, with something on every page of the console.
type written struct {
	p                                  *apptest.Program
	token, id, number                  string
	entry, request, complaint, reports string
	approval                           string // that waits for an answer; apv_none
	order                              string // of a disclosure; dsc_none
}

func writes(t *testing.T, p *apptest.Program) written {
	t.Helper()
	token, notice := adult(p, "lan"), current(p, "privacy")
	w := written{p: p, token: token, approval: "apv_none", order: "dsc_none"}
	me := p.Want(200, call{Method: "GET", Path: "/v1/me", Token: token})
	w.id, w.number = me.Str("subject", "id"), me.Str("subject", "privacy_number")
	w.entry = p.Want(201, apptest.Decide(token, apptest.Decision("account.contact", "grant", notice))).Str("entries", 0, "entry_id")
	p.Want(200, patchProfile(p, token, map[string]any{"nickname": evilName, "postal_address": evilAddress, "email": evilMail}))
	w.request = p.Want(201, ask(token, "correct", "detail", evilDetail)).Str("number")
	w.complaint = p.Want(200, call{Method: "POST", Path: "/v1/me/requests/" + p.Want(201, ask(token, "object", "detail", evilDetail)).Str("number") + "/complaint",
		Token: token, Body: map[string]any{"text": evilGrief}}).Str("number")
	w.reports = p.Want(202, call{Method: "POST", Path: "/v1/reports", Body: map[string]any{"kind": "complaint", "text": evilReport, "privacy_number": w.number}}).Str("number")
	if w.id == "" || w.number == "" || w.entry == "" || w.request == "" || w.complaint == "" || w.reports == "" {
		t.Fatalf("something has no number: %+v", w)
	}
	return w
}

// address fills a path of the table in. A part that it does not know fails the test: the table has grown.
func (w written) address(record, path string) string {
	w.p.T.Helper()
	request := w.request
	if strings.HasPrefix(path, "/console/reports") {
		request = w.reports
	}
	path = strings.Replace(path, "/console/records/:id", record, 1)
	path = strings.Replace(path, "/console/disclosures/:id", "/console/disclosures/"+w.order, 1)
	path = strings.NewReplacer(":number", request, ":entry", w.entry, ":kind", "privacy", ":version", current(w.p, "privacy"), ":name", "spare", ":act", "train",
		":ref", "gdn_none", ":id", w.approval).Replace(path)
	if strings.Contains(path, ":") {
		w.p.T.Fatalf("the test does not know what to put into %s", path)
	}
	return path
}

// plausible is a form with everything that a form of the console may ask for.
func plausible(now time.Time) []string {
	today := now.In(time.FixedZone("CST", 8*60*60)).Format(time.DateOnly)
	return []string{"term", "PN-0000-0000", "reason", "support_ticket", "reference", "T-1", "field", "nickname", "until", today, "from", today, "to", today, "answer", "deny",
		"name", "x", "role", "nobody", "number", "PN-0000-0000", "kind", "none", "favour", "yes", "old", "wrong", "new", "abc", "again", "abc", "proof", "000000", "verdict", "fulfil", "text", "x"}
}

// waiting is the question that is before an officer.
func waiting(t *testing.T, c *clerk) (id string) {
	t.Helper()
	found := regexp.MustCompile(`action="/console/approvals/(apv_[a-z0-9]+)"`).FindStringSubmatch(c.get("/console/approvals").body)
	if found == nil {
		t.Fatal("nobody is asked")
	}
	return found[1]
}
