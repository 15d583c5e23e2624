package app_test

import (
	"encoding/xml"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"zhiqing/internal/app/apptest"
	"zhiqing/internal/staff"
)

// What an attacker would write wherever a person can write: it breaks out of text, of an attribute, and of a script.
const (
	evilName    = `"><img src=x onerror=a(1)>`
	evilAddress = `'"><script>alert(2)</script><a href=javascript:a(3)>`
	evilMail    = `o'b&x=1@example.com`
	evilDetail  = `</blockquote><script>alert(4)</script><style>*{}</style>`
	evilGrief   = `</textarea><svg onload=alert(5)>`
	evilReport  = `<!--><iframe src=//evil.example></iframe>`
	evilAnswer  = `</p><form action=//evil.example><input onfocus=a(6) autofocus>`
)

// harm lists the markup of a page that no template has: it reads the page as a browser would.
func harm(page string) (found []string) {
	d := xml.NewDecoder(strings.NewReader(page))
	d.Strict, d.AutoClose, d.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	elements := 0
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return append(found, err.Error())
		}
		if element, is := token.(xml.StartElement); is {
			elements++
			found = append(found, harmOf(element)...)
		}
	}
	if elements < 20 {
		found = append(found, "this is no page")
	}
	return found
}

func harmOf(element xml.StartElement) (found []string) {
	name, source := strings.ToLower(element.Name.Local), false
	for _, a := range element.Attr {
		attribute, value := strings.ToLower(a.Name.Local), strings.ToLower(strings.TrimSpace(a.Value))
		loads := attribute == "src" || attribute == "action" || attribute == "formaction" || name == "link" && attribute == "href"
		here := strings.HasPrefix(value, "/") && !strings.HasPrefix(value, "//")
		source = source || attribute == "src"
		if strings.HasPrefix(attribute, "on") || attribute == "style" || attribute == "srcdoc" || loads && !here || strings.HasPrefix(value, "javascript:") {
			found = append(found, fmt.Sprintf("<%s %s=%q>", name, attribute, value))
		}
	}
	if name == "style" || name == "iframe" || name == "object" || name == "base" || name == "script" && !source {
		found = append(found, "<"+name+">")
	}
	return found
}

func TestTheReaderOfPagesSeesWhatABrowserWouldRun(t *testing.T) {
	filler := strings.Repeat("<p>x</p>", 20)
	if found := harm(filler + `<script src="/a.js" defer></script><a href="#x">x</a>`); len(found) > 0 {
		t.Errorf("a harmless page: %v", found)
	}
	for _, bad := range []string{
		evilName[2:], `<p style="a">`, `<script>1</script>`, `<a href=" JavaScript:x">`, `<form action="https://evil.example/">`, `<style>*{}</style>`, `<SVG onload=a>`,
		`<iframe src="//evil.example">`,
	} {
		if len(harm(filler+bad)) == 0 {
			t.Errorf("%s passes", bad)
		}
	}
}

