package retention

import (
	"context"
	"errors"
	"time"

	"zhiqing/internal/fault"
	"zhiqing/internal/ident"
	"zhiqing/internal/store"
)

// What can be wrong with a report or a hold.
var (
	ErrInvalid  = fault.Define(fault.Invalid, "retention.invalid", "内容不符合要求。", "This is not as required.")
	ErrReported = fault.Define(fault.Conflict, "retention.reported", "同一事项已经报告过另一时间。", "Another time has been reported for this already.")
	ErrNoHold   = fault.Define(fault.Missing, "retention.no_hold", "没有这项保全。", "There is no such hold.")
)

// Eraser lets go of one thing: of the subject's data of a category, what the reference names. It may be called again for
// what is gone already; after nil nothing of it can be read any more.
type Eraser interface {
	Expired(ctx context.Context, category, subject, reference string) error
}

// Options are what a desk needs.
type Options struct {
	Engine store.Engine
	Policy *Policy
	Eraser Eraser
	// Life says where a subject's account stands now. Somebody unknown is no error: Life.Known says so.
	Life func(ctx context.Context, subject string) (Life, error)
	// Guard puts a hold on the account's own document, or takes it off, if the hold is over something in it. Idempotent; nil =
	// there is no such document.
	Guard func(ctx context.Context, h Hold) error
	Own   []string         // categories that other holders of this program answer for, and name themselves when they keep them
	Now   func() time.Time // in UTC, whole milliseconds
	IDs   ident.Source
}

// Desk keeps the clocks and holds, and sweeps. It may be shared by goroutines and servers.
type Desk struct {
	o Options
	records
}

// Open declares the collections.
func Open(ctx context.Context, o Options) (*Desk, error) {
	if o.Engine == nil || o.Policy == nil || o.Eraser == nil || o.Life == nil || o.Now == nil || o.IDs.Reader == nil {
		return nil, errors.New("retention: an engine, a policy, an eraser, lives, a clock and ids are needed")
	}
	r, err := openRecords(ctx, o.Engine)
	return &Desk{o, r}, err
}

// Policy is the rules.
func (d *Desk) Policy() *Policy { return d.o.Policy }
