package app_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"zhiqing/internal/app"
	"zhiqing/internal/app/apptest"
	"zhiqing/internal/audit"
	"zhiqing/internal/disclosure"
	"zhiqing/internal/fault"
	"zhiqing/internal/register/prove"
	"zhiqing/internal/staff"
)

// provision is a call of another system of the operator.
func provision(key, subject, purpose, recipient string, fields ...string) call {
	return call{Method: "POST", Path: "/v1/service/disclosures", Token: key, Body: map[string]any{
		"subject": subject, "purpose": purpose, "recipient": recipient, "fields": fields, "reference": "O-1001",
	}}
}

// serviceKey opens a service and gives its key.
func serviceKey(p *apptest.Program, name string) string {
	p.T.Helper()
	key, err := p.App.Services.Add(p.T.Context(), name)
	must(p.T, err)
	return key
}

// received is what the person sees of who received their data.
func received(p *apptest.Program, token string) []any {
	p.T.Helper()
	return p.Want(200, call{Method: "GET", Path: "/v1/me/disclosures", Token: token}).Get("items").([]any)
}

// Nothing is provided to whom the policy does not list, to whom the person has not agreed, or to a system without a key; what
// is provided is in the ledger and before the person at once, and a withdrawal counts at the next call.
func TestProvidingIsDeniedUnlessListAndConsentLetIt(t *testing.T) {
	row := prove.Row(t, "A-L29.1")
	apptest.OnEveryEngine(t, func(t *testing.T, storeURL string) {
		p := apptest.Start(t, storeURL)
		token := adult(p, "lan")
		id := p.Want(200, call{Method: "GET", Path: "/v1/me", Token: token}).Str("subject", "id")
		key, spent := serviceKey(p, "shop"), serviceKey(p, "old")
		must(t, p.App.Services.Disable(t.Context(), "old"))
		for _, wrong := range []string{"", token, spent, key + "x"} {
			p.Refused(401, "service.key", provision(wrong, id, "order.fulfil", "sample_logistics", "order"))
		}
		p.Refused(401, "session.invalid", call{Method: "GET", Path: "/v1/me", Token: key})
		for _, unlisted := range []string{"unlisted_company", "sample_ads", ""} {
			p.Refused(403, "disclosure.unlisted", provision(key, id, "order.fulfil", unlisted, "order"))
		}
		ads := provision(key, id, "recipient.provide", "sample_ads", "interest_labels")
		p.Refused(403, "disclosure.no_basis", ads)
		p.Want(201, apptest.Decide(token, apptest.Decision("ads.personalised", "grant", current(p, "marketing")))) // another consent (A-L26.1)
		p.Refused(403, "disclosure.no_basis", ads)
		row.Equal(len(received(p, token)), 0)

		grant := map[string]any{"purpose": "recipient.provide", "recipient": "sample_ads", "decision": "grant", "notice_version": current(p, "third_party")}
		entry := p.Want(201, apptest.Decide(token, grant)).Str("entries", 0, "entry_id")
		given := p.Want(201, ads)
		row.Equal([]string{given.Str("consent_entry_id"), given.Str("legal_basis")}, []string{entry, "consent"})
		list := p.Want(200, call{Method: "GET", Path: "/v1/me/disclosures", Token: token})
		row.Equal([]string{list.Str("items", 0, "recipient", "code"), list.Str("items", 0, "consent_entry_id"), list.Str("items", 0, "reference")}, []string{"sample_ads", entry, "O-1001"})

		p.Want(201, apptest.Decide(token, map[string]any{"purpose": "recipient.provide", "recipient": "sample_ads", "decision": "withdraw"}))
		p.Refused(403, "disclosure.no_basis", ads)
		p.Refused(404, "disclosure.no_person", provision(key, "sub_"+strings.Repeat("0", 26), "order.fulfil", "sample_logistics", "order"))
		row.Equal(len(received(p, token)), 1)
		row.That(!strings.Contains(p.Log.String(), key), "the key stands in the log")
	})
}

