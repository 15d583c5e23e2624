package app_test

import (
	"context"
	"errors"
	"runtime"
	"syscall"
	"testing"
	"time"

	"zhiqing/config"
	"zhiqing/internal/app"
	"zhiqing/internal/app/apptest"
	"zhiqing/internal/store"
)

// held is a store whose writes of consent books wait at a gate once it is closed.
type held struct {
	store.Engine
	waiting chan struct{} // one signal per write that waits
	open    chan struct{} // closed to let them through
}

func (h *held) Insert(ctx context.Context, collection string, d store.Document) error {
	if collection == "books" {
		h.waiting <- struct{}{}
		<-h.open
	}
	return h.Engine.Insert(ctx, collection, d)
}

// refusesConnections waits until nobody listens any more.
func refusesConnections(t *testing.T, p *apptest.Program) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); runtime.Gosched() {
		_, err := p.Try(call{Method: "GET", Path: "/livez", Header: map[string]string{"Connection": "close"}})
		if errors.Is(err, syscall.ECONNREFUSED) {
			return
		}
	}
	t.Fatal("still answers")
}

// A stop lets go of nothing that is under way: the request gets its answer, and what it was told is stored.
func TestAStopFinishesWhatIsUnderWay(t *testing.T) {
	gate := &held{waiting: make(chan struct{}, 1), open: make(chan struct{})}
	p := apptest.Start(t, "", func(o *app.Options) {
		o.Engine = func(e store.Engine) store.Engine { gate.Engine = e; return gate }
	})
	token := p.Login("mum").Str("access_token")
	grant := decide(token, decision("analytics.usage", "grant", current(p, "privacy")))
	answers := make(chan apptest.Answer, 1)
	go func() {
		a, err := p.Try(grant)
		if err != nil {
			t.Errorf("the request under way: %v", err)
		}
		answers <- a
	}()
	<-gate.waiting
	stopped := make(chan struct{})
	go func() { p.Stop(); close(stopped) }()
	refusesConnections(t, p)
	select {
	case <-stopped:
		t.Fatal("stopped over a request under way")
	default:
	}
	close(gate.open)
	if a := <-answers; a.Status != 201 {
		t.Errorf("%d %s", a.Status, a.Raw)
	}
	<-stopped
	if report, err := app.Verify(t.Context(), p.Config); err != nil || !report.Sound() || report.Entries != 1 {
		t.Errorf("%v %+v", err, report)
	}
}

// What one start leaves behind is enough for the next: sessions, consents and receipts go on.
func TestARestartLosesNothing(t *testing.T) {
	apptest.OnEveryEngine(t, func(t *testing.T, storeURL string) {
		p := apptest.Start(t, storeURL)
		login := p.Login("mum")
		given := p.Want(201, decide(login.Str("access_token"), decision("analytics.usage", "grant", current(p, "privacy"))))
		receipt := p.Want(200, call{Method: "GET", Path: "/v1/me/receipts/" + given.Str("entries", 0, "entry_id"), Token: login.Str("access_token")})
		p.Stop()
		p = again(t, p.Config)
		if s := state(p, login.Str("access_token"), "analytics.usage"); s != "given" {
			t.Errorf("after the restart: %s", s)
		}
		p.Want(200, call{Method: "POST", Path: "/v1/sessions/refresh", Body: map[string]any{"refresh_token": login.Str("refresh_token")}})
		seen := p.Want(200, call{Method: "POST", Path: "/v1/receipts/verify", Body: map[string]any{"receipt": receipt.Str("jws")}})
		if seen.Get("valid") != true || seen.Str("status") != "valid" {
			t.Errorf("%s", seen.Raw)
		}
		if one, two := login.Str("subject", "id"), p.Login("mum").Str("subject", "id"); one != two {
			t.Errorf("mum was %s and is %s", one, two)
		}
	})
}

// again starts the program anew with a configuration that it has run with.
func again(t *testing.T, c config.Config) *apptest.Program {
	t.Helper()
	return apptest.Start(t, "", func(o *app.Options) { o.Config = c })
}
