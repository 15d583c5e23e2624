package app_test

import (
	"testing"
	"time"

	"zhiqing/internal/app"
	"zhiqing/internal/app/apptest"
	"zhiqing/internal/store"
)

// shared is an engine that a second program uses and does not own.
type shared struct{ store.Engine }

func (shared) Close() error { return nil }

// TestTwoProgramsOnOneDatabaseAreOne: what one server acknowledges, the other one knows. Both programs use one open engine:
// two processes refuse to share an SQLite file, and the FerretDB that the stories run on does not swap atomically between
// two connections, as a real server does.
func TestTwoProgramsOnOneDatabaseAreOne(t *testing.T) {
	apptest.OnEveryEngine(t, func(t *testing.T, storeURL string) {
		var engine store.Engine
		a := apptest.Start(t, storeURL, func(o *app.Options) {
			o.Engine = func(e store.Engine) store.Engine { engine = e; return e }
		})
		b := apptest.Start(t, storeURL, func(o *app.Options) {
			o.Now = a.Clock.Now
			o.Config.Vault = a.Config.Vault
			o.Engine = func(store.Engine) store.Engine { return shared{engine} }
		})
		code := map[string]any{"code": apptest.Code("mum")}
		login := a.Want(200, call{Method: "POST", Path: "/v1/sessions/wechat", Body: code})
		repeated := b.Want(200, call{Method: "POST", Path: "/v1/sessions/wechat", Body: code})
		if repeated.Str("subject", "id") != login.Str("subject", "id") || len(b.Calls()) != 0 {
			t.Errorf("the code was sent to WeChat twice: %v", b.Calls())
		}
		token, version := login.Str("access_token"), current(b, "privacy")
		b.Want(201, decide(token, decision("analytics.usage", "grant", version)))
		if s := state(a, token, "analytics.usage"); s != "given" {
			t.Errorf("given at one, %s at the other", s)
		}
		entry := a.Want(200, call{Method: "DELETE", Path: "/v1/me/consents/analytics.usage", Token: token}).Str("entries", 0, "entry_id")
		if s := state(b, token, "analytics.usage"); s != "withdrawn" {
			t.Errorf("withdrawn at one, %s at the other", s)
		}
		receipt := b.Want(200, call{Method: "GET", Path: "/v1/me/receipts/" + entry, Token: token})
		if seen := a.Want(200, call{Method: "POST", Path: "/v1/receipts/verify", Body: map[string]any{"receipt": receipt.Str("jws")}}); seen.Str("status") != "valid" {
			t.Errorf("%s", seen.Raw)
		}
		bothAtOnce(t, a, b, token, version)
		a.Want(204, call{Method: "DELETE", Path: "/v1/sessions/current", Token: token})
		a.Clock.Advance(5 * time.Second) // as long as another server may go on (session.recheckAfter)
		b.Refused(401, "session.invalid", call{Method: "GET", Path: "/v1/me", Token: token})
		b.Stop()
		a.Stop()
		sound(t, a)
	})
}

// bothAtOnce decides at both servers at the same moment, on one book.
func bothAtOnce(t *testing.T, a, b *apptest.Program, token, version string) {
	t.Helper()
	before := len(a.Want(200, call{Method: "GET", Path: "/v1/me/consents/history?limit=100", Token: token}).Get("items").([]any))
	answers := make(chan int, 20)
	for i := range cap(answers) {
		p := []*apptest.Program{a, b}[i%2]
		go func() {
			answer, _ := p.Try(decide(token, decision("improvement.product", "grant", version)))
			answers <- answer.Status
		}()
	}
	for range cap(answers) {
		if status := <-answers; status != 201 {
			t.Errorf("deciding at two servers: %d", status)
		}
	}
	after := len(b.Want(200, call{Method: "GET", Path: "/v1/me/consents/history?limit=100", Token: token}).Get("items").([]any))
	if after != before+cap(answers) {
		t.Errorf("%d entries became %d", before, after)
	}
}
