package app_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"zhiqing/internal/app"
	"zhiqing/internal/app/apptest"
	"zhiqing/internal/register/prove"
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
	row := prove.Row(t, "A-L29.3")
	apptest.OnEveryEngine(t, func(t *testing.T, storeURL string) {
		p := apptest.Start(t, storeURL)
		token := adult(p, "lan")
		id := p.Want(200, call{Method: "GET", Path: "/v1/me", Token: token}).Str("subject", "id")
		grant := map[string]any{"purpose": "recipient.provide", "recipient": "sample_ads", "decision": "grant", "notice_version": current(p, "third_party")}
		entry := p.Want(201, apptest.Decide(token, grant)).Str("entries", 0, "entry_id")
		public := p.Want(200, call{Method: "GET", Path: "/v1/recipients"})
		at := slices.IndexFunc(public.Get("items").([]any), func(x any) bool { return x.(map[string]any)["code"] == "sample_ads" })
		receipt := p.Want(200, call{Method: "GET", Path: "/v1/me/receipts/" + entry, Token: token})
		given := p.Want(201, provision(serviceKey(p, "shop"), id, "recipient.provide", "sample_ads", "interest_labels"))
		for _, item := range []string{"name", "contact", "purpose", "method", "kinds"} {
			told := public.Str("items", at, item)
			row.That(told != "", "%s is not told", item)
			row.Equal(given.Str("recipient", item), told)
			row.That(strings.Contains(string(receipt.Raw), told), "the receipt lacks the recipient's %s", item)
		}
		n := len(receipt.Get("receipt", "processing", "purposes", 0, "recipient_third_parties").([]any))
		row.Equal(n, 1)
	})
}
