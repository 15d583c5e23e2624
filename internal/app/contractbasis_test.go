package app_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"zhiqing/internal/app/apptest"
	"zhiqing/internal/casework"
	"zhiqing/internal/register/prove"
	"zhiqing/internal/retention"
	"zhiqing/internal/rights"
	"zhiqing/internal/staff"
)

// refuseEverything says no to each purpose that asks for consent, as it is offered.
func refuseEverything(p *apptest.Program, token string) {
	p.T.Helper()
	var all []map[string]any
	for _, item := range p.Want(200, call{Method: "GET", Path: "/v1/me/consents", Token: token}).Get("items").([]any) {
		m := item.(map[string]any)
		d := decision(m["purpose"].(string), "refuse", "")
		if r, ok := m["recipient"]; ok {
			d["recipient"] = r
		}
		all = append(all, d)
	}
	p.Want(201, decide(token, all...))
}

// With every optional consent refused an order is delivered and a question is asked, on the contract; nothing is kept of the
// person but what these need.
func TestAnOrderAndAQuestionNeedNoConsent(t *testing.T) {
	row := prove.Row(t, "A-L3.1")
	apptest.OnEveryEngine(t, func(t *testing.T, storeURL string) {
		p := apptest.Start(t, storeURL)
		token := adult(p, "lan")
		id := p.Want(200, call{Method: "GET", Path: "/v1/me", Token: token}).Str("subject", "id")
		refuseEverything(p, token)
		order := p.Want(201, provision(serviceKey(p, "shop"), id, "order.fulfil", "sample_logistics", "order", "delivery"))
		row.Equal(order.Str("legal_basis"), "contract")
		row.Equal(p.Want(201, ask(token, "explain", "detail", "订单何时送达")).Str("type"), "explain")
		row.Equal(len(p.Want(200, call{Method: "GET", Path: "/v1/me/profile", Token: token}).Get("fields").(map[string]any)), 0)
		usable, err := p.App.Usable(t.Context(), id)
		must(t, err)
		row.That(usable("order.fulfil") && usable("support.service") && usable("account.service"), "a contract waits for consent")
		row.That(!usable("analytics.usage") && !usable("improvement.product") && !usable("marketing.email"), "a refusal counts for nothing")
		for _, h := range p.App.Holdings() {
			kinds, err := h.Describe(t.Context(), id)
			must(t, err)
			for _, k := range kinds {
				for _, code := range k.Purposes {
					row.That(usable(code) || strings.HasPrefix(code, "evidence.") || strings.HasPrefix(code, "minors."), "%s keeps %s for %s, which nobody agreed to", h.Name(), k.Code, code)
				}
			}
		}
	})
}

// An account is opened, seen, changed and closed; afterwards the same WeChat account is somebody new, who inherits nothing.
func TestAnAccountIsOpenedSeenChangedAndClosed(t *testing.T) {
	row := prove.Row(t, "A-L11.1")
	apptest.OnEveryEngine(t, func(t *testing.T, storeURL string) {
		p := apptest.Start(t, storeURL)
		login := p.Login("lan")
		token, id := login.Str("access_token"), login.Str("subject", "id")
		row.Equal(p.Want(200, call{Method: "GET", Path: "/v1/me", Token: token}).Str("subject", "id"), id)
		p.Want(200, declareAge(token, born(p, 40)))
		p.Want(200, patchProfile(p, token, map[string]any{"nickname": "小石头"}))
		seen := p.Want(200, patchProfile(p, token, map[string]any{"nickname": "大石头"}))
		row.Equal(seen.Str("fields", "nickname", "value"), "大石头")
		row.Equal(p.Login("lan").Str("subject", "id"), id)

		fresh := stepUp(p, token, "lan")
		done(p, fresh, p.Want(201, ask(fresh, "cancel_account")).Str("number"))
		p.Refused(410, "subject.closed", call{Method: "GET", Path: "/v1/me/profile", Token: fresh})
		again := p.Login("lan")
		row.That(again.Str("subject", "id") != id && again.Str("subject", "privacy_number") != login.Str("subject", "privacy_number"), "the account comes back: %s", again.Raw)
		row.Equal(len(p.Want(200, call{Method: "GET", Path: "/v1/me/profile", Token: again.Str("access_token")}).Get("fields").(map[string]any)), 0)
		row.Equal(len(p.Want(200, call{Method: "GET", Path: "/v1/me/consents/history", Token: again.Str("access_token")}).Get("items").([]any)), 0)
		row.Equal(len(received(p, again.Str("access_token"))), 0)
	})
}

