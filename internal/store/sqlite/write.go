package sqlite

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"

	"zhiqing/internal/store"
)

var errReadOnly = errors.New("the store is open for reading only")

// write checks what can be checked outside the queue and has the act committed.
func (e *Engine) write(ctx context.Context, t *table, a act, ds ...store.Document) error {
	size := 0
	for _, d := range ds {
		if err := t.CheckDocument(d); err != nil {
			return err
		}
		size += len(d.Body)
	}
	if e.writer == nil {
		return store.ErrUnavailable.Because(errReadOnly)
	}
	return e.writer.submit(ctx, a, size)
}

// Insert stores a new document under a fresh revision, or answers store.ErrExists.
func (e *Engine) Insert(ctx context.Context, collection string, d store.Document) error {
	t, err := e.table(collection)
	if err != nil {
		return err
	}
	keys, err := packKeys(d.Keys)
	if err != nil {
		return err
	}
	return e.write(ctx, t, func(c *conn) (error, error) { return t.insertOne(c, d, keys) }, d)
}

func (t *table) insertOne(c *conn, d store.Document, packed []byte) (outcome, failure error) {
	n, err := c.exec(t.insert, d.ID, store.FirstRev(), packed, d.Body)
	if err != nil {
		return nil, fmt.Errorf("insert: %w", err)
	}
	if n == 0 {
		return store.ErrExists, nil
	}
	return nil, t.moveKeys(c, d.ID, nil, d.Keys)
}

// InsertMany stores all documents in one transaction, or none: store.ErrExists when one of them is there already. It is
// for filling a store in bulk; one call holds up all other writers for as long as it takes.
func (e *Engine) InsertMany(ctx context.Context, collection string, ds []store.Document) error {
	t, err := e.table(collection)
	if err != nil {
		return err
	}
	packed := make([][]byte, len(ds))
	for i, d := range ds {
		if packed[i], err = packKeys(d.Keys); err != nil {
			return err
		}
	}
	return e.write(ctx, t, func(c *conn) (outcome, failure error) {
		if _, err := c.exec("SAVEPOINT many"); err != nil {
			return nil, err
		}
		for i := 0; i < len(ds) && outcome == nil && failure == nil; i++ {
			outcome, failure = t.insertOne(c, ds[i], packed[i])
		}
		if outcome != nil {
			_, failure = c.exec("ROLLBACK TO many")
		}
		if failure == nil {
			_, failure = c.exec("RELEASE many")
		}
		return outcome, failure
	}, ds...)
}

// InsertInOrder is InsertMany: of several documents all are stored, or none.
func (e *Engine) InsertInOrder(ctx context.Context, collection string, ds []store.Document) (stored int, err error) {
	if err := e.InsertMany(ctx, collection, ds); err != nil {
		return 0, err
	}
	return len(ds), nil
}

// Replace stores the document under revision d.Rev+1 if d.Rev is still the stored one; otherwise store.ErrConflict.
func (e *Engine) Replace(ctx context.Context, collection string, d store.Document) error {
	t, err := e.table(collection)
	if err != nil {
		return err
	}
	packed, err := packKeys(d.Keys)
	if err != nil {
		return err
	}
	return e.write(ctx, t, func(c *conn) (error, error) {
		old, rev, err := t.stored(c, d.ID)
		if err != nil || rev != d.Rev {
			return store.ErrConflict, err
		}
		if _, err := c.exec(t.replace, packed, d.Body, d.ID, d.Rev); err != nil {
			return nil, fmt.Errorf("replace: %w", err)
		}
		return nil, t.moveKeys(c, d.ID, old, d.Keys)
	}, d)
}

// Delete removes the document if its revision is still rev; otherwise store.ErrConflict, or store.ErrMissing.
func (e *Engine) Delete(ctx context.Context, collection, id string, rev int64) error {
	t, err := e.table(collection)
	if err != nil {
		return err
	}
	return e.write(ctx, t, func(c *conn) (error, error) {
		old, stored, err := t.stored(c, id)
		switch {
		case err != nil:
			return nil, err
		case stored == none:
			return store.ErrMissing, nil
		case stored != rev:
			return store.ErrConflict, nil
		}
		if _, err := c.exec(t.remove, id); err != nil {
			return nil, fmt.Errorf("delete: %w", err)
		}
		return nil, t.moveKeys(c, id, old, nil)
	})
}

// none is the revision of a document that is not there; store.FirstRev never draws it.
const none = -1

func (t *table) stored(c *conn, id string) (keys map[string][]string, rev int64, err error) {
	row, found, err := c.one(t.keys, id)
	if err != nil || !found {
		return nil, none, err
	}
	keys, err = unpackKeys(row[1])
	return keys, row[0].(int64), err
}

// moveKeys turns the index entries of a document from old into new, touching only what differs.
func (t *table) moveKeys(c *conn, id string, old, new map[string][]string) error {
	for _, ix := range t.Indexes {
		for _, k := range old[ix] {
			if slices.Contains(new[ix], k) {
				continue
			}
			if _, err := c.exec(t.dropKey[ix], k, id); err != nil {
				return fmt.Errorf("index %s: %w", ix, err)
			}
		}
		for _, k := range new[ix] {
			if slices.Contains(old[ix], k) {
				continue
			}
			if _, err := c.exec(t.addKey[ix], k, id); err != nil {
				return fmt.Errorf("index %s: %w", ix, err)
			}
		}
	}
	return nil
}

func packKeys(keys map[string][]string) ([]byte, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	return bson.Marshal(keys)
}

func unpackKeys(column any) (keys map[string][]string, err error) {
	if packed, _ := column.([]byte); len(packed) > 0 {
		err = bson.Unmarshal(packed, &keys)
	}
	return keys, err
}
