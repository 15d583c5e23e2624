package mongo

import (
	"context"
	"errors"

	"go.mongodb.org/mongo-driver/v2/bson"
	driver "go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"zhiqing/internal/store"
)

// Get returns a document or store.ErrMissing.
func (e *Engine) Get(ctx context.Context, collection, id string) (store.Document, error) {
	c, _, err := e.collection(collection)
	if err != nil {
		return store.Document{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, e.waits)
	defer cancel()
	raw, err := c.FindOne(ctx, bson.D{{Key: idField, Value: id}}).Raw()
	switch {
	case errors.Is(err, driver.ErrNoDocuments):
		return store.Document{}, store.ErrMissing
	case err != nil:
		return store.Document{}, unavailable("get", err)
	}
	return decode(raw)
}

// Find lists documents by an index, or by id.
func (e *Engine) Find(ctx context.Context, collection, index string, r store.Range) (store.Page, error) {
	c, s, err := e.collection(collection)
	if err != nil {
		return store.Page{}, err
	}
	if err := s.CheckRange(index, r); err != nil {
		return store.Page{}, err
	}
	q, err := queryFor(index, r)
	if err != nil {
		return store.Page{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, e.waits)
	defer cancel()
	cursor, err := c.Find(ctx, q.filter, options.Find().SetSort(q.sort).SetLimit(int64(r.Limit)+1))
	if err != nil {
		return store.Page{}, unavailable("find", err)
	}
	defer cursor.Close(ctx)
	l := store.Listing{Limit: r.Limit}
	for more := true; more && cursor.Next(ctx); {
		d, err := decode(cursor.Current)
		if err != nil {
			return store.Page{}, err
		}
		more = l.Add(q.key(cursor.Current, d.ID), d)
	}
	if err := cursor.Err(); err != nil {
		return store.Page{}, unavailable("find", err)
	}
	return l.Page(), nil
}

// query is a range in MongoDB's words.
type query struct {
	filter, sort bson.D
	key          func(raw bson.Raw, id string) string // where a document found stands in the index
}

// queryFor has three shapes, each one ordered scan of one index: by id; one key exactly, ordered by id, which is all that
// a Many index answers; and a part of an index with one key per document, ordered by (key, id).
func queryFor(index string, r store.Range) (query, error) {
	after, resumed, err := r.Resume()
	if err != nil {
		return query{}, err
	}
	s := scan{r, after, resumed, 1, "$gt"}
	if r.Desc {
		s.direction, s.beyond = -1, "$lt"
	}
	if index == store.ByID {
		return s.byID(), nil
	}
	if key, ok := r.Exactly(); ok {
		return s.exactly(index, key), nil
	}
	return s.byKey(index), nil
}

type scan struct {
	store.Range
	after     store.Position
	resumed   bool
	direction int
	beyond    string // the operator that means "after" in this direction
}

func (s scan) byID() query {
	return query{
		filter: bson.D{{Key: idField, Value: s.rest()}},
		sort:   bson.D{{Key: idField, Value: s.direction}},
		key:    func(_ bson.Raw, id string) string { return id },
	}
}

func (s scan) exactly(index, key string) query {
	q := query{
		filter: bson.D{{Key: keysOf(index), Value: key}},
		sort:   bson.D{{Key: idField, Value: s.direction}},
		key:    func(bson.Raw, string) string { return key },
	}
	if s.resumed {
		q.filter = append(q.filter, bson.E{Key: idField, Value: bson.D{{Key: s.beyond, Value: s.after.ID}}})
	}
	return q
}

func (s scan) byKey(index string) query {
	field := keysOf(index)
	q := query{
		filter: bson.D{{Key: field, Value: s.rest()}},
		sort:   bson.D{{Key: field, Value: s.direction}, {Key: idField, Value: s.direction}},
		key:    func(raw bson.Raw, _ string) string { return raw.Lookup(keysField, index).StringValue() },
	}
	if s.resumed {
		tied := bson.D{{Key: field, Value: s.after.Key}, {Key: idField, Value: bson.D{{Key: s.beyond, Value: s.after.ID}}}}
		q.filter = bson.D{{Key: "$or", Value: bson.A{tied, q.filter}}}
	}
	return q
}

// rest is the part of the range that lies behind the position, or all of it. The position is inside the range (Resume
// has checked that), so it takes the place of the end that it is nearer to.
func (s scan) rest() bson.D {
	lower, upper := bson.E{Key: "$gte", Value: s.From}, bson.E{Key: "$lt", Value: s.To}
	switch {
	case s.resumed && s.Desc:
		upper = bson.E{Key: "$lt", Value: s.after.Key}
	case s.resumed:
		lower = bson.E{Key: "$gt", Value: s.after.Key}
	}
	if upper.Value == "" {
		return bson.D{lower}
	}
	return bson.D{lower, upper}
}
