package app_test

import (
	"regexp"
	"strings"
	"testing"

	"zhiqing/internal/app/apptest"
	"zhiqing/internal/register/prove"
	"zhiqing/internal/tally"
)

// What regulators cite most and no sentence of the policy says (requirements.md part F).

// Whoever closes an account proves that it is theirs, asks, and is done: two calls, no document, nobody who has to decide.
func TestClosingAnAccountTakesTwoSteps(t *testing.T) {
	row := prove.Row(t, "F-7")
	apptest.OnEveryEngine(t, func(t *testing.T, storeURL string) {
		p := apptest.Start(t, storeURL)
		token := adult(p, "lan")
		p.Want(200, patchProfile(p, token, map[string]any{"nickname": "小兰"}))
		fresh := stepUp(p, token, "lan")                                  // one
		number := p.Want(201, ask(fresh, "cancel_account")).Str("number") // two
		row.Equal(done(p, fresh, number).Str("state"), "fulfilled")
		row.Equal(p.Do(call{Method: "GET", Path: "/v1/me/profile", Token: token}).Status, 410)
	})
}

// A withdrawal has its effect before it is answered: whoever asks next is refused. How long that takes is measured.
func TestAWithdrawalHasItsEffectBeforeItsAnswer(t *testing.T) {
	row := prove.Row(t, "F-10")
	apptest.OnEveryEngine(t, func(t *testing.T, storeURL string) {
		p := apptest.Start(t, storeURL)
		login := p.Login("lan")
		token, id := login.Str("access_token"), login.Str("subject", "id")
		p.Want(200, declareAge(token, born(p, 40)))
		grantMail(p, token)
		p.Want(200, patchProfile(p, token, map[string]any{"email": "lan@example.com"}))
		p.Want(201, decide(token, grantAds(p)))
		ads := provision(serviceKey(p, "shop"), id, "recipient.provide", "sample_ads", "interest_labels")
		row.Equal(p.Do(ads).Status, 201)

		withdraw := func(path string) { p.Want(200, call{Method: "DELETE", Path: path, Token: token}) }
		withdraw("/v1/me/consents/recipient.provide?recipient=sample_ads")
		row.Equal(p.Do(ads).Status, 403)
		withdraw("/v1/me/consents/marketing.email")
		profile := p.Want(200, call{Method: "GET", Path: "/v1/me/profile", Token: token})
		row.That(profile.Get("fields", "email") == nil, "the address outlives the consent: %s", profile.Raw)

		metrics := string(p.Want(200, call{Method: "GET", Path: "/metrics"}).Raw)
		row.That(strings.Contains(metrics, `zhiqing_http_request_seconds_count{method="DELETE",route="/v1/me/consents/{purpose}",status="2xx"} 2`), "not measured")
	})
}

// Whoever has no account may complain, is told by when, and the operator's statistics count it.
func TestAComplaintNeedsNoAccountAndIsCounted(t *testing.T) {
	row := prove.Row(t, "F-12")
	apptest.OnEveryEngine(t, func(t *testing.T, storeURL string) {
		p := apptest.Start(t, storeURL)
		told := p.Want(202, lodge(map[string]any{"kind": "complaint", "text": "无法联系"}))
		row.That(told.Str("number") != "" && told.Str("due_at") != "", "not told when: %s", told.Raw)
		row.Equal(p.Want(200, call{Method: "GET", Path: "/v1/contact"}).Get("complaint_working_days"), float64(15))

		for i := range 11 { // fewer than ten are not shown
			lan := adult(p, "lan"+string(rune('a'+i)))
			number := p.Want(201, ask(lan, "correct", "detail", "请更正昵称")).Str("number")
			p.Want(200, call{Method: "POST", Path: "/v1/me/requests/" + number + "/complaint", Token: lan, Body: map[string]any{"text": "太慢"}})
		}
		_, err := p.App.Tally.Flush(t.Context())
		must(t, err)
		o, err := p.App.Tally.Overview(t.Context(), p.Clock.Now())
		must(t, err)
		row.Equal(at(t, o.Lodged, "complaint", tally.Day(p.Clock.Now())[:len("2006-01")]), tally.Shown{N: 11})
	})
}

// No purpose takes a face, a fingerprint or a voice, so none can be asked for: a profile has no such field.
func TestNobodysBodyIsMeasured(t *testing.T) {
	row := prove.Row(t, "F-15")
	p := apptest.Start(t, "")
	purposes := p.Want(200, call{Method: "GET", Path: "/v1/purposes"})
	biometric := regexp.MustCompile(`(?i)biometr|face|fingerprint|voiceprint|人脸|指纹|声纹|生物识别`)
	for _, item := range purposes.Get("items").([]any) {
		for _, data := range item.(map[string]any)["data_items"].([]any) {
			code := data.(map[string]any)["code"].(string)
			row.That(!biometric.MatchString(code), "%v takes %s", item.(map[string]any)["code"], code)
		}
	}
	row.That(len(purposes.Get("items").([]any)) > 20, "too few purposes to be all")
}
