// Package ferretdb starts a FerretDB inside a test, so that the MongoDB engine is proved over the wire without a server to
// install.
//
// It is a module of its own, so that FerretDB's dependencies stay out of the product's. FerretDB v1 speaks MongoDB's
// protocol over its own SQLite files. Its updates are not atomic, so clients use one connection (maxPoolSize=1); under the
// race detector it is slow, so they wait longer (timeoutMS); it has no transactions, TTL, partial indexes or change streams,
// which the engine does without.
//
// Start at Start. Other modules' tests do not import it; tests that need it live here.
package ferretdb

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"testing"

	"github.com/FerretDB/FerretDB/ferretdb"
)

// Start runs a server with an empty database until the test ends and answers the URL to connect to.
func Start(t testing.TB) string { return StartServer(t).URL() }

// Server is a FerretDB whose files and port outlive Stop, so that a test can take it away and bring it back.
type Server struct {
	t       testing.TB
	dir     string
	address string
	stop    func()
}

// StartServer runs a server with empty databases; the test's end stops it.
func StartServer(t testing.TB) *Server {
	s := &Server{t: t, dir: t.TempDir(), address: "127.0.0.1:0"}
	s.Start()
	t.Cleanup(s.Stop)
	return s
}

// Start runs the server, on the port that it had before if it ran before.
func (s *Server) Start() {
	s.t.Helper()
	address, stop, err := Serve(s.dir, s.address)
	if err != nil {
		s.t.Fatalf("ferretdb: %v", err)
	}
	s.address = address
	s.stop = func() {
		if err := stop(); err != nil {
			s.t.Errorf("ferretdb: %v", err)
		}
	}
}

// Serve runs a server with its files in dir on address (port 0: the system's choice) and answers where it listens, and
// a function that ends it and waits.
func Serve(dir, address string) (at string, stop func() error, err error) {
	files := url.URL{Scheme: "file", Path: dir + "/"}
	f, err := ferretdb.New(&ferretdb.Config{
		Listener:  ferretdb.ListenerConfig{TCP: address},
		Logger:    slog.New(slog.DiscardHandler),
		Handler:   "sqlite",
		SQLiteURL: files.String(),
	})
	if err != nil {
		return "", nil, err
	}
	u, err := url.Parse(f.MongoDBURI())
	if err != nil {
		return "", nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- f.Run(ctx) }()
	return u.Host, func() error {
		cancel()
		return <-ended
	}, nil
}

// Stop ends the server and its connections and waits until they are gone. Stopping twice is no error.
func (s *Server) Stop() {
	if s.stop != nil {
		s.stop()
		s.stop = nil
	}
}

// URL is what a client connects to; it names the database `zhiqing` and allows one connection.
func (s *Server) URL() string { return s.Database("zhiqing") }

// Database is the URL of another database of this server.
func (s *Server) Database(name string) string {
	return fmt.Sprintf("mongodb://%s/%s?maxPoolSize=1&timeoutMS=12000", s.address, name)
}
