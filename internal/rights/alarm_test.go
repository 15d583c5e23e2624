package rights_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"zhiqing/internal/register/prove"
	"zhiqing/internal/rights"
	"zhiqing/internal/subject"
)

// TestAnAlarmRingsOnceForEachThreshold: at half of the time, at four fifths, when it is over; of two servers one rings; a
// request that is over is silent; the person does not see it.
func TestAnAlarmRingsOnceForEachThreshold(t *testing.T) {
	row := prove.Row(t, "F-8")
	s := open(t)
	var mu sync.Mutex
	var rang []string
	s.options.Alarm = func(kind rights.Type, number string, u rights.Urgency) {
		mu.Lock()
		defer mu.Unlock()
		rang = append(rang, fmt.Sprint(kind, " ", number, " ", u))
	}
	s.reopen()
	other := *s
	other.reopen()
	r := s.lodge(asks(s.person("anna"), rights.Correct))
	quiet := s.lodge(asks(s.person("otto"), rights.Correct))
	if _, err := s.Cancel(t.Context(), quiet.Requester, quiet.Number); err != nil {
		t.Fatal(err)
	}
	span := r.DueAt.Sub(r.ReceivedAt)
	want := []string{}
	for _, at := range []struct {
		part time.Duration
		u    rights.Urgency
	}{{span/2 - time.Second, ""}, {span / 2, rights.Half}, {span / 4 * 3, ""}, {span/5*4 + time.Second, rights.Urgent}, {span - time.Second, ""}, {span, rights.Overdue}, {2 * span, ""}} {
		s.clock.set(r.ReceivedAt.Add(at.part))
		var both sync.WaitGroup
		for _, server := range []*stage{s, &other, s} {
			both.Go(func() {
				if _, err := server.Ring(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		both.Wait()
		if at.u != "" {
			want = append(want, fmt.Sprint("correct ", r.Number, " ", at.u))
		}
		if !row.That(slices.Equal(rang, want), "after %v: %v, want %v", at.part, rang, want) {
			t.FailNow()
		}
	}
	if got := s.Open(); got[rights.Overdue] != 1 || got[rights.Calm]+got[rights.Half]+got[rights.Urgent] != 0 {
		t.Errorf("open: %v", got)
	}
	late, _, err := s.Late(t.Context(), "", 10)
	if err != nil || len(late) != 1 || late[0].Number != r.Number {
		t.Errorf("late: %d %v", len(late), err)
	}
	now := s.seen(r)
	if len(now.Alarms) != 3 || strings.Contains(strings.Join(happened(now), " "), "half") {
		t.Errorf("%v %v", now.Alarms, happened(now))
	}
}

// TestAServerThatSleptRingsTheNewestThresholdAlone: nobody gets three alarms for one request at once.
func TestAServerThatSleptRingsTheNewestThresholdAlone(t *testing.T) {
	s := open(t)
	r := s.lodge(asks(s.person("anna"), rights.Correct))
	if s.clock.set(r.DueAt.Add(time.Hour)); s.Open() != nil {
		t.Error("counted before it was looked")
	}
	for _, want := range []int{1, 0} {
		if n, err := s.Ring(t.Context()); err != nil || n != want {
			t.Errorf("%d rang, %v, want %d", n, err, want)
		}
	}
	if a := s.seen(r).Alarms; len(a) != 1 || a[0].Urgency != rights.Overdue {
		t.Error(a)
	}
}

// TestAChildStopsAGuardiansRequestFrom14: under 14 the guardian's word counts (PIPL art. 31), and the child is told who can.
func TestAChildStopsAGuardiansRequestFrom14(t *testing.T) {
	for band, may := range map[subject.Band]bool{subject.Under14: false, subject.From14: true, subject.Adult: true} {
		s := open(t)
		mum, child := s.person("mum"), s.person("child")
		s.world.guards[mum+"/gdn_1"] = child
		if _, err := s.subjects.Change(t.Context(), child, func(c *subject.Subject) error { c.Band = band; return nil }); err != nil {
			t.Fatal(err)
		}
		l := asks(mum, rights.Correct)
		l.Link = "gdn_1"
		r := s.lodge(l)
		stopped, err := s.Cancel(t.Context(), child, r.Number)
		if may && (err != nil || stopped.State != rights.Cancelled) {
			t.Errorf("%s: %v", band, err)
		}
		if !may {
			s.wants(err, rights.ErrGuardianAsked)
			if _, err := s.Cancel(t.Context(), mum, r.Number); err != nil {
				t.Error(err)
			}
		}
		own := s.lodge(asks(child, rights.Supplement))
		if _, err := s.Cancel(t.Context(), child, own.Number); err != nil {
			t.Errorf("%s cannot cancel their own: %v", band, err)
		}
	}
}
