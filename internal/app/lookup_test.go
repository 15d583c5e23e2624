package app_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"

	"zhiqing/internal/app"
	"zhiqing/internal/app/apptest"
	"zhiqing/internal/lookup"
	"zhiqing/internal/register/prove"
	"zhiqing/internal/staff"
	"zhiqing/internal/store"
	"zhiqing/internal/store/flaky"
)

// officer hires somebody with training in force, and signs them in with their second factor.
func officer(p *apptest.Program, name string, role staff.Role) staff.Session {
	p.T.Helper()
	password, uri, err := p.App.Staff.Add(p.T.Context(), staff.System(), name, role)
	must(p.T, err)
	must(p.T, p.App.Staff.Train(p.T.Context(), staff.System(), name, p.Clock.Now().AddDate(0, 6, 0)))
	key, err := otp.NewKeyFromURL(uri)
	must(p.T, err)
	code, err := totp.GenerateCode(key.Secret(), p.Clock.Now())
	must(p.T, err)
	_, in, err := p.App.Staff.SignIn(p.T.Context(), name, password, code)
	must(p.T, err)
	return in
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// ticket is a query as it should be.
func ticket(number string) lookup.Query {
	return lookup.Query{Term: number, Reason: "support_ticket", Reference: "T-2026-17"}
}

func accessLog(p *apptest.Program, token, query string) apptest.Answer {
	p.T.Helper()
	return p.Want(200, call{Method: "GET", Path: "/v1/me/access-log" + query, Token: token, Header: map[string]string{"Accept-Language": "en"}})
}

// Each look at a record is written down with its ticket, and the person sees it in that moment: the role, the reason, what was
// seen, and not who it was.
func TestAPersonSeesAtOnceWhoLookedAtTheirRecord(t *testing.T) {
	proof := prove.Row(t, "A-L10.1")
	apptest.OnEveryEngine(t, func(t *testing.T, url string) {
		p := apptest.Start(t, url)
		in := officer(p, "li.hua", staff.Support)
		login := p.Login("mum")
		token, number := login.Str("access_token"), login.Str("subject", "privacy_number")
		if items := accessLog(p, token, "").Get("items").([]any); len(items) != 0 {
			t.Fatalf("before anybody looked: %v", items)
		}
		l, err := p.App.Lookups.Find(t.Context(), in, ticket(number))
		must(t, err)
		r, err := p.App.Lookups.Record(t.Context(), in, l.ID, "zh-CN")
		must(t, err)
		proof.Equal(r.PrivacyNumber, number)
		log := accessLog(p, token, "")
		proof.Equal(log.Str("items", 0, "action"), "staff.viewed")
		proof.Equal(log.Str("items", 1, "action"), "staff.lookup")
		for i := range 2 {
			proof.Equal(log.Str("items", i, "reference"), "T-2026-17")
			proof.Equal(log.Str("items", i, "role_title"), "Support")
			proof.Equal(log.Str("items", i, "reason_title"), "Handling a support ticket")
		}
		proof.That(slices.Contains(log.Get("items", 0, "fields").([]any), any("consents")), "the fields are not told: %s", log.Raw)
		for _, who := range []string{in.Officer.ID, "li.hua", "stf_"} {
			proof.That(!bytes.Contains(log.Raw, []byte(who)), "the log names the officer: %s", log.Raw)
		}
		first := accessLog(p, token, "?limit=1")
		rest := accessLog(p, token, "?limit=1&cursor="+first.Str("next_cursor"))
		proof.Equal([]string{first.Str("items", 0, "action"), rest.Str("items", 0, "action")}, []string{"staff.viewed", "staff.lookup"})
		other := p.Login("dad").Str("access_token")
		proof.Equal(len(accessLog(p, other, "").Get("items").([]any)), 0)
		p.Refused(422, "store.cursor", call{Method: "GET", Path: "/v1/me/access-log?cursor=" + first.Str("next_cursor"), Token: other})
		p.Refused(403, "session.user_only", call{Method: "GET", Path: "/v1/me/access-log", Token: p.Guest().Str("access_token")})
	})
}

// Access by role, purpose, ticket and approval: without any one of them there is nothing to see.
func TestStaffSeeARecordOnlyWithRoleTicketAndApproval(t *testing.T) {
	proof, minors := prove.Row(t, "A-L48.4"), prove.Row(t, "B3-36")
	p := apptest.Start(t, "")
	in, auditor, chief := officer(p, "sup", staff.Support), officer(p, "aud", staff.Auditor), officer(p, "cdo", staff.ChildDataOfficer)
	adult := p.Login("mum")
	number := adult.Str("subject", "privacy_number")
	refused := func(what string, in staff.Session, q lookup.Query, want error) {
		t.Helper()
		_, err := p.App.Lookups.Find(t.Context(), in, q)
		proof.That(errors.Is(err, want), "%s: %v", what, err)
	}
	refused("without a ticket", in, lookup.Query{Term: number, Reason: "support_ticket"}, lookup.ErrReason)
	refused("without a reason", in, lookup.Query{Term: number, Reference: "T-1"}, lookup.ErrReason)
	refused("without the role", auditor, ticket(number), staff.ErrForbidden)
	proof.Equal(len(accessLog(p, adult.Str("access_token"), "").Get("items").([]any)), 0)

	child := p.Login("kid")
	p.Want(200, birthday(child.Str("access_token"), p.Clock.Now().AddDate(-10, 0, 0).Format(time.DateOnly)))
	number = child.Str("subject", "privacy_number")
	refused("a minor's record without an approval", in, ticket(number), staff.ErrApproval)
	log := accessLog(p, child.Str("access_token"), "")
	proof.Equal(log.Str("items", 0, "result"), "approval_required")
	l, err := p.App.Lookups.Find(t.Context(), in, ticket(number))
	proof.That(errors.Is(err, staff.ErrApproval), "%v", err)
	_, err = p.App.Lookups.Record(t.Context(), in, l.ID, "zh-CN")
	proof.That(errors.Is(err, staff.ErrApproval), "%v", err)
	minors.That(errors.Is(err, staff.ErrApproval), "a minor's record is shown without an approval: %v", err)
	a, err := p.App.Lookups.Ask(t.Context(), in, l.ID)
	must(t, err)
	_, err = p.App.Staff.Approve(t.Context(), chief, a.ID)
	must(t, err)
	r, err := p.App.Lookups.Record(t.Context(), in, l.ID, "zh-CN")
	proof.That(err == nil && r.Band == "under_14", "%+v %v", r, err)
	sibling := p.Login("kid_2")
	p.Want(200, birthday(sibling.Str("access_token"), p.Clock.Now().AddDate(-12, 0, 0).Format(time.DateOnly)))
	refused("another minor's record", in, ticket(sibling.Str("subject", "privacy_number")), staff.ErrApproval)
	p.Clock.Advance(30 * time.Minute)
	_, err = p.App.Lookups.Record(t.Context(), in, l.ID, "zh-CN")
	proof.That(errors.Is(err, staff.ErrApproval), "half an hour later: %v", err)
}

// birthday answers the age question.
func birthday(token, date string) call {
	return call{Method: "PUT", Path: "/v1/me/birth-date", Token: token, Body: map[string]any{"date": date}}
}

func TestWithoutTheAuditNobodySeesAnything(t *testing.T) {
	var writes *flaky.Engine
	p := apptest.Start(t, "", func(o *app.Options) {
		o.Engine = func(e store.Engine) store.Engine { writes = flaky.Wrap(e); return writes }
	})
	in, login := officer(p, "sup", staff.Support), p.Login("mum")
	token, number := login.Str("access_token"), login.Str("subject", "privacy_number")
	l, err := p.App.Lookups.Find(t.Context(), in, ticket(number))
	must(t, err)
	writes.Down(true)
	if found, err := p.App.Lookups.Find(t.Context(), in, ticket(number)); err == nil || found.ID != "" {
		t.Errorf("%+v %v", found, err)
	}
	if r, err := p.App.Lookups.Record(t.Context(), in, l.ID, "zh-CN"); err == nil || r.PrivacyNumber != "" || len(r.Standings) > 0 {
		t.Errorf("%+v %v", r, err)
	}
	writes.Down(false)
	if items := accessLog(p, token, "").Get("items").([]any); len(items) != 1 {
		t.Errorf("%v", items)
	}
}

// A phone number finds the person whose number WeChat has verified, and what is found is masked.
func TestAVerifiedNumberLeadsToItsOwner(t *testing.T) {
	p := apptest.Start(t, "")
	in, login := officer(p, "sup", staff.Support), p.Login("mum")
	token := login.Str("access_token")
	p.Want(201, apptest.Decide(token, apptest.Decision("account.phone", "grant", "1.0")))
	p.Want(200, call{Method: "POST", Path: "/v1/me/profile/phone", Token: token, Body: map[string]any{"code": "phone-13812345678-1"}})
	l, err := p.App.Lookups.Find(t.Context(), in, ticket("138 1234 5678"))
	must(t, err)
	r, err := p.App.Lookups.Record(t.Context(), in, l.ID, "zh-CN")
	must(t, err)
	if r.PrivacyNumber != login.Str("subject", "privacy_number") || len(r.Profile) != 1 || r.Profile[0].Masked != "138****5678" {
		t.Errorf("%+v", r)
	}
	if v, err := p.App.Lookups.Reveal(t.Context(), in, l.ID, "phone"); err != nil || v != "+8613812345678" {
		t.Errorf("%v", err)
	}
	if log := accessLog(p, token, ""); log.Str("items", 0, "action") != "staff.revealed" || log.Str("items", 0, "fields", 0) != "phone" || strings.Contains(string(log.Raw), "13812345678") {
		t.Errorf("%s", log.Raw)
	}
	if strings.Contains(p.Log.String(), "13812345678") {
		t.Error("the number is in the log")
	}
}

// The log of access goes along in the copy that a person takes home, and outlives the account as evidence.
func TestTheLogOfAccessIsInTheCopyAndTheChainOutlivesTheAccount(t *testing.T) {
	p := apptest.Start(t, "")
	in, login := officer(p, "sup", staff.Support), p.Login("mum")
	id := login.Str("subject", "id")
	l, err := p.App.Lookups.Find(t.Context(), in, ticket(login.Str("subject", "privacy_number")))
	must(t, err)
	found := false
	for _, h := range p.App.Holdings() {
		files, err := h.Export(t.Context(), id)
		must(t, err)
		for _, f := range files {
			found = found || f.Name == "access_log" && len(f.Records) == 1
		}
	}
	if !found {
		t.Error("no access log in the copy")
	}
	fresh := stepUp(p, login.Str("access_token"), "mum")
	number := p.Want(201, ask(fresh, "cancel_account")).Str("number")
	done(p, fresh, number)
	if _, err := p.App.Lookups.Record(t.Context(), in, l.ID, "zh-CN"); !errors.Is(err, lookup.ErrOver) {
		t.Errorf("a look-up outlives the account: %v", err)
	}
	if log := accessLog(p, fresh, ""); log.Str("items", 0, "action") != "staff.lookup" {
		t.Errorf("the closing session does not see it any more: %s", log.Raw)
	}
	if rows, broken, err := p.App.Audit.Verify(t.Context()); rows == 0 || broken != nil || err != nil {
		t.Errorf("%d rows, %v, %v", rows, broken, err)
	}
}
