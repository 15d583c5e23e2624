package app_test

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"zhiqing/internal/app/apptest"
	"zhiqing/internal/register/prove"
)

func TestWhoReceivesDataIsAPublicList(t *testing.T) {
	row, told := prove.Row(t, "A-L24.1"), prove.Row(t, "F-2")
	p := apptest.Start(t, "")
	list := p.Want(200, call{Method: "GET", Path: "/v1/recipients"}).Get("items").([]any)
	row.That(len(list) > 0, "the list is empty")
	named := map[string]bool{}
	for _, item := range list {
		m := item.(map[string]any)
		named[m["code"].(string)] = true
		for _, member := range []string{"name", "contact", "purpose", "method", "kinds", "region"} {
			row.That(m[member] != "", "%v lacks %s", m["code"], member)
		}
	}
	for _, item := range p.Want(200, call{Method: "GET", Path: "/v1/purposes"}).Get("items").([]any) {
		for _, code := range item.(map[string]any)["recipients"].([]any) {
			row.That(named[code.(string)], "%v is not in the public list", code)
			told.That(named[code.(string)], "%v is not in the public list", code)
		}
	}
}

func TestAGuestsChoiceLastsForTheSessionAndIsNotImported(t *testing.T) {
	row := prove.Row(t, "A-L24.5")
	apptest.OnEveryEngine(t, func(t *testing.T, storeURL string) {
		p := apptest.Start(t, storeURL)
		guest := p.Guest()
		p.Want(201, decide(guest.Str("access_token"), decision("analytics.usage", "grant", current(p, "privacy"))))
		p.Want(201, decide(guest.Str("access_token"), decision("improvement.product", "refuse", "")))
		again := p.Want(200, call{Method: "POST", Path: "/v1/sessions/refresh", Body: map[string]any{"refresh_token": guest.Str("refresh_token")}}).Str("access_token")
		row.Equal(state(p, again, "analytics.usage"), "given")
		row.Equal(state(p, again, "improvement.product"), "refused")
		user := p.Login("mum").Str("access_token")
		row.Equal(state(p, user, "analytics.usage"), "unknown")
		row.Equal(state(p, user, "improvement.product"), "unknown")
		row.Equal(p.Refused(403, "consent.account_required", decide(again, decision("promotion.participation", "grant", current(p, "marketing")))).Status, 403)
	})
}

func TestOnAndOffAreEquallyEasyAndTheHistoryIsReadable(t *testing.T) {
	row := prove.Row(t, "A-L27.2")
	p := apptest.Start(t, "")
	token, version := p.Login("mum").Str("access_token"), current(p, "privacy")
	for range 3 { // one call for on, one call for off
		row.Equal(p.Do(decide(token, decision("analytics.usage", "grant", version))).Status, 201)
		row.Equal(state(p, token, "analytics.usage"), "given")
		row.Equal(p.Do(decide(token, decision("analytics.usage", "withdraw", ""))).Status, 201)
		row.Equal(state(p, token, "analytics.usage"), "withdrawn")
	}
	row.Equal(len(p.Want(200, call{Method: "GET", Path: "/v1/me/consents/history", Token: token}).Get("items").([]any)), 6)
}

func TestWhoAnswersIsPublic(t *testing.T) {
	officer := prove.Row(t, "A-L50.2")
	questions := prove.Row(t, "A-L61.2")
	p := apptest.Start(t, "")
	contact := p.Want(200, call{Method: "GET", Path: "/v1/contact"})
	officer.Equal(contact.Str("dpo"), p.Config.Operator.DPO)
	questions.Equal(contact.Str("operator"), p.Config.Operator.Name)
	questions.That(contact.Str("contact") != "" && !strings.Contains(contact.Str("contact"), "@"), "in-app contact: %s", contact.Raw)
	questions.Equal(contact.Get("complaint_working_days"), float64(15))
}

