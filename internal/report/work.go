package report

import (
	"context"
	"errors"
	"time"

	"zhiqing/internal/store"
	"zhiqing/internal/subject"
)

const (
	batch      = 200
	firstPause = 5 * time.Second
	longest    = time.Hour
)

// Work carries out what has been reported, answered and decided, and returns how many reports it brought forward. What
// fails is told to the operator and tried again with growing pauses.
func (d *Desk) Work(ctx context.Context) (n int, err error) {
	r := store.Before(d.o.Now().Add(time.Millisecond))
	r.Limit = batch
	for ctx.Err() == nil {
		found, next, err := d.records.reports.Find(ctx, byNext, r)
		if err != nil {
			return n, err
		}
		for _, f := range found {
			if err := d.try(ctx, f.Value); err != nil {
				return n, err
			}
			n++
		}
		if next == "" {
			return n, nil
		}
		r.After = next
	}
	return n, ctx.Err()
}

func (d *Desk) try(ctx context.Context, r Report) error {
	cause := d.carryOut(ctx, r)
	if cause == nil {
		return nil
	}
	d.o.Failed(r.Number, cause)
	_, err := d.records.reports.Update(ctx, r.Number, func(now *Report) error {
		if now.Acts != r.Acts || now.Next.IsZero() {
			return store.ErrUnchanged
		}
		now.Next = d.o.Now().Add(min(firstPause<<min(now.Failures, 16), longest))
		now.Failures++
		return nil
	})
	if errors.Is(err, store.ErrMissing) {
		return nil
	}
	return err
}

// carryOut makes the account follow the report. It may run again, and beside another one: pausing and telling happen once
// per report, and what was decided meanwhile (Acts) is left for another round.
func (d *Desk) carryOut(ctx context.Context, r Report) (err error) {
	switch {
	case r.pauses():
		err = d.pause(ctx, r)
	case r.Restricted && r.Subject != "":
		err = d.resume(ctx, r)
	}
	if err != nil {
		return err
	}
	_, err = d.change(ctx, r.Number, func(now *Report) error {
		if now.Acts != r.Acts {
			return store.ErrUnchanged
		}
		if now.State == Received && now.Kind == MinorData {
			now.State = Checking
		}
		now.Next, now.Restricted = time.Time{}, now.Restricted && now.pauses()
		return nil
	})
	if errors.Is(err, ErrUnknown) {
		return nil
	}
	return err
}

// pause stops optional purposes of an account that passes for an adult's, or whose age nobody has asked, unless a report has
// done so lately. A minor's account follows its guardianship anyway.
func (d *Desk) pause(ctx context.Context, r Report) error {
	s, err := d.o.Subjects.Find(ctx, r.Subject)
	if errors.Is(err, subject.ErrUnknown) {
		return nil
	}
	if band, _ := d.o.Subjects.BandOf(s); err != nil || s.State.Over() || band.Minor() {
		return err
	}
	if mine, err := d.mark(ctx, r); err != nil || !mine {
		return err
	}
	noted, err := d.change(ctx, r.Number, func(now *Report) error { // first, so that whoever answers now knows what to undo
		if !now.pauses() {
			return store.ErrUnchanged
		}
		now.Restricted = true
		return nil
	})
	if err != nil || !noted.pauses() {
		return err
	}
	if err := d.o.Accounts.Pause(ctx, r.Subject, r.Number, nil, true); err != nil {
		return err
	}
	if err := d.o.Teller.Tell(ctx, r.Subject, TellPaused, r.Number, "report:"+r.Number+":paused"); err != nil {
		return err
	}
	if now, err := d.Find(ctx, r.Number); err != nil || now.pauses() {
		return err
	}
	return d.o.Accounts.Pause(ctx, r.Subject, r.Number, nil, false) // it was answered or decided in between
}

// mark reserves an account's pause for this report; mine is false when another report has had it within the quiet time.
func (d *Desk) mark(ctx context.Context, r Report) (mine bool, err error) {
	m, err := d.records.marks.Upsert(ctx, r.Subject, func(m *mark, exists bool) error {
		if exists && (m.Number == r.Number || d.o.Now().Before(m.At.Add(quiet))) {
			return store.ErrUnchanged
		}
		*m = mark{Number: r.Number, At: d.o.Now()}
		return nil
	})
	return m.Number == r.Number, err
}

// resume ends the pause and says so.
func (d *Desk) resume(ctx context.Context, r Report) error {
	if err := d.o.Accounts.Pause(ctx, r.Subject, r.Number, nil, false); err != nil {
		return err
	}
	what := TellCleared
	if r.State == Upheld {
		what = TellUpheld
	}
	return d.o.Teller.Tell(ctx, r.Subject, what, r.Number, "report:"+r.Number+":"+string(what))
}
