package tally

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"zhiqing/internal/store"
)

// day is a stored counter: one metric on one China day.
type day struct {
	Metric Metric  `bson:"metric"`
	Day    string  `bson:"day"`
	Counts []count `bson:"counts"` // sorted by key
	Marks  []mark  `bson:"marks,omitempty"`
	Closed bool    `bson:"closed,omitempty"` // counted from the truth; nothing is added any more
}

type count struct {
	Key string `bson:"k"`
	N   int64  `bson:"n"`
}

// mark says which batch of a server was added last, so that none is added twice.
type mark struct {
	Server string    `bson:"server"`
	Seq    int64     `bson:"seq"`
	At     time.Time `bson:"at"`
}

// maxMarks bounds the marks of a counter: servers, and their restarts, of one day. The oldest are dropped.
const maxMarks = 64

// level is a stored reading of where things stood.
type level struct {
	At     time.Time `bson:"at"`
	Counts []count   `bson:"counts"` // key: metric, then its own
}

// The levels: what Recount reads at night, and what Look reads every few minutes.
const (
	nightly = "nightly"
	looked  = "looked"
)

// byDay finds the days of a metric, the earliest first.
const byDay = "day"

type records struct {
	days   *store.Collection[day]
	levels *store.Collection[level]
}

func openRecords(ctx context.Context, e store.Engine) (r records, err error) {
	r.days, err = store.Open(ctx, e, "tally_days", store.Index[day]{Name: byDay, Keys: func(d *day) []string {
		return []string{store.Key(string(d.Metric), d.Day)}
	}})
	if err != nil {
		return r, err
	}
	r.levels, err = store.Open[level](ctx, e, "tally_levels")
	return r, err
}

func dayID(m Metric, on string) string { return string(m) + separator + on }

// read lists the days of a metric from one on.
func (r records) read(ctx context.Context, m Metric, from string) (days []day, err error) {
	page := store.Prefix(string(m))
	page.From, page.Limit = store.Key(string(m), from), store.MaxLimit
	for {
		found, next, err := r.days.Find(ctx, byDay, page)
		if err != nil {
			return nil, err
		}
		for _, f := range found {
			days = append(days, f.Value)
		}
		if page.After = next; next == "" {
			return days, nil
		}
	}
}

// level reads a reading; the zero level when none was ever taken.
func (r records) level(ctx context.Context, name string) (level, error) {
	l, err := r.levels.Get(ctx, name)
	if errors.Is(err, store.ErrMissing) {
		return level{}, nil
	}
	return l, err
}

// add adds a batch unless the day is closed or has it already; it reports whether anything changed.
func (d *day) add(server string, seq int64, at time.Time, counts map[string]int64) bool {
	i := slices.IndexFunc(d.Marks, func(m mark) bool { return m.Server == server })
	switch {
	case d.Closed, i >= 0 && d.Marks[i].Seq >= seq:
		return false
	case i >= 0:
		d.Marks = slices.Delete(d.Marks, i, i+1)
	}
	d.Marks = append(d.Marks, mark{server, seq, at})
	if len(d.Marks) > maxMarks {
		d.Marks = d.Marks[len(d.Marks)-maxMarks:]
	}
	for key, n := range counts {
		i, found := slices.BinarySearchFunc(d.Counts, key, byKey)
		if !found {
			d.Counts = slices.Insert(d.Counts, i, count{Key: key})
		}
		d.Counts[i].N += n
	}
	return true
}

func byKey(c count, key string) int { return strings.Compare(c.Key, key) }

// sorted writes a map as it is stored.
func sorted(m map[string]int64) []count {
	counts := make([]count, 0, len(m))
	for key, n := range m {
		counts = append(counts, count{key, n})
	}
	slices.SortFunc(counts, func(a, b count) int { return byKey(a, b.Key) })
	return counts
}

// of are the counts of one metric in a level, under their own keys.
func (l level) of(m Metric) map[string]int64 {
	counts := map[string]int64{}
	for _, c := range l.Counts {
		if metric, key := split(c.Key); metric == string(m) {
			counts[key] += c.N
		}
	}
	return counts
}
