package app_test

import (
	"testing"

	"zhiqing/internal/app/apptest"
)

// pausedNow is what GET /v1/me/consents says of each purpose.
func pausedNow(p *apptest.Program, token string) map[string]bool {
	p.T.Helper()
	paused := map[string]bool{}
	for _, item := range p.Want(200, call{Method: "GET", Path: "/v1/me/consents", Token: token}).Get("items").([]any) {
		m := item.(map[string]any)
		paused[m["purpose"].(string)] = m["paused"] == true
	}
	return paused
}

// A restriction stops processing and erases nothing: the field stays, the consent stays, and the purpose is not usable.
func TestARestrictedPurposeIsPausedAndNothingIsErased(t *testing.T) {
	p := apptest.Start(t, "")
	login := p.Login("mum")
	token, id := login.Str("access_token"), login.Str("subject", "id")
	p.Want(200, patchProfile(p, token, map[string]any{"nickname": "小石头"}))
	p.Want(201, decide(token, decision("analytics.usage", "grant", current(p, "privacy")), decision("improvement.product", "grant", current(p, "privacy"))))
	usable := func(purpose string) bool {
		t.Helper()
		may, err := p.App.Usable(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		return may(purpose)
	}
	if !usable("analytics.usage") || !usable("account.service") || usable("ads.personalised") || usable("no.such.purpose") {
		t.Error("usable is not what was agreed to")
	}
	done(p, token, p.Want(201, ask(token, "restrict", "scope", []string{"analytics.usage"})).Str("number"))
	if now := pausedNow(p, token); !now["analytics.usage"] || now["improvement.product"] {
		t.Errorf("paused: %v", now)
	}
	if usable("analytics.usage") || !usable("improvement.product") || state(p, token, "analytics.usage") != "given" {
		t.Error("the pause does not hold, or reaches too far")
	}
	done(p, token, p.Want(201, ask(token, "restrict")).Str("number"))
	if usable("improvement.product") || !usable("account.service") {
		t.Error("a restriction of everything stops what is optional, and that alone")
	}
	if name := p.Want(200, call{Method: "GET", Path: "/v1/me/profile", Token: token}).Str("fields", "nickname", "value"); name != "小石头" {
		t.Error("a pause has erased a field")
	}
}

func TestWithdrawingEverythingIsOneActOfThePersons(t *testing.T) {
	p := apptest.Start(t, "")
	token := p.Login("mum").Str("access_token")
	version := current(p, "privacy")
	p.Want(201, decide(token, decision("analytics.usage", "grant", version), decision("improvement.product", "grant", version)))
	p.Want(201, decide(token, decision("account.phone", "grant", version)))
	p.Want(200, call{Method: "POST", Path: "/v1/me/profile/phone", Token: token, Body: map[string]any{"code": phoneCode("13800138000")}})
	done(p, token, p.Want(201, ask(token, "withdraw_all")).Str("number"))
	for _, purpose := range []string{"analytics.usage", "improvement.product", "account.phone"} {
		if got := state(p, token, purpose); got != "withdrawn" {
			t.Errorf("%s is %s", purpose, got)
		}
	}
	items := p.Want(200, call{Method: "GET", Path: "/v1/me/consents/history", Token: token}).Get("items").([]any)
	if len(items) != 6 {
		t.Errorf("%d entries", len(items))
	}
	if v := p.Want(200, call{Method: "GET", Path: "/v1/me/profile", Token: token}).Get("fields", "phone"); v != nil {
		t.Error("the phone outlives its consent")
	}
	p.Want(201, decide(token, decision("analytics.usage", "grant", version)))
	if got := state(p, token, "analytics.usage"); got != "given" {
		t.Errorf("agreeing anew is %s", got)
	}
	p.Stop()
	sound(t, p)
}
