package app

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"zhiqing/internal/observe"
	"zhiqing/internal/session"
	"zhiqing/internal/store"
	"zhiqing/internal/tally"
)

// metered counts the outcomes of an engine's operations.
type metered struct {
	store.Engine
	metrics *observe.Metrics
}

func (m metered) Get(ctx context.Context, collection, id string) (store.Document, error) {
	d, err := m.Engine.Get(ctx, collection, id)
	m.metrics.StoreOp("get", err)
	return d, err
}

func (m metered) Insert(ctx context.Context, collection string, d store.Document) error {
	err := m.Engine.Insert(ctx, collection, d)
	m.metrics.StoreOp("insert", err)
	return err
}

func (m metered) InsertInOrder(ctx context.Context, collection string, ds []store.Document) (int, error) {
	stored, err := m.Engine.InsertInOrder(ctx, collection, ds)
	m.metrics.StoreOp("insert", err)
	return stored, err
}

func (m metered) Replace(ctx context.Context, collection string, d store.Document) error {
	err := m.Engine.Replace(ctx, collection, d)
	m.metrics.StoreOp("replace", err)
	return err
}

func (m metered) Delete(ctx context.Context, collection, id string, rev int64) error {
	err := m.Engine.Delete(ctx, collection, id, rev)
	m.metrics.StoreOp("delete", err)
	return err
}

func (m metered) Find(ctx context.Context, collection, index string, r store.Range) (store.Page, error) {
	p, err := m.Engine.Find(ctx, collection, index, r)
	m.metrics.StoreOp("find", err)
	return p, err
}

// observer counts what people do, and tells the operator why logins fall back to guest mode.
type observer struct {
	*observe.Metrics
	log   *slog.Logger
	tally *tally.Desk
	now   func() time.Time
}

func (o observer) SessionStarted(kind string) {
	o.Metrics.SessionStarted(kind)
	if kind == string(session.User) {
		o.tally.Add(tally.Logins, o.now(), 1, tally.WeChat)
	}
}

func (o observer) Fallback(reason string, cause error) {
	o.Metrics.Fallback(reason)
	o.tally.Fallback(o.now(), reason)
	o.log.Warn("a login became a guest session", "reason", reason, "error", cause, "cause", errors.Unwrap(cause))
}
