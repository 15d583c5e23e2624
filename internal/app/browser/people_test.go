//go:build browser

package browser

import (
	"testing"

	"zhiqing/internal/app/apptest"
)

// person is somebody who uses the mini-program.
type person struct{ token, number string }

// adult makes a person who has declared to be one, with some consents and, once they cover it, a profile.
func adult(t *testing.T, p *apptest.Program, name string) person {
	t.Helper()
	in := p.Login(name)
	who := person{in.Str("access_token"), in.Str("subject", "privacy_number")}
	p.Want(200, apptest.Call{Method: "PUT", Path: "/v1/me/birth-date", Token: who.token, Body: map[string]any{"date": "1990-05-01"}})
	version := p.Want(200, apptest.Call{Method: "GET", Path: "/v1/notices/privacy"}).Str("version")
	p.Want(201, apptest.Decide(who.token, apptest.Decision("account.profile", "grant", version), apptest.Decision("improvement.product", "refuse", version)))
	tag := p.Want(200, apptest.Call{Method: "GET", Path: "/v1/me/profile", Token: who.token}).Header.Get("ETag")
	p.Want(200, apptest.Call{Method: "PATCH", Path: "/v1/me/profile", Token: who.token, Header: map[string]string{"If-Match": tag},
		Body: map[string]any{"nickname": "小兰<b>", "gender": "female"}})
	return who
}

// minor makes a person who has declared to be twelve, and waits for a guardian.
func minor(t *testing.T, p *apptest.Program, name string) person {
	t.Helper()
	in := p.Login(name)
	who := person{in.Str("access_token"), in.Str("subject", "privacy_number")}
	born := p.Clock.Now().AddDate(-12, -2, 0).Format("2006-01-02")
	p.Want(200, apptest.Call{Method: "PUT", Path: "/v1/me/birth-date", Token: who.token, Body: map[string]any{"date": born}})
	return who
}

// asks lodges a request and returns its number.
func asks(p *apptest.Program, who person, body map[string]any) string {
	return p.Want(201, apptest.Call{Method: "POST", Path: "/v1/me/requests", Token: who.token, Body: body}).Str("number")
}
