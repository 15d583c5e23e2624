package app_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"zhiqing/internal/app"
	"zhiqing/internal/app/apptest"
	"zhiqing/internal/store"
)

// talkative is a store that fails, once it is told to, with what a careless driver would say about a person.
type talkative struct {
	store.Engine
	tells  atomic.Bool
	panics atomic.Bool
}

const (
	canaryPhone   = "13812345678"
	canaryAddress = "203.0.113.77"
	canaryAgent   = "canary-agent/1.0"
	canaryOpenid  = "oABCDEFGHIJKLMNOPQRSTUVWXYZ1"
	canaryID      = "11010519491231002X"
)

func (s *talkative) Get(ctx context.Context, collection, id string) (store.Document, error) {
	words := fmt.Sprintf("duplicate row: phone %s openid %s id %s", canaryPhone, canaryOpenid, canaryID)
	if s.panics.Load() {
		panic(words)
	}
	if s.tells.Load() {
		return store.Document{}, errors.New(words)
	}
	return s.Engine.Get(ctx, collection, id)
}

// TestTheLogNamesNobody puts personal data wherever a client, WeChat or a database can put it, and reads the log.
func TestTheLogNamesNobody(t *testing.T) {
	database := &talkative{}
	p := apptest.Start(t, "", func(o *app.Options) {
		o.Config.Log.Level = "debug"
		o.Config.WeChat.Timeout = 200 * time.Millisecond
		o.Engine = func(e store.Engine) store.Engine { database.Engine = e; return database }
	})
	secrets := []string{canaryPhone, "138 1234 5678", canaryAddress, "127.0.0.1", canaryAgent, canaryOpenid, canaryID, "sandbox-secret", "session_key"}
	header := map[string]string{"User-Agent": canaryAgent, "X-Forwarded-For": canaryAddress, "Idempotency-Key": canaryPhone, "Referer": "https://" + canaryAddress + "/" + canaryPhone}
	do := func(c call) apptest.Answer { c.Header = header; return p.Do(c) }
	login := func(code string) apptest.Answer {
		secrets = append(secrets, code)
		a := do(call{Method: "POST", Path: "/v1/sessions/wechat", Body: map[string]any{"code": code}})
		for _, member := range []string{"access_token", "refresh_token"} {
			if token := a.Str(member); token != "" {
				secrets = append(secrets, token)
			}
		}
		return a
	}
	mum := login(apptest.Code("mum"))
	token := mum.Str("access_token")
	for _, person := range []string{"busy", "blocked", "limited", "slow", "Not A Code", "p" + canaryPhone} {
		login(person + "-x1")
	}
	login(secrets[9]) // mum's code, a second time
	secrets = append(secrets, p.Want(200, call{Method: "GET", Path: p.Sandbox + "/_sandbox/persons/mum"}).Str("openid"))
	do(decide(token, decision("analytics.usage", "grant", current(p, "privacy"))))
	do(decide(token, decision(canaryPhone, "grant", canaryOpenid)))
	do(call{Method: "POST", Path: "/v1/me/consents", Token: token, Body: `{"phone":"` + canaryPhone + `","decisions":` + canaryID})
	do(call{Method: "POST", Path: "/v1/sessions/refresh", Body: map[string]any{"refresh_token": "zrt_" + canaryOpenid}})
	do(call{Method: "POST", Path: "/v1/receipts/verify", Body: map[string]any{"receipt": canaryPhone + "." + canaryID}})
	for _, path := range []string{"/v1/me/receipts/" + canaryPhone, "/v1/nowhere/" + canaryOpenid, "/v1/notices/" + canaryPhone, "/v1/me/consents/history?cursor=" + canaryPhone, "/v1/me?phone=" + canaryPhone} {
		do(call{Method: "GET", Path: path, Token: token})
	}
	do(call{Method: "GET", Path: "/v1/me", Token: token + "x"})
	database.tells.Store(true)
	if a := do(call{Method: "GET", Path: "/v1/me/consents", Token: token}); a.Status < 500 || strings.Contains(string(a.Raw), "duplicate") {
		t.Errorf("the database's words: %d %s", a.Status, a.Raw)
	}
	database.panics.Store(true)
	if a := do(call{Method: "GET", Path: "/v1/me/consents", Token: token}); a.Status != 500 || strings.Contains(string(a.Raw), "duplicate") {
		t.Errorf("a panic: %d %s", a.Status, a.Raw)
	}
	database.panics.Store(false)
	database.tells.Store(false)
	p.Stop()
	log := p.Log.String()
	if lines := strings.Count(log, "\n"); lines < 20 || !strings.Contains(log, "level=ERROR") || !strings.Contains(log, "/v1/me/consents") {
		t.Fatalf("the log says too little to prove anything:\n%s", log)
	}
	for _, secret := range secrets {
		if i := strings.Index(log, secret); i >= 0 {
			t.Errorf("the log holds %q: …%s…", secret, log[max(0, i-200):min(len(log), i+100)])
		}
	}
}