// A service provider acts for the operator: it has a contract, it gets what its purpose names and no field more, and what it
// got is kept on record for three years.
func TestAServiceProviderGetsItsFieldsAndNoMore(t *testing.T) {
	row := prove.Row(t, "A-L29.2")
	apptest.OnEveryEngine(t, func(t *testing.T, storeURL string) {
		p := apptest.Start(t, storeURL)
		token := adult(p, "lan")
		id := p.Want(200, call{Method: "GET", Path: "/v1/me", Token: token}).Str("subject", "id")
		p.Want(200, patchProfile(p, token, map[string]any{"nickname": "小石头"}))
		key := serviceKey(p, "shop")
		for _, fields := range [][]string{{"order", "nickname"}, {"phone"}, {"delivery", "birth_date"}, {"delivery", "no_such_field"}} {
			p.Refused(403, "disclosure.fields", provision(key, id, "order.fulfil", "sample_logistics", fields...))
		}
		given := p.Want(201, provision(key, id, "order.fulfil", "sample_logistics", "order", "delivery"))
		row.Equal(given.Str("legal_basis"), "contract")
		row.That(!strings.Contains(string(given.Raw), "小石头"), "more than was asked for: %s", given.Raw)
		p.Clock.Advance(3*365*24*time.Hour - 24*time.Hour)
		once(t, p, "disclosures")
		n, err := p.App.Disclosures.Received(t.Context(), "sample_logistics")
		must(t, err)
		row.Equal(n, 1)
	})
	missing := policyFiles(t, [3]string{"recipients.yaml", "contract_ref: SAMPLE-0001", "contract_ref: ''"})
	_, _, err := app.ReadPolicy(missing, apptest.Configure(t.TempDir(), "").Operator)
	row.That(err != nil && strings.Contains(err.Error(), "contract_ref"), "a recipient without a contract is taken: %v", err)
}

// Who agrees is told the recipient's name, contact, purpose, method and kinds, and the consent's receipt and the ledger repeat
// exactly these (PIPL art. 23).
func TestTheRecipientsFiveItemsAreInTheConsentAndInTheLedger(t *testing.T) {
	row, separate := prove.Row(t, "A-L29.3"), prove.Row(t, "F-6")
	apptest.OnEveryEngine(t, func(t *testing.T, storeURL string) {
		p := apptest.Start(t, storeURL)
		token := adult(p, "lan")
		id := p.Want(200, call{Method: "GET", Path: "/v1/me", Token: token}).Str("subject", "id")
		shop := serviceKey(p, "shop")
		refused := p.Do(provision(shop, id, "recipient.provide", "sample_ads", "interest_labels"))
		separate.That(refused.Status == 403, "given without a consent of its own: %s", refused.Raw)
		grant := map[string]any{"purpose": "recipient.provide", "recipient": "sample_ads", "decision": "grant", "notice_version": current(p, "third_party")}
		entry := p.Want(201, apptest.Decide(token, grant)).Str("entries", 0, "entry_id")
		public := p.Want(200, call{Method: "GET", Path: "/v1/recipients"})
		at := slices.IndexFunc(public.Get("items").([]any), func(x any) bool { return x.(map[string]any)["code"] == "sample_ads" })
		receipt := p.Want(200, call{Method: "GET", Path: "/v1/me/receipts/" + entry, Token: token})
		given := p.Want(201, provision(shop, id, "recipient.provide", "sample_ads", "interest_labels"))
		for _, item := range []string{"name", "contact", "purpose", "method", "kinds"} {
			told := public.Str("items", at, item)
			row.That(told != "", "%s is not told", item)
			row.Equal(given.Str("recipient", item), told)
			separate.Equal(given.Str("recipient", item), told)
			row.That(strings.Contains(string(receipt.Raw), told), "the receipt lacks the recipient's %s", item)
		}
		n := len(receipt.Get("receipt", "processing", "purposes", 0, "recipient_third_parties").([]any))
		row.Equal(n, 1)
	})
}

