package app_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"zhiqing/internal/app/apptest"
	"zhiqing/internal/register/prove"
	"zhiqing/internal/staff"
)

// The access report names every kind of data that some holder keeps: the answer and what the holders say are compared, so
// a holder that is forgotten by the report is found.
func TestTheAccessReportListsEverythingThatIsKept(t *testing.T) {
	proof := prove.Row(t, "A-L39.6")
	p := apptest.Start(t, "")
	login := p.Login("mum")
	token, id := login.Str("access_token"), login.Str("subject", "id")
	p.Want(201, decide(token, decision("account.profile", "grant", current(p, "privacy")), decision("analytics.usage", "grant", current(p, "privacy"))))
	p.Want(200, patchProfile(p, token, map[string]any{"nickname": "小石头", "gender": "female"}))
	kept := map[string]string{} // kind → holder, before the question: the answer makes a message of its own
	for _, h := range p.App.Holdings() {
		kinds, err := h.Describe(t.Context(), id)
		proof.NoError(err)
		for _, k := range kinds {
			if k.Count > 0 {
				kept[k.Code] = h.Name()
			}
		}
	}
	answer := done(p, token, p.Want(201, ask(token, "access")).Str("number"))
	told := map[string]float64{}
	for i := range answer.Get("answer", "kinds").([]any) {
		kind := answer.Str("answer", "kinds", i, "code")
		told[kind], _ = answer.Get("answer", "kinds", i, "count").(float64)
		purposes, _ := answer.Get("answer", "kinds", i, "purposes").([]any)
		proof.That(len(purposes) > 0 && answer.Str("answer", "kinds", i, "source") != "", "%s is told without purpose or source: %s", kind, answer.Raw)
	}
	for code, holder := range kept {
		proof.That(told[code] > 0, "%s keeps %s, and the report does not say so", holder, code)
	}
	proof.That(told["nickname"] == 1 && told["gender"] == 1 && told["consent_record"] >= 1, "counts: %v", told)
}

func TestACorrectionIsMadeByStaffAndReadEverywhere(t *testing.T) {
	proof := prove.Row(t, "A-L39.7")
	p := apptest.Start(t, "")
	token := adult(p, "lan")
	p.Want(200, patchProfile(p, token, map[string]any{"nickname": "小岚"}))
	number := p.Want(201, call{Method: "POST", Path: "/v1/me/requests", Token: token, Body: map[string]any{"type": "correct", "detail": "应为小兰", "scope": []string{"nickname"}}}).Str("number")
	p.Want(200, patchProfile(p, token, map[string]any{"nickname": "小兰"}))
	c := hire(p, "qiu", staff.PrivacyOfficer).signIn()
	page := c.wants(c.get("/console/requests/"+number), 200, "应为小兰")
	revision := strings.Split(strings.Split(page.body, `name="revision" value="`)[1], `"`)[0]
	c.wants(c.post("/console/requests/"+number+"/decide", "verdict", "fulfil", "text", "已更正", "revision", revision), 303)
	proof.Equal(p.Want(200, call{Method: "GET", Path: "/v1/me/requests/" + number, Token: token}).Str("state"), "fulfilled")
	proof.Equal(p.Want(200, call{Method: "GET", Path: "/v1/me/profile", Token: token}).Str("fields", "nickname", "value"), "小兰")
	copied := packageOf(p, "lan")
	proof.That(strings.Contains(copied["data/profile.json"], "小兰") && !strings.Contains(copied["data/profile.json"], "小岚"), "the copy still says the old name")
}

// packageOf is what a person takes home, by file.
func packageOf(p *apptest.Program, person string) map[string]string {
	p.T.Helper()
	login := p.Login(person)
	fresh := stepUp(p, login.Str("access_token"), person)
	number := p.Want(201, ask(fresh, "copy")).Str("number")
	done(p, fresh, number)
	raw := p.Want(200, call{Method: "GET", Path: "/v1/me/requests/" + number + "/package", Token: fresh}).Raw
	z, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		p.T.Fatal(err)
	}
	files := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			p.T.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			p.T.Fatal(err)
		}
		files[f.Name[strings.Index(f.Name, "/")+1:]] = string(text)
		files[f.Name] = string(text)
	}
	return files
}

func TestTheCopyIsStructuredCommonAndSaysWhatItLeavesOut(t *testing.T) {
	proof := prove.Row(t, "A-L40.1")
	p := apptest.Start(t, "")
	token := adult(p, "lan")
	p.Want(200, patchProfile(p, token, map[string]any{"nickname": "小兰"}))
	files := packageOf(p, "lan")
	var manifest struct {
		Files []struct{ Path, Schema, SHA256 string }
	}
	proof.NoError(json.Unmarshal([]byte(files["manifest.json"]), &manifest))
	data := 0
	for _, f := range manifest.Files {
		if strings.HasPrefix(f.Path, "data/") && strings.HasSuffix(f.Path, ".json") {
			data++
			proof.That(json.Valid([]byte(files[f.Path])), "%s is no JSON", f.Path)
		}
	}
	proof.That(data > 2, "the copy has %d data files", data)
	proof.That(strings.Contains(files["data/profile.json"], "小兰"), "the copy lacks what the person gave")
	var excluded []any // here nothing is left out
	proof.NoError(json.Unmarshal([]byte(files["excluded.json"]), &excluded))
}

