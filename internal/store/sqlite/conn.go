package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path/filepath"

	"modernc.org/sqlite"
)

// conn is one SQLite connection with its prepared statements, used by one goroutine at a time. It speaks to the driver
// itself: database/sql's pool, locks and conversions would cost more than a point read does. No context reaches the
// driver, because watching one costs a goroutine per statement; waiting is bounded where it happens, in the queue and the pool.
type conn struct {
	c        driver.Conn
	prepared map[string]driver.Stmt
}

// patience is how long a connection waits for a lock, in ms: somebody recovering the log may hold it for a moment.
const patience = 5000

// pragma is a setting that must hold: set, then read back.
type pragma struct{ name, set, want string }

func (s settings) writerPragmas() []pragma {
	p := []pragma{
		{"busy_timeout", fmt.Sprint(patience), fmt.Sprint(patience)},
		{"journal_mode", "WAL", "wal"},
		{"synchronous", "FULL", "2"},
		{"fullfsync", "ON", "1"}, // on macOS a plain fsync does not reach the disk; elsewhere without effect
		{"checkpoint_fullfsync", "ON", "1"},
		{"secure_delete", "ON", "1"},
		{"cache_size", "-16384", "-16384"}, // KiB; the tops of the trees, and what one commit of many changes: leaves are in the page cache of the system
		{"mmap_size", "0", "0"},
		{"wal_autocheckpoint", fmt.Sprint(s.log.most), fmt.Sprint(s.log.most)},
		{"journal_size_limit", "67108864", "67108864"}, // bytes; the WAL shrinks back after a burst
		{"trusted_schema", "OFF", "0"},
	}
	if s.maxPages > 0 {
		p = append(p, pragma{"max_page_count", fmt.Sprint(s.maxPages), fmt.Sprint(s.maxPages)})
	}
	return p
}

func readerPragmas() []pragma {
	return []pragma{
		{"busy_timeout", fmt.Sprint(patience), fmt.Sprint(patience)},
		{"query_only", "ON", "1"},
		{"cache_size", "-4096", "-4096"},
		{"mmap_size", "0", "0"},
		{"trusted_schema", "OFF", "0"},
	}
}

func connect(ctx context.Context, path string, pragmas []pragma) (*conn, error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("store file %s: %w", path, err)
	}
	dsn := (&url.URL{Scheme: "file", Path: filepath.ToSlash(absolute)}).String()
	raw, err := new(sqlite.Driver).Open(dsn)
	if err != nil {
		return nil, fmt.Errorf("store file %s: %w", path, err)
	}
	c := &conn{c: raw, prepared: make(map[string]driver.Stmt)}
	for _, p := range pragmas {
		if err := c.apply(p); err != nil {
			return nil, errors.Join(fmt.Errorf("store file %s: %w", path, err), c.close())
		}
	}
	return c, ctx.Err()
}

func (c *conn) apply(p pragma) error {
	if err := c.script(fmt.Sprintf("PRAGMA %s = %s", p.name, p.set)); err != nil {
		return fmt.Errorf("pragma %s: %w", p.name, err)
	}
	row, _, err := c.one("PRAGMA " + p.name)
	if err != nil {
		return fmt.Errorf("pragma %s: %w", p.name, err)
	}
	if got := fmt.Sprint(row[0]); got != p.want {
		return fmt.Errorf("pragma %s is %s, not %s: what it promises would not hold", p.name, got, p.want)
	}
	return nil
}

func (c *conn) statement(sql string) (driver.Stmt, error) {
	if s, ok := c.prepared[sql]; ok {
		return s, nil
	}
	s, err := c.c.Prepare(sql)
	if err == nil {
		c.prepared[sql] = s
	}
	return s, err
}

// exec runs a prepared statement and answers how many rows it changed.
func (c *conn) exec(sql string, args ...any) (int64, error) {
	s, err := c.statement(sql)
	if err != nil {
		return 0, err
	}
	r, err := s.(driver.StmtExecContext).ExecContext(context.Background(), named(args))
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}

// script runs statements that are not worth preparing.
func (c *conn) script(sql string) error {
	_, err := c.c.(driver.ExecerContext).ExecContext(context.Background(), sql, nil)
	return err
}

// one runs a prepared query and answers its first row.
func (c *conn) one(sql string, args ...any) (row []driver.Value, found bool, err error) {
	err = c.each(sql, args, func(r []driver.Value) bool {
		row, found = r, true
		return false
	})
	return row, found, err
}

// each runs a prepared query and gives every row to visit until it answers false. A row's values may be kept.
func (c *conn) each(sql string, args []any, visit func([]driver.Value) bool) error {
	s, err := c.statement(sql)
	if err != nil {
		return err
	}
	rows, err := s.(driver.StmtQueryContext).QueryContext(context.Background(), named(args))
	if err != nil {
		return err
	}
	for more := true; more; {
		row := make([]driver.Value, len(rows.Columns()))
		if err = rows.Next(row); err != nil {
			break
		}
		more = visit(row)
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return errors.Join(err, rows.Close())
}

func named(args []any) []driver.NamedValue {
	values := make([]driver.NamedValue, len(args))
	for i, a := range args {
		values[i] = driver.NamedValue{Ordinal: i + 1, Value: a}
	}
	return values
}

func (c *conn) close() error {
	var failed []error
	for _, s := range c.prepared {
		failed = append(failed, s.Close())
	}
	return errors.Join(append(failed, c.c.Close())...)
}