func TestEveryNoticeCanBeFetchedByItsHash(t *testing.T) {
	row := prove.Row(t, "A-L59.1")
	p := apptest.Start(t, "")
	for _, kind := range []string{"privacy", "children", "marketing", "third_party"} {
		for _, lang := range []string{"zh-CN", "en"} {
			now := p.Want(200, call{Method: "GET", Path: "/v1/notices/" + kind, Header: map[string]string{"Accept-Language": lang}})
			sum := sha256.Sum256([]byte(now.Str("markdown")))
			row.Equal(now.Str("sha256"), hex.EncodeToString(sum[:]))
			row.Equal(now.Str("language"), lang)
			row.Equal(p.Want(200, call{Method: "GET", Path: "/v1/notices/by-digest/" + now.Str("sha256")}).Str("markdown"), now.Str("markdown"))
		}
	}
	p.Refused(404, "notice.unknown", call{Method: "GET", Path: "/v1/notices/by-digest/" + strings.Repeat("0", 64)})
}

func TestNothingIsRecordedForAPurposeOutsideTheRegister(t *testing.T) {
	row := prove.Row(t, "A-L2.1")
	p := apptest.Start(t, "")
	token := p.Login("mum").Str("access_token")
	for _, purpose := range []string{"no.such", "hr.recruiting", "account.service"} {
		row.Equal(p.Do(decide(token, decision(purpose, "grant", "1.0"))).Status, 422)
	}
	row.Equal(len(p.Want(200, call{Method: "GET", Path: "/v1/me/consents/history", Token: token}).Get("items").([]any)), 0)
	for _, item := range p.Want(200, call{Method: "GET", Path: "/v1/purposes"}).Get("items").([]any) {
		m := item.(map[string]any)
		row.That(m["legal_basis"] != "" && len(m["data_items"].([]any)) > 0, "%v names no basis or no data", m["code"])
	}
}

func TestRefusingEverythingOptionalClosesNothing(t *testing.T) {
	row, unforced := prove.Row(t, "A-L13.1"), prove.Row(t, "F-5")
	p := apptest.Start(t, "")
	token := p.Login("mum").Str("access_token")
	var all []map[string]any
	for _, item := range p.Want(200, call{Method: "GET", Path: "/v1/me/consents", Token: token}).Get("items").([]any) {
		m := item.(map[string]any)
		d := decision(m["purpose"].(string), "refuse", "")
		if r, ok := m["recipient"]; ok {
			d["recipient"] = r
		}
		all = append(all, d)
	}
	row.Equal(p.Do(decide(token, all...)).Status, 201) // every no in one act
	for _, path := range []string{"/v1/me", "/v1/me/consents", "/v1/me/consents/history", "/v1/notices/privacy", "/v1/purposes"} {
		row.Equal(p.Do(call{Method: "GET", Path: path, Token: token}).Status, 200)
	}
	row.Equal(len(p.Want(200, call{Method: "GET", Path: "/v1/me/consents", Token: token}).Get("prompts").([]any)), 0)
	p.Clock.Advance(47 * time.Hour) // not asked again, whatever session it is
	token = p.Login("mum").Str("access_token")
	unforced.Equal(len(p.Want(200, call{Method: "GET", Path: "/v1/me/consents", Token: token}).Get("prompts").([]any)), 0)
}

func TestAPreferenceOutlivesSessionsAndRestarts(t *testing.T) {
	row := prove.Row(t, "A-L41.3")
	p := apptest.Start(t, "")
	first := p.Login("mum")
	p.Want(201, decide(first.Str("access_token"), decision("analytics.usage", "refuse", ""), decision("improvement.product", "grant", current(p, "privacy"))))
	p.Want(204, call{Method: "DELETE", Path: "/v1/sessions/current", Token: first.Str("access_token")})
	p.Clock.Advance(100 * time.Hour)
	second := p.Login("mum").Str("access_token")
	row.Equal(state(p, second, "analytics.usage"), "refused")
	row.Equal(state(p, second, "improvement.product"), "given")
}
