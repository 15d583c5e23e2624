package tally_test

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"zhiqing/internal/store/sqlite"
	"zhiqing/internal/tally"
)

// BenchmarkOverview reads a year's counters of twenty purposes and of open requests on a hundred due dates. Counters are as many
// with ten people as with a million.
func BenchmarkOverview(b *testing.B) {
	e, err := sqlite.Open(b.Context(), filepath.Join(b.TempDir(), "t.db"))
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = e.Close() }()
	w := &world{open: map[string]int{}, minors: map[[2]string]int{}}
	for i := range 100 {
		w.open[fmt.Sprint("copy ", noon.AddDate(0, 0, i-50).Unix())] = 20
	}
	d, err := tally.Open(b.Context(), tally.Options{
		Engine: e, Truth: w, Server: "srv_1", Now: func() time.Time { return noon }, DueIn: 15,
		Workdays: func(from, to time.Time) int { return int(to.Sub(from) / (24 * time.Hour)) },
	})
	if err != nil {
		b.Fatal(err)
	}
	for day := range 365 {
		at := noon.AddDate(0, 0, -day)
		d.Add(tally.Ended, at, 20, tally.Met)
		d.Add(tally.Logins, at, 1000, tally.WeChat)
		d.Add(tally.Lodged, at, 30, "copy")
		for purpose := range 20 {
			d.Add(tally.Decided, at, 500, fmt.Sprint("purpose.", purpose), tally.Given)
			d.Add(tally.Decided, at, 100, fmt.Sprint("purpose.", purpose), tally.Refused)
		}
		if _, err := d.Flush(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
	if _, err := d.Look(b.Context()); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := d.Overview(b.Context(), noon); err != nil {
			b.Fatal(err)
		}
	}
}
