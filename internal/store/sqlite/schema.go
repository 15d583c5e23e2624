package sqlite

import (
	"context"
	"fmt"

	"zhiqing/internal/store"
)

// layout is the version of the tables below, kept in the file; a file of another one is refused instead of misread.
const layout = 1

// table is a collection with the statements that its name makes.
type table struct {
	store.Schema
	get, keys, insert, replace, remove string
	addKey, dropKey                    map[string]string // by index
}

// docs and entries name the two sorts of tables; the dot keeps them apart, since names have none.
func docs(collection string) string           { return `"` + collection + `"` }
func entries(collection, index string) string { return `"` + collection + "." + index + `"` }

func newTable(s store.Schema) *table {
	t := &table{Schema: s, addKey: make(map[string]string), dropKey: make(map[string]string)}
	d := docs(s.Name)
	t.get = "SELECT rev, body FROM " + d + " WHERE id = ?"
	t.keys = "SELECT rev, keys FROM " + d + " WHERE id = ?"
	t.insert = "INSERT INTO " + d + " (id, rev, keys, body) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"
	t.replace = "UPDATE " + d + " SET rev = rev + 1, keys = ?, body = ? WHERE id = ? AND rev = ?"
	t.remove = "DELETE FROM " + d + " WHERE id = ?"
	for _, ix := range s.Indexes {
		t.addKey[ix] = "INSERT OR IGNORE INTO " + entries(s.Name, ix) + " (key, id) VALUES (?, ?)"
		t.dropKey[ix] = "DELETE FROM " + entries(s.Name, ix) + " WHERE key = ? AND id = ?"
	}
	return t
}

// create makes the tables that are missing. keys is a copy of the document's keys, so that a replace or a delete knows
// which entries to drop without a second index over the entries.
func (t *table) create(c *conn) (outcome, failure error) {
	sql := "CREATE TABLE IF NOT EXISTS " + docs(t.Name) + " (id TEXT PRIMARY KEY, rev INTEGER NOT NULL, keys BLOB, body BLOB NOT NULL) STRICT;"
	for _, ix := range t.Indexes {
		sql += "CREATE TABLE IF NOT EXISTS " + entries(t.Name, ix) + " (key TEXT NOT NULL, id TEXT NOT NULL, PRIMARY KEY (key, id)) STRICT, WITHOUT ROWID;"
	}
	return nil, c.script(sql)
}

// prepareFile brings a new file to the layout and refuses one of another layout.
func (c *conn) prepareFile(ctx context.Context) error {
	row, _, err := c.one("PRAGMA user_version")
	if err != nil {
		return err
	}
	switch v := row[0].(int64); v {
	case layout:
		return ctx.Err()
	case 0:
		return c.script(fmt.Sprintf(`BEGIN IMMEDIATE;
			CREATE TABLE IF NOT EXISTS "." (id INTEGER PRIMARY KEY, pings INTEGER NOT NULL) STRICT;
			INSERT OR IGNORE INTO "." VALUES (1, 0);
			PRAGMA user_version = %d;
			COMMIT;`, layout))
	default:
		return fmt.Errorf("it has layout %d and this program reads layout %d", v, layout)
	}
}

// touch is Ping's write.
func touch(c *conn) (outcome, failure error) {
	_, failure = c.exec(`UPDATE "." SET pings = pings + 1`)
	return nil, failure
}

func (e *Engine) present(ctx context.Context, t *table) error {
	return e.readers.use(ctx, func(c *conn) error {
		_, found, err := c.one("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?", t.Name)
		if err == nil && !found {
			return fmt.Errorf("collection %q is not in this file", t.Name)
		}
		return err
	})
}
