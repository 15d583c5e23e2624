package bench

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"net"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/gofiber/fiber/v2"

	"zhiqing/internal/app"
	"zhiqing/internal/ident"
	"zhiqing/internal/ledger"
	"zhiqing/internal/store"
	"zhiqing/internal/store/sqlite"
)

// limitServer answers with as little as possible around one thing. Its reads and inserts go through the same engine as the
// program's, but without collections, capabilities, sessions, an API or metrics.
type limitServer struct {
	keys     keyring
	read     *sqlite.Engine // as many documents as there are people
	stored   int
	ids      int            // of them, how many are asked for: no more than people are loaded
	write    *sqlite.Engine // empty at first, which is easier than the program's full file
	body     []byte         // of an insert: a book as it is before the load
	source   ident.Source
	oneByOne sync.Mutex
}

const documents = "documents" // the collection of both files

func (l *limitServer) open(ctx context.Context, o options) (err error) {
	f := folder(o.limits)
	if l.keys, err = f.keys(); err != nil {
		return err
	}
	if l.body, err = os.ReadFile(f.path(bookFile)); err != nil {
		return err
	}
	if err := makeDocuments(ctx, f, o.people); err != nil {
		return err
	}
	if l.read, err = sqlite.Open(ctx, f.path(documentsFile)); err != nil {
		return err
	}
	if err := l.read.Declare(ctx, store.Schema{Name: documents}); err != nil {
		return err
	}
	if err := f.removeStore(insertsFile); err != nil {
		return err
	}
	if l.write, err = sqlite.Open(ctx, f.path(insertsFile)); err != nil {
		return err
	}
	l.stored, l.ids, l.source = o.people, min(o.holders, o.people), ident.Source{Reader: rand.Reader}
	return l.write.Declare(ctx, store.Schema{Name: documents})
}

func (l *limitServer) close() (err error) {
	if l.read != nil {
		err = l.read.Close()
	}
	if l.write != nil {
		err = errors.Join(err, l.write.Close())
	}
	return err
}

// documentSize is the size of what the point read reads, in bytes.
const documentSize = 1024

// makeDocuments stores n documents of documentSize under random-looking ids, unless they are there.
func makeDocuments(ctx context.Context, f folder, n int) error {
	return f.once(documentsFile, fmt.Sprintf("1: %d × %d", n, documentSize), func() (err error) {
		fmt.Fprintf(os.Stderr, "storing %d documents, once\n", n)
		engine, err := sqlite.Open(ctx, f.path(documentsFile))
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, engine.Close()) }()
		if err := engine.Declare(ctx, store.Schema{Name: documents}); err != nil {
			return err
		}
		body := bsonOf(documentSize)
		for first := 0; first < n; first += batch {
			var docs []store.Document
			for i := first; i < min(first+batch, n); i++ {
				docs = append(docs, store.Document{ID: documentID(i), Body: body})
			}
			slices.SortFunc(docs, byID)
			if err := engine.InsertMany(ctx, documents, docs); err != nil {
				return err
			}
		}
		return nil
	})
}

// documentID spreads numbers over all ids (Knuth's multiplicative hashing), so that neighbours by number are none by id.
func documentID(i int) string { return fmt.Sprintf("doc_%016x", uint64(i+1)*0x9E3779B97F4A7C15) }

// bsonOf is a BSON document of n ≥ 14 bytes: one binary field.
func bsonOf(n int) []byte {
	b := make([]byte, n)
	length := func(at, v int) { b[at], b[at+1], b[at+2], b[at+3] = byte(v), byte(v>>8), byte(v>>16), byte(v>>24) }
	length(0, n)
	copy(b[4:], "\x05v\x00") // binary, named v
	length(7, n-13)          // then the subtype, the bytes and the document's end
	return b
}

// routes are the paths of the table in scenario.go.
func (l *limitServer) routes(ctx context.Context) *fiber.App {
	server := fiber.New(fiber.Config{Immutable: true, DisableStartupMessage: true})
	answer := fiber.Map{"status": "ok"}
	server.Get("/bare", func(c *fiber.Ctx) error { return c.JSON(answer) })
	server.Get("/token", func(c *fiber.Ctx) error {
		var claims map[string]any
		token, _ := strings.CutPrefix(c.Get("Authorization"), "Bearer ")
		if err := l.keys.signing.Verify(ledger.UseToken, "at+jwt", token, app.Clock(), &claims); err != nil {
			return c.SendStatus(fiber.StatusUnauthorized)
		}
		return c.JSON(answer)
	})
	server.Get("/read", func(c *fiber.Ctx) error {
		d, err := l.read.Get(ctx, documents, documentID(mathrand.IntN(l.ids)*(l.stored/l.ids)))
		if err != nil {
			return err
		}
		return c.JSON(fiber.Map{"bytes": len(d.Body)})
	})
	insert := func(c *fiber.Ctx) error {
		if err := l.write.Insert(ctx, documents, store.Document{ID: l.source.New("doc"), Body: l.body}); err != nil {
			return err
		}
		return c.JSON(answer)
	}
	server.Post("/insert", insert)
	server.Post("/naive", func(c *fiber.Ctx) error { // alone in the queue, an insert is a group of its own
		l.oneByOne.Lock()
		defer l.oneByOne.Unlock()
		return insert(c)
	})
	return server
}

// serveLimits is the limits server's process. It prints its URL and ends with ctx.
func serveLimits(ctx context.Context, o options) (err error) {
	l := new(limitServer)
	defer func() { err = errors.Join(err, l.close()) }()
	if err := l.open(ctx, o); err != nil {
		return err
	}
	server := l.routes(ctx)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println("http://" + listener.Addr().String())
	go func() {
		<-ctx.Done()
		_ = server.Shutdown()
	}()
	return server.Listener(listener)
}