// demand is what a court may demand of somebody.
func demand(number string) disclosure.Order {
	return disclosure.Order{
		Person: number, Basis: disclosure.LegalDuty, Authority: "court", Organ: "上海市浦东新区人民法院", Contact: "立案庭", Jurisdiction: "CN",
		Document: "（2026）沪0115民初1号", Fields: []string{"nickname", "wechat_ids"},
	}
}

// demanded is somebody with a profile, and two officers who may hand it over together.
type demanded struct {
	p           *apptest.Program
	token       string
	number      string
	asks, other staff.Session
}

func demands(t *testing.T, storeURL string) demanded {
	p := apptest.Start(t, storeURL)
	d := demanded{p: p, token: adult(p, "lan"), asks: officer(p, "li.hua", staff.PrivacyOfficer), other: officer(p, "wang.fang", staff.PrivacyOfficer)}
	d.number = p.Want(200, call{Method: "GET", Path: "/v1/me", Token: d.token}).Str("subject", "privacy_number")
	p.Want(200, patchProfile(p, d.token, map[string]any{"nickname": "小石头"}))
	return d
}

// approved is an order that the other officer has approved.
func (d demanded) approved(o disclosure.Order) disclosure.Disclosure {
	d.p.T.Helper()
	ctx := d.p.T.Context()
	x, err := d.p.App.Disclosures.Request(ctx, d.asks, o)
	must(d.p.T, err)
	waiting, err := d.p.App.Staff.Waiting(ctx, d.other)
	must(d.p.T, err)
	_, err = d.p.App.Staff.Approve(ctx, d.other, waiting[len(waiting)-1].ID)
	must(d.p.T, err)
	return x
}

// Nobody hands data over alone: without another officer's approval, and with their own, nothing leaves. What leaves is the
// document's scope, and the person sees it at once, or, where a law wants it secret, on the day on which that ends, and learns
// nothing before from whatever they can read.
func TestAnAuthoritysOrderTakesTwoOfficersAndItsScope(t *testing.T) {
	row := prove.Row(t, "A-L30.1")
	apptest.OnEveryEngine(t, func(t *testing.T, storeURL string) {
		d := demands(t, storeURL)
		ctx, desk := t.Context(), d.p.App.Disclosures
		x, err := desk.Request(ctx, d.asks, demand(d.number))
		must(t, err)
		_, data, err := desk.Release(ctx, d.asks, x.ID)
		row.That(errors.Is(err, staff.ErrApproval) && data == nil, "one officer is enough: %v", err)
		mine, err := d.p.App.Staff.Mine(ctx, d.asks)
		must(t, err)
		_, err = d.p.App.Staff.Approve(ctx, d.asks, mine[0].ID)
		row.That(errors.Is(err, staff.ErrSelf), "who asks approves: %v", err)
		_, err = desk.Request(ctx, officer(d.p, "zhao", staff.Support), demand(d.number))
		row.That(errors.Is(err, staff.ErrForbidden), "support may order: %v", err)
		row.Equal(len(received(d.p, d.token)), 0)

		_, err = d.p.App.Staff.Approve(ctx, d.other, mine[0].ID)
		must(t, err)
		_, data, err = desk.Release(ctx, d.asks, x.ID)
		must(t, err)
		row.That(strings.Contains(string(data), "小石头") && strings.Contains(string(data), "openid"), "not what was demanded: %s", data)
		row.That(!strings.Contains(string(data), d.number) && !strings.Contains(string(data), "birth"), "more than was demanded: %s", data)
		list := d.p.Want(200, call{Method: "GET", Path: "/v1/me/disclosures", Token: d.token})
		row.Equal([]string{list.Str("items", 0, "document"), list.Str("items", 0, "recipient", "name"), list.Str("items", 0, "legal_basis"), list.Str("items", 0, "reference")},
			[]string{x.Document, x.Recipient.Name.ZH, "legal_duty", x.ID})
		row.That(strings.Contains(string(d.p.Want(200, call{Method: "GET", Path: "/v1/me/messages", Token: d.token}).Raw), "disclosed"), "no message")

		secret := demand(d.number)
		secret.Secrecy, secret.SecretUntil = "《刑事诉讼法》第一百五十二条", d.p.Clock.Now().Add(20*24*time.Hour)
		x = d.approved(secret)
		_, _, err = desk.Release(ctx, d.asks, x.ID)
		must(t, err)
		once(t, d.p, "disclosures")
		row.Equal(len(received(d.p, d.token)), 1)
		for _, path := range []string{"/v1/me/access-log", "/v1/me/messages", "/v1/me/disclosures"} {
			raw := string(d.p.Want(200, call{Method: "GET", Path: path, Token: d.token}).Raw)
			row.That(!strings.Contains(raw, x.ID) && strings.Count(raw, "disclosed") <= 1 && !strings.Contains(raw, "disclosure."), "%s tells of a secret: %s", path, raw)
		}
		d.p.Clock.Advance(21 * 24 * time.Hour)
		once(t, d.p, "disclosures")
		token := d.p.Login("lan").Str("access_token")
		row.Equal(d.p.Want(200, call{Method: "GET", Path: "/v1/me/disclosures", Token: token}).Str("items", 0, "reference"), x.ID)
		row.That(!strings.Contains(d.p.Log.String(), "小石头"), "a value stands in the log")
	})
}

