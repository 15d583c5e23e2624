package ferretdb_test

import (
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"zhiqing/internal/store"
	"zhiqing/internal/store/mongo"
	"zhiqing/internal/store/mongo/ferretdb"
	"zhiqing/internal/store/storetest"
)

// One server serves all laws; each law has a database of its own.
func TestMongoEngineKeepsTheLawsOverTheWire(t *testing.T) {
	server := ferretdb.StartServer(t)
	var places atomic.Int32
	storetest.Run(t, func(t *testing.T) func() store.Engine {
		own := server.Database(fmt.Sprintf("law_%d", places.Add(1)))
		return func() store.Engine { return open(t, own) }
	})
}

func open(t *testing.T, url string) *mongo.Engine {
	t.Helper()
	e, err := mongo.Open(t.Context(), url)
	if err != nil {
		t.Fatalf("%v (%v)", err, errors.Unwrap(err))
	}
	t.Cleanup(func() { _ = e.Close() })
	return e
}

func TestServerThatGoesIsUnavailableAndServesAgainWhenItIsBack(t *testing.T) {
	server := ferretdb.StartServer(t)
	e, ctx := open(t, server.URL()), t.Context()
	d := store.Document{ID: "a", Body: []byte{5, 0, 0, 0, 0}}
	if err := errors.Join(e.Declare(ctx, store.Schema{Name: "docs"}), e.Insert(ctx, "docs", d)); err != nil {
		t.Fatal(err)
	}
	server.Stop()
	for name, call := range map[string]func() error{
		"get":    func() error { _, err := e.Get(ctx, "docs", "a"); return err },
		"insert": func() error { return e.Insert(ctx, "docs", store.Document{ID: "b", Body: d.Body}) },
		"ping":   func() error { return e.Ping(ctx) },
	} {
		begin := time.Now()
		if err := call(); !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("%s while the server is gone: %v", name, err)
		}
		if took := time.Since(begin); took > 15*time.Second { // the URL's timeoutMS, and some
			t.Errorf("%s took %v to fail", name, took)
		}
	}
	server.Start()
	// Every call waits for the server by itself; a few may still meet its first moments.
	for attempt := 1; ; attempt++ {
		err := e.Ping(ctx)
		if err == nil {
			break
		}
		if attempt == 5 {
			t.Fatalf("the server is back, but: %v (%v)", err, errors.Unwrap(err))
		}
	}
	if _, err := e.Get(ctx, "docs", "a"); err != nil {
		t.Errorf("what was acknowledged before is gone: %v", err)
	}
	if err := e.Insert(ctx, "docs", store.Document{ID: "c", Body: d.Body}); err != nil {
		t.Errorf("insert after recovery: %v", err)
	}
}
