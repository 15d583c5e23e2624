package mongo

import (
	"context"
	"errors"

	"go.mongodb.org/mongo-driver/v2/bson"
	driver "go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"zhiqing/internal/store"
)

// Insert stores a new document under a fresh revision, or answers store.ErrExists.
func (e *Engine) Insert(ctx context.Context, collection string, d store.Document) error {
	c, s, err := e.collection(collection)
	if err != nil {
		return err
	}
	if err := s.CheckDocument(d); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, e.waits)
	defer cancel()
	switch _, err := c.InsertOne(ctx, encode(s, d, store.FirstRev())); {
	case driver.IsDuplicateKeyError(err):
		return store.ErrExists
	case err != nil:
		return unavailable("insert", err)
	}
	return nil
}

// InsertInOrder stores new documents one after the other, up to the first that is there already: store.ErrExists.
func (e *Engine) InsertInOrder(ctx context.Context, collection string, ds []store.Document) (stored int, err error) {
	c, s, err := e.collection(collection)
	if err != nil {
		return 0, err
	}
	encoded := make([]any, len(ds))
	for i, d := range ds {
		if err := s.CheckDocument(d); err != nil {
			return 0, err
		}
		encoded[i] = encode(s, d, store.FirstRev())
	}
	if len(ds) == 0 {
		return 0, nil
	}
	ctx, cancel := context.WithTimeout(ctx, e.waits)
	defer cancel()
	_, err = c.InsertMany(ctx, encoded, options.InsertMany().SetOrdered(true))
	var failed driver.BulkWriteException
	switch {
	case err == nil:
		return len(ds), nil
	case driver.IsDuplicateKeyError(err) && errors.As(err, &failed) && failed.WriteConcernError == nil && len(failed.WriteErrors) == 1:
		return failed.WriteErrors[0].Index, store.ErrExists
	}
	return 0, unavailable("insert in order", err)
}

// Replace stores the document under revision d.Rev+1 if d.Rev is still the stored one; otherwise store.ErrConflict.
func (e *Engine) Replace(ctx context.Context, collection string, d store.Document) error {
	c, s, err := e.collection(collection)
	if err != nil {
		return err
	}
	if err := s.CheckDocument(d); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, e.waits)
	defer cancel()
	switch r, err := c.ReplaceOne(ctx, at(d.ID, d.Rev), encode(s, d, d.Rev+1)); {
	case err != nil:
		return unavailable("replace", err)
	case r.MatchedCount == 0:
		return store.ErrConflict
	}
	return nil
}

// Delete removes the document if its revision is still rev; otherwise store.ErrConflict, or store.ErrMissing.
func (e *Engine) Delete(ctx context.Context, collection, id string, rev int64) error {
	c, _, err := e.collection(collection)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, e.waits)
	defer cancel()
	switch r, err := c.DeleteOne(ctx, at(id, rev)); {
	case err != nil:
		return unavailable("delete", err)
	case r.DeletedCount > 0:
		return nil
	}
	if _, err := e.Get(ctx, collection, id); err != nil {
		return err // ErrMissing, usually
	}
	return store.ErrConflict
}

func at(id string, rev int64) bson.D {
	return bson.D{{Key: idField, Value: id}, {Key: revField, Value: rev}}
}
