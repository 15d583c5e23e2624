package service_test

import (
	"crypto/rand"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"zhiqing/internal/audit"
	"zhiqing/internal/ident"
	"zhiqing/internal/service"
	"zhiqing/internal/store/sqlite"
)

// A key opens for its own service, until that is disabled; nothing else does, and no file holds it.
func TestAKeyIsItsServicesAloneUntilItIsEnded(t *testing.T) {
	ctx := t.Context()
	engine, err := sqlite.Open(ctx, filepath.Join(t.TempDir(), "s.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = engine.Close() }()
	log, err := audit.Open(ctx, engine, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	d, err := service.Open(ctx, service.Options{Engine: engine, Audit: log, Now: time.Now, IDs: ident.Source{Reader: rand.Reader}})
	if err != nil {
		t.Fatal(err)
	}
	key, err := d.Add(ctx, "shop")
	other, errOther := d.Add(ctx, "mail")
	if err != nil || errOther != nil {
		t.Fatal(err, errOther)
	}
	if name, err := d.Authenticate(ctx, key); name != "shop" || err != nil {
		t.Fatal(name, err)
	}
	_, secret, _ := strings.Cut(other, ".")
	for _, wrong := range []string{"", "zqs_", key + "x", strings.TrimPrefix(key, "zqs_"), "zqs_shop.", "zqs_shop." + secret, "zqs_none." + secret, "zqs_Shop!." + secret} {
		if name, err := d.Authenticate(ctx, wrong); name != "" || !errors.Is(err, service.ErrKey) {
			t.Errorf("%q opens %q: %v", wrong, name, err)
		}
	}
	if err := errors.Join(d.Disable(ctx, "shop"), d.Disable(ctx, "shop")); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Authenticate(ctx, key); !errors.Is(err, service.ErrKey) {
		t.Error("a key that has ended still opens", err)
	}
	for _, c := range []struct{ got, want error }{
		{d.Disable(ctx, "none"), service.ErrUnknown}, {d.Disable(ctx, "A\x00"), service.ErrUnknown}, {second(d.Add(ctx, "shop")), service.ErrTaken}, {second(d.Add(ctx, "Shop")), service.ErrName},
	} {
		if !errors.Is(c.got, c.want) {
			t.Errorf("got %v, want %v", c.got, c.want)
		}
	}
	list, err := d.List(ctx)
	if err != nil || len(list) != 2 || list[0].Name != "mail" || !list[1].Disabled || strings.Contains(string(list[0].Hash), secret) {
		t.Error(list, err)
	}
}

func second(_ string, err error) error { return err }
