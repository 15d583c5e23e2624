package tally_test

import (
	"testing"
	"time"

	"zhiqing/internal/tally"
)

// However many look, the counters are read once in three seconds; what this server writes is seen at once, what another
// one writes that much later.
func TestManyWhoLookAtOnceShareOneReading(t *testing.T) {
	s := newStage(t)
	own, other := s.server(), s.server()
	look := func() tally.Overview {
		t.Helper()
		o, err := own.Overview(t.Context(), s.clock())
		if err != nil {
			t.Fatal(err)
		}
		return o
	}
	count := func(d *tally.Desk) {
		t.Helper()
		d.Add(tally.Logins, s.clock(), 20, tally.WeChat)
		if _, err := d.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	logins := func(o tally.Overview) int64 { return point(t, o.Logins, tally.WeChat, tally.Day(s.clock())).N }
	count(own)
	first := look()
	if again := look(); again.Reading != first.Reading || logins(first) != 20 {
		t.Errorf("reading %d, then %d; %d logins", first.Reading, again.Reading, logins(first))
	}
	count(other)
	if o := look(); logins(o) != 20 {
		t.Errorf("read again at once: %d", logins(o))
	}
	s.pass(3 * time.Second)
	if o := look(); logins(o) != 40 || o.Reading == first.Reading {
		t.Errorf("%d logins three seconds later, reading %d", logins(o), o.Reading)
	}
	count(own)
	if o := look(); logins(o) != 60 {
		t.Errorf("%d logins after this server's own", logins(o))
	}
}
