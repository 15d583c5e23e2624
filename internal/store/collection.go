package store

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"reflect"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// Index declares how documents of a collection are found: Keys returns no key or one, made by Key; with Many it may
// return several, and the index answers Exact ranges only. Keys must be a pure function of the value.
type Index[T any] struct {
	Name string
	Keys func(*T) []string
	Many bool
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
	s := Schema{Name: name, Fields: fieldsOf(reflect.TypeFor[T]())}
	for _, ix := range indexes {
		s.Indexes = append(s.Indexes, ix.Name)
		if ix.Many {
			s.Many = append(s.Many, ix.Name)
		}
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

// GetPart is Get into another struct, which names only the fields that are wanted; the rest is passed over, unread. part is
// a pointer to a struct with bson tags.
func (c *Collection[T]) GetPart(ctx context.Context, id string, part any) error {
	d, err := c.engine.Get(ctx, c.name, id)
	if err != nil {
		return err
	}
	if err := bson.Unmarshal(d.Body, part); err != nil {
		return fmt.Errorf("%s: stored document does not decode: %w", c.name, err)
	}
	return nil
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

// InsertInOrder stores new values in their order and ends at the first that is there already; see Engine.
func (c *Collection[T]) InsertInOrder(ctx context.Context, values []Found[T]) (stored int, err error) {
	ds := make([]Document, len(values))
	for i := range values {
		if ds[i], err = c.document(values[i].ID, &values[i].Value); err != nil {
			return 0, err
		}
	}
	return c.engine.InsertInOrder(ctx, c.name, ds)
}

// ErrUnchanged, returned by an Update function, ends the update without a write and without an error.
var ErrUnchanged = errors.New("store: unchanged")

// Update replaces the value under id by what change makes of it, in one compare-and-swap. change may run more than once,
// each time on a fresh value; it must have no effects outside it and must not write to this collection. An error from
// change ends the update and is returned; ErrUnchanged ends it with nil. The stored value is returned. ErrMissing when
// there is nothing to update. After ErrUnavailable the change may have happened or not.
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

func (c *Collection[T]) modify(ctx context.Context, id string, change func(*T, bool) error) (stored T, err error) {
	err = c.swap(ctx, id, func() error {
		v, rev, err := c.load(ctx, id)
		exists := err == nil
		if err != nil && !errors.Is(err, ErrMissing) {
			return err
		}
		if err := change(&v, exists); err != nil && !errors.Is(err, ErrUnchanged) {
			return err
		} else if err != nil {
			stored = v
			return nil
		}
		if err := c.write(ctx, id, &v, rev, exists); err != nil {
			return err
		}
		stored = v
		return nil
	})
	return stored, err
}

func (c *Collection[T]) write(ctx context.Context, id string, v *T, rev int64, exists bool) error {
	d, err := c.document(id, v)
	if err != nil {
		return err
	}
	if !exists {
		if err = c.engine.Insert(ctx, c.name, d); errors.Is(err, ErrExists) {
			return errLost
		}
		return err
	}
	d.Rev = rev
	if err = c.engine.Replace(ctx, c.name, d); errors.Is(err, ErrConflict) {
		return errLost
	}
	return err
}

// Delete removes the value under id if it still satisfies when (nil = always). A missing one is no error: deleting is
// idempotent. It reports whether this call removed it.
func (c *Collection[T]) Delete(ctx context.Context, id string, when func(*T) bool) (removed bool, err error) {
	err = c.swap(ctx, id, func() error {
		v, rev, err := c.load(ctx, id)
		if err != nil || (when != nil && !when(&v)) {
			return err
		}
		if err = c.engine.Delete(ctx, c.name, id, rev); errors.Is(err, ErrConflict) {
			return errLost
		}
		removed = err == nil
		return err
	})
	if errors.Is(err, ErrMissing) {
		return false, nil
	}
	return removed, err
}

// errLost says within swap that another writer was faster. It is not ErrConflict, which a change may return itself.
var errLost = errors.New("store: lost the race")

// swap runs attempt until it is not lost. Writers of one document in this process take turns (a stripe per id), so races
// are lost only to other processes; the pause then grows until ctx ends, which is ErrConflict: nothing was written.
func (c *Collection[T]) swap(ctx context.Context, id string, attempt func() error) error {
	stripe := c.stripes[maphash.String(c.seed, id)%uint64(len(c.stripes))]
	select {
	case stripe <- struct{}{}:
		defer func() { <-stripe }()
	case <-ctx.Done():
		return ErrUnavailable.Because(ctx.Err())
	}
	for pause := time.Millisecond; ; pause = min(2*pause, 64*time.Millisecond) {
		if err := attempt(); err != errLost {
			return err
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return ErrConflict.Because(ctx.Err())
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
