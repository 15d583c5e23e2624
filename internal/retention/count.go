package retention

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"zhiqing/internal/store"
)

// fewest is the smallest count that is told: a smaller one could point at somebody.
const fewest = 10

// Count is how many things of a category that began in a month have been let go of; about nobody.
type Count struct {
	Month      string // 2026-11, in China
	Category   string
	N          int  // 0 when Suppressed
	Suppressed bool // fewer than ten
}

// Counts lists what stays of data that was anonymised, by month and category.
func (d *Desk) Counts(ctx context.Context) ([]Count, error) {
	var list []Count
	err := each(ctx, d.tallies, store.ByID, store.Range{}, func(id string, t tally) error {
		month, category, _ := strings.Cut(id, "/")
		c := Count{Month: month, Category: category, N: t.N}
		if t.N < fewest {
			c.N, c.Suppressed = 0, true
		}
		list = append(list, c)
		return nil
	})
	return list, err
}

// counting is what a batch will count: tally → digests of the things.
type counting map[string][]string

// add counts a thing in the month of the first that happened to it.
func (c counting) add(t thing) {
	var first string
	for _, at := range t.Events {
		if month := at.In(china).Format("2006-01"); first == "" || month < first {
			first = month
		}
	}
	id := first + "/" + t.Category
	sum := sha256.Sum256([]byte(t.id()))
	c[id] = append(c[id], hex.EncodeToString(sum[:8]))
}

// count adds a batch's things to their tallies, each once, however often the batch is begun again.
func (d *Desk) count(ctx context.Context, c counting) error {
	for _, id := range sortedKeys(c) {
		_, err := d.tallies.Upsert(ctx, id, func(t *tally, _ bool) error {
			before := t.N
			for _, digest := range c[id] {
				if !slices.Contains(t.Pending, digest) {
					t.Pending, t.N = append(t.Pending, digest), t.N+1
				}
			}
			if t.N == before {
				return store.ErrUnchanged
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// settle forgets the digests of things that are gone.
func (d *Desk) settle(ctx context.Context, c counting) error {
	for _, id := range sortedKeys(c) {
		_, err := d.tallies.Update(ctx, id, func(t *tally) error {
			t.Pending = slices.DeleteFunc(t.Pending, func(digest string) bool { return slices.Contains(c[id], digest) })
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}
