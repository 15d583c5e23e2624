package tally_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"zhiqing/internal/tally"
)

func point(t *testing.T, c tally.Chart, series, label string) tally.Shown {
	t.Helper()
	i := slices.IndexFunc(c.Series, func(s tally.Series) bool { return s.Key == series })
	j := slices.IndexFunc(c.Labels, func(l tally.Label) bool { return l.Key == label })
	if i < 0 || j < 0 || len(c.Series[i].Points) != len(c.Labels) {
		t.Fatalf("%s has no %s at %s: %+v", c.Key, series, label, c)
	}
	return c.Series[i].Points[j]
}

// Whatever two servers count, lose in crashes and write twice, after the night's count every figure of the days before is the
// truth, and what is counted afterwards is added once.
func TestAfterTheNightTheFiguresAreTheTruth(t *testing.T) {
	for seed := range uint64(12) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 7))
			s := newStage(t)
			servers := []*tally.Desk{s.server(), s.server()}
			inForce := 200 // more than will be given, so that the number tells nothing and is shown
			for range inForce {
				s.moves(servers[0], "analytics", 1)
			}
			for range 400 {
				i := r.IntN(2)
				d := servers[i]
				switch r.IntN(12) {
				case 0:
					servers[i] = s.server() // kill -9: what was not flushed is lost
				case 1:
					s.engine.FailAfter(1 + r.IntN(2)) // it takes effect, and nobody hears of it
					_, _ = d.Flush(t.Context())
				case 2:
					s.engine.FailBefore(1 + r.IntN(2))
					_, _ = d.Flush(t.Context())
				case 3:
					s.pass(time.Duration(r.IntN(300)) * time.Minute)
				case 4:
					s.moves(d, "analytics", 1)
					inForce++
				case 5:
					if inForce > 0 {
						s.moves(d, "analytics", -1)
						inForce--
					}
				case 6:
					s.happens(d, tally.Minors, "under_14", tally.Given)
				case 8:
					s.happens(d, tally.Lodged, []string{"copy", "delete"}[r.IntN(2)])
				case 7:
					s.happens(d, tally.Ended, []string{tally.Met, tally.Missed}[r.IntN(2)])
				default:
					s.happens(d, tally.Decided, []string{"analytics", "marketing"}[r.IntN(2)], []string{tally.Given, tally.Refused, tally.Withdrawn}[r.IntN(3)])
				}
			}
			s.pass(24 * time.Hour)
			s.recount(servers[0])
			s.flush(servers[0]) // late: it is in the truth already
			s.flush(servers[1])
			for range 20 {
				s.happens(servers[1], tally.Decided, "analytics", tally.Given)
				s.moves(servers[1], "analytics", 1)
			}
			s.flush(servers[1])
			for _, m := range []tally.Metric{tally.Decided, tally.Minors, tally.Lodged, tally.Ended} {
				if got, want := s.stored(m), s.truth(m); !maps.Equal(got, want) {
					t.Errorf("%s\n got %v\nwant %v", m, got, want)
				}
			}
			want := int64(inForce + 20)
			if got := point(t, s.overview(servers[0]).Live, "live", "analytics"); got.N != want {
				t.Errorf("%+v in force, want %d", got, want)
			}
		})
	}
}

// Without a crash nothing has to wait for the night, also if writes fail after they took effect.
func TestWithoutACrashTwoServersCountEverythingOnce(t *testing.T) {
	s := newStage(t)
	servers := []*tally.Desk{s.server(), s.server()}
	for i := range 200 {
		d := servers[i%2]
		s.happens(d, tally.Decided, "analytics", tally.Given)
		s.happens(d, tally.Logins, tally.WeChat)
		if i%7 == 0 {
			s.engine.FailAfter(1)
			_, _ = d.Flush(t.Context())
		}
	}
	s.flush(servers[0])
	s.flush(servers[1])
	for _, m := range []tally.Metric{tally.Decided, tally.Logins} {
		if got, want := s.stored(m), s.truth(m); !maps.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", m, got, want)
		}
	}
}

func TestAnIncompleteNightIsCountedAgain(t *testing.T) {
	s := newStage(t)
	d := s.server()
	for range 15 {
		s.happens(nil, tally.Decided, "analytics", tally.Given)
		s.moves(nil, "analytics", 1)
	}
	s.pass(24 * time.Hour)
	for n := 1; ; n++ {
		s.engine.FailBefore(n)
		failures := s.engine.Failures()
		if _, err := d.Recount(t.Context()); err == nil && s.engine.Failures() == failures {
			break
		}
		if n > 100 {
			t.Fatal("it never ends")
		}
	}
	if got, want := s.stored(tally.Decided), s.truth(tally.Decided); !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := point(t, s.overview(d).Live, "live", "analytics"); got.N != 15 {
		t.Errorf("%+v", got)
	}
}

