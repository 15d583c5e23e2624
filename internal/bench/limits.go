package bench

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"net"
	"path/filepath"
	"strings"

	"github.com/gofiber/fiber/v2"

	"zhiqing/internal/app"
	"zhiqing/internal/ident"
	"zhiqing/internal/ledger"
	"zhiqing/internal/store"
	"zhiqing/internal/store/sqlite"
)

// serveLimits answers with as little as possible around one thing: nothing, a token check, a point read, a durable insert.
// It reads the very file that the real server uses, and inserts documents of a book's size into a file of its own.
func serveLimits(ctx context.Context, dir string) error {
	keys, err := app.LoadKeys(filepath.Join(dir, "keyset.json"), false, app.Clock())
	if err != nil {
		return err
	}
	books, err := sqlite.OpenReadOnly(ctx, filepath.Join(dir, "zhiqing.db"))
	if err != nil {
		return err
	}
	defer func() { _ = books.Close() }()
	if err := books.Declare(ctx, store.Schema{Name: "books", Indexes: []string{"guest_check"}}); err != nil {
		return err
	}
	ids, body, err := sample(ctx, books)
	if err != nil {
		return err
	}
	inserts, err := sqlite.Open(ctx, filepath.Join(dir, "limit.db"))
	if err != nil {
		return err
	}
	defer func() { _ = inserts.Close() }()
	if err := inserts.Declare(ctx, store.Schema{Name: "inserts"}); err != nil {
		return err
	}
	server := fiber.New(fiber.Config{Immutable: true, DisableStartupMessage: true})
	answer := fiber.Map{"status": "ok"}
	server.Get("/bare", func(c *fiber.Ctx) error { return c.JSON(answer) })
	server.Get("/token", func(c *fiber.Ctx) error {
		var claims map[string]any
		token, _ := strings.CutPrefix(c.Get("Authorization"), "Bearer ")
		if err := keys.Verify(ledger.UseToken, "at+jwt", token, app.Clock(), &claims); err != nil {
			return c.SendStatus(fiber.StatusUnauthorized)
		}
		return c.JSON(answer)
	})
	server.Get("/read", func(c *fiber.Ctx) error {
		d, err := books.Get(ctx, "books", ids[mathrand.IntN(len(ids))])
		if err != nil {
			return err
		}
		return c.JSON(fiber.Map{"status": "ok", "bytes": len(d.Body)})
	})
	source := ident.Source{Reader: rand.Reader}
	server.Post("/insert", func(c *fiber.Ctx) error {
		if err := inserts.Insert(ctx, "inserts", store.Document{ID: source.New("doc"), Body: body}); err != nil {
			return err
		}
		return c.JSON(answer)
	})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println("http://" + l.Addr().String())
	go func() {
		<-ctx.Done()
		_ = server.Shutdown()
	}()
	return server.Listener(l)
}

// sample takes ids from all over the books, and one body as the size of an insert.
func sample(ctx context.Context, books *sqlite.Engine) (ids []string, body []byte, err error) {
	for len(ids) < 20_000 {
		at := "sub_" + ident.Source{Reader: rand.Reader}.New("x")[2:]
		page, err := books.Find(ctx, "books", store.ByID, store.Range{From: at, Limit: 100})
		if err != nil {
			return nil, nil, err
		}
		for _, d := range page.Docs {
			ids, body = append(ids, d.ID), d.Body
		}
		if len(page.Docs) == 0 && len(ids) == 0 {
			return nil, nil, errors.New("there are no books")
		}
	}
	return ids, body, nil
}
