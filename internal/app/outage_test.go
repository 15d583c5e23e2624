package app_test

import (
	"context"
	"path/filepath"
	"sync/atomic"
	"testing"

	"zhiqing/config"
	"zhiqing/internal/app"
	"zhiqing/internal/app/apptest"
	"zhiqing/internal/store"
	"zhiqing/internal/store/sqlite"
)

// leaving is a database that can be away, for reading too.
type leaving struct {
	store.Engine
	gone atomic.Bool
}

func (l *leaving) err() error {
	if l.gone.Load() {
		return store.ErrUnavailable
	}
	return nil
}

func (l *leaving) Get(ctx context.Context, collection, id string) (store.Document, error) {
	if err := l.err(); err != nil {
		return store.Document{}, err
	}
	return l.Engine.Get(ctx, collection, id)
}

func (l *leaving) Insert(ctx context.Context, collection string, d store.Document) error {
	if err := l.err(); err != nil {
		return err
	}
	return l.Engine.Insert(ctx, collection, d)
}

func (l *leaving) Replace(ctx context.Context, collection string, d store.Document) error {
	if err := l.err(); err != nil {
		return err
	}
	return l.Engine.Replace(ctx, collection, d)
}

func (l *leaving) Ping(ctx context.Context) error {
	if err := l.err(); err != nil {
		return err
	}
	return l.Engine.Ping(ctx)
}

func TestADatabaseThatGoesAndComesBackNeedsNoRestart(t *testing.T) {
	apptest.OnEveryEngine(t, func(t *testing.T, storeURL string) {
		database := &leaving{}
		p := apptest.Start(t, storeURL, func(o *app.Options) {
			o.Engine = func(e store.Engine) store.Engine {
				database.Engine = e
				return database
			}
		})
		token := p.Login("mum").Str("access_token")
		grant := decide(token, decision("analytics.usage", "grant", current(p, "privacy")))
		p.Want(201, grant)
		database.gone.Store(true)
		for _, c := range []call{grant, {Method: "GET", Path: "/v1/me/consents", Token: token}, {Method: "POST", Path: "/v1/sessions/guest"}} {
			if a := p.Refused(503, "store.unavailable", c); a.Header.Get("Retry-After") == "" {
				t.Errorf("%s %s: no Retry-After", c.Method, c.Path)
			}
		}
		p.Want(503, call{Method: "GET", Path: "/readyz"})
		p.Want(200, call{Method: "GET", Path: "/livez"})
		database.gone.Store(false)
		p.Want(200, call{Method: "GET", Path: "/readyz"})
		p.Want(201, grant)
		if h := p.Want(200, call{Method: "GET", Path: "/v1/me/consents/history", Token: token}); len(h.Get("items").([]any)) != 2 {
			t.Errorf("%s", h.Raw)
		}
	})
}

func TestAFullDiskLeavesNoHalfEntry(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "small.db")
	p := apptest.Start(t, "", func(o *app.Options) {
		o.Engine = func(store.Engine) store.Engine {
			small, err := sqlite.Open(t.Context(), path, sqlite.MaxPages(220))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = small.Close() })
			return small
		}
	})
	token := p.Login("mum").Str("access_token")
	grant := decide(token, decision("analytics.usage", "grant", current(p, "privacy")))
	acknowledged := 0
	for ; acknowledged < 5000; acknowledged++ {
		a := p.Do(grant)
		if a.Status == 503 {
			break
		}
		if a.Status != 201 {
			t.Fatalf("%d %s", a.Status, a.Raw)
		}
	}
	if acknowledged == 5000 {
		t.Fatal("the disk was never full")
	}
	p.Want(200, call{Method: "GET", Path: "/v1/me/consents", Token: token}) // what is there can be read
	c := p.Config
	c.Store.URL = config.Secret("sqlite:" + path)
	report, err := app.Verify(t.Context(), c)
	if err != nil || !report.Sound() || report.Entries != int64(acknowledged) {
		t.Fatalf("%d acknowledged, %d stored, %v %v", acknowledged, report.Entries, err, report.Breaks)
	}
}