// everyPage reads each page of the table that a role may see, and those that say what is wrong.
func everyPage(t *testing.T, w written) map[string]seen {
	t.Helper()
	pages, roles := map[string]seen{}, w.p.App.Staff.Roles()
	all := everybody(t, w.p)
	w.order = orders(t, all[staff.PrivacyOfficer], w.number)
	pages["sign-in"] = (&clerk{p: w.p, cookies: map[string]string{}}).get("/console/sign-in")
	for role, c := range all {
		record := "/console/records/lkp_none"
		if roles.May(role, staff.LookupSubject) {
			record = c.lookUp(w.number)
		}
		for _, r := range w.p.App.Console.Routes() {
			if r.Method != http.MethodGet {
				continue
			}
			path := w.address(record, r.Path)
			a := c.get(path)
			if may := r.Needs == "" || roles.May(role, r.Needs); may && a.status != http.StatusOK && !(r.Open || a.status == http.StatusSeeOther && path == "/console/") {
				t.Errorf("%s as %s: %d", path, role, a.status)
			}
			if a.status != http.StatusSeeOther {
				pages[path+" as "+string(role)] = a
			}
		}
	}
	c := all[staff.PrivacyOfficer]
	record := c.lookUp(w.number)
	c.get(record)
	for what, a := range map[string]seen{
		"no page":           c.get("/console/<script>alert(1)</script>"),
		"no record":         c.get("/console/records/lkp_none"),
		"the complaint":     c.get("/console/requests/" + w.complaint),
		"a wrong term":      c.post("/console/records", "term", evilAddress, "reason", evilName, "reference", evilName),
		"a wrong sign-in":   c.post("/console/sign-in", "name", evilAddress, "password", evilName, "next", evilAddress),
		"a wrong proof":     c.post("/console/step-up", "proof", evilName, "next", evilAddress),
		"a wrong password":  c.post("/console/me/password", "old", evilName, "new", evilAddress, "again", evilAddress),
		"a wrong letter":    c.post("/console/requests/new", "number", evilAddress, "type", evilName, "channel", evilName, "scope", evilDetail, "received", evilName),
		"a wrong decision":  c.post("/console/requests/"+w.request+"/decide", "verdict", "fulfil", "text", evilGrief, "revision", evilName),
		"a question":        c.get(record + "?" + url.Values{"purpose": {evilName}, "at": {evilName}, "before": {evilName}, "done": {evilName}}.Encode()),
		"the audit":         c.get("/console/audit?" + url.Values{"by": {"subject"}, "value": {evilAddress}, "from": {evilName}, "after": {evilName}}.Encode()),
		"the queue":         c.get("/console/requests?" + url.Values{"type": {evilName}, "after": {evilName}, "mine": {evilName}}.Encode()),
		"a template":        c.get("/console/requests/" + w.request + "?template=" + url.QueryEscape(evilName)),
		"a comparison":      c.get("/console/notices/privacy/" + current(w.p, "privacy") + "?compare=" + url.QueryEscape(evilName)),
		"an overview":       c.get("/console/overview?purpose=" + url.QueryEscape(evilName)),
		"a wrong account":   all[staff.Administrator].post("/console/staff", "name", evilAddress, "role", evilName),
		"a wrong training":  all[staff.Administrator].post("/console/staff/officer0/train", "until", evilName),
		"a wrong age":       all[staff.ChildDataOfficer].post("/console/ages", "number", evilAddress, "kind", evilName, "reference", evilDetail),
		"a wrong dispute":   all[staff.ChildDataOfficer].post("/console/disputes/gdn_none", "kind", evilName, "reference", evilDetail),
		"a wrong period":    all[staff.Auditor].post("/console/audit/export", "from", evilName, "to", evilName),
		"the nickname":      c.post(record+"/reveal", "field", "nickname"),
		"the address":       c.post(record+"/reveal", "field", "postal_address"),
		"the mail":          c.post(record+"/reveal", "field", "email"),
		"no field":          c.post(record+"/reveal", "field", evilName),
		"a form of another": c.send("POST", record+"/reveal", url.Values{"csrf": {evilName}}, nil),
	} {
		pages[what] = a
	}
	return pages
}

func TestNoPageCanBeFramedKeptOrMadeToRunWhatPeopleWrite(t *testing.T) {
	p := apptest.Start(t, "")
	w := writes(t, p)
	pages := everyPage(t, w)
	for what, a := range pages {
		if a.status >= 500 || a.status == http.StatusSeeOther {
			t.Errorf("%s: %d to %s", what, a.status, a.header.Get("Location"))
			continue
		}
		policy := a.header.Get("Content-Security-Policy")
		for _, want := range []string{"default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'", "script-src 'self'", "style-src 'self'"} {
			if !strings.Contains(policy, want) {
				t.Errorf("%s: the policy lacks %s: %s", what, want, policy)
			}
		}
		if strings.Contains(policy, "unsafe") || a.header.Get("Cache-Control") != "no-store" || a.header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %v", what, a.header)
		}
		if found := harm(a.body); len(found) > 0 {
			t.Errorf("%s: %v", what, found)
		}
	}
	// The texts are there, as texts: otherwise the test above would prove nothing.
	for what, want := range map[string]string{
		"the nickname": "<mark>" + html.EscapeString(evilName), "the address": "<mark>" + html.EscapeString(evilAddress), "the mail": "<mark>" + html.EscapeString(evilMail),
		"/console/requests/" + w.request + " as support": html.EscapeString(evilDetail), "the complaint": html.EscapeString(evilGrief),
		"/console/reports/" + w.reports + " as support": html.EscapeString(evilReport), "a wrong decision": html.EscapeString(evilGrief), "a wrong term": html.EscapeString(evilAddress),
	} {
		if !strings.Contains(pages[what].body, want) {
			t.Errorf("%s does not say %s: %s", what, want, pages[what].body)
		}
	}
}

// What an officer writes is shown to other officers, too.
func TestAnAnswerIsTextForTheNextOfficer(t *testing.T) {
	p := apptest.Start(t, "")
	w := writes(t, p)
	c := hire(p, "qiu", staff.PrivacyOfficer).signIn()
	page := c.get("/console/requests/" + w.request)
	revision := regexp.MustCompile(`name="revision" value="([^"]*)"`).FindStringSubmatch(page.body)
	if revision == nil {
		t.Fatal("the page offers no decision")
	}
	c.wants(c.post("/console/requests/"+w.request+"/decide", "verdict", "fulfil", "text", evilAnswer, "revision", revision[1]), http.StatusSeeOther)
	page = c.wants(c.get("/console/requests/"+w.request), http.StatusOK, html.EscapeString(evilAnswer))
	if found := harm(page.body); len(found) > 0 {
		t.Error(found)
	}
}
