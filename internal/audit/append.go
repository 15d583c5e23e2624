package audit

import (
	"context"
	"errors"
	"slices"
	"time"

	"zhiqing/internal/canon"
	"zhiqing/internal/fault"
	"zhiqing/internal/store"
)

const (
	// maxTries bounds how often an append looks for the end of the chain again because another server was quicker. The rows of
	// one server take turns, so it competes with as many as there are servers: sixteen staff on four servers take two or three
	// tries each, and 64 are lost in a row only when something else is wrong.
	maxTries = 64
	// maxGroup bounds how many rows are written at once.
	maxGroup = 64
	// writing bounds how long it may take to write a group. Its rows are of several requests, so it ends with none of them.
	writing = 10 * time.Second
)

// ErrBusy says that other servers were quicker every time. Nothing was written.
var ErrBusy = fault.Define(fault.Unavailable, "audit.busy", "审计记录繁忙，请稍后再试。", "The audit log is busy; please try again in a moment.").After(time.Second)

// entry is a row on its way into the chain.
type entry struct {
	row  Row
	err  error
	done chan struct{} // closed once the two above are final
}

// Append writes a row and returns when it is durable. Whoever is about to show data calls it first, and shows nothing if it
// fails. Seq and At are filled in. Faults: ErrBusy; store.ErrUnavailable, when the row may have been written or not.
//
// One caller at a time writes, for all who wait: a commit is what takes long, and rows that are one after the other in the
// chain can share it.
func (l *Log) Append(ctx context.Context, r Row) (Row, error) {
	if ctx.Err() != nil {
		return r, ErrBusy.Because(ctx.Err())
	}
	if _, err := canon.Bytes(r); err != nil { // it would take others along
		return r, err
	}
	e := &entry{row: r, done: make(chan struct{})}
	l.mu.Lock()
	l.queue = append(l.queue, e)
	l.mu.Unlock()
	select {
	case <-e.done:
	case l.turn <- struct{}{}:
		l.lead(ctx, e)
	case <-ctx.Done():
		if l.leave(e) {
			return r, ErrBusy.Because(ctx.Err())
		}
		<-e.done // it is being written; whoever does that is bounded
	}
	return e.row, e.err
}

// leave takes an entry out of the queue, unless somebody writes it already.
func (l *Log) leave(e *entry) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	i := slices.Index(l.queue, e)
	if i >= 0 {
		l.queue = slices.Delete(l.queue, i, i+1)
	}
	return i >= 0
}

// lead writes what waits, group by group, until an entry is done, and hands on the turn, which the caller holds.
func (l *Log) lead(ctx context.Context, own *entry) {
	defer func() { <-l.turn }()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), writing)
	defer cancel()
	for {
		select {
		case <-own.done:
			return
		default:
			l.settle(ctx, l.take())
		}
	}
}

// take takes the next group from the queue.
func (l *Log) take() []*entry {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := min(len(l.queue), maxGroup)
	group := slices.Clone(l.queue[:n])
	l.queue = slices.Delete(l.queue, 0, n)
	return group
}

// settle writes a group and tells everybody how it went.
func (l *Log) settle(ctx context.Context, group []*entry) {
	err := error(ErrBusy)
	defer func() { tell(group, err) }() // also if this panics: they wait
	for range maxTries {
		n, failed := l.write(ctx, group)
		tell(group[:n], nil)
		group = group[n:]
		if failed == nil || !errors.Is(failed, store.ErrExists) { // otherwise another server was quicker
			err = failed
			return
		}
	}
}

func tell(group []*entry, err error) {
	for _, e := range group {
		e.err = err
		close(e.done)
	}
}

// write tries to write rows after what this process believes to be the newest; n of them, from the first, are in.
func (l *Log) write(ctx context.Context, group []*entry) (n int, err error) {
	if !l.head.known {
		if err := l.reload(ctx); err != nil {
			return 0, err
		}
	}
	rows, end, err := l.chained(group)
	if err != nil {
		return 0, err
	}
	if len(rows) == 1 {
		if err = l.rows.Insert(ctx, rows[0].ID, rows[0].Value); err == nil {
			n = 1
		}
	} else {
		n, err = l.rows.InsertInOrder(ctx, rows)
	}
	if l.head = end; err != nil {
		l.head.known = false // taken, or perhaps written: look before the next one
	}
	return n, err
}

// chained gives rows their numbers, times and hashes, and tells where the chain ends with them. Time never goes back along
// the chain, whatever the clocks do: a period is then a range of numbers, and a pack of it misses no row.
func (l *Log) chained(group []*entry) (rows []store.Found[stored], end head, err error) {
	end = l.head
	for _, e := range group {
		r := &e.row
		r.Seq, r.At = end.seq+1, l.now().UTC().Truncate(time.Millisecond)
		if r.At.Before(end.at) { // a clock was set back, or is behind another server's
			r.At = end.at
		}
		bytes, err := canon.Bytes(*r)
		if err != nil {
			return nil, end, err
		}
		s := stored{Bytes: bytes, Prev: end.hash, Hash: chain(end.hash, bytes), At: r.At, Actor: r.Actor, Subject: r.Subject, Reason: r.Reason}
		rows = append(rows, store.Found[stored]{ID: rowID(r.Seq), Value: s})
		end = head{true, r.Seq, s.Hash, r.At}
	}
	return rows, end, nil
}

func (l *Log) reload(ctx context.Context) error {
	found, _, err := l.rows.Find(ctx, store.ByID, store.Range{Desc: true, Limit: 1})
	if err != nil {
		return err
	}
	l.head = head{known: true}
	if len(found) > 0 {
		r, err := parse(found[0].Value.Bytes)
		if err != nil {
			return err
		}
		l.head.seq, l.head.hash, l.head.at = r.Seq, found[0].Value.Hash, r.At
	}
	return nil
}