func TestTheNightIsCountedOnceAndNotAtMidnightSharp(t *testing.T) {
	s := newStage(t)
	d := s.server()
	if n, err := d.Recount(t.Context()); err != nil || n == 0 {
		t.Fatalf("%d %v", n, err)
	}
	if n, err := d.Recount(t.Context()); err != nil || n != 0 {
		t.Errorf("counted twice: %d %v", n, err)
	}
	s.pass(12*time.Hour + time.Minute) // 00:01 in China
	if n, err := d.Recount(t.Context()); err != nil || n != 0 {
		t.Errorf("counted before everything of the day is stored: %d %v", n, err)
	}
	s.pass(10 * time.Minute)
	if n, err := d.Recount(t.Context()); err != nil || n == 0 {
		t.Errorf("%d %v", n, err)
	}
	if got, want := s.overview(d).Recounted, tally.Midnight(s.clock()); !got.Equal(want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestWhatWaitsForTheStoreIsBounded(t *testing.T) {
	s := newStage(t)
	d := s.server()
	s.engine.Down(true)
	for i := range 12_000 {
		d.Add(tally.Logins, s.clock(), 1, "fallback", fmt.Sprint("r", i))
		if i%1000 == 0 {
			if _, err := d.Flush(t.Context()); err == nil {
				t.Fatal("a store that is down took something")
			}
		}
	}
	if d.Lost() == 0 {
		t.Error("nothing was dropped")
	}
	s.engine.Down(false)
	s.flush(d)
}

func TestTheOverviewSaysWhatHappened(t *testing.T) {
	s := newStage(t)
	d := s.server()
	times := func(n int, f func()) {
		for range n {
			f()
		}
	}
	times(40, func() { s.happens(d, tally.Decided, "analytics", tally.Given); s.moves(d, "analytics", 1) })
	times(10, func() { s.happens(d, tally.Decided, "analytics", tally.Refused) })
	times(10, func() { s.happens(d, tally.Decided, "analytics", tally.Withdrawn); s.moves(d, "analytics", -1) })
	times(3, func() { s.happens(d, tally.Decided, "marketing", tally.Given) })
	times(30, func() { s.happens(d, tally.Logins, tally.WeChat) })
	times(10, func() { d.Fallback(s.clock(), "wechat_unavailable") })
	times(17, func() { s.happens(d, tally.Lodged, "copy") })
	times(4, func() { s.happens(d, tally.Lodged, "delete") })
	times(12, func() { s.happens(d, tally.Ended, tally.Met) })
	s.flush(d)
	day := 24 * time.Hour
	due := func(in int) string {
		return fmt.Sprint("copy ", tally.Midnight(s.clock()).Add(time.Duration(in)*day).Unix())
	}
	s.world.open = map[string]int{due(15): 20, due(7): 11, due(0): 10, due(2): 4}
	s.world.minors[[2]string{"active", "under_14"}] = 25
	if _, err := d.Look(t.Context()); err != nil {
		t.Fatal(err)
	}
	o, today, month := s.overview(d), tally.Day(s.clock()), tally.Day(s.clock())[:7]
	if len(o.Purposes) != 2 || o.Purposes[0].Key != "analytics" || len(o.Purposes[0].Labels) != tally.Days {
		t.Fatalf("%+v", o.Purposes)
	}
	for _, c := range []struct {
		chart         tally.Chart
		series, label string
		want          tally.Shown
	}{
		{o.Purposes[0], tally.Given, today, tally.Shown{N: 40}},
		{o.Purposes[1], tally.Given, today, tally.Shown{Few: true}},
		{o.Live, "live", "analytics", tally.Shown{N: 30}},
		{o.Rates, tally.Refused, "analytics", tally.Shown{N: 20}},
		{o.Rates, tally.Withdrawn, "analytics", tally.Shown{N: 25}},
		{o.Rates, tally.Refused, "marketing", tally.Shown{Few: true}},
		{o.Requests, "0-5", "copy", tally.Shown{N: 20}},
		{o.Requests, "6-10", "copy", tally.Shown{N: 11}},
		{o.Requests, "11-15", "copy", tally.Shown{Few: true}},
		{o.Requests, "overdue", "copy", tally.Shown{N: 10}},
		{o.Lodged, "copy", month, tally.Shown{N: 17}},
		{o.Lodged, "delete", month, tally.Shown{Few: true}},
		{o.Deadlines, tally.Met, month, tally.Shown{N: 12}},
		{o.Deadlines, tally.Missed, month, tally.Shown{}},
		{o.Minors, "under_14", "active", tally.Shown{N: 25}},
		{o.Logins, tally.WeChat, today, tally.Shown{N: 30}},
		{o.Fallback, "fallback", today, tally.Shown{N: 25}},
		{o.Reasons, "fallback", "wechat_unavailable", tally.Shown{N: 10}},
	} {
		if got := point(t, c.chart, c.series, c.label); got != c.want {
			t.Errorf("%s %s %s: %+v, want %+v", c.chart.Key, c.series, c.label, got, c.want)
		}
	}
}
