package app_test

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"zhiqing/config"
	"zhiqing/internal/app"
	"zhiqing/internal/app/apptest"
	"zhiqing/internal/register/prove"
)

// outreach lets reports, pushes and messages be carried out now.
func outreach(p *apptest.Program) {
	p.T.Helper()
	if _, err := p.App.Jobs.RunOnce(p.T.Context(), "outreach"); err != nil {
		p.T.Fatal(err)
	}
}

func inbox(p *apptest.Program, token string) apptest.Answer {
	p.T.Helper()
	return p.Want(200, call{Method: "GET", Path: "/v1/me/messages", Token: token})
}

func lodge(body map[string]any) call {
	return call{Method: "POST", Path: "/v1/reports", Body: body}
}

func TestAReportPausesOptionalPurposesAndABirthDateEndsIt(t *testing.T) {
	row := prove.Row(t, "A-L55.3")
	p := apptest.Start(t, "")
	token := adult(p, "reported")
	number := p.Want(200, call{Method: "GET", Path: "/v1/me", Token: token}).Str("subject", "privacy_number")
	known := p.Want(202, lodge(map[string]any{"kind": "minor_data", "privacy_number": number}))
	unknown := p.Want(202, lodge(map[string]any{"kind": "minor_data", "privacy_number": "PN-0000-0000"}))
	row.Equal(slices.Sorted(maps.Keys(known.JSON)), slices.Sorted(maps.Keys(unknown.JSON))) // nobody learns whether a number exists
	outreach(p)

	told := inbox(p, token)
	row.Equal(told.Str("items", 0, "kind"), "report_received")
	row.Equal(told.Str("items", 0, "number"), known.Str("number"))
	p.Want(200, call{Method: "GET", Path: "/v1/me/profile", Token: token}) // reading, rights and logging in stay
	p.Want(201, ask(token, "access"))
	again := p.Login("reported")
	row.Equal(again.Str("kind"), "user")

	answer := func(number, token string) call {
		return call{Method: "POST", Path: "/v1/me/reports/" + number + "/answer", Token: token, Body: map[string]any{"date": born(p, 40)}}
	}
	p.Refused(404, "report.unknown", answer(known.Str("number"), adult(p, "somebody_else")))
	p.Refused(404, "report.unknown", answer(unknown.Str("number"), token))
	cleared := p.Want(200, answer(known.Str("number"), token))
	row.Equal(cleared.Get("paused"), false)
	row.Equal(toldOfReports(p, token), []string{"report_cleared", "report_received"})

	p.Want(202, lodge(map[string]any{"kind": "minor_data", "privacy_number": number})) // once more: nothing happens for a month
	outreach(p)
	row.Equal(len(toldOfReports(p, token)), 2)
}

// toldOfReports is what somebody was told about reports, newest first. Their requests may be done meanwhile, and say so too.
func toldOfReports(p *apptest.Program, token string) (kinds []string) {
	p.T.Helper()
	for _, item := range inbox(p, token).Get("items").([]any) {
		if kind, _ := item.(map[string]any)["kind"].(string); strings.HasPrefix(kind, "report_") {
			kinds = append(kinds, kind)
		}
	}
	return kinds
}

func TestReportsAreCheckedAndLimitedPerAddress(t *testing.T) {
	p := apptest.Start(t, "", func(o *app.Options) { o.Config.Limits.SessionsPerMinute = 5 })
	p.Refused(422, "report.unknown_kind", lodge(map[string]any{"kind": "gossip", "text": "x"}))
	p.Refused(422, "report.privacy_number", lodge(map[string]any{"kind": "minor_data", "privacy_number": "PN-0000-0001"}))
	p.Refused(422, "report.text", lodge(map[string]any{"kind": "complaint"}))
	p.Want(202, lodge(map[string]any{"kind": "complaint", "text": "无法联系"}))
	p.Want(202, lodge(map[string]any{"kind": "minor_data", "text": "我女儿在用"}))
	p.Refused(429, "limit.visits", lodge(map[string]any{"kind": "complaint", "text": "x"}))
	p.Guest() // a neighbour still gets in
}

func TestAMessageIsReadOnceAndByItsOwner(t *testing.T) {
	p := apptest.Start(t, "")
	token := adult(p, "ann")
	number := p.Want(200, call{Method: "GET", Path: "/v1/me", Token: token}).Str("subject", "privacy_number")
	p.Want(202, lodge(map[string]any{"kind": "minor_data", "privacy_number": number}))
	outreach(p)
	first := inbox(p, token)
	if first.Get("items", 0, "read_at") != nil {
		t.Error("read before it was")
	}
	read := call{Method: "POST", Path: "/v1/me/messages/" + first.Str("items", 0, "id") + "/read", Token: token}
	at := p.Want(200, read).Str("read_at")
	if again := p.Want(200, read).Str("read_at"); at == "" || again != at {
		t.Errorf("%s, then %s", at, again)
	}
	read.Token = adult(p, "bob")
	p.Refused(404, "message.unknown", read)
	p.Want(401, call{Method: "GET", Path: "/v1/me/messages"})
	p.Want(403, call{Method: "GET", Path: "/v1/me/messages", Token: p.Guest().Str("access_token")})
}

