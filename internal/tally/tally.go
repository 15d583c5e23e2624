package tally

import (
	"context"
	"errors"
	"sync"
	"time"

	"zhiqing/internal/store"
)

// Options are what a Desk is made of. All fields are needed.
type Options struct {
	Engine store.Engine
	Truth  Truth
	Server string // names this process among all that ever write to the store
	Now    func() time.Time
	// Workdays is how many working days after the day of the first instant are over at the second; see package workday.
	Workdays func(from, to time.Time) int
	DueIn    int // working days that a request may take
	Titles   Titles
}

// Titles are the words for codes, in the order in which they are shown. A code without a word is shown as it is, last.
type Titles struct {
	Purposes, Requests, Guardianships, Bands, Fallbacks []Label
}

// Desk counts and is read. Safe for concurrent use, also by several processes on one store.
type Desk struct {
	o       Options
	records records

	turn sync.Mutex // one Flush at a time

	reading sync.Mutex // one reading of the overview at a time; guards the two below
	last    Overview   // what was read
	stale   bool       // we have written since

	mu      sync.Mutex // guards what follows
	buffer  map[string]batch
	pending map[string]batch // being written, or written without our knowing
	keys    int              // in the buffer
	lost    int64
	seq     int64
}

// batch is what is to be added to one counter at once.
type batch struct {
	metric Metric
	day    string
	seq    int64
	counts map[string]int64
}

// maxBuffered bounds the keys that wait to be flushed. What comes on top while the store does not answer is not counted
// until the next Recount.
const maxBuffered = 10_000

// Open prepares the desk.
func Open(ctx context.Context, o Options) (*Desk, error) {
	if o.Truth == nil || o.Server == "" || o.Now == nil || o.Workdays == nil || o.DueIn < 1 {
		return nil, errors.New("tally: a truth, a server's name, a clock, working days and the days of a request are needed")
	}
	r, err := openRecords(ctx, o.Engine)
	return &Desk{o: o, records: r, buffer: map[string]batch{}, pending: map[string]batch{}}, err
}

// Add counts n things that happened at an instant, under a key made of codes. It never waits for the store.
func (d *Desk) Add(m Metric, at time.Time, n int64, codes ...string) {
	on, key := Day(at), join(codes...)
	d.mu.Lock()
	defer d.mu.Unlock()
	b, ok := d.buffer[dayID(m, on)]
	if !ok {
		b = batch{metric: m, day: on, counts: map[string]int64{}}
	}
	if _, known := b.counts[key]; !known {
		if d.keys == maxBuffered {
			d.lost += n
			return
		}
		d.keys++
	}
	b.counts[key] += n
	d.buffer[dayID(m, on)] = b
}

// Fallback counts a login that became a guest session.
func (d *Desk) Fallback(at time.Time, reason string) { d.Add(Logins, at, 1, fallback, reason) }

// Began and Ceased count that a purpose has come into force in a book, or is not any more.
func (d *Desk) Began(at time.Time, purpose string) { d.Add(inForce, at, 1, purpose) }

// Ceased is the end of what Began.
func (d *Desk) Ceased(at time.Time, purpose string) { d.Add(inForce, at, -1, purpose) }

// Lost is how much was not counted because the buffer was full; the next Recount counts it.
func (d *Desk) Lost() int64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.lost
}

// Flush writes out what was counted: one compare-and-swap per counter. What fails stays and is written by the next call, once,
// also if it had taken effect. Returns how many counters were written.
func (d *Desk) Flush(ctx context.Context) (n int, err error) {
	d.turn.Lock()
	defer d.turn.Unlock()
	defer func() {
		if n > 0 || err != nil {
			d.changed()
		}
	}()
	for range 2 { // what an earlier call has left, then what came to the same counters since
		for id, b := range d.take() {
			if err := d.write(ctx, id, b); err != nil {
				return n, err
			}
			n++
		}
	}
	return n, nil
}

// write adds a batch to its counter, unless it is there already, and forgets it.
func (d *Desk) write(ctx context.Context, id string, b batch) error {
	_, err := d.records.days.Upsert(ctx, id, func(c *day, _ bool) error {
		c.Metric, c.Day = b.metric, b.day
		if !c.add(d.o.Server, b.seq, d.o.Now(), b.counts) {
			return store.ErrUnchanged
		}
		return nil
	})
	if err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.pending, id)
	return nil
}

// take moves what was counted to pending, except to counters of which an earlier batch is still there, and returns all of it.
func (d *Desk) take() map[string]batch {
	d.mu.Lock()
	defer d.mu.Unlock()
	for id, b := range d.buffer {
		if _, waits := d.pending[id]; waits {
			continue
		}
		d.seq++
		b.seq = d.seq
		d.pending[id] = b
		d.keys -= len(b.counts)
		delete(d.buffer, id)
	}
	all := make(map[string]batch, len(d.pending))
	for id, b := range d.pending {
		all[id] = b
	}
	return all
}
