package app_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"zhiqing/internal/app"
	"zhiqing/internal/app/apptest"
	"zhiqing/internal/audit"
	"zhiqing/internal/halt"
	"zhiqing/internal/register/prove"
	"zhiqing/internal/staff"
	"zhiqing/internal/store"
)

// twoServers are two programs on one store.
func twoServers(t *testing.T, storeURL string) (a, b *apptest.Program) {
	t.Helper()
	var engine store.Engine
	a = apptest.Start(t, storeURL, func(o *app.Options) {
		o.Engine = func(e store.Engine) store.Engine { engine = e; return e }
	})
	b = apptest.Start(t, storeURL, func(o *app.Options) {
		o.Now, o.Config.Vault = a.Clock.Now, a.Config.Vault
		o.Engine = func(store.Engine) store.Engine { return shared{engine} }
	})
	t.Cleanup(b.Stop) // before the one that owns the engine
	return a, b
}

// soon asks until something is so, for a few times as long as a halt may take to reach another server.
func soon(t *testing.T, what string, so func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * halt.RefreshEvery); time.Now().Before(end); {
		if so() {
			return
		}
	}
	t.Fatalf("not %s in time", what)
}

// A purpose that is stopped stops for everybody, on every server, without a deployment: nobody can agree to it, and what only it
// covers is not read. Lifting the halt goes back to what the files and the person say.
func TestAStoppedPurposeStopsOnEveryServer(t *testing.T) {
	row := prove.Row(t, "A-L26.2")
	apptest.OnEveryEngine(t, func(t *testing.T, storeURL string) {
		a, b := twoServers(t, storeURL)
		token := adult(a, "lan")
		a.Want(201, apptest.Decide(token, apptest.Decision("account.contact", "grant", current(a, "privacy"))))
		a.Want(200, patchProfile(a, token, map[string]any{"email": "lan@example.com"}))
		shows := func(p *apptest.Program) bool {
			return p.Want(200, call{Method: "GET", Path: "/v1/me/profile", Token: token}).Str("fields", "email", "value") != ""
		}
		agrees := func(p *apptest.Program) int {
			return p.Do(apptest.Decide(token, apptest.Decision("analytics.usage", "grant", current(p, "privacy")))).Status
		}
		row.That(shows(a) && shows(b) && agrees(a) == 201, "it does not work before")

		in := officer(a, "li.hua", staff.PrivacyOfficer)
		for _, code := range []string{"account.contact", "analytics.usage"} {
			_, err := a.App.Halts.Stop(t.Context(), in, halt.Purpose, code, "unlawful_use", "T-1")
			must(t, err)
		}
		row.That(!shows(a) && agrees(a) >= 400, "it goes on where it was stopped")
		soon(t, "stopped at the other server", func() bool { return !shows(b) && agrees(b) >= 400 })
		row.Equal(counted(rowsOf(t, a, audit.Query{}), "purpose.disabled"), 2)

		for _, code := range []string{"account.contact", "analytics.usage"} {
			must(t, a.App.Halts.Lift(t.Context(), in, halt.Purpose, code))
		}
		row.That(shows(a) && agrees(a) == 201, "it does not go on again")
		soon(t, "lifted at the other server", func() bool { return shows(b) })
		row.Equal(counted(rowsOf(t, a, audit.Query{}), "purpose.enabled"), 2)

		_, err := a.App.Halts.Stop(t.Context(), in, halt.Purpose, "evidence.consent", "unlawful_use", "T-1")
		row.That(errors.Is(err, halt.ErrNever), "a legal duty is stopped: %v", err)
		_, err = a.App.Halts.Stop(t.Context(), in, halt.Purpose, "analytics.usage", "no_reason", "T-1")
		row.That(errors.Is(err, halt.ErrInvalid), "without a reason: %v", err)
		_, err = a.App.Halts.Stop(t.Context(), officer(a, "zhao", staff.Support), halt.Purpose, "analytics.usage", "incident", "T-1")
		row.That(errors.Is(err, staff.ErrForbidden), "support stops purposes: %v", err)
	})
}