// Only an authority of China gets anything, whatever its paper says (PIPL art. 41).
func TestAForeignAuthorityIsRefusedWithTheLaw(t *testing.T) {
	row := prove.Row(t, "A-L30.2")
	apptest.OnEveryEngine(t, func(t *testing.T, storeURL string) {
		d := demands(t, storeURL)
		for _, country := range []string{"US", "FR", "SG"} {
			o := demand(d.number)
			o.Jurisdiction = country
			_, err := d.p.App.Disclosures.Request(t.Context(), d.asks, o)
			row.That(errors.Is(err, disclosure.ErrForeign) && fault.KindOf(err) == fault.Forbidden && strings.Contains(disclosure.ErrForeign.Text.ZH, "第四十一条"), "%s: %v", country, err)
		}
		o := demand(d.number)
		o.Authority = "embassy"
		_, err := d.p.App.Disclosures.Request(t.Context(), d.asks, o)
		row.That(errors.Is(err, disclosure.ErrOrder), "any official will do: %v", err)
		row.Equal(counted(rowsOf(t, d.p, audit.Query{}), "disclosure.refused"), 3)
		waiting, err := d.p.App.Staff.Waiting(t.Context(), d.other)
		must(t, err)
		row.Equal(len(waiting), 0)
	})
}

// Of an emergency the person may be told later, and an alarm rings, in the log and in /metrics, while nobody has told them. An
// economic loss is no emergency and no other reason either (requirements 0.1 #7).
func TestAnEmergencyThatIsNotToldIsAnAlarm(t *testing.T) {
	row := prove.Row(t, "A-L30.3")
	apptest.OnEveryEngine(t, func(t *testing.T, storeURL string) {
		d := demands(t, storeURL)
		ctx, desk := t.Context(), d.p.App.Disclosures
		o := demand(d.number)
		o.Basis, o.Authority, o.Organ, o.Document, o.Later = disclosure.Emergency, "rescue", "上海市医疗急救中心", "", true
		for _, basis := range []disclosure.Basis{"economic_loss", "legitimate_interest", "fraud", "consent", ""} {
			loss := o
			loss.Basis = basis
			_, err := desk.Request(ctx, d.asks, loss)
			row.That(errors.Is(err, disclosure.ErrOrder), "%q is a basis: %v", basis, err)
		}
		x := d.approved(o)
		_, _, err := desk.Release(ctx, d.asks, x.ID)
		must(t, err)
		alarms := func() (metric, line bool) {
			once(t, d.p, "alarms")
			metrics := string(d.p.Want(200, call{Method: "GET", Path: "/metrics"}).Raw)
			return strings.Contains(metrics, "zhiqing_emergency_notices_overdue 1"), strings.Contains(d.p.Log.String(), x.ID)
		}
		metric, line := alarms()
		row.That(!metric && !line && len(received(d.p, d.token)) == 0, "an alarm, or the person is told, before the time")
		d.p.Clock.Advance(73 * time.Hour)
		metric, line = alarms()
		row.That(metric && line, "nobody hears that the notice is late: %v %v", metric, line)
		later := officer(d.p, "sun", staff.PrivacyOfficer)
		must(t, desk.Tell(ctx, later, x.ID))
		metric, _ = alarms()
		row.That(!metric, "the alarm does not end")
		token := d.p.Login("lan").Str("access_token")
		row.Equal(d.p.Want(200, call{Method: "GET", Path: "/v1/me/disclosures", Token: token}).Str("items", 0, "legal_basis"), "emergency")
	})
}

