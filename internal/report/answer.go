package report

import (
	"context"
	"errors"
	"slices"

	"zhiqing/internal/guardian"
	"zhiqing/internal/store"
	"zhiqing/internal/subject"
)

// Answer is the way out for the person whom a report is about: their birth date. Who was never asked answers the age
// question; who has declared to be an adult says so again; either way the pause ends at once. Whoever turns out to be a minor
// becomes one, with all that follows, and the report is upheld. Answering again changes nothing. Faults: ErrUnknown (also
// for another's number), age.date_*, those of guardian.Desk.Declare.
func (d *Desk) Answer(ctx context.Context, who, number, date, retry string) (Report, error) {
	r, err := d.Find(ctx, number)
	if err != nil {
		return Report{}, err
	}
	if r.Subject == "" || r.Subject != who || r.Kind != MinorData {
		return Report{}, ErrUnknown
	}
	if r.State.Over() || !r.AnsweredAt.IsZero() {
		return r, nil
	}
	band, err := d.age(ctx, who, date, retry)
	if err != nil {
		return Report{}, err
	}
	r, err = d.change(ctx, r.Number, func(r *Report) error {
		if r.State.Over() || !r.AnsweredAt.IsZero() {
			return store.ErrUnchanged
		}
		r.AnsweredAt, r.Band, r.State = d.o.Now(), band, Checking
		if band.Minor() {
			r.State, r.DecidedAt = Upheld, d.o.Now()
		}
		r.act(d.o.Now())
		return nil
	})
	if err != nil {
		return Report{}, err
	}
	return r, d.carryOut(ctx, r)
}

// age takes a birth date to the age question, unless it only repeats that somebody is an adult.
func (d *Desk) age(ctx context.Context, who, date, retry string) (subject.Band, error) {
	birth, err := guardian.ParseDate(date, d.o.Now())
	if err != nil {
		return "", err
	}
	s, err := d.o.Subjects.Find(ctx, who)
	if err != nil {
		return "", err
	}
	said, _ := d.o.Rules.Band(birth, d.o.Now())
	if known, _ := d.o.Subjects.BandOf(s); known == said && known == subject.Adult || known.Minor() {
		return known, nil
	}
	declared, err := d.o.Ages.Declare(ctx, who, date, retry)
	return declared.Band, err
}

// Queue lists open reports for staff, the most urgent first.
func (d *Desk) Queue(ctx context.Context, after string, limit int) (list []Report, next string, err error) {
	found, next, err := d.records.reports.Find(ctx, byQueue, store.Range{Limit: min(max(limit, 1), batch), After: after})
	for _, f := range found {
		list = append(list, f.Value)
	}
	return list, next, err
}

// Take gives a report to whoever checks it. Faults: ErrUnknown, ErrNotNow.
func (d *Desk) Take(ctx context.Context, number, handler string) (Report, error) {
	return d.change(ctx, number, func(r *Report) error {
		if r.State.Over() {
			return ErrNotNow
		}
		r.State, r.Handler = Checking, handler
		return nil
	})
}

// Decide ends a report. Upholding one on an account needs the birth date in evidence: the account becomes a minor's, as if
// the person had said so. birth is used and not kept. Faults: ErrUnknown, ErrNotNow, ErrDate, age.date_*.
func (d *Desk) Decide(ctx context.Context, number, handler string, upheld bool, birth string) (Report, error) {
	r, err := d.Find(ctx, number)
	if err != nil {
		return Report{}, err
	}
	verdict := Unfounded
	if upheld {
		verdict = Upheld
	}
	if !slices.Contains(moves[r.State], verdict) {
		return Report{}, ErrNotNow
	}
	if upheld && r.Kind == MinorData && r.Subject != "" {
		if err := d.found(ctx, r, birth); err != nil {
			return Report{}, err
		}
	}
	r, err = d.change(ctx, number, func(r *Report) error {
		if !slices.Contains(moves[r.State], verdict) {
			return ErrNotNow
		}
		r.State, r.Handler, r.DecidedAt = verdict, handler, d.o.Now()
		r.act(d.o.Now())
		return nil
	})
	if err != nil {
		return Report{}, err
	}
	return r, d.carryOut(ctx, r)
}

// found makes an account a minor's.
func (d *Desk) found(ctx context.Context, r Report, date string) error {
	birth, err := guardian.ParseDate(date, d.o.Now())
	if err != nil {
		return err
	}
	if band, _ := d.o.Rules.Band(birth, d.o.Now()); !band.Minor() {
		return ErrDate
	}
	_, err = d.o.Ages.Declare(ctx, r.Subject, date, "report:"+r.Number)
	if errors.Is(err, guardian.ErrDeclared) || errors.Is(err, subject.ErrOver) {
		return nil // known as a minor already, or gone: that is what was asked for
	}
	return err
}
