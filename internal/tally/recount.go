package tally

import (
	"context"
	"time"

	"zhiqing/internal/store"
)

// Truth reads what is counted from those who keep it, in pages; internal/app plugs it in.
type Truth interface {
	// Count tells everything that happened from an instant until before another, and what stood at that other one.
	Count(ctx context.Context, from, to time.Time, c *Census) error
	// Look tells where requests and minors' accounts stand now.
	Look(ctx context.Context, c *Census) error
}

// Census collects what a Truth tells. It belongs to one count.
type Census struct {
	flows  map[string]batch
	levels map[string]int64
}

func newCensus() *Census { return &Census{flows: map[string]batch{}, levels: map[string]int64{}} }

// Flow tells of one thing that happened: Decided, Minors, Lodged or Ended, with the codes of its key.
func (c *Census) Flow(m Metric, at time.Time, codes ...string) {
	id := dayID(m, Day(at))
	b, ok := c.flows[id]
	if !ok {
		b = batch{metric: m, day: Day(at), counts: map[string]int64{}}
		c.flows[id] = b
	}
	b.counts[join(codes...)]++
}

// Live tells of a purpose in force in a book.
func (c *Census) Live(purpose string) { c.levels[join(string(live), purpose)]++ }

// Open tells of a request that is open.
func (c *Census) Open(kind string, due time.Time) {
	last := due.Add(-time.Millisecond) // a period ends at 24:00
	c.levels[join(string(open), kind, Day(last))]++
}

// Minor tells of a minor's account.
func (c *Census) Minor(guardianship, band string) {
	c.levels[join(string(accounts), guardianship, band)]++
}

// recounted are the flows that leave something behind to be counted.
var recounted = []Metric{Decided, Minors, Lodged, Ended}

const (
	// grace is how long after midnight the day before is counted: whatever was acknowledged then is stored by then.
	grace = 10 * time.Minute
	// again is how many days are counted once more although they were counted before; what fell behind Days is left alone.
	again = 3
	// kept is how many days of flows are kept, for figures of a year and the one before.
	kept = 800
)

// Recount counts the truth as it was at the last midnight in China, once per day, and replaces the figures of the days since
// the count before (and of a few more) by it. It may be interrupted and repeated: the new level, which says that the count is
// complete, is written last. Returns how many days were counted, 0 when it was done already or it is too early.
func (d *Desk) Recount(ctx context.Context) (int, error) {
	to := Midnight(d.o.Now().Add(-grace))
	before, err := d.records.level(ctx, nightly)
	if err != nil || !before.At.Before(to) {
		return 0, err
	}
	defer d.changed()
	from := d.since(before.At, to)
	c := newCensus()
	if err := d.o.Truth.Count(ctx, from, to, c); err != nil {
		return 0, err
	}
	days := 0
	for at := from; at.Before(to); at = at.AddDate(0, 0, 1) {
		for _, m := range recounted {
			if err := d.close(ctx, m, Day(at), c.flows[dayID(m, Day(at))].counts); err != nil {
				return days, err
			}
		}
		days++
	}
	_, err = d.records.levels.Upsert(ctx, nightly, func(l *level, _ bool) error {
		if !l.At.Before(to) {
			return store.ErrUnchanged
		}
		*l = level{At: to, Counts: sorted(c.levels)}
		return nil
	})
	if err != nil {
		return days, err
	}
	return days, d.forget(ctx, to)
}

// since is the first day to count.
func (d *Desk) since(last, to time.Time) time.Time {
	from, oldest := to.AddDate(0, 0, -again), to.AddDate(0, 0, -Days)
	if next := last.AddDate(0, 0, -1); next.Before(from) {
		from = next
	}
	if from.Before(oldest) {
		from = oldest
	}
	return from
}

// close replaces a day by the truth.
func (d *Desk) close(ctx context.Context, m Metric, on string, counts map[string]int64) error {
	_, err := d.records.days.Upsert(ctx, dayID(m, on), func(c *day, exists bool) error {
		if !exists && len(counts) == 0 { // a quiet day needs no document
			return store.ErrUnchanged
		}
		*c = day{Metric: m, Day: on, Counts: sorted(counts), Closed: true}
		return nil
	})
	return err
}

// forget deletes what is not read any more.
func (d *Desk) forget(ctx context.Context, to time.Time) error {
	for _, m := range []Metric{Decided, Guests, Minors, Lodged, Ended, Logins, inForce} {
		end := to.AddDate(0, 0, -kept)
		if m == inForce {
			end = to
		}
		page := store.Prefix(string(m))
		page.To, page.Limit = store.Key(string(m), Day(end)), store.MaxLimit
		found, _, err := d.records.days.Find(ctx, byDay, page)
		if err != nil {
			return err
		}
		for _, f := range found { // the rest is for the next night
			if _, err := d.records.days.Delete(ctx, f.ID, nil); err != nil {
				return err
			}
		}
	}
	return nil
}

// Look counts where requests and minors' accounts stand, of which there are few beside all people; for a job. Returns how many
// figures there are.
func (d *Desk) Look(ctx context.Context) (int, error) {
	defer d.changed()
	c, at := newCensus(), d.o.Now()
	if err := d.o.Truth.Look(ctx, c); err != nil {
		return 0, err
	}
	_, err := d.records.levels.Upsert(ctx, looked, func(l *level, _ bool) error {
		if at.Before(l.At) {
			return store.ErrUnchanged
		}
		*l = level{At: at, Counts: sorted(c.levels)}
		return nil
	})
	return len(c.levels), err
}
