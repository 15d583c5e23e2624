package app_test

import (
	"archive/zip"
	"bytes"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"zhiqing/internal/app"
	"zhiqing/internal/app/apptest"
	"zhiqing/internal/register/prove"
)

// until asks for a request until it says what is wanted.
func until(p *apptest.Program, token, number, state string, ready func(apptest.Answer) bool) apptest.Answer {
	p.T.Helper()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); {
		a := p.Want(200, call{Method: "GET", Path: "/v1/me/requests/" + number, Token: token})
		if a.Str("state") == state && ready(a) {
			return a
		}
	}
	p.T.Fatalf("request %s is not %s", number, state)
	return apptest.Answer{}
}

// filesOf is what lies in a ZIP, by name.
func filesOf(t *testing.T, raw []byte) map[string]string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		files[f.Name] = string(text)
	}
	return files
}

// A transfer is confirmed by the person, who has seen who receives what; the company fetches portable data once; everybody
// is told. A company that is not onboarded is refused with the reason, and the copy is offered.
func TestATransferGoesToACompanyThatThePersonHasSeen(t *testing.T) {
	row := prove.Row(t, "A-L40.2")
	apptest.OnEveryEngine(t, func(t *testing.T, storeURL string) {
		p := apptest.Start(t, storeURL)
		token := stepUp(p, p.Login("mum").Str("access_token"), "mum")
		p.Want(200, patchProfile(p, token, map[string]any{"nickname": "小石头"}))
		company := p.Want(200, call{Method: "GET", Path: "/v1/transfers/recipients"}).Str("items", 0, "code")

		no := p.Want(201, ask(token, "transfer", "scope", map[string]any{"recipient": "unknown_company"}))
		row.Equal([]string{no.Str("state"), no.Str("outcome", "ground")}, []string{"refused", "not_feasible"})
		row.That(strings.Contains(no.Str("outcome", "text"), "副本") && no.Get("outcome", "routes") != nil, "no way on: %s", no.Raw)

		asked := p.Want(201, ask(token, "transfer", "scope", map[string]any{"recipient": company}))
		number := asked.Str("number")
		row.Equal([]string{asked.Str("state"), asked.Str("dpv_status")}, []string{"confirmation_required", "dpv:RequestRequiresAction"})
		for _, item := range []string{"name", "licence", "contact", "purpose", "kinds"} {
			row.That(asked.Str("transfer", "recipient", item) != "", "the person is not shown the company's %s", item)
		}
		path := "/v1/me/requests/" + number
		row.Equal(p.Do(call{Method: "POST", Path: path + "/confirm", Token: p.Login("mum").Str("access_token")}).Status, 401)
		other := p.Login("dad").Str("access_token")
		p.Refused(404, "rights.unknown_request", call{Method: "POST", Path: path + "/confirm", Token: other})
		p.Refused(404, "rights.unknown_request", call{Method: "GET", Path: path + "/pickup", Token: other})
		row.Equal(p.Want(200, call{Method: "POST", Path: path + "/confirm", Token: token}).Str("state"), "in_progress")

		until(p, token, number, "in_progress", func(a apptest.Answer) bool { return a.Str("transfer", "ready_until") != "" })
		pickup := p.Want(200, call{Method: "GET", Path: path + "/pickup", Token: token})
		fetch := func(token string) call {
			return call{Method: "POST", Path: "/v1/transfers/pickup", Body: map[string]any{"token": token}}
		}
		unknown := p.Refused(404, "rights.unknown_pickup", fetch("AAAAAAAAAAAAAAAAAAAAAA"))
		got := p.Want(200, fetch(pickup.Str("token")))
		files := filesOf(t, got.Raw)
		row.That(strings.Contains(files["data/profile.json"], "小石头"), "the profile is not in the package")
		row.That(files["data/requests.json"] == "" && files["data/consents.json"] == "", "what is kept by law goes along")
		row.That(strings.Contains(files["excluded.json"], "requests"), "nobody says what was left out: %s", files["excluded.json"])
		used := p.Refused(404, "rights.unknown_pickup", fetch(pickup.Str("token")))
		row.Equal(used.Str("detail"), unknown.Str("detail"))

		end := until(p, token, number, "fulfilled", func(apptest.Answer) bool { return true })
		row.That(end.Str("transfer", "picked_up_at") != "" && strings.Contains(string(end.Raw), `"picked_up"`), "the timeline is silent: %s", end.Raw)
		received := p.Want(200, call{Method: "GET", Path: "/v1/me/disclosures?limit=1", Token: token})
		row.Equal([]string{received.Str("items", 0, "reference"), received.Str("items", 0, "recipient", "code"), received.Str("items", 0, "at")},
			[]string{number, company, end.Str("transfer", "picked_up_at")})
		row.That(received.Str("items", 0, "recipient", "name") != "" && received.Str("items", 0, "purpose") != "" && received.Str("items", 0, "legal_basis") == "legal_duty", "%s", received.Raw)
		row.That(slices.Contains(received.Get("items", 0, "fields").([]any), any("profile")), "nobody says what was handed over: %s", received.Raw)
		row.Equal(len(p.Want(200, call{Method: "GET", Path: "/v1/me/disclosures", Token: other}).Get("items").([]any)), 0)
		p.Refused(410, "rights.package_gone", call{Method: "GET", Path: path + "/pickup", Token: token})
		row.That(strings.Contains(string(p.Want(200, call{Method: "GET", Path: "/v1/me/messages", Token: token}).Raw), number), "no message")
		row.That(!strings.Contains(p.Log.String(), pickup.Str("token")), "the token stands in the log")
	})
}

// Guessing at pickup tokens, or reporting a lot, has a rate of its own: a neighbour still gets in.
func TestVisitorsHaveARateOfTheirOwn(t *testing.T) {
	p := apptest.Start(t, "", func(o *app.Options) { o.Config.Limits.SessionsPerMinute = 5 })
	guess := call{Method: "POST", Path: "/v1/transfers/pickup", Body: map[string]any{"token": "AAAAAAAAAAAAAAAAAAAAAA"}}
	limited := false
	for range 6 {
		if a := p.Do(guess); a.Status == 429 {
			limited = a.Str("code") == "limit.visits" && a.Header.Get("Retry-After") != ""
			break
		}
	}
	if !limited {
		t.Error("nobody stops the guessing")
	}
	p.Want(202, call{Method: "POST", Path: "/v1/reports", Body: map[string]any{"kind": "complaint", "text": "太多广告"}})
	p.Guest()
}

// Companies come from the policy that everything else comes from, and a mistake there stops the start.
func TestCompaniesAreReadFromTheSamePolicyAsTheRest(t *testing.T) {
	p := apptest.Start(t, "", func(o *app.Options) {
		o.Policy = policyFiles(t, [3]string{"transfers.yaml", "code: sample_takeover", "code: another_takeover"})
	})
	if code := p.Want(200, call{Method: "GET", Path: "/v1/transfers/recipients"}).Str("items", 0, "code"); code != "another_takeover" {
		t.Error(code)
	}
	p.Stop()
	a, err := app.Open(t.Context(), app.Options{Config: p.Config, Policy: policyFiles(t, [3]string{"transfers.yaml", "licence: 9", "licence: x"})})
	if err == nil {
		_ = a.Close()
		t.Fatal("a licence that is none is taken")
	}
	if !strings.Contains(err.Error(), "transfers.yaml") {
		t.Error(err)
	}
}