func TestARestrictionStopsUseAndNotTheOwner(t *testing.T) {
	proof := prove.Row(t, "A-L39.11")
	p := apptest.Start(t, "")
	login := p.Login("mum")
	token, id := login.Str("access_token"), login.Str("subject", "id")
	version := current(p, "privacy")
	p.Want(201, decide(token, decision("analytics.usage", "grant", version), decision("improvement.product", "grant", version)))
	p.Want(200, patchProfile(p, token, map[string]any{"nickname": "小石头"}))
	done(p, token, p.Want(201, ask(token, "restrict")).Str("number"))
	may, err := p.App.Usable(t.Context(), id)
	proof.NoError(err)
	for _, purpose := range []string{"analytics.usage", "improvement.product", "ads.personalised", "marketing.email", "recipient.provide"} {
		proof.That(!may(purpose), "%s goes on although everything optional is restricted", purpose)
	}
	proof.That(may("account.service"), "the account itself has stopped")
	proof.Equal(p.Want(200, call{Method: "GET", Path: "/v1/me/profile", Token: token}).Str("fields", "nickname", "value"), "小石头")
	p.Want(201, ask(token, "access"))
}

func TestPreferencesAreByUseAndChannelWithAHistory(t *testing.T) {
	proof := prove.Row(t, "A-L39.1")
	p := apptest.Start(t, "")
	token := adult(p, "lan")
	version := current(p, "privacy")
	p.Want(201, decide(token, decision("account.contact", "grant", version)))
	p.Want(200, patchProfile(p, token, map[string]any{"contact_preferences": map[string]any{"email": true, "sms": false}}))
	p.Want(200, patchProfile(p, token, map[string]any{"contact_preferences": map[string]any{"email": false}}))
	now := p.Want(200, call{Method: "GET", Path: "/v1/me/profile", Token: token})
	proof.That(now.Get("fields", "contact_preferences", "value", "email") == false && now.Get("fields", "contact_preferences", "value", "sms") == false, "channels: %s", now.Raw)
	proof.That(now.Str("fields", "contact_preferences", "updated_at") != "" && now.Str("fields", "contact_preferences", "purpose") != "", "a preference says neither when nor what for: %s", now.Raw)
	p.Want(201, decide(token, decision("improvement.product", "refuse", version)))
	p.Want(201, decide(token, decision("improvement.product", "grant", version)))
	history := p.Want(200, call{Method: "GET", Path: "/v1/me/consents/history", Token: token})
	var states []string
	for i := range history.Get("items").([]any) {
		if history.Str("items", i, "purpose") == "improvement.product" {
			states = append(states, history.Str("items", i, "state"))
			at, err := time.Parse(time.RFC3339, history.Str("items", i, "time"))
			proof.That(err == nil && !at.IsZero(), "an entry without its time: %s", history.Raw)
		}
	}
	proof.That(slices.Equal(states, []string{"given", "refused"}), "history: %v", states)
}

// grantMail lets a person agree to advertising by mail and returns the path of the link in every such mail.
func grantMail(p *apptest.Program, token string) (path string) {
	p.T.Helper()
	p.Want(201, decide(token, decision("marketing.email", "grant", current(p, "marketing"))))
	links := p.Want(200, call{Method: "GET", Path: "/v1/me/unsubscribe-links", Token: token})
	for i := range links.Get("items").([]any) {
		if links.Str("items", i, "channel") == "email" {
			return links.Str("items", i, "path")
		}
	}
	p.T.Fatalf("no link for mail: %s", links.Raw)
	return ""
}

func TestALinkInAMailUnsubscribesWithoutALoginAndForGood(t *testing.T) {
	proof, list, off := prove.Row(t, "A-L39.5"), prove.Row(t, "A-L39.3"), prove.Row(t, "F-11")
	p := apptest.Start(t, "")
	token := adult(p, "lan")
	path := grantMail(p, token)
	form := map[string]string{"Content-Type": "application/x-www-form-urlencoded"}
	for range 2 { // a mail program that fetches links by itself
		page := p.Want(200, call{Method: "GET", Path: path})
		proof.That(strings.Contains(string(page.Raw), "<form method=\"post\">"), "the page has no button: %s", page.Raw)
	}
	proof.Equal(state(p, token, "marketing.email"), "given")
	p.Clock.Advance(100 * 24 * time.Hour) // long after any session, the link still works
	for range 2 {
		p.Want(200, call{Method: "POST", Path: path, Body: "List-Unsubscribe=One-Click", Header: form})
	}
	token = p.Login("lan").Str("access_token")
	proof.That(state(p, token, "marketing.email") != "given", "advertising by mail goes on")
	off.That(state(p, token, "marketing.email") != "given", "advertising by mail goes on")
	for _, bad := range []string{"/unsubscribe", path[:len(path)-3] + "AAA", "/unsubscribe?t=" + strings.Repeat("A", 5000)} {
		p.Refused(404, "unsubscribe.unknown", call{Method: "POST", Path: bad, Body: "x=1", Header: form})
		p.Refused(404, "unsubscribe.unknown", call{Method: "GET", Path: bad})
	}
	again := p.Login("lan").Str("access_token") // nothing brings it back but the person
	list.That(state(p, again, "marketing.email") != "given", "a new login has put the address back on the list")
	history := p.Want(200, call{Method: "GET", Path: "/v1/me/consents/history", Token: again})
	list.That(strings.Count(string(history.Raw), `"marketing.email"`) >= 2, "the removal is not in the history: %s", history.Raw)
}