// Whoever refuses everything at the first run is analysed by nobody: no provider of analytics gets anything, and WeChat hears of
// the login alone. Analytics begin after the consent, and end with it.
func TestAnalyticsWaitForTheConsent(t *testing.T) {
	first, before := prove.Row(t, "A-L23.1"), prove.Row(t, "A-L24.2")
	apptest.OnEveryEngine(t, func(t *testing.T, storeURL string) {
		p := apptest.Start(t, storeURL)
		login := p.Login("lan")
		token, id, calls := login.Str("access_token"), login.Str("subject", "id"), p.Calls()
		key := serviceKey(p, "analytics")
		usage := provision(key, id, "analytics.usage", "sample_analytics", "usage", "analytics_id")
		before.Equal(state(p, token, "analytics.usage"), "unknown")
		p.Refused(403, "disclosure.no_basis", usage) // not asked yet
		refuseEverything(p, token)
		for _, path := range []string{"/v1/me", "/v1/me/profile", "/v1/notices/privacy", "/v1/purposes"} {
			p.Want(200, call{Method: "GET", Path: path, Token: token})
		}
		p.Refused(403, "disclosure.no_basis", usage)
		first.Equal(len(received(p, token)), 0)
		first.Equal(p.Calls(), calls)
		n, err := p.App.Disclosures.Received(t.Context(), "sample_analytics")
		must(t, err)
		first.Equal(n, 0)

		granted := p.Want(201, decide(token, decision("analytics.usage", "grant", current(p, "privacy")))).Str("entries", 0, "entry_id")
		given := p.Want(201, usage)
		before.Equal(given.Str("consent_entry_id"), granted)
		history := p.Want(200, call{Method: "GET", Path: "/v1/me/consents/history", Token: token})
		agreed, errAgreed := time.Parse(time.RFC3339Nano, history.Str("items", 0, "time"))
		at, errAt := time.Parse(time.RFC3339Nano, given.Str("at"))
		before.That(errAgreed == nil && errAt == nil && !at.Before(agreed), "analysed at %s, agreed at %q: %v %v", at, history.Raw, errAgreed, errAt)
		p.Want(200, call{Method: "DELETE", Path: "/v1/me/consents/analytics.usage", Token: token})
		p.Refused(403, "disclosure.no_basis", usage)
		before.Equal(len(received(p, token)), 1)
	})
}

// A request by e-mail joins the same queue with the day on which it came; there is no place for what the mail says.
func TestAMailBecomesARequestWithoutItsText(t *testing.T) {
	row := prove.Row(t, "A-L61.1")
	apptest.OnEveryEngine(t, func(t *testing.T, storeURL string) {
		p := apptest.Start(t, storeURL)
		token := adult(p, "lan")
		number := p.Want(200, call{Method: "GET", Path: "/v1/me", Token: token}).Str("subject", "privacy_number")
		by, came := officer(p, "wang.fang", staff.PrivacyOfficer), p.Clock.Now().Add(-48*time.Hour)
		item, err := p.App.Casework.LodgeOffline(t.Context(), by, casework.Offline{PrivacyNumber: number, Type: rights.Correct, Channel: "email", ReceivedAt: came, Language: "zh-CN"})
		must(t, err)
		stored, err := p.App.Rights.ByNumber(t.Context(), item.Number)
		must(t, err)
		row.Equal([]any{stored.Channel, len(stored.Detail), stored.ReceivedAt.Equal(came)}, []any{"email", 0, true})
		row.That(stored.DueAt.After(came), "it has no time of its own")
		seen := p.Want(200, call{Method: "GET", Path: "/v1/me/requests/" + item.Number, Token: token})
		row.Equal([]string{seen.Str("type"), seen.Str("number")}, []string{"correct", item.Number})
	})
}

// What a proceeding needs is held under its number: the erasure waits, who reviews it sees the number, and the end of the
// proceeding lets the erasure go on.
func TestAHoldNamesItsProceeding(t *testing.T) {
	row := prove.Row(t, "A-L20.1")
	apptest.OnEveryEngine(t, func(t *testing.T, storeURL string) {
		p := apptest.Start(t, storeURL)
		mum := p.Login("mum")
		token, id := mum.Str("access_token"), mum.Str("subject", "id")
		p.Want(200, patchProfile(p, token, map[string]any{"nickname": "小石头"}))
		order := retention.Hold{Subject: id, Reason: "lawsuit", Case: "（2026）沪0115民初1号", Approver: "stf_x", ReviewBy: p.Clock.Now().AddDate(0, 6, 0)}
		bad := order
		bad.Case = "第一行\n第二行"
		_, err := p.App.Retention.Hold(t.Context(), bad)
		row.That(errors.Is(err, retention.ErrInvalid), "a number of two lines: %v", err)
		held, err := p.App.Retention.Hold(t.Context(), order)
		must(t, err)
		open, err := p.App.Retention.Open(t.Context(), 10)
		must(t, err)
		row.That(len(open) == 1 && open[0].Case == order.Case, "the proceeding is not on record: %+v", open)
		fresh := stepUp(p, token, "mum")
		number := p.Want(201, ask(fresh, "delete")).Str("number")
		waits(p, fresh, number)
		row.Equal(fieldsOf(p, id), []string{"nickname"})
		closed, err := p.App.ReleaseHold(t.Context(), held.ID, "stf_y")
		must(t, err)
		row.Equal(closed.Case, order.Case)
		row.Equal(done(p, fresh, number).Str("state"), "fulfilled")
		row.Equal(len(fieldsOf(p, id)), 0)
	})
}
