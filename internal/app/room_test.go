package app_test

import (
	"path/filepath"
	"testing"

	"zhiqing/config"
	"zhiqing/internal/app"
	"zhiqing/internal/app/apptest"
	"zhiqing/internal/store"
	"zhiqing/internal/store/sqlite"
)

// TestAFullDiskHealsWhenThereIsRoom fills the store with a guest's decisions. Reading and ending sessions go on; what the
// end of the guest's session frees is room for somebody else's consent, without a restart.
func TestAFullDiskHealsWhenThereIsRoom(t *testing.T) {
	path := filepath.Join(t.TempDir(), "small.db")
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
	user, guest, version := p.Login("mum").Str("access_token"), p.Guest().Str("access_token"), current(p, "privacy")
	filling := decide(guest, decision("analytics.usage", "grant", version), decision("improvement.product", "grant", version))
	full := false
	for range 5000 {
		a := p.Do(filling)
		if full = a.Status == 503; full {
			break
		}
	}
	if !full {
		t.Fatal("the disk was never full")
	}
	if a := p.Refused(503, "store.unavailable", filling); a.Header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	before := state(p, user, "analytics.usage")
	p.Want(200, call{Method: "GET", Path: "/livez"})
	p.Want(204, call{Method: "DELETE", Path: "/v1/sessions/current", Token: guest})
	p.Want(201, decide(user, decision("analytics.usage", "grant", version)))
	if after := state(p, user, "analytics.usage"); before != "unknown" || after != "given" {
		t.Errorf("%s, then %s", before, after)
	}
	p.Want(200, call{Method: "GET", Path: "/readyz"})
	c := p.Config
	c.Store.URL = config.Secret("sqlite:" + path)
	report, err := app.Verify(t.Context(), c)
	if err != nil || !report.Sound() || report.Books != 1 || report.Entries != 1 {
		t.Errorf("%v %+v", err, report)
	}
}
