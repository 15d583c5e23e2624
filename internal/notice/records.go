package notice

import (
	"context"
	"fmt"
	"time"

	"zhiqing/internal/store"
)

// record is a published notice as stored, under `<kind>/<version>/<language>`.
type record struct {
	Kind             string    `bson:"kind"`
	Version          string    `bson:"version"`
	Language         string    `bson:"language"`
	Title            string    `bson:"title"`
	Markdown         string    `bson:"markdown"`
	SHA256           string    `bson:"sha256"`
	EffectiveAt      time.Time `bson:"effective_at"`
	Material         bool      `bson:"material"`
	Affects          []string  `bson:"affects,omitempty"`
	SummaryOfChanges string    `bson:"summary_of_changes"`
	PublishedAt      time.Time `bson:"published_at"` // when an instance first stored it: evidence, never compared
}

func recordOf(n Notice, now time.Time) record {
	return record{n.Kind, n.Version, n.Language, n.Title, n.Markdown, n.SHA256, n.EffectiveAt, n.Material, n.Affects, n.SummaryOfChanges, now.UTC()}
}

func (r record) notice() Notice {
	return Notice{r.Kind, r.Version, r.Language, r.Title, r.Markdown, r.SHA256, r.EffectiveAt.UTC(), r.Material, r.Affects, r.SummaryOfChanges}
}

const byDigest = "digest"

func openCollection(ctx context.Context, engine store.Engine) (*store.Collection[record], error) {
	return store.Open(ctx, engine, "notices", store.Index[record]{
		Name: byDigest,
		Keys: func(r *record) []string { return []string{store.Key(r.SHA256)} },
	})
}

// published reads every stored notice. One whose text no longer has its digest is an error: evidence was altered.
func published(ctx context.Context, c *store.Collection[record]) (map[string]Notice, error) {
	all := make(map[string]Notice)
	for r := (store.Range{Limit: 50}); ; {
		found, next, err := c.Find(ctx, store.ByID, r)
		if err != nil {
			return nil, fmt.Errorf("notices: %w", err)
		}
		for _, f := range found {
			n := f.Value.notice()
			if f.ID != n.id() || digest(n.Markdown) != n.SHA256 {
				return nil, fmt.Errorf("notices: the stored notice %s was altered: its text has sha256 %s, it was published with %s; restore it from a backup", f.ID, digest(n.Markdown), n.SHA256)
			}
			all[f.ID] = n
		}
		if next == "" {
			return all, nil
		}
		r.After = next
	}
}
