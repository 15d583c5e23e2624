package notice

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"zhiqing/internal/store"
)

// Open publishes what Load returned and gives the shelf of all notices ever published, files gone or not. Nothing is
// published unless everything can be: a published version that changed, or a new one that would rewrite history by taking
// its place before a published one, stops with an error that says what to do. Safe to run on many instances at once.
// now is the clock by which versions take effect, at each question.
func Open(ctx context.Context, engine store.Engine, loaded []Notice, now func() time.Time) (*Shelf, error) {
	c, err := openCollection(ctx, engine)
	if err != nil {
		return nil, err
	}
	stored, err := published(ctx, c)
	if err != nil {
		return nil, err
	}
	if err := mayPublish(stored, loaded); err != nil {
		return nil, err
	}
	for _, n := range slices.SortedFunc(slices.Values(loaded), compare) {
		if err := publish(ctx, c, n, now()); err != nil {
			return nil, err
		}
		stored[n.id()] = n
	}
	return newShelf(slices.SortedFunc(maps.Values(stored), compare), now), nil
}

// publish stores one notice, or makes sure that what another start stored under its name is the same.
func publish(ctx context.Context, c *store.Collection[record], n Notice, now time.Time) error {
	err := c.Insert(ctx, n.id(), recordOf(n, now))
	if !errors.Is(err, store.ErrExists) {
		return wrap(n, err)
	}
	r, err := c.Get(ctx, n.id())
	if err != nil {
		return wrap(n, err)
	}
	return unchanged(r.notice(), n)
}

func wrap(n Notice, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("publish notice %s: %w", n.id(), err)
}

// mayPublish reports every conflict between what is published and what was loaded.
func mayPublish(stored map[string]Notice, loaded []Notice) error {
	merged := maps.Clone(stored)
	newest := make(map[string]string) // kind → highest published version
	for _, n := range stored {
		if v, ok := newest[n.Kind]; !ok || compareVersions(n.Version, v) > 0 {
			newest[n.Kind] = n.Version
		}
	}
	var problems []error
	for _, n := range loaded {
		old, known := stored[n.id()]
		top, taken := newest[n.Kind]
		switch {
		case known:
			problems = append(problems, unchanged(old, n))
		case taken && compareVersions(n.Version, top) < 0:
			problems = append(problems, fmt.Errorf("%s: version %s of %s is already published; a new version needs a higher number", n.textFile(), top, n.Kind))
		default:
			merged[n.id()] = n
		}
	}
	problems = append(problems, consistent(slices.SortedFunc(maps.Values(merged), compare))...)
	return errors.Join(problems...)
}

// unchanged is nil when both are the same notice, and otherwise says which file differs, how, and what to do.
func unchanged(old, n Notice) error {
	if old.SHA256 != n.SHA256 {
		return fmt.Errorf("%s: this version is published and cannot change: published sha256 %s, file with its placeholders filled in now %s; "+
			"put the published text (and placeholder values) back, and publish the change as a new version with a higher number", n.textFile(), old.SHA256, n.SHA256)
	}
	if fields := differences(old, n); len(fields) > 0 {
		return fmt.Errorf("%s: this version is published and its %s cannot change (text sha256 %s, published %s); "+
			"put the published values back, and publish the change as a new version with a higher number", n.metaFile(), strings.Join(fields, ", "), n.SHA256, old.SHA256)
	}
	return nil
}

func differences(a, b Notice) (fields []string) {
	for _, f := range []struct {
		name string
		same bool
	}{
		{"title", a.Title == b.Title},
		{"effective_at", a.EffectiveAt.Equal(b.EffectiveAt)},
		{"material", a.Material == b.Material},
		{"affects", slices.Equal(a.Affects, b.Affects)},
		{"summary_of_changes", a.SummaryOfChanges == b.SummaryOfChanges},
	} {
		if !f.same {
			fields = append(fields, f.name)
		}
	}
	return fields
}
