package subject

import (
	"context"
	"errors"
	"time"

	"zhiqing/internal/store"
)

// Marker remembers, under a keyed hash of a WeChat identity, that a minor was declared there, so that deleting the account
// and answering the age question differently does not work. It outlives the account and holds nothing else: no birth date,
// no band, no subject (requirements.md C2, anti-evasion marker).
type Marker struct {
	Until   time.Time `bson:"until"`             // when it is deleted
	Regrant time.Time `bson:"regrant,omitempty"` // before this no guardian may consent again: a withdrawal is not undone by pressure
}

const byUntil = "until"

// Mark remembers a declared minor until the later of what is known and until; the same for regrant.
func (r *Register) Mark(ctx context.Context, s Subject, until, regrant time.Time) error {
	id, err := r.markerID(s)
	if err != nil {
		return err
	}
	_, err = r.records.markers.Upsert(ctx, id, func(m *Marker, exists bool) error {
		before := *m
		m.Until, m.Regrant = later(m.Until, until), later(m.Regrant, regrant)
		if exists && *m == before {
			return store.ErrUnchanged
		}
		return nil
	})
	return err
}

// Marked returns the marker of the subject's identity, or the zero Marker when there is none or it is over.
func (r *Register) Marked(ctx context.Context, s Subject) (Marker, error) {
	id, err := r.markerID(s)
	if err != nil {
		return Marker{}, err
	}
	m, err := r.records.markers.Get(ctx, id)
	if errors.Is(err, store.ErrMissing) || err == nil && !r.o.Now().Before(m.Until) {
		return Marker{}, nil
	}
	return m, err
}

// Unmark forgets the marker: staff have verified that the declaration was wrong.
func (r *Register) Unmark(ctx context.Context, s Subject) error {
	id, err := r.markerID(s)
	if err != nil {
		return err
	}
	_, err = r.records.markers.Delete(ctx, id, nil)
	return err
}

// SweepMarkers deletes markers that are over and returns how many.
func (r *Register) SweepMarkers(ctx context.Context) (int, error) {
	swept := 0
	for ctx.Err() == nil {
		now := r.o.Now()
		over := store.Before(now.Add(time.Millisecond))
		over.Limit = sweepBatch
		found, _, err := r.records.markers.Find(ctx, byUntil, over)
		if err != nil || len(found) == 0 {
			return swept, err
		}
		for _, m := range found {
			gone, err := r.records.markers.Delete(ctx, m.ID, func(m *Marker) bool { return !now.Before(m.Until) })
			if err != nil {
				return swept, err
			}
			if gone {
				swept++
			}
		}
	}
	return swept, ctx.Err()
}

// markerID hashes the identity apart from the hash that links it to its subject, so that the two cannot be joined.
func (r *Register) markerID(s Subject) (string, error) {
	who, err := r.Identity(s)
	if err != nil {
		return "", err
	}
	return r.mac("marker", who.OpenID.Reveal()), nil
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
