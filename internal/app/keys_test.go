package app_test

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"zhiqing/config"
	"zhiqing/internal/app"
	"zhiqing/internal/app/apptest"
)

// refusesToStart opens the program and returns why it does not want to.
func refusesToStart(t *testing.T, c config.Config) string {
	t.Helper()
	a, err := app.Open(t.Context(), app.Options{Config: c})
	if err == nil {
		_ = a.Close()
		t.Fatal("it starts")
	}
	return err.Error()
}

func TestProductionRefusesDevelopmentKeys(t *testing.T) {
	p := apptest.Start(t, "")
	p.Stop()
	c := p.Config
	c.Mode = config.Production
	why := refusesToStart(t, c)
	for _, word := range []string{"vault.keyset", c.Vault.Keyset, "development", "zhiqing keys init"} {
		if !strings.Contains(why, word) {
			t.Errorf("%q does not say %q", why, word)
		}
	}
	c = apptest.Configure(t.TempDir(), "") // a new store: one that has seen keys wants them back
	c.Mode = config.Production
	if why := refusesToStart(t, c); !strings.Contains(why, "zhiqing keys init") {
		t.Errorf("without a key file: %s", why)
	}
	if _, err := os.Stat(c.Vault.Keyset); !os.IsNotExist(err) {
		t.Error("production made keys by itself")
	}
}

func TestAKeyFileThatOthersCanReadIsRefused(t *testing.T) {
	p := apptest.Start(t, "")
	p.Stop()
	for _, mode := range []os.FileMode{0o640, 0o604, 0o666} {
		if err := os.Chmod(p.Config.Vault.Keyset, mode); err != nil {
			t.Fatal(err)
		}
		if why := refusesToStart(t, p.Config); !strings.Contains(why, "chmod 600 "+p.Config.Vault.Keyset) {
			t.Errorf("%o: %s", mode, why)
		}
	}
	if err := os.Chmod(p.Config.Vault.Keyset, 0o600); err != nil {
		t.Fatal(err)
	}
	again(t, p.Config).Want(200, call{Method: "GET", Path: "/readyz"})
}

// A damaged key file stops the start before the data is touched; with the right file back, everything is as it was.
func TestADamagedKeyFileIsNamedAndTouchesNothing(t *testing.T) {
	p := apptest.Start(t, "")
	login := p.Login("mum")
	p.Want(201, decide(login.Str("access_token"), decision("analytics.usage", "grant", current(p, "privacy"))))
	p.Stop()
	good, err := os.ReadFile(p.Config.Vault.Keyset)
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(p.Config.Store.Location())
	if err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string][]byte{
		"empty": {}, "cut off": good[:len(good)/2], "no JSON": []byte("hello"), "another JSON": []byte(`{"keys":[]}`),
		"a changed key": bytes.Map(func(r rune) rune { return map[bool]rune{true: '!', false: r}['A' <= r && r <= 'M'] }, good),
	} {
		if err := os.WriteFile(p.Config.Vault.Keyset, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		why := refusesToStart(t, p.Config)
		if !strings.Contains(why, "vault.keyset: "+p.Config.Vault.Keyset) || len(why) > 500 {
			t.Errorf("%s: %s", name, why)
		}
		if now, err := os.ReadFile(p.Config.Vault.Keyset); err != nil || !bytes.Equal(now, bad) {
			t.Errorf("%s: the key file was written to, %v", name, err)
		}
	}
	if now, err := os.ReadFile(p.Config.Store.Location()); err != nil || !bytes.Equal(now, data) {
		t.Errorf("the data was touched, %v", err)
	}
	if err := os.WriteFile(p.Config.Vault.Keyset, good, 0o600); err != nil {
		t.Fatal(err)
	}
	if s := state(again(t, p.Config), login.Str("access_token"), "analytics.usage"); s != "given" {
		t.Errorf("with the right keys again: %s", s)
	}
}
