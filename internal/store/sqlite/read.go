package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"
	"sync"

	"zhiqing/internal/store"
)

// pool holds the connections that read. Whoever takes one uses it alone and gives it back.
type pool struct {
	idle   chan *conn
	size   int
	closed chan struct{}
	once   sync.Once
}

func openPool(ctx context.Context, path string, size int) (*pool, error) {
	p := &pool{idle: make(chan *conn, size), closed: make(chan struct{})}
	for range size {
		c, err := connect(ctx, path, readerPragmas())
		if err != nil {
			return nil, errors.Join(err, p.close())
		}
		p.idle <- c
		p.size++
	}
	return p, nil
}

// use runs read on a connection. What SQLite answers as an error becomes store.ErrUnavailable; faults stay as they are.
func (p *pool) use(ctx context.Context, read func(*conn) error) error {
	if err := ctx.Err(); err != nil {
		return store.ErrUnavailable.Because(err)
	}
	select {
	case <-p.closed:
		return store.ErrUnavailable.Because(errClosed)
	default:
	}
	select {
	case c := <-p.idle:
		defer func() { p.idle <- c }()
		return read(c)
	case <-ctx.Done():
		return store.ErrUnavailable.Because(ctx.Err())
	case <-p.closed:
		return store.ErrUnavailable.Because(errClosed)
	}
}

// close waits for the reads under way.
func (p *pool) close() error {
	var failed []error
	p.once.Do(func() {
		close(p.closed)
		for range p.size {
			failed = append(failed, (<-p.idle).close())
		}
	})
	return errors.Join(failed...)
}

// Get returns a document or store.ErrMissing.
func (e *Engine) Get(ctx context.Context, collection, id string) (store.Document, error) {
	t, err := e.table(collection)
	if err != nil {
		return store.Document{}, err
	}
	d := store.Document{ID: id}
	err = e.readers.use(ctx, func(c *conn) error {
		row, found, err := c.one(t.get, id)
		switch {
		case err != nil:
			return store.ErrUnavailable.Because(fmt.Errorf("get: %w", err))
		case !found:
			return store.ErrMissing
		}
		d.Rev, d.Body = row[0].(int64), row[1].([]byte)
		return nil
	})
	return d, err
}

// Find lists documents by an index, or by id.
func (e *Engine) Find(ctx context.Context, collection, index string, r store.Range) (store.Page, error) {
	t, err := e.table(collection)
	if err != nil {
		return store.Page{}, err
	}
	if err := t.CheckRange(index, r); err != nil {
		return store.Page{}, err
	}
	sql, args, err := t.find(index, r)
	if err != nil {
		return store.Page{}, err
	}
	l := store.Listing{Limit: r.Limit}
	err = e.readers.use(ctx, func(c *conn) error {
		err := c.each(sql, args, func(row []driver.Value) bool {
			return l.Add(row[0].(string), store.Document{ID: row[1].(string), Rev: row[2].(int64), Body: row[3].([]byte)})
		})
		if err != nil {
			return store.ErrUnavailable.Because(fmt.Errorf("find: %w", err))
		}
		return nil
	})
	return l.Page(), err
}

// find makes the statement for a range. There are few distinct ones, so they stay prepared.
func (t *table) find(index string, r store.Range) (string, []any, error) {
	key, from := "d.id", docs(t.Name)+" d"
	if index != store.ByID {
		key, from = "k.key", entries(t.Name, index)+" k JOIN "+docs(t.Name)+" d ON d.id = k.id"
	}
	id := strings.Replace(key, "key", "id", 1)
	after, resumed, err := r.Resume()
	if err != nil {
		return "", nil, err
	}
	if resumed && !r.Desc { // so that the scan begins at the position: SQLite would begin at From and pass over the rest
		r.From = after.Key
	}
	where, order, args := key+" >= ?", " ASC", []any{r.From}
	if resumed && r.Desc {
		where, args = where+" AND "+key+" <= ?", append(args, after.Key)
	} else if r.To != "" {
		where, args = where+" AND "+key+" < ?", append(args, r.To)
	}
	beyond := ">"
	if r.Desc {
		beyond, order = "<", " DESC"
	}
	if resumed {
		where, args = where+fmt.Sprintf(" AND (%s, %s) %s (?, ?)", key, id, beyond), append(args, after.Key, after.ID)
	}
	return fmt.Sprintf("SELECT %s, d.id, d.rev, d.body FROM %s WHERE %s ORDER BY %s%s, %s%s LIMIT ?", key, from, where, key, order, id, order),
		append(args, int64(r.Limit)+1), nil
}