// orders writes an order at the console, with markup in every field that takes words, and gives its id.
func orders(t *testing.T, c *clerk, number string) string {
	t.Helper()
	c.get("/console/disclosures/new")
	a := c.wants(c.post("/console/disclosures/new", "person", number, "basis", "legal_duty", "authority", "court", "organ", evilName, "contact", evilName, "jurisdiction", "CN",
		"document", evilName, "fields", "nickname", "secrecy", evilName, "until", c.p.Clock.Now().Add(48*time.Hour).Format(time.DateOnly)), 303)
	order, _, _ := strings.Cut(a.header.Get("Location"), "?")
	return strings.TrimPrefix(order, "/console/disclosures/")
}

// At the console one officer orders, the other reads the order and approves, and the first downloads the file; whoever lacks the
// permission finds no way in.
func TestOfficersHandOverAtTheConsole(t *testing.T) {
	row := prove.Row(t, "A-L30.1")
	apptest.OnEveryEngine(t, func(t *testing.T, storeURL string) {
		p := apptest.Start(t, storeURL)
		token := adult(p, "lan")
		p.Want(200, patchProfile(p, token, map[string]any{"nickname": evilName}))
		number := p.Want(200, call{Method: "GET", Path: "/v1/me", Token: token}).Str("subject", "privacy_number")
		mei, wang := hire(p, "mei", staff.PrivacyOfficer).signIn(), hire(p, "wang", staff.ChildDataOfficer).signIn()
		mei.wants(mei.get("/console/disclosures/new"), 200, "人民法院", "昵称")
		form := []string{"person", number, "basis", "legal_duty", "authority", "court", "organ", "浦东法院" + evilName, "contact", "立案庭", "jurisdiction", "US", "document", "（2026）1号", "fields", "nickname"}
		mei.wants(mei.post("/console/disclosures/new", form...), 403, "第四十一条", "（2026）1号")
		form[11] = "CN"
		made := mei.wants(mei.post("/console/disclosures/new", form...), 303)
		order, _, _ := strings.Cut(made.header.Get("Location"), "?")
		mei.get(order)
		mei.wants(mei.post(order+"/release"), 403, "另一名员工")
		wang.wants(wang.get("/console/approvals"), 200, order)
		wang.wants(wang.get(order), 200, "（2026）1号", "昵称", "mei")
		wang.wants(wang.post("/console/approvals/"+waiting(t, wang), "answer", "approve"), 303)
		wang.get(order)
		wang.wants(wang.post(order+"/release"), 404)
		file := mei.wants(mei.post(order+"/release"), 200)
		row.That(strings.HasPrefix(file.header.Get("Content-Disposition"), "attachment"), "not a file: %v", file.header)
		var got struct {
			Fields map[string]string `json:"fields"`
		}
		must(t, json.Unmarshal([]byte(file.body), &got))
		row.Equal(got.Fields, map[string]string{"nickname": evilName})
		page := mei.wants(mei.get(order), 200, "已提供", "wang")
		row.That(!strings.Contains(page.body, evilName), "what was typed is markup: %s", page.body)
		row.Equal(p.Want(200, call{Method: "GET", Path: "/v1/me/disclosures", Token: token}).Str("items", 0, "recipient", "code"), "court")
	})
}
