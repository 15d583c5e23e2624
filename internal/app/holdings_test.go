package app_test

import (
	"context"
	"slices"
	"sync"
	"testing"

	"zhiqing/internal/app"
	"zhiqing/internal/app/apptest"
	"zhiqing/internal/store"
)

// nothingPersonal are the collections that hold nothing about a person, each with the reason. Whoever adds one here says why.
var nothingPersonal = map[string]string{
	"notices":             "published texts",
	"purpose_definitions": "published definitions",
	"wechat_tokens":       "the operator's own tokens, sealed",
	"key_checks":          "which key file a store belongs to",
	"wechat_pushes":       "what WeChat has ordered, by pseudonym, blanked when it is carried out",
	"leases":              "which server does a job",
	"staff":               "accounts of the operator's people, who are not subjects",
	"staff_sessions":      "their sessions",
	"staff_strikes":       "failed sign-ins of theirs",
	"staff_journeys":      "who is away at the operator's identity provider, for ten minutes",
	"staff_quotas":        "how much they did within the hour",
	"approvals":           "who may open which record, by pseudonym, for a month; the person sees each in the access log",
	"audit_checks":        "how the last walk along the audit went",
	"inspections":         "what the nightly inspection found, by pseudonym, until the next night",
	"tally_days":          "how much of a kind happened on a day, by codes, about nobody",
	"tally_levels":        "how much of a kind there is, by codes, about nobody",
	"halts":               "what has been stopped by hand, by codes",
	"services":            "keys of the operator's other systems, hashed",
	"anonymised":          "how many things of a category have been let go of in a month, about nobody",
}

// listed notes the name of every collection that is declared.
type listed struct {
	store.Engine
	mu    sync.Mutex
	names []string
}

func (l *listed) Declare(ctx context.Context, s store.Schema) error {
	l.mu.Lock()
	l.names = append(l.names, s.Name)
	l.mu.Unlock()
	return l.Engine.Declare(ctx, s)
}

// A table that erasure forgets cannot be added: each collection has a holder, or a reason why it needs none.
func TestEveryPersonalCollectionHasAHolder(t *testing.T) {
	l := &listed{}
	a, err := app.Open(t.Context(), app.Options{Config: apptest.Configure(t.TempDir(), ""), Engine: func(e store.Engine) store.Engine {
		l.Engine = e
		return l
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = a.Close() }()
	held := a.Holdings().Collections()
	if len(l.names) < 10 || len(held) < 8 {
		t.Fatalf("too few to be true: %v, held %v", l.names, held)
	}
	for _, name := range l.names {
		if _, free := nothingPersonal[name]; free == slices.Contains(held, name) {
			t.Errorf("%s: say which holder answers for it, or why it holds nothing personal, and not both", name)
		}
	}
	for _, name := range held {
		if !slices.Contains(l.names, name) {
			t.Errorf("a holder answers for %s, which nobody declares", name)
		}
	}
}
