package app_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"zhiqing/config"
	"zhiqing/internal/app"
	"zhiqing/internal/app/apptest"
	"zhiqing/internal/staff"
)

// An old key-encryption key may be destroyed after a rotation, and the secrets of authenticator apps must not go with it.
func TestOfficersSignInAfterTheOldKeyIsGone(t *testing.T) {
	p := apptest.Start(t, "")
	mei := hire(p, "mei", staff.Support)
	rotated(t, p.Config)
	once(t, p, "rewrap")
	keys, err := app.LoadVaultKeys(p.Config.Vault.Keys, false, app.Clock())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(p.Config.Vault.Keys, keys.Retire().Encode(), 0o600); err != nil {
		t.Fatal(err)
	}
	once(t, p, "keys")
	p.Clock.Advance(10 * time.Minute) // longer than an unwrapped key stays in memory
	mei.signIn()
}

// finding is what doctor says of something.
func finding(t *testing.T, c config.Config, what string) app.Finding {
	t.Helper()
	for _, f := range app.Examine(t.Context(), c) {
		if f.What == what {
			return f
		}
	}
	t.Fatalf("doctor says nothing of %s", what)
	return app.Finding{}
}

func TestDoctorAsksTheIdentityProvider(t *testing.T) {
	p, provider := withProvider(t, "")
	for issuer, want := range map[string]string{"": "local accounts", provider.URL: "/console/oidc/callback", "http://127.0.0.1:1": "cannot be reached"} {
		c := p.Config
		if c.Staff.OIDC.Issuer = issuer; issuer == "" {
			c.Staff.OIDC = config.OIDC{}
		}
		f := finding(t, c, "sign-in")
		if !strings.Contains(f.Finding, want) || (f.Err != nil) != strings.Contains(want, "cannot") {
			t.Errorf("%s: %v", issuer, f)
		}
	}
}

func TestDoctorSaysWhoCannotWork(t *testing.T) {
	p := apptest.Start(t, "")
	production := p.Config
	production.Mode = config.Production
	if f := finding(t, p.Config, "staff"); f.Err != nil || !strings.Contains(f.Finding, "first start") {
		t.Errorf("development without accounts: %v", f)
	}
	if f := finding(t, production, "staff"); f.Err != nil || !strings.Contains(f.Finding, "zhiqing staff add") {
		t.Errorf("production without accounts: %v", f)
	}
	hire(p, "mei", staff.Support)
	if f := finding(t, production, "staff"); f.Finding != "1 open" {
		t.Errorf("one who is trained: %v", f)
	}
	if _, _, err := p.App.Staff.Add(t.Context(), staff.System(), "lan", staff.Support); err != nil {
		t.Fatal(err)
	}
	if f := finding(t, production, "staff"); f.Err != nil || !strings.Contains(f.Finding, "lan") || !strings.Contains(f.Finding, "zhiqing staff train") || strings.Contains(f.Finding, "mei") {
		t.Errorf("one who is not trained: %v", f)
	}
	if err := p.App.Staff.Disable(t.Context(), staff.System(), "lan"); err != nil {
		t.Fatal(err)
	}
	if f := finding(t, production, "staff"); f.Finding != "1 open" {
		t.Errorf("who is disabled needs no training: %v", f)
	}
}
