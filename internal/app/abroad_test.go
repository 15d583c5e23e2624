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

// Everything that a recipient abroad needs, with the day on which its contract ends.
const (
	atHome     = "    region: CN\n    policy_url: https://ads.example/privacy\n"
	elsewhere  = "    region: SG\n    contract_until: DAY\n    policy_url: https://ads.example/privacy\n    cross_border:\n      route: standard_contract\n      filing_ref: F-1\n      pia_ref: P-1\n      necessity: {zh-CN: 广告投放系统在新加坡, en: The advertising system is in Singapore}\n      rights: {zh-CN: 向其新加坡办公室提出, en: Ask its office in Singapore}\n"
	perOne     = "    per_recipient: true\n"
	goesAbroad = perOne + "    cross_border: true\n"
)

// Data goes abroad only with a legal route, its filing, an assessment, the need and the rights told, a contract, and the person's
// separate consent: without any one of them the program does not start, or nothing is provided.
func TestDataGoesAbroadOnlyWithEveryCondition(t *testing.T) {
	gate, need := prove.Row(t, "A-L44.2"), prove.Row(t, "A-L44.4")
	whole := strings.Replace(elsewhere, "DAY", "2099-12-31", 1)
	starts := func(recipient, purpose string) error {
		files := policyFiles(t, [3]string{"recipients.yaml", atHome, recipient}, [3]string{"purposes.yaml", perOne, purpose})
		_, _, err := app.ReadPolicy(files, apptest.Configure(t.TempDir(), "").Operator)
		return err
	}
	gate.NoError(starts(whole, goesAbroad))
	for _, missing := range []string{"      route: standard_contract\n", "      filing_ref: F-1\n", "      pia_ref: P-1\n", "    contract_until: 2099-12-31\n"} {
		gate.That(starts(strings.Replace(whole, missing, "", 1), goesAbroad) != nil, "it starts without %s", missing)
	}
	bare, _, _ := strings.Cut(whole, "    cross_border:")
	gate.That(starts(bare, goesAbroad) != nil, "it starts without anything")
	gate.That(starts(whole, perOne) != nil, "the purpose does not say that data goes abroad")
	for _, missing := range []string{"      pia_ref: P-1\n", "      necessity: {zh-CN: 广告投放系统在新加坡, en: The advertising system is in Singapore}\n"} {
		need.That(starts(strings.Replace(whole, missing, "", 1), goesAbroad) != nil, "the recipient is there without %s", missing)
	}
	apptest.OnEveryEngine(t, func(t *testing.T, storeURL string) {
		p, key, id, token := abroad(t, storeURL, "2099-12-31")
		ads := provision(key, id, "recipient.provide", "sample_ads", "interest_labels")
		p.Refused(403, "disclosure.no_basis", ads)
		p.Want(201, apptest.Decide(token, grantAds(p)))
		given := p.Want(201, ads)
		gate.Equal(given.Str("recipient", "region"), "SG")
		p.Want(201, apptest.Decide(token, map[string]any{"purpose": "recipient.provide", "recipient": "sample_ads", "decision": "withdraw"}))
		p.Refused(403, "disclosure.no_basis", ads)
	})
}

// abroad is a program with a recipient in Singapore, a service's key, and an adult.
func abroad(t *testing.T, storeURL, until string) (p *apptest.Program, key, id, token string) {
	t.Helper()
	p = apptest.Start(t, storeURL, func(o *app.Options) {
		o.Policy = policyFiles(t, [3]string{"recipients.yaml", atHome, strings.Replace(elsewhere, "DAY", until, 1)}, [3]string{"purposes.yaml", perOne, goesAbroad})
	})
	token = adult(p, "lan")
	return p, serviceKey(p, "shop"), p.Want(200, call{Method: "GET", Path: "/v1/me", Token: token}).Str("subject", "id"), token
}

func grantAds(p *apptest.Program) map[string]any {
	return map[string]any{"purpose": "recipient.provide", "recipient": "sample_ads", "decision": "grant", "notice_version": current(p, "third_party")}
}

// Who agrees is told all six items of PIPL art. 39, how to use their rights there among them; the receipt repeats them.
func TestTheOverseasRecipientIsToldInSixItems(t *testing.T) {
	row := prove.Row(t, "A-L44.3")
	apptest.OnEveryEngine(t, func(t *testing.T, storeURL string) {
		p, _, _, token := abroad(t, storeURL, "2099-12-31")
		entry := p.Want(201, apptest.Decide(token, grantAds(p))).Str("entries", 0, "entry_id")
		receipt := p.Want(200, call{Method: "GET", Path: "/v1/me/receipts/" + entry, Token: token})
		public := p.Want(200, call{Method: "GET", Path: "/v1/recipients"})
		at := slices.IndexFunc(public.Get("items").([]any), func(x any) bool { return x.(map[string]any)["code"] == "sample_ads" })
		for _, item := range []string{"name", "contact", "purpose", "method", "kinds", "region"} {
			told := public.Str("items", at, item)
			row.That(told != "", "%s is not told", item)
			row.Equal(receipt.Str("receipt", "processing", "purposes", 0, "recipient_third_parties", 0, item), told)
		}
		row.Equal(public.Str("items", at, "cross_border", "rights"), "向其新加坡办公室提出")
		row.Equal(receipt.Str("receipt", "prc", "cross_border", "rights_at_recipient"), "向其新加坡办公室提出")
		row.Equal([]string{public.Str("items", at, "cross_border", "route"), receipt.Str("receipt", "prc", "cross_border", "route")}, []string{"standard_contract", "standard_contract"})
		row.That(public.Str("items", at, "cross_border", "necessity") != "", "the need is not told")
		verified := p.Want(200, call{Method: "POST", Path: "/v1/receipts/verify", Body: map[string]any{"receipt": receipt.Str("jws")}})
		row.Equal(verified.Str("status"), "valid")
	})
}

// The day after a contract ends nothing is provided any more.
func TestAnExpiredContractEndsTheFlow(t *testing.T) {
	row := prove.Row(t, "A-L44.5")
	apptest.OnEveryEngine(t, func(t *testing.T, storeURL string) {
		last := app.Clock().In(time.FixedZone("CST", 8*60*60)).AddDate(0, 0, 2)
		p, key, id, token := abroad(t, storeURL, last.Format(time.DateOnly))
		p.Want(201, apptest.Decide(token, grantAds(p)))
		ads := provision(key, id, "recipient.provide", "sample_ads", "interest_labels")
		row.Equal(p.Do(ads).Status, 201)
		midnight := time.Date(last.Year(), last.Month(), last.Day()+1, 0, 0, 0, 0, last.Location())
		p.Clock.Advance(midnight.Sub(p.Clock.Now()) - time.Minute)
		row.Equal(p.Do(ads).Status, 201)
		p.Clock.Advance(2 * time.Minute)
		row.Equal(p.Refused(403, "disclosure.contract_expired", ads).Status, 403)
	})
}
