package lease

import (
	"context"
	"errors"
	"time"

	"zhiqing/internal/fault"
	"zhiqing/internal/store"
)

// What can stand in the way of a lease.
var (
	// ErrHeld: somebody holds it and its time is not over.
	ErrHeld = fault.Define(fault.Conflict, "lease.held", "另一台服务器正在进行这项工作，请稍后再试。", "Another server is doing this now; please try again later.")
	// ErrLost: somebody else has taken it since.
	ErrLost = fault.Define(fault.Conflict, "lease.lost", "另一台服务器已经接手这项工作。", "Another server has taken over this work.")
)

// Options are what leases need.
type Options struct {
	Engine store.Engine
	Holder string           // who takes leases here: one random name per process
	Now    func() time.Time // in UTC, whole milliseconds
	Life   time.Duration    // how long a lease lasts unless renewed; 0 = 30 seconds
	// Sole says that no other process can have this store open (the embedded engine locks its file). A lease of another
	// holder is then one of the past, left by a crash, and does not stand in the way.
	Sole bool
}

const defaultLife = 30 * time.Second

// Leases takes and gives back. It may be shared by goroutines and by servers.
type Leases struct {
	o       Options
	records *store.Collection[record]
}

// Lease is a name's lease as it was read.
type Lease struct {
	Name   string
	Fence  int64     // grows with every taking
	Until  time.Time // when it ends unless renewed; zero = free
	Done   time.Time // when the latest work that succeeded was begun; zero = never
	Holder string
}

// Open declares the collection.
func Open(ctx context.Context, o Options) (*Leases, error) {
	if o.Life == 0 {
		o.Life = defaultLife
	}
	if o.Engine == nil || o.Holder == "" || o.Now == nil || o.Life < 0 {
		return nil, errors.New("lease: an engine, a holder, a clock and a life that is not negative are needed")
	}
	records, err := store.Open[record](ctx, o.Engine, "leases")
	return &Leases{o, records}, err
}

// Life is how long a lease lasts unless renewed.
func (l *Leases) Life() time.Duration { return l.o.Life }

// Read tells how a lease stands, without taking it. One that nobody has taken yet is free.
func (l *Leases) Read(ctx context.Context, name string) (Lease, error) {
	r, err := l.records.Get(ctx, name)
	if errors.Is(err, store.ErrMissing) {
		return Lease{Name: name}, nil
	}
	return r.lease(name), err
}

// All lists how every lease stands that somebody has taken once, by name.
func (l *Leases) All(ctx context.Context) ([]Lease, error) {
	found, _, err := l.records.Find(ctx, store.ByID, store.Range{Limit: store.MaxLimit})
	var list []Lease
	for _, f := range found {
		list = append(list, f.Value.lease(f.ID))
	}
	return list, err
}

// Take takes a lease that is free or over, under a new fencing number. ErrHeld when it is neither.
func (l *Leases) Take(ctx context.Context, name string) (Lease, error) {
	now := l.o.Now()
	r, err := l.records.Upsert(ctx, name, func(r *record, _ bool) error {
		if now.Before(r.Until) && (r.Holder == l.o.Holder || !l.o.Sole) {
			return ErrHeld
		}
		r.Holder, r.Until, r.Fence = l.o.Holder, now.Add(l.o.Life), r.Fence+1
		return nil
	})
	return r.lease(name), err
}

// Renew makes a lease last Life from now. One whose time is over is renewed too, if nobody has taken it since. ErrLost.
func (l *Leases) Renew(ctx context.Context, held Lease) (Lease, error) {
	return l.change(ctx, held, func(r *record) { r.Until = l.o.Now().Add(l.o.Life) })
}

// Release gives a lease back. done is when the work was begun that has succeeded; zero when it has not. ErrLost.
func (l *Leases) Release(ctx context.Context, held Lease, done time.Time) error {
	_, err := l.change(ctx, held, func(r *record) {
		r.Until, r.Holder = time.Time{}, ""
		if done.After(r.Done) {
			r.Done = done
		}
	})
	return err
}

// change alters the document of a lease that is still held: by this fencing number, and not given back.
func (l *Leases) change(ctx context.Context, held Lease, change func(*record)) (Lease, error) {
	r, err := l.records.Update(ctx, held.Name, func(r *record) error {
		if r.Fence != held.Fence || r.Holder != l.o.Holder {
			return ErrLost
		}
		change(r)
		return nil
	})
	if errors.Is(err, store.ErrMissing) {
		return Lease{}, ErrLost
	}
	return r.lease(held.Name), err
}
