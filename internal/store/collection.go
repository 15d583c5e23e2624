package store

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// Index declares how documents of a collection are found: Keys returns zero or more keys made by Key.
// It must be a pure function of the value.
type Index[T any] struct {
	Name string
	Keys func(*T) []string
}

// Collection is a typed view of one collection. T is a struct with bson tags; every field must survive a BSON round
// trip (times have milliseconds; bytes that will be hashed are []byte). Safe for concurrent use.
type Collection[T any] struct {
	engine  Engine
	name    string
	indexes []Index[T]
	seed    maphash.Seed
	stripes [256]chan struct{}
}

// Open declares the collection to the engine and returns the typed view. name is of [a-z_]+.
func Open[T any](ctx context.Context, e Engine, name string, indexes ...Index[T]) (*Collection[T], error) {
	s := Schema{Name: name}
	for _, ix := range indexes {
		s.Indexes = append(s.Indexes, ix.Name)
	}
	if err := e.Declare(ctx, s); err != nil {
		return nil, fmt.Errorf("declare %s: %w", name, err)
	}
	c := &Collection[T]{engine: e, name: name, indexes: indexes, seed: maphash.MakeSeed()}
	for i := range c.stripes {
		c.stripes[i] = make(chan struct{}, 1)
	}
	return c, nil
}

// Get returns the value stored under id, or ErrMissing.
func (c *Collection[T]) Get(ctx context.Context, id string) (T, error) {
	v, _, err := c.load(ctx, id)
	return v, err
}

func (c *Collection[T]) load(ctx context.Context, id string) (T, int64, error) {
	var v T
	d, err := c.engine.Get(ctx, c.name, id)
	if err != nil {
		return v, 0, err
	}
	if err := bson.Unmarshal(d.Body, &v); err != nil {
		return v, 0, fmt.Errorf("%s: stored document does not decode: %w", c.name, err)
	}
	return v, d.Rev, nil
}

func (c *Collection[T]) document(id string, v *T) (Document, error) {
	body, err := bson.Marshal(v)
	if err != nil {
		return Document{}, fmt.Errorf("%s: value does not encode: %w", c.name, err)
	}
	d := Document{ID: id, Body: body}
	for _, ix := range c.indexes {
		if keys := ix.Keys(v); len(keys) > 0 {
			if d.Keys == nil {
				d.Keys = make(map[string][]string, len(c.indexes))
			}
			d.Keys[ix.Name] = keys
		}
	}
	return d, nil
}

// Insert stores a new value, or answers ErrExists.
func (c *Collection[T]) Insert(ctx context.Context, id string, v T) error {
	d, err := c.document(id, &v)
	if err != nil {
		return err
	}
	return c.engine.Insert(ctx, c.name, d)
}

// ErrUnchanged, returned by an Update function, ends the update without a write and without an error.
var ErrUnchanged = errors.New("store: unchanged")

// Update replaces the value under id by what change makes of it, in one compare-and-swap. change may run more than once,
// each time on a fresh value; it must have no effects outside it. An error from change ends the update and is returned;
// ErrUnchanged ends it with nil. The stored value is returned. ErrMissing when there is nothing to update.
func (c *Collection[T]) Update(ctx context.Context, id string, change func(*T) error) (T, error) {
	return c.modify(ctx, id, func(v *T, exists bool) error {
		if !exists {
			return ErrMissing
		}
		return change(v)
	})
}

// Upsert is Update that starts from the zero value, by an insert, when nothing is stored yet.
func (c *Collection[T]) Upsert(ctx context.Context, id string, change func(v *T, exists bool) error) (T, error) {
	return c.modify(ctx, id, change)
}

// modify is the one read-change-swap loop. Writers of one document in this process take turns (a stripe per id), so
// conflicts come only from other processes; they are retried with a growing pause until ctx ends.
func (c *Collection[T]) modify(ctx context.Context, id string, change func(*T, bool) error) (T, error) {
	var zero T
	stripe := c.stripes[maphash.String(c.seed, id)%uint64(len(c.stripes))]
	select {
	case stripe <- struct{}{}:
		defer func() { <-stripe }()
	case <-ctx.Done():
		return zero, ErrUnavailable.Because(ctx.Err())
	}
	for pause := time.Millisecond; ; pause = min(2*pause, 64*time.Millisecond) {
		v, rev, err := c.load(ctx, id)
		exists := err == nil
		if err != nil && !errors.Is(err, ErrMissing) {
			return zero, err
		}
		if err := change(&v, exists); err != nil {
			if errors.Is(err, ErrUnchanged) {
				return v, nil
			}
			return zero, err
		}
		d, err := c.document(id, &v)
		if err != nil {
			return zero, err
		}
		if exists {
			d.Rev = rev
			err = c.engine.Replace(ctx, c.name, d)
		} else {
			err = c.engine.Insert(ctx, c.name, d)
		}
		switch {
		case err == nil:
			return v, nil
		case !errors.Is(err, ErrConflict) && !errors.Is(err, ErrExists):
			return zero, err
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return zero, ErrConflict.Because(ctx.Err())
		}
	}
}

// Delete removes the value under id if it still satisfies when (nil = always). A missing one is no error: deleting is
// idempotent. It reports whether this call removed it.
func (c *Collection[T]) Delete(ctx context.Context, id string, when func(*T) bool) (bool, error) {
	for {
		v, rev, err := c.load(ctx, id)
		if errors.Is(err, ErrMissing) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		if when != nil && !when(&v) {
			return false, nil
		}
		err = c.engine.Delete(ctx, c.name, id, rev)
		switch {
		case err == nil:
			return true, nil
		case errors.Is(err, ErrMissing):
			return false, nil
		case !errors.Is(err, ErrConflict):
			return false, err
		case ctx.Err() != nil:
			return false, ErrUnavailable.Because(ctx.Err())
		}
	}
}

// Found is one value of a listing, with its id.
type Found[T any] struct {
	ID    string
	Value T
}

// Find lists values in index order. next is the position for the following call's Range.After, "" at the end.
// Paging is stable: a value that stays put is listed exactly once, whatever is written meanwhile.
func (c *Collection[T]) Find(ctx context.Context, index string, r Range) (found []Found[T], next string, err error) {
	page, err := c.engine.Find(ctx, c.name, index, r)
	if err != nil {
		return nil, "", err
	}
	for _, d := range page.Docs {
		f := Found[T]{ID: d.ID}
		if err := bson.Unmarshal(d.Body, &f.Value); err != nil {
			return nil, "", fmt.Errorf("%s: stored document does not decode: %w", c.name, err)
		}
		found = append(found, f)
	}
	return found, page.Next, nil
}
