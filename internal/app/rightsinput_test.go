package app_test

import (
	"testing"
	"time"

	"zhiqing/internal/app"
	"zhiqing/internal/app/apptest"
)

// A proof of the account ages: once it is old, nothing heavy goes with it, and the answer says what to do.
func TestAStaleProofOpensNothing(t *testing.T) {
	p := apptest.Start(t, "", func(o *app.Options) { o.Config.Session.StepUpTTL = time.Minute })
	token := stepUp(p, p.Login("mum").Str("access_token"), "mum")
	number := p.Want(201, ask(token, "copy")).Str("number")
	done(p, token, number)
	moving := p.Want(201, ask(token, "transfer", "scope", map[string]any{"recipient": "sample_takeover"})).Str("number")
	p.Clock.Advance(61 * time.Second)
	const code = "session.step_up_required"
	for _, kind := range []string{"copy", "transfer", "delete", "cancel_account", "deceased_relative"} {
		p.Refused(401, code, ask(token, kind))
	}
	p.Refused(401, code, call{Method: "GET", Path: "/v1/me/requests/" + number + "/package", Token: token})
	p.Refused(401, code, call{Method: "POST", Path: "/v1/me/requests/" + moving + "/confirm", Token: token})
	p.Refused(401, code, call{Method: "GET", Path: "/v1/me/requests/" + moving + "/pickup", Token: token})
	p.Want(201, ask(token, "access"))
	p.Want(200, call{Method: "GET", Path: "/v1/me/requests/" + number + "/package", Token: stepUp(p, token, "mum")})
}

// Another person's number is answered as one that does not exist, on every path, also to somebody with a fresh proof.
func TestAnothersRequestIsTheSameAsNone(t *testing.T) {
	p := apptest.Start(t, "")
	mum := stepUp(p, p.Login("mum").Str("access_token"), "mum")
	number := p.Want(201, ask(mum, "copy")).Str("number")
	done(p, mum, number)
	dad := stepUp(p, p.Login("dad").Str("access_token"), "dad")
	for _, way := range [][2]string{{"GET", ""}, {"POST", "/cancel"}, {"POST", "/complaint"}, {"POST", "/confirm"}, {"GET", "/pickup"}, {"GET", "/package"}, {"GET", "/proof"}} {
		theirs := p.Refused(404, "rights.unknown_request", call{Method: way[0], Path: "/v1/me/requests/" + number + way[1], Token: dad})
		none := p.Refused(404, "rights.unknown_request", call{Method: way[0], Path: "/v1/me/requests/RQ-0000-0000" + way[1], Token: dad})
		if theirs.Str("detail") != none.Str("detail") || theirs.Str("title") != none.Str("title") {
			t.Errorf("%v: %s, and for none %s", way, theirs.Raw, none.Raw)
		}
	}
	if a := done(p, mum, number); a.Get("complaint") != nil {
		t.Error("a stranger has complained")
	}
}

// A package is for the session that asked, three times, within 72 hours.
func TestACopyIsForTheSessionThatAsked(t *testing.T) {
	p := apptest.Start(t, "")
	first := stepUp(p, p.Login("mum").Str("access_token"), "mum")
	fetch := func(number, token string) call {
		return call{Method: "GET", Path: "/v1/me/requests/" + number + "/package", Token: token}
	}
	number := p.Want(201, ask(first, "copy")).Str("number")
	done(p, first, number)
	second := p.Login("mum")
	other := stepUp(p, second.Str("access_token"), "mum")
	p.Refused(403, "rights.other_session", fetch(number, other))
	for range 3 {
		p.Want(200, fetch(number, first))
	}
	p.Refused(410, "rights.package_gone", fetch(number, first))
	late := p.Want(201, ask(other, "copy")).Str("number")
	done(p, other, late)
	p.Clock.Advance(72 * time.Hour)
	again := p.Want(200, call{Method: "POST", Path: "/v1/sessions/refresh", Body: map[string]any{"refresh_token": second.Str("refresh_token")}})
	p.Refused(410, "rights.package_gone", fetch(late, stepUp(p, again.Str("access_token"), "mum")))
}

// What is no scope is refused with its place, and a company only goes with a transfer.
func TestAScopeIsCodesOrACompany(t *testing.T) {
	p := apptest.Start(t, "")
	token := stepUp(p, p.Login("mum").Str("access_token"), "mum")
	p.Refused(422, "rights.unknown_scope", ask(token, "access", "scope", map[string]any{"recipient": "sample_takeover"}))
	p.Refused(422, "rights.unknown_scope", ask(token, "access", "scope", []string{"no.such"}))
	for _, bad := range []any{"x", 7, map[string]any{}, map[string]any{"recipient": ""}, map[string]any{"recipient": 7}, map[string]any{"recipient": "a", "more": 1}, []any{7}} {
		if a := p.Do(ask(token, "transfer", "scope", bad)); a.Status != 422 || a.Get("errors") == nil {
			t.Errorf("%v: %d %s", bad, a.Status, a.Raw)
		}
	}
}
