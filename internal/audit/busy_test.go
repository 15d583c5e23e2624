package audit_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"zhiqing/internal/audit"
	"zhiqing/internal/store"
)

// counted counts inserts, and how many of them found the number taken.
type counted struct {
	store.Engine
	inserts, taken atomic.Int64
	always         bool // every number is taken
}

func (c *counted) Insert(ctx context.Context, collection string, d store.Document) error {
	c.inserts.Add(1)
	if c.always {
		return store.ErrExists
	}
	err := c.Engine.Insert(ctx, collection, d)
	if errors.Is(err, store.ErrExists) {
		c.taken.Add(1)
	}
	return err
}

func (c *counted) InsertInOrder(ctx context.Context, collection string, ds []store.Document) (int, error) {
	c.inserts.Add(1)
	if c.always {
		return 0, store.ErrExists
	}
	n, err := c.Engine.InsertInOrder(ctx, collection, ds)
	if errors.Is(err, store.ErrExists) {
		c.taken.Add(1)
	}
	return n, err
}

func TestSixteenStaffOnFourServersAllGetTheirRow(t *testing.T) {
	const staff, servers, each = 16, 4, 8
	c := &counted{Engine: engine(t)}
	logs := make([]*audit.Log, servers)
	for i := range logs {
		logs[i] = open(t, c)
	}
	var all sync.WaitGroup
	began := time.Now()
	for i := range staff {
		all.Go(func() {
			for range each {
				if _, err := logs[i%servers].Append(t.Context(), row("stf_1", "sub_1")); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	holds(t, logs[0], staff*each)
	t.Logf("%d rows in %v, %.1f tries each", staff*each, time.Since(began).Round(time.Millisecond), float64(c.inserts.Load())/(staff*each))
	if tries := c.inserts.Load(); tries > servers*staff*each {
		t.Errorf("%d tries for %d rows: more than the number of servers each", tries, staff*each)
	}
}

func TestWhoNeverGetsATurnIsToldSo(t *testing.T) {
	c := &counted{Engine: engine(t), always: true}
	l := open(t, c)
	if _, err := l.Append(t.Context(), row("stf_1", "sub_1")); !errors.Is(err, audit.ErrBusy) {
		t.Errorf("%v", err)
	}
	if n := c.inserts.Load(); n > 64 {
		t.Errorf("%d tries", n)
	}
	c.always = false
	if _, err := l.Append(t.Context(), row("stf_1", "sub_1")); err != nil {
		t.Errorf("afterwards: %v", err)
	}
	holds(t, l, 1)
}

// halting stops inserts until it is let go.
type halting struct {
	store.Engine
	reached, release chan struct{}
}

func (h *halting) Insert(ctx context.Context, collection string, d store.Document) error {
	h.reached <- struct{}{}
	<-h.release
	return h.Engine.Insert(ctx, collection, d)
}

// Whoever waits behind a slow store leaves when the request ends, and writes nothing.
func TestWaitingForATurnEndsWithTheRequest(t *testing.T) {
	h := &halting{engine(t), make(chan struct{}), make(chan struct{})}
	l := open(t, h)
	var first sync.WaitGroup
	first.Go(func() {
		if _, err := l.Append(t.Context(), row("stf_1", "")); err != nil {
			t.Error(err)
		}
	})
	<-h.reached
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := l.Append(gone, row("stf_2", "")); !errors.Is(err, audit.ErrBusy) || !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	close(h.release)
	first.Wait()
	holds(t, l, 1)
}
