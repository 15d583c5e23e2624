package app_test

import (
	"net/url"
	"sync"
	"testing"

	"zhiqing/config"
	"zhiqing/internal/app"
	"zhiqing/internal/app/apptest"
)

// Issue 2 wants 64 simultaneous grants of one person all kept; the limits as they come must not stand in the way.
func TestSixtyFourGrantsAtOnceFitTheLimitsAsTheyCome(t *testing.T) {
	p := apptest.Start(t, "", func(o *app.Options) { o.Config.Limits = config.Defaults().Limits })
	token, version := p.Login("mum").Str("access_token"), current(p, "privacy")
	statuses := make(chan int, 64)
	var all sync.WaitGroup
	for range cap(statuses) {
		all.Go(func() {
			a, err := p.Try(decide(token, decision("analytics.usage", "grant", version)))
			if err != nil {
				t.Error(err)
			}
			statuses <- a.Status
		})
	}
	all.Wait()
	close(statuses)
	for status := range statuses {
		if status != 201 {
			t.Fatalf("a grant got %d", status)
		}
	}
	sound(t, p)
}

// DELETE has no body, so its errors must not point into one.
func TestAWithdrawalsErrorsNameItsOwnInputs(t *testing.T) {
	p := apptest.Start(t, "")
	token := p.Login("mum").Str("access_token")
	for path, want := range map[string]struct {
		status         int
		code, location string
	}{
		"no.such":         {422, "consent.unknown_purpose", "path.purpose"},
		"account.service": {422, "consent.not_needed", "path.purpose"},
		"analytics.usage": {409, "consent.nothing_to_withdraw", "path.purpose"},
		"analytics.usage?recipient=" + url.QueryEscape("x"): {422, "consent.unknown_recipient", "query.recipient"},
	} {
		a := p.Refused(want.status, want.code, call{Method: "DELETE", Path: "/v1/me/consents/" + path, Token: token})
		if got := a.Str("errors", 0, "location"); got != want.location {
			t.Errorf("%s: %s, want %s", path, got, want.location)
		}
	}
	// The same decision in a body is named there.
	a := p.Refused(422, "consent.unknown_purpose", decide(token, decision("no.such", "withdraw", "")))
	if got := a.Str("errors", 0, "location"); got != "body.decisions[0].purpose" {
		t.Error(got)
	}
}
