package sqlite_test

import (
	"path/filepath"
	"testing"

	"zhiqing/internal/store"
	"zhiqing/internal/store/sqlite"
	"zhiqing/internal/store/storetest"
)

func TestSQLiteKeepsTheLaws(t *testing.T) {
	storetest.Run(t, func(t *testing.T) func() store.Engine {
		path := filepath.Join(t.TempDir(), "laws.db")
		return func() store.Engine { return open(t, path) }
	})
}

func TestTheLawsHoldWhileTheLogIsCopiedAndCut(t *testing.T) {
	storetest.Run(t, func(t *testing.T) func() store.Engine {
		path := filepath.Join(t.TempDir(), "laws.db")
		return func() store.Engine { return open(t, path, sqlite.EagerLog()) }
	})
}

func open(t *testing.T, path string, options ...sqlite.Option) *sqlite.Engine {
	t.Helper()
	e, err := sqlite.Open(t.Context(), path, options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	return e
}
