package rights

import (
	"context"
	"slices"
	"time"

	"zhiqing/internal/store"
)

// Alarm is a mark that the operator has been told how late a request is. The person does not see it.
type Alarm struct {
	At      time.Time `bson:"at"`
	Urgency Urgency   `bson:"urgency"`
}

// rungs are the urgencies that ring, in their order.
var rungs = []Urgency{Half, Urgent, Overdue}

// rung is the place of an urgency in rungs; -1 for Calm.
func rung(u Urgency) int { return slices.Index(rungs, u) }

// told is the highest rung that has rung for a request.
func (r *Request) told() int {
	if len(r.Alarms) == 0 {
		return -1
	}
	return rung(r.Alarms[len(r.Alarms)-1].Urgency)
}

// nextAlarm is when the next rung is reached; zero when none is left.
func (r *Request) nextAlarm() time.Time {
	span := r.DueAt.Sub(r.ReceivedAt)
	at := []time.Time{r.ReceivedAt.Add(span / 2), r.ReceivedAt.Add(span / 5 * 4), r.DueAt}
	if next := r.told() + 1; !r.State.Over() && next < len(at) {
		return at[next]
	}
	return time.Time{}
}

// maxCounted bounds how many open requests are looked at to count them. They are those that are due first, so what is late
// is always counted.
const maxCounted = 2000

// Ring tells the operator of each request that has used up half of its time, four fifths, or all: once for each, marked in
// one compare-and-swap, so that of several servers one rings. It also counts open requests for Open. Returns how many rang.
func (d *Desk) Ring(ctx context.Context) (int, error) {
	rang := 0
	for ctx.Err() == nil {
		due := store.Before(d.o.Now().Add(time.Millisecond))
		due.Limit = workBatch
		found, _, err := d.records.requests.Find(ctx, byAlarm, due)
		if err != nil {
			return rang, err
		}
		before := rang
		for _, f := range found {
			rings, err := d.ring(ctx, f.ID)
			if err != nil {
				return rang, err
			}
			if rings {
				rang++
			}
		}
		if len(found) < workBatch || rang == before { // the rest is for the next time
			return rang, d.count(ctx)
		}
	}
	return rang, ctx.Err()
}

// ring marks the rung that a request has reached, and tells it if nobody was faster.
func (d *Desk) ring(ctx context.Context, number string) (rings bool, err error) {
	now := d.o.Now()
	r, err := d.records.requests.Update(ctx, number, func(r *Request) error {
		u := UrgencyOf(*r, now)
		if rings = rung(u) > r.told(); !rings {
			return store.ErrUnchanged
		}
		r.Alarms = append(r.Alarms, Alarm{At: now, Urgency: u})
		return nil
	})
	if err == nil && rings && d.o.Alarm != nil {
		d.o.Alarm(r.Type, r.Number, UrgencyOf(r, now))
	}
	return rings, err
}

// count looks at the open requests that are due first.
func (d *Desk) count(ctx context.Context) error {
	counts := map[Urgency]int{Calm: 0, Half: 0, Urgent: 0, Overdue: 0}
	now, after := d.o.Now(), ""
	for seen := 0; seen < maxCounted; {
		list, next, err := d.Queue(ctx, after, 200)
		if err != nil {
			return err
		}
		for _, r := range list {
			counts[UrgencyOf(r, now)]++
		}
		if seen, after = seen+len(list), next; next == "" {
			break
		}
	}
	d.open.Store(&counts)
	return nil
}

// Open is how many requests are open by urgency, as of the latest Ring of this process: at most maxCounted, those that are
// due first. nil before the first.
func (d *Desk) Open() map[Urgency]int {
	if counts := d.open.Load(); counts != nil {
		return *counts
	}
	return nil
}

// Late lists open requests that are past their due date, the most overdue first. after and next as in List.
func (d *Desk) Late(ctx context.Context, after string, limit int) (list []Request, next string, err error) {
	page := store.Before(d.o.Now().Add(time.Millisecond))
	page.Limit, page.After = limit, after
	found, next, err := d.records.requests.Find(ctx, byQueue, page)
	for _, f := range found {
		list = append(list, f.Value)
	}
	return list, next, err
}
