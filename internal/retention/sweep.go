package retention

import (
	"context"
	"errors"
	"time"

	"zhiqing/internal/store"
)

// SweepOptions say how far a sweep goes.
type SweepOptions struct {
	DryRun bool // tell what would be done, and change nothing
	Limit  int  // how many things to look at at most; 0 = all that are due
}

// Report is what a sweep has done, or would do.
type Report struct {
	Erased map[string]int // by category: let go of
	By     map[Due]int    // the same, by the rule that had kept it longest
	Held   int            // left because of a legal hold
	Later  int            // kept after all: a purpose has come to need them since
	Failed int            // could not be erased; tried again later
	More   bool           // the limit was reached
	Late   int            // legal holds whose review is late, at most lateShown
}

// Due is what a sweep lets go of things by.
type Due struct {
	Category, Purpose string // Purpose "" = no purpose keeps it any more
	Period            string // ISO 8601
}

// Total is how many things were let go of.
func (r Report) Total() (n int) {
	for _, one := range r.Erased {
		n += one
	}
	return n
}

const lateShown = 1000

// The pauses before a thing is looked at again: one that is held, and one that could not be erased, per try.
const (
	holdPause = 24 * time.Hour
	failPause = time.Hour
	maxTries  = 24 // further failures do not lengthen the pause
)

// Sweep lets go of everything that no purpose keeps any more, in the order in which it fell due. Its position is the index
// itself: what was dealt with has left the range, so a sweep that was cut short, here or on another server, goes on where it
// was, and two at once do nothing twice that counts. Failures of the eraser do not stop it: they are joined in the error,
// at most a few, and tried again later.
func (d *Desk) Sweep(ctx context.Context, o SweepOptions) (Report, error) {
	r := Report{Erased: map[string]int{}, By: map[Due]int{}}
	late, err := d.Overdue(ctx, lateShown)
	if err != nil {
		return r, err
	}
	r.Late = len(late)
	if err := d.mend(ctx, o.DryRun); err != nil {
		return r, err
	}
	s := sweep{Desk: d, o: o, now: d.o.Now(), report: &r}
	due := store.Before(s.now.Add(time.Millisecond))
	for looked := 0; ctx.Err() == nil; {
		due.Limit = pageSize
		if o.Limit > 0 {
			due.Limit = min(pageSize, o.Limit-looked)
		}
		found, next, err := d.things.Find(ctx, byDue, due)
		if err != nil {
			return r, err
		}
		if err := s.batch(ctx, found); err != nil {
			return r, err
		}
		looked += len(found)
		if next == "" {
			return r, errors.Join(s.failures...)
		}
		if r.More = o.Limit > 0 && looked >= o.Limit; r.More {
			return r, errors.Join(s.failures...)
		}
		due.After = next
	}
	return r, ctx.Err()
}

// mend brings every open hold to its account again: opening it may have been cut short between the two.
func (d *Desk) mend(ctx context.Context, dry bool) error {
	if dry {
		return nil
	}
	return each(ctx, d.holds, byReview, store.Range{}, func(id string, h hold) error { return d.guard(ctx, h.hold(id)) })
}

// sweep is one sweep under way.
type sweep struct {
	*Desk
	o        SweepOptions
	now      time.Time
	report   *Report
	failures []error
}

// batch deals with one page: erase each, count those whose number stays, then forget them. A crash in between repeats what
// may be repeated.
func (s *sweep) batch(ctx context.Context, found []store.Found[thing]) error {
	var over []store.Found[thing]
	counted := counting{}
	for _, f := range found {
		if err := ctx.Err(); err != nil {
			return err
		}
		gone, rule, err := s.one(ctx, f.ID, f.Value)
		if err != nil {
			return err
		}
		if !gone {
			continue
		}
		over = append(over, f)
		s.report.Erased[f.Value.Category]++
		s.report.By[Due{f.Value.Category, rule.Purpose, rule.Period.String()}]++
		if rule.Afterwards == "anonymise" {
			counted.add(f.Value)
		}
	}
	if s.o.DryRun || len(over) == 0 {
		return nil
	}
	if err := s.count(ctx, counted); err != nil {
		return err
	}
	for _, f := range over {
		if _, err := s.things.Delete(ctx, f.ID, func(t *thing) bool { return len(t.reported()) == len(f.Value.reported()) }); err != nil {
			return err
		}
	}
	return s.settle(ctx, counted)
}

// one decides about a thing that is due, and erases it if it is over. rule is the one that kept it longest.
func (s *sweep) one(ctx context.Context, id string, t thing) (gone bool, rule Rule, err error) {
	life, err := s.Desk.o.Life(ctx, t.Subject)
	if err != nil {
		return false, rule, err
	}
	until, why := s.Policy().until(t, life)
	if s.now.Before(until) {
		s.report.Later++
		return false, rule, s.again(ctx, id, until, 0)
	}
	holds, err := s.Held(ctx, t.Subject, t.Category)
	if err != nil {
		return false, rule, err
	}
	if len(holds) > 0 {
		s.report.Held++
		return false, rule, s.again(ctx, id, s.now.Add(holdPause), 0)
	}
	if why.Winner != nil {
		rule = why.Winner.Rule
	}
	if s.o.DryRun {
		return true, rule, nil
	}
	if err := s.Desk.o.Eraser.Expired(ctx, t.Category, t.Subject, t.Reference); err != nil {
		return false, rule, s.failed(ctx, id, t, err)
	}
	return true, rule, nil
}

// again looks at a thing later.
func (s *sweep) again(ctx context.Context, id string, at time.Time, tries int) error {
	if s.o.DryRun {
		return nil
	}
	return s.look(ctx, id, func(t *thing) { t.Due, t.Tries = at, tries })
}

// shown is how many failures a sweep tells; the rest are counted.
const shown = 3

func (s *sweep) failed(ctx context.Context, id string, t thing, cause error) error {
	if err := ctx.Err(); err != nil {
		return err // stopping is no failure of the thing
	}
	s.report.Failed++
	if len(s.failures) < shown {
		s.failures = append(s.failures, cause)
	}
	tries := min(t.Tries+1, maxTries)
	return s.again(ctx, id, s.now.Add(time.Duration(tries)*failPause), tries)
}