// A recipient that is stopped gets nothing from the next call on, wherever that arrives, and what it has got is a recall until
// somebody notes that it has confirmed.
func TestAStoppedRecipientGetsNothingAndIsRecalled(t *testing.T) {
	row := prove.Row(t, "A-L29.4")
	apptest.OnEveryEngine(t, func(t *testing.T, storeURL string) {
		a, b := twoServers(t, storeURL)
		token := adult(a, "lan")
		id := a.Want(200, call{Method: "GET", Path: "/v1/me", Token: token}).Str("subject", "id")
		a.Want(201, apptest.Decide(token, map[string]any{"purpose": "recipient.provide", "recipient": "sample_ads", "decision": "grant", "notice_version": current(a, "third_party")}))
		ads := provision(serviceKey(a, "shop"), id, "recipient.provide", "sample_ads", "interest_labels")
		b.Want(201, ads)

		in, desk := officer(a, "li.hua", staff.PrivacyOfficer), a.App.Halts
		_, err := desk.Stop(t.Context(), in, halt.Recipient, "sample_ads", "unlawful_use", "T-1")
		must(t, err)
		for _, p := range []*apptest.Program{a, b} {
			p.Refused(403, "disclosure.stopped", ads)
		}
		find := func() halt.Halt {
			list, err := desk.List(t.Context())
			must(t, err)
			return list[slices.IndexFunc(list, func(h halt.Halt) bool { return h.Code == "sample_ads" })]
		}
		row.That(find().Due() && find().Recall.Received == 1, "no recall: %+v", find())
		_, err = desk.Stop(t.Context(), in, halt.Recipient, "sample_logistics", "contract", "T-2")
		must(t, err)
		list, err := desk.List(t.Context())
		must(t, err)
		row.That(slices.ContainsFunc(list, func(h halt.Halt) bool { return h.Code == "sample_logistics" && h.Recall == nil }), "a recall of nothing: %+v", list)

		must(t, desk.Lift(t.Context(), in, halt.Recipient, "sample_ads"))
		b.Want(201, ads)
		row.That(find().Due(), "lifting a halt ends the recall")
		must(t, desk.Recalled(t.Context(), in, "sample_ads", "CONF-7"))
		row.That(!find().Due() && find().Recall.Reference == "CONF-7", "the recall does not end: %+v", find())
		row.That(errors.Is(desk.Recalled(t.Context(), in, "sample_ads", "CONF-7"), halt.ErrNotNow) && errors.Is(desk.Lift(t.Context(), in, halt.Recipient, "sample_ads"), halt.ErrNotNow), "twice")
		row.That(errors.Is(desk.Recalled(t.Context(), in, "nobody", "C-1"), halt.ErrUnknown), "a recall of nobody")
		_, err = desk.Stop(t.Context(), in, halt.Recipient, "wechat", "incident", "T-3")
		row.That(errors.Is(err, halt.ErrNever), "the platform is stopped: %v", err)
		rows := rowsOf(t, a, audit.Query{})
		row.Equal([]int{counted(rows, "recipient.disabled"), counted(rows, "recipient.enabled"), counted(rows, "recipient.recalled")}, []int{2, 1, 1})
	})
}

// At the console an officer stops a recipient, sees the recall, notes the confirmation and lets it go on.
func TestAnOfficerStopsARecipientAtTheConsole(t *testing.T) {
	p := apptest.Start(t, "")
	token := adult(p, "lan")
	id := p.Want(200, call{Method: "GET", Path: "/v1/me", Token: token}).Str("subject", "id")
	ads := provision(serviceKey(p, "shop"), id, "order.fulfil", "sample_logistics", "order")
	p.Want(201, ads)
	mei := hire(p, "mei", staff.PrivacyOfficer).signIn()
	mei.get("/console/halts")
	mei.wants(mei.post("/console/halts", "what", "recipient/sample_logistics", "reason", "unlawful_use", "reference", "小明"), 422, "理由")
	mei.wants(mei.post("/console/halts", "what", "purpose/evidence.consent", "reason", "unlawful_use", "reference", "T-1"), 403, "不能停用")
	mei.wants(mei.post("/console/halts", "what", "recipient/sample_logistics", "reason", "unlawful_use", "reference", "T-1"), 303)
	p.Refused(403, "disclosure.stopped", ads)
	mei.wants(mei.get("/console/halts"), 200, "待召回", "示例物流公司")
	mei.wants(mei.post("/console/halts/recalled", "what", "recipient/sample_logistics", "reference", "CONF-7"), 303)
	mei.wants(mei.post("/console/halts/lift", "what", "recipient/sample_logistics"), 303)
	mei.wants(mei.post("/console/halts/lift", "what", "recipient/sample_logistics"), 409)
	mei.wants(mei.get("/console/halts"), 200, "已恢复", "CONF-7")
	p.Want(201, ads)
}
