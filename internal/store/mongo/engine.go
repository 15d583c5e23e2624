package mongo

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	driver "go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readconcern"
	"go.mongodb.org/mongo-driver/v2/mongo/readpref"
	"go.mongodb.org/mongo-driver/v2/mongo/writeconcern"

	"zhiqing/internal/store"
)

// patience bounds every call, unless the URL says otherwise (timeoutMS, as in every MongoDB driver): waiting for a server, for
// a connection and for the answer, together.
const patience = 4 * time.Second

// defaultDatabase is used when the URL names none.
const defaultDatabase = "zhiqing"

// pings is the collection that Ping writes to; no declared collection has a dot in its name.
const pings = "zhiqing.pings"

// Engine is a store.Engine on MongoDB. Make one with Open; the zero value is of no use.
type Engine struct {
	client *driver.Client
	db     *driver.Database
	waits  time.Duration // for one call

	mu      sync.RWMutex
	schemas map[string]store.Schema
}

var _ store.Engine = (*Engine)(nil)

// Open connects to the server or cluster that rawURL names (`mongodb://` or `mongodb+srv://`; its path is the database,
// by default zhiqing) and returns when a write has worked. Errors never hold the URL.
func Open(ctx context.Context, rawURL string) (*Engine, error) {
	database, err := databaseOf(rawURL)
	if err != nil {
		return nil, err
	}
	o := options.Client().ApplyURI(rawURL)
	waits := patience
	if o.Timeout != nil && *o.Timeout > 0 {
		waits = *o.Timeout
	}
	o.SetAppName("zhiqing").
		SetConnectTimeout(waits).
		SetServerSelectionTimeout(waits).
		SetReadPreference(readpref.Primary()).
		SetReadConcern(readconcern.Majority()).
		SetWriteConcern(&writeconcern.WriteConcern{W: writeconcern.WCMajority, Journal: new(true)})
	if err := o.Validate(); err != nil {
		return nil, errURL // the driver's text may quote the URL, with its password
	}
	client, err := driver.Connect(o)
	if err != nil {
		return nil, errURL
	}
	e := &Engine{client: client, db: client.Database(database), waits: waits, schemas: make(map[string]store.Schema)}
	if err := e.Ping(ctx); err != nil {
		return nil, errors.Join(err, e.Close())
	}
	return e, nil
}

var errURL = errors.New("store.url is no usable MongoDB URL: expected mongodb://[user:password@]host[:port][/database][?options]")

func databaseOf(rawURL string) (string, error) {
	_, rest, ok := strings.Cut(rawURL, "://")
	if !ok {
		return "", errURL
	}
	rest, _, _ = strings.Cut(rest, "?")
	_, path, _ := strings.Cut(rest, "/")
	name, err := url.PathUnescape(path)
	if err != nil {
		return "", errURL
	}
	if name == "" {
		return defaultDatabase, nil
	}
	return name, nil
}

// Declare creates the collection's indexes where they are missing.
func (e *Engine) Declare(ctx context.Context, s store.Schema) error {
	if err := s.Check(); err != nil {
		return err
	}
	if len(s.Indexes) > 0 {
		ctx, cancel := context.WithTimeout(ctx, 10*e.waits) // an index over documents that are there takes its time
		defer cancel()
		if err := createIndexes(ctx, e.db.Collection(s.Name).Indexes(), s.Indexes); err != nil {
			return unavailable("declare", err)
		}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.schemas[s.Name] = s
	return nil
}

// createIndexes looks before it creates: that needs fewer rights on a server that has them already, and FerretDB v1
// drops the connection when an index is there.
func createIndexes(ctx context.Context, view driver.IndexView, names []string) error {
	there, err := view.ListSpecifications(ctx)
	if err != nil {
		return err
	}
	var missing []driver.IndexModel
	for _, name := range names {
		if !slices.ContainsFunc(there, func(s driver.IndexSpecification) bool { return s.Name == name }) {
			missing = append(missing, driver.IndexModel{
				Keys:    bson.D{{Key: keysOf(name), Value: 1}, {Key: idField, Value: 1}},
				Options: options.Index().SetName(name),
			})
		}
	}
	if len(missing) == 0 {
		return nil
	}
	_, err = view.CreateMany(ctx, missing)
	return err
}

func (e *Engine) collection(name string) (*driver.Collection, store.Schema, error) {
	e.mu.RLock()
	defer e.mu.RUnlock()
	s, ok := e.schemas[name]
	if !ok {
		return nil, s, fmt.Errorf("store: collection %q is not declared", name)
	}
	return e.db.Collection(name), s, nil
}

// Ping writes a mark with the same guarantees as every write, so it fails when no primary can be written to.
func (e *Engine) Ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, e.waits)
	defer cancel()
	_, err := e.db.Collection(pings).ReplaceOne(ctx, bson.D{{Key: idField, Value: "ping"}}, bson.D{}, options.Replace().SetUpsert(true))
	if err != nil && !driver.IsDuplicateKeyError(err) { // two first pings at once
		return unavailable("ping", err)
	}
	return nil
}

// Close lets the calls under way finish and closes the connections.
func (e *Engine) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), e.waits)
	defer cancel()
	if err := e.client.Disconnect(ctx); err != nil && !errors.Is(err, driver.ErrClientDisconnected) {
		return fmt.Errorf("close: %w", err)
	}
	return nil
}

func unavailable(what string, err error) error {
	return store.ErrUnavailable.Because(fmt.Errorf("%s: %w", what, err))
}
