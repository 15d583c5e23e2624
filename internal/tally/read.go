package tally

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// fresh is for how long a reading is shown again, unless this process has written to the counters since. It hides nothing:
// servers write out what they have counted every few seconds, too.
const fresh = 3 * time.Second

// Overview reads the counters: at most some hundred small documents, however many people there are, and at most once in three
// seconds however many ask. now is when it is read. What it returns is shared: do not change it.
func (d *Desk) Overview(ctx context.Context, now time.Time) (Overview, error) {
	d.reading.Lock()
	defer d.reading.Unlock()
	if age := now.Sub(d.last.At); d.last.Reading > 0 && !d.stale && age >= 0 && age < fresh && Day(now) == Day(d.last.At) {
		return d.last, nil
	}
	o, err := d.readOverview(ctx, now)
	if err != nil {
		return Overview{}, err
	}
	o.Reading = d.last.Reading + 1
	d.last, d.stale = o, false
	return o, nil
}

// changed says that the counters are not what was read.
func (d *Desk) changed() {
	d.reading.Lock()
	defer d.reading.Unlock()
	d.stale = true
}

func (d *Desk) readOverview(ctx context.Context, now time.Time) (Overview, error) {
	f, err := d.figures(ctx, now)
	if err != nil {
		return Overview{}, err
	}
	o := Overview{At: now, Recounted: f.night.At, Looked: f.looked.At}
	o.Purposes, o.Rates = d.decisions(f)
	o.Live = d.inForce(f)
	o.Requests, o.Lodged, o.Deadlines = d.requests(f, now), d.lodged(f, now), d.deadlines(f, now)
	o.Minors = d.minors(f)
	o.Logins, o.Fallback, o.Reasons = d.logins(f)
	return o, nil
}

// figures are the counters of one overview. A series of days is found by its key.
type figures struct {
	days          []string
	decided       map[string][]int64
	logins        map[string][]int64
	lodged, ended map[string]map[string]int64 // by month and key
	live          map[string]int64
	night, looked level
}

func (d *Desk) figures(ctx context.Context, now time.Time) (f figures, err error) {
	f = figures{days: lastDays(now, Days), decided: map[string][]int64{}, logins: map[string][]int64{}, lodged: map[string]map[string]int64{}, ended: map[string]map[string]int64{}}
	if f.night, err = d.records.level(ctx, nightly); err != nil {
		return f, err
	}
	if f.looked, err = d.records.level(ctx, looked); err != nil {
		return f, err
	}
	for _, want := range []struct {
		metric Metric
		into   map[string][]int64
	}{{Decided, f.decided}, {Guests, f.decided}, {Logins, f.logins}} {
		days, err := d.records.read(ctx, want.metric, f.days[0])
		if err != nil {
			return f, err
		}
		f.spread(days, want.into)
	}
	for m, into := range map[Metric]map[string]map[string]int64{Lodged: f.lodged, Ended: f.ended} {
		if err := d.addMonths(ctx, m, now, into); err != nil {
			return f, err
		}
	}
	return f, d.addLive(ctx, &f)
}

// spread lays days out on the axis.
func (f *figures) spread(days []day, into map[string][]int64) {
	for _, x := range days {
		i, known := slices.BinarySearch(f.days, x.Day)
		if !known {
			continue
		}
		for _, c := range x.Counts {
			if into[c.Key] == nil {
				into[c.Key] = make([]int64, len(f.days))
			}
			into[c.Key][i] += c.N
		}
	}
}

// addMonths sums the days of a metric by month.
func (d *Desk) addMonths(ctx context.Context, m Metric, now time.Time, into map[string]map[string]int64) error {
	days, err := d.records.read(ctx, m, lastMonths(now, Months)[0]+"-01")
	for _, x := range days {
		month := x.Day[:len(monthLayout)]
		if into[month] == nil {
			into[month] = map[string]int64{}
		}
		for _, c := range x.Counts {
			into[month][c.Key] += c.N
		}
	}
	return err
}

// addLive is the level of the last midnight that was counted, and what has moved since.
func (d *Desk) addLive(ctx context.Context, f *figures) error {
	f.live = f.night.of(live)
	since := ""
	if !f.night.At.IsZero() {
		since = Day(f.night.At)
	}
	days, err := d.records.read(ctx, inForce, since)
	for _, x := range days {
		for _, c := range x.Counts {
			f.live[c.Key] += c.N
		}
	}
	return err
}

// Yearly counts the decisions about minors from one China day until before another (2006-01-02), by age band and outcome.
// It is for the report to the authority, which asks for exact numbers (未成年人网络保护条例 art. 37), and never for a page.
func (d *Desk) Yearly(ctx context.Context, from, to string) (map[string]map[string]int64, error) {
	days, err := d.records.read(ctx, Minors, from)
	if err != nil {
		return nil, fmt.Errorf("tally: decisions about minors: %w", err)
	}
	counts := map[string]map[string]int64{}
	for _, x := range days {
		if x.Day >= to {
			break
		}
		for _, c := range x.Counts {
			band, outcome := split(c.Key)
			if counts[band] == nil {
				counts[band] = map[string]int64{}
			}
			counts[band][outcome] += c.N
		}
	}
	return counts, nil
}
