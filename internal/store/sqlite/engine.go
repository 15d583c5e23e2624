package sqlite

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"zhiqing/internal/store"
)

// Engine is a store.Engine on one SQLite file. Make one with Open or OpenReadOnly; the zero value is of no use.
type Engine struct {
	lock    *fileLock
	readers *pool
	writer  *writer       // nil when read-only
	copier  *checkpointer // the same
	file    *os.File      // the same; closed last: closing any descriptor of a file gives back all of a process's locks on it

	mu     sync.RWMutex
	tables map[string]*table
}

var (
	_ store.Engine  = (*Engine)(nil)
	_ store.Trimmer = (*Engine)(nil)
)

// Option changes how a file is opened.
type Option func(*settings)

type settings struct {
	readers  int
	maxPages int
	log      logBounds
}

// MaxPages bounds the file to n pages of 4 KiB; writes beyond answer store.ErrUnavailable, as on a full disk.
func MaxPages(n int) Option { return func(s *settings) { s.maxPages = n } }

// Readers sets how many reads run at one moment (default 4). Each has a page cache of 8 MiB.
func Readers(n int) Option { return func(s *settings) { s.readers = max(1, n) } }

// Open opens the file at path for reading and writing, and makes it and its directory when they are not there, readable
// by their owner only. Another process that has it open is an error that names the file.
func Open(ctx context.Context, path string, options ...Option) (*Engine, error) {
	s := settings{readers: 4, log: usualLog}
	for _, o := range options {
		o(&s)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("store file %s: %w", path, err)
	}
	lock, err := takeLock(path)
	if err != nil {
		return nil, err
	}
	e := &Engine{lock: lock, tables: make(map[string]*table)}
	if err := e.open(ctx, path, s); err != nil {
		return nil, errors.Join(err, e.Close())
	}
	return e, nil
}

// open makes the parts; on an error Close lets go of those that are there.
func (e *Engine) open(ctx context.Context, path string, s settings) (err error) {
	if e.file, err = os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600); err != nil {
		return fmt.Errorf("store file %s: %w", path, err)
	}
	writing, err := connect(ctx, path, s.writerPragmas())
	if err != nil {
		return err
	}
	if err := writing.prepareFile(ctx); err != nil {
		return errors.Join(fmt.Errorf("store file %s: %w", path, err), writing.close())
	}
	e.writer = startWriter(writing)
	if e.readers, err = openPool(ctx, path, s.readers); err != nil {
		return err
	}
	copying, err := connect(ctx, path, checkpointerPragmas())
	if err != nil {
		return err
	}
	e.copier = startCheckpointer(copying, e.writer, e.file, s.log)
	return nil
}

// OpenReadOnly opens the file at path beside a process that may be writing to it. Every write answers
// store.ErrUnavailable; Declare needs the collection to be there.
func OpenReadOnly(ctx context.Context, path string) (*Engine, error) {
	if _, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("store file: %w", err)
	}
	readers, err := openPool(ctx, path, 2)
	if err != nil {
		return nil, err
	}
	return &Engine{readers: readers, tables: make(map[string]*table)}, nil
}

// Declare prepares a collection: a table for the documents and one for the keys of each index.
func (e *Engine) Declare(ctx context.Context, s store.Schema) error {
	if err := s.Check(); err != nil {
		return err
	}
	t := newTable(s)
	if e.writer == nil {
		if err := e.present(ctx, t); err != nil {
			return err
		}
	} else if err := e.writer.do(ctx, t.create); err != nil {
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.tables[s.Name] = t
	return nil
}

func (e *Engine) table(collection string) (*table, error) {
	e.mu.RLock()
	defer e.mu.RUnlock()
	if t := e.tables[collection]; t != nil {
		return t, nil
	}
	return nil, fmt.Errorf("store: collection %q is not declared", collection)
}

// Ping commits an empty mark and reads it back, so it fails when the disk is full or gone.
func (e *Engine) Ping(ctx context.Context) error {
	if e.writer != nil {
		if err := e.writer.do(ctx, touch); err != nil {
			return err
		}
	}
	return e.readers.use(ctx, func(c *conn) error {
		_, _, err := c.one("SELECT count(*) FROM sqlite_schema")
		return err
	})
}

// Trim brings everything into the file, so that what is deleted or overwritten there is nowhere else: SQLite's log keeps it until
// the log happens to be overwritten. It waits for no reader: one that is still in the log keeps it until the next Trim.
func (e *Engine) Trim(ctx context.Context) error {
	if err := ctx.Err(); err != nil || e.copier == nil {
		return err
	}
	err := e.copier.trim()
	if errors.Is(err, errBusy) {
		return nil
	}
	return err
}

// Close lets the writes under way finish, then closes the file and gives the lock back. Later calls answer
// store.ErrUnavailable.
func (e *Engine) Close() error {
	var failed []error
	if e.copier != nil {
		failed = append(failed, e.copier.stop())
	}
	if e.writer != nil {
		failed = append(failed, e.writer.stop())
	}
	if e.readers != nil {
		failed = append(failed, e.readers.close())
	}
	if e.file != nil {
		if err := e.file.Close(); !errors.Is(err, os.ErrClosed) {
			failed = append(failed, err)
		}
	}
	if e.lock != nil {
		failed = append(failed, e.lock.release())
	}
	return errors.Join(failed...)
}
