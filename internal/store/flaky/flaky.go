// Package flaky wraps an engine so that a test can make any write fail, before it has an effect or after.
//
// It owns the two ways in which a write can fail towards its caller: nothing happened, or it happened and the answer was
// lost. Both answer store.ErrUnavailable, as a real engine would, so a story that walks every write with FailBefore and
// FailAfter proves that retrying converges. It refuses to keep data: that is the wrapped engine's. Reads never fail.
//
//	e := flaky.Wrap(engine)
//	e.FailAfter(3) // the third write from now happens and then reports a failure
package flaky

import (
	"context"
	"errors"
	"sync"

	"zhiqing/internal/store"
)

// ErrInjected is the cause of every failure made here.
var ErrInjected = errors.New("flaky: injected failure")

// Engine is a store.Engine whose writes fail on demand. Safe for concurrent use.
type Engine struct {
	store.Engine

	mu       sync.Mutex
	writes   int
	failures int
	before   map[int]bool // by number of the write
	after    map[int]bool
	down     bool
}

var _ store.Engine = (*Engine)(nil)

// Wrap puts an Engine without failures around e. Closing it closes e.
func Wrap(e store.Engine) *Engine {
	return &Engine{Engine: e, before: make(map[int]bool), after: make(map[int]bool)}
}

// FailBefore makes the nth write from now (1 = the next) fail without an effect.
func (e *Engine) FailBefore(n int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.before[e.writes+n] = true
}

// FailAfter makes the nth write from now (1 = the next) take effect and then report a failure.
func (e *Engine) FailAfter(n int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.after[e.writes+n] = true
}

// Down makes every write fail without an effect for as long as it is set, like a full disk.
func (e *Engine) Down(down bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.down = down
}

// Writes is the number of writes asked for so far, whatever became of them.
func (e *Engine) Writes() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.writes
}

// Failures is the number of writes that were made to fail so far.
func (e *Engine) Failures() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.failures
}

func (e *Engine) plan() (before, after bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.writes++
	before, after = e.down || e.before[e.writes], e.after[e.writes]
	delete(e.before, e.writes)
	delete(e.after, e.writes)
	if before || after {
		e.failures++
	}
	return before, after
}

func (e *Engine) write(do func() error) error {
	before, after := e.plan()
	if before {
		return store.ErrUnavailable.Because(ErrInjected)
	}
	err := do()
	if after {
		return store.ErrUnavailable.Because(ErrInjected)
	}
	return err
}

// Insert is the wrapped engine's, unless this write is to fail.
func (e *Engine) Insert(ctx context.Context, collection string, d store.Document) error {
	return e.write(func() error { return e.Engine.Insert(ctx, collection, d) })
}

// InsertInOrder is the wrapped engine's, unless this write is to fail: it is one write.
func (e *Engine) InsertInOrder(ctx context.Context, collection string, ds []store.Document) (stored int, err error) {
	err = e.write(func() (err error) {
		stored, err = e.Engine.InsertInOrder(ctx, collection, ds)
		return err
	})
	return stored, err
}

// Replace is the wrapped engine's, unless this write is to fail.
func (e *Engine) Replace(ctx context.Context, collection string, d store.Document) error {
	return e.write(func() error { return e.Engine.Replace(ctx, collection, d) })
}

// Delete is the wrapped engine's, unless this write is to fail.
func (e *Engine) Delete(ctx context.Context, collection, id string, rev int64) error {
	return e.write(func() error { return e.Engine.Delete(ctx, collection, id, rev) })
}
