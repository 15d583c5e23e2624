package app_test

import (
	"context"
	"slices"
	"sync"
	"testing"

	"zhiqing/internal/app"
	"zhiqing/internal/app/apptest"
	"zhiqing/internal/inventory"
	"zhiqing/internal/register/prove"
	"zhiqing/internal/store"
)

// schemas notes what every collection looks like.
type schemas struct {
	store.Engine
	mu     sync.Mutex
	fields map[string][]string
}

func (s *schemas) Declare(ctx context.Context, schema store.Schema) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fields[schema.Name] = schema.Fields
	return s.Engine.Declare(ctx, schema)
}

// The record of processing matches the live schema, field by field, on every engine, and says of each personal collection why
// it is kept, how it is protected and who erases it. It needs no store and no keys.
func TestTheRecordOfProcessingIsTheLiveSchema(t *testing.T) {
	row, listed := prove.Row(t, "A-L50.1"), prove.Row(t, "F-2")
	apptest.OnEveryEngine(t, func(t *testing.T, storeURL string) {
		live := &schemas{fields: map[string][]string{}}
		p := apptest.Start(t, storeURL, func(o *app.Options) {
			o.Engine = func(e store.Engine) store.Engine { live.Engine = e; return live }
		})
		p.Stop()
		c := p.Config
		c.Store.URL, c.Vault.Keyset, c.Vault.Keys = "mongodb://nobody.invalid/x", "/none/keyset.json", "/none/keys.json"
		inv, err := app.Inventory(t.Context(), c)
		must(t, err)
		row.Equal(inv.Controller.Name, p.Config.Operator.Name)
		row.Equal([]string{inv.Storage.Region, inv.Storage.Engine}, []string{"CN", "mongodb"})
		row.That(len(live.fields) > 30, "too few collections to be true: %d", len(live.fields))
		for name, fields := range live.fields {
			at := slices.IndexFunc(inv.Collections, func(c inventory.Collection) bool { return c.Name == name })
			if !row.That(at >= 0, "%s is not in the record", name) || !listed.That(len(fields) > 0, "%s has no fields", name) {
				continue
			}
			var named []string
			for _, f := range inv.Collections[at].Fields {
				named = append(named, f.Name)
			}
			row.Equal(named, fields)
		}
		for _, c := range inv.Collections {
			row.That(!c.Personal || len(c.Purposes) > 0 || c.Basis != nil, "nobody knows why %s is kept", c.Name)
			row.That(c.Protection.ZH != "" && c.What.ZH != "", "nobody says how %s is protected", c.Name)
		}
		for _, x := range inv.Purposes {
			row.That(x.Basis != "" && x.Law.ZH != "" && len(x.Items) > 0 && x.Retention.Starts != "" && x.Retention.Law.ZH != "", "%s is not whole: %+v", x.Code, x)
		}
		row.That(len(inv.Roles) > 10 && len(inv.Safeguards) == 8 && len(inv.Recipients) > 0, "roles, safeguards or recipients are missing")
	})
}
