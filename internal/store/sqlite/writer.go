package sqlite

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync/atomic"

	"zhiqing/internal/store"
)

const (
	queueLength = 1024    // writes that wait; further callers wait outside, for as long as their context lasts
	groupLength = 512     // writes that share a commit
	groupBytes  = 8 << 20 // bytes of bodies after which a group is closed
)

// act is what one write does inside the group's transaction. outcome is its own result (store.ErrExists and the like)
// and must come without an effect; failure ends the whole group.
type act func(*conn) (outcome, failure error)

// op is an act in the queue. Exactly one side claims it: the writer when its group begins, or the caller whose context
// ended first, and then it never runs.
type op struct {
	act     act
	size    int
	claimed atomic.Bool
	outcome error
	done    chan error
}

// writer owns the only connection that writes. Its goroutine ends with stop.
type writer struct {
	c         *conn
	queue     chan *op
	pauses    chan func(*conn) // run between two groups, outside any transaction
	committed chan struct{}    // holds a sign when a group has been committed since it was last looked
	quit      chan struct{}
	stopped   chan struct{}
	closing   atomic.Bool
	failed    error // of closing the connection; read after stopped
	dirty     bool  // the last group failed: its transaction may still be open
}

var errClosed = errors.New("the store is closed")

func startWriter(c *conn) *writer {
	w := &writer{c: c, queue: make(chan *op, queueLength), pauses: make(chan func(*conn)), committed: make(chan struct{}, 1), quit: make(chan struct{}), stopped: make(chan struct{})}
	go w.run()
	return w
}

// do queues an act without a body; see submit.
func (w *writer) do(ctx context.Context, a act) error { return w.submit(ctx, a, 0) }

// submit has the act committed and answers its outcome. A context that ends before the group begins withdraws the act;
// one that ends later makes the outcome unknown unless it is there already.
func (w *writer) submit(ctx context.Context, a act, size int) error {
	if err := ctx.Err(); err != nil {
		return store.ErrUnavailable.Because(err)
	}
	o := &op{act: a, size: size, done: make(chan error, 1)}
	select {
	case w.queue <- o:
	case <-ctx.Done():
		return store.ErrUnavailable.Because(ctx.Err())
	case <-w.quit:
		return store.ErrUnavailable.Because(errClosed)
	}
	select {
	case err := <-o.done:
		return err
	case <-ctx.Done():
		return o.abandon(ctx.Err())
	case <-w.stopped:
		return o.abandon(errClosed)
	}
}

// between runs f on the writer's connection while nothing is being written.
func (w *writer) between(f func(*conn) error) error {
	done := make(chan error, 1)
	select {
	case w.pauses <- func(c *conn) { done <- f(c) }:
		return <-done
	case <-w.stopped:
		return errClosed
	}
}

func (o *op) abandon(cause error) error {
	if o.claimed.CompareAndSwap(false, true) {
		return store.ErrUnavailable.Because(cause)
	}
	select {
	case err := <-o.done:
		return err
	default:
		return store.ErrUnavailable.Because(cause)
	}
}

func (w *writer) run() {
	defer close(w.stopped)
	for {
		select {
		case o := <-w.queue:
			runtime.Gosched() // lets callers that the last commit woke join this group
			w.commit(w.gather(o))
			select {
			case w.committed <- struct{}{}:
			default:
			}
		case f := <-w.pauses:
			f(w.c)
		case <-w.quit:
			for group := w.gather(nil); len(group) > 0; group = w.gather(nil) {
				w.commit(group)
			}
			w.failed = w.c.close()
			return
		}
	}
}

// gather claims what waits in the queue, as far as one group goes.
func (w *writer) gather(first *op) (group []*op) {
	for size, o := 0, first; len(group) < groupLength && size < groupBytes; o = nil {
		if o == nil {
			select {
			case o = <-w.queue:
			default:
				return group
			}
		}
		if o.claimed.CompareAndSwap(false, true) {
			group = append(group, o)
			size += o.size
		}
	}
	return group
}

// commit runs a group in one transaction and answers everybody.
func (w *writer) commit(group []*op) {
	if len(group) == 0 {
		return
	}
	failure := w.transact(group)
	for _, o := range group {
		if failure != nil {
			o.outcome = store.ErrUnavailable.Because(failure)
		}
		o.done <- o.outcome
	}
}

func (w *writer) transact(group []*op) error {
	if w.dirty {
		_, _ = w.c.exec("ROLLBACK") // fails when SQLite has rolled back by itself, as on a full disk
		w.dirty = false
	}
	if _, err := w.c.exec("BEGIN IMMEDIATE"); err != nil {
		w.dirty = true
		return fmt.Errorf("begin: %w", err)
	}
	w.dirty = true
	for _, o := range group {
		var failure error
		if o.outcome, failure = o.act(w.c); failure != nil {
			_, _ = w.c.exec("ROLLBACK")
			return failure
		}
	}
	if _, err := w.c.exec("COMMIT"); err != nil {
		_, _ = w.c.exec("ROLLBACK")
		return fmt.Errorf("commit: %w", err)
	}
	w.dirty = false
	return nil
}

// stop refuses new writes, commits those that wait, and closes the connection.
func (w *writer) stop() error {
	if w.closing.CompareAndSwap(false, true) {
		close(w.quit)
	}
	<-w.stopped
	return w.failed
}
