package report

import (
	"context"
	"errors"
	"time"

	"zhiqing/internal/ident"
	"zhiqing/internal/store"
)

// The indexes of reports.
const (
	byQueue   = "queue"   // open ones, by when they are due
	byNext    = "next"    // what Work has to do
	bySubject = "subject" // those about one person
	byDecided = "decided" // closed ones, by when
)

// mark remembers that an account (its _id) was paused by a report.
type mark struct {
	Number string    `bson:"number"`
	At     time.Time `bson:"at"`
}

const byTime = "time"

type records struct {
	reports *store.Collection[Report]
	marks   *store.Collection[mark]
}

func openRecords(ctx context.Context, e store.Engine) (r records, err error) {
	keyed := func(name string, when func(*Report) bool, key func(*Report) string) store.Index[Report] {
		return store.Index[Report]{Name: name, Keys: func(r *Report) []string {
			if !when(r) {
				return nil
			}
			return []string{key(r)}
		}}
	}
	r.reports, err = store.Open(ctx, e, "reports",
		keyed(byQueue, func(r *Report) bool { return !r.State.Over() }, func(r *Report) string { return store.Key(r.DueAt, r.Number) }),
		keyed(byNext, func(r *Report) bool { return !r.Next.IsZero() }, func(r *Report) string { return store.Key(r.Next) }),
		keyed(bySubject, func(r *Report) bool { return r.Subject != "" }, func(r *Report) string { return store.Key(r.Subject, r.ReceivedAt) }),
		keyed(byDecided, func(r *Report) bool { return r.State.Over() }, func(r *Report) string { return store.Key(r.DecidedAt) }),
	)
	if err != nil {
		return r, err
	}
	r.marks, err = store.Open(ctx, e, "report_marks", store.Index[mark]{Name: byTime, Keys: func(m *mark) []string {
		return []string{store.Key(m.At)}
	}})
	return r, err
}

// change is one compare-and-swap on a report. Faults: ErrUnknown.
func (d *Desk) change(ctx context.Context, typed string, f func(*Report) error) (Report, error) {
	number, err := ident.ParseReportNumber(typed)
	if err != nil {
		return Report{}, ErrUnknown
	}
	r, err := d.records.reports.Update(ctx, number, f)
	if errors.Is(err, store.ErrMissing) {
		return Report{}, ErrUnknown
	}
	return r, err
}

// Find returns a report for staff, or ErrUnknown.
func (d *Desk) Find(ctx context.Context, typed string) (Report, error) {
	return d.change(ctx, typed, func(*Report) error { return store.ErrUnchanged })
}