func TestOneWeChatMessageIsSentPerPermission(t *testing.T) {
	p := apptest.Start(t, "", func(o *app.Options) {
		o.Config.WeChat.Templates = []string{"report_received=TPL_a", "report_cleared=TPL_a"}
	})
	token := adult(p, "ann")
	number := p.Want(200, call{Method: "GET", Path: "/v1/me", Token: token}).Str("subject", "privacy_number")
	tapped := func(template, result string) call {
		return call{Method: "POST", Path: "/v1/me/subscriptions", Token: token, Body: map[string]any{"template": template, "result": result}}
	}
	p.Refused(422, "message.unknown_template", tapped("TPL_b", "accept"))
	if left := p.Want(200, tapped("TPL_a", "accept")).Get("left"); left != 1.0 {
		t.Error(left)
	}
	report := p.Want(202, lodge(map[string]any{"kind": "minor_data", "privacy_number": number}))
	outreach(p)
	p.Want(200, call{Method: "POST", Path: "/v1/me/reports/" + report.Str("number") + "/answer", Token: token, Body: map[string]any{"date": born(p, 40)}})
	outreach(p)
	sent := string(p.Want(200, call{Method: "GET", Path: p.Sandbox + "/_sandbox/messages"}).Raw)
	if strings.Count(sent, "TPL_a") != 1 || !strings.Contains(sent, report.Str("number")) || strings.Contains(sent, number) {
		t.Errorf("%s", sent)
	}
	if left := p.Want(200, call{Method: "GET", Path: "/v1/me/subscriptions", Token: token}).Get("items", 0, "left"); left != 0.0 {
		t.Error(left)
	}
}

// pushed lets the sandbox push an event, and gives what the program answered.
func pushed(p *apptest.Program, event map[string]any) (status float64, body string) {
	p.T.Helper()
	a := p.Want(200, call{Method: "POST", Path: p.Sandbox + "/_sandbox/push", Body: event})
	status, _ = a.Get("status").(float64)
	return status, a.Str("body")
}

func TestWhatIsTakenBackInWeChatIsErasedHere(t *testing.T) {
	p := apptest.Start(t, "")
	token := adult(p, "ann")
	id := p.Want(200, call{Method: "GET", Path: "/v1/me", Token: token}).Str("subject", "id")
	p.Want(200, patchProfile(p, token, map[string]any{"nickname": "小石头"}))
	revoke := map[string]any{"event": "user_authorization_revoke", "person": "ann", "revoke_info": "19"}
	for range 2 {
		if status, body := pushed(p, revoke); status != 200 || body != "success" {
			t.Fatal(status, body)
		}
	}
	outreach(p)
	if v := p.Want(200, call{Method: "GET", Path: "/v1/me/profile", Token: token}).Get("fields", "nickname"); v != nil {
		t.Errorf("still there: %v", v)
	}
	if kind := inbox(p, token).Str("items", 0, "kind"); kind != "wechat_erased" {
		t.Error(kind)
	}
	if status, body := pushed(p, map[string]any{"event": "user_authorization_cancellation", "person": "ann"}); status != 200 || body != "success" {
		t.Fatal(status, body)
	}
	outreach(p)
	if status := p.Do(call{Method: "GET", Path: "/v1/me/profile", Token: token}).Status; status != http.StatusGone && status != http.StatusUnauthorized {
		t.Errorf("the account is still open: %d", status)
	}
	if left, err := p.App.Messages.Holder().Remains(t.Context(), id); err != nil || len(left) != 0 {
		t.Errorf("%v is left, %v", left, err)
	}
	if status, body := pushed(p, map[string]any{"event": "user_info_modified", "person": "nobody"}); status != 200 || body != "success" {
		t.Error(status, body)
	}
}

func TestOnlyWeChatsPushesAreHeard(t *testing.T) {
	p := apptest.Start(t, "")
	for name, event := range map[string]map[string]any{
		"another token": {"event": "user_info_modified", "person": "ann", "token": "othertoken"},
		"another key":   {"event": "user_info_modified", "person": "ann", "encoding_aes_key": strings.Repeat("a", 43)},
	} {
		if status, body := pushed(p, event); status != 403 || !strings.Contains(body, "push.refused") {
			t.Errorf("%s: %v %s", name, status, body)
		}
	}
	p.Refused(403, "push.refused", call{Method: "POST", Path: "/wechat/push", Body: map[string]any{"Event": "user_info_modified"}})
	p.Refused(403, "push.refused", call{Method: "GET", Path: "/wechat/push?signature=x&timestamp=1&nonce=1&echostr=%3Cscript%3E"})
	off := apptest.Start(t, "", func(o *app.Options) {
		o.Config.WeChat.Mode, o.Config.WeChat.AppID = config.Live, "wx0123456789abcdef"
		o.Config.WeChat.AppSecret = config.Secret(strings.Repeat("0", 32))
	})
	off.Refused(404, "push.off", call{Method: "GET", Path: "/wechat/push?signature=da39a3ee5e6b4b0d3255bfef95601890afd80709"})
}
