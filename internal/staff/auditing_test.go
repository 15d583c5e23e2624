package staff_test

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"zhiqing/internal/audit"
	"zhiqing/internal/staff"
)

// A position that somebody made up reads like any other, so it is written down like any other.
func TestEveryPageOfTheAuditIsARowOfIt(t *testing.T) {
	s := set(t)
	_, _, in := s.on("auditor", staff.Auditor)
	_, next, err := s.ReadAudit(t.Context(), in, audit.Query{Limit: 1})
	s.must(err)
	for n, after := range []string{next, "made-up"} {
		if _, _, err := s.ReadAudit(t.Context(), in, audit.Query{Limit: 1, After: after}); s.count("audit.viewed") != n+2 {
			t.Errorf("after %q: %d rows, %v", after, s.count("audit.viewed"), err)
		}
	}
}

func TestTheChainIsWalkedForOneOfficerAtATimeAndThatIsARow(t *testing.T) {
	s := set(t)
	_, _, in := s.on("auditor", staff.Auditor)
	var walked atomic.Int32
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			c, err := s.CheckAudit(t.Context(), in)
			switch {
			case err == nil && c.Broken == "":
				walked.Add(1)
			case !errors.Is(err, staff.ErrWalking):
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n := s.count("audit.checked"); n == 0 || n != int(walked.Load()) {
		t.Errorf("%d walks, %d rows", walked.Load(), n)
	}
}

// Questions that have lapsed hide none that waits, however many there are.
func TestLapsedQuestionsHideNoneThatWaits(t *testing.T) {
	s := set(t)
	_, _, asks := s.on("li.na", staff.Support)
	ask := func(n int) {
		_, err := s.Ask(t.Context(), asks, staff.Question{
			Permission: staff.MinorAccessRequest, Record: fmt.Sprintf("sub_%d", n), Reason: "rights_request", Reference: "T-1",
		})
		s.must(err)
	}
	for n := range 12 {
		ask(n)
	}
	s.clock.pass(8 * time.Hour)
	ask(12)
	_, _, other := s.on("wang.wei", staff.PrivacyOfficer)
	list, err := s.Waiting(t.Context(), other)
	s.must(err)
	if len(list) != 1 || list[0].Record != "sub_12" {
		t.Errorf("%+v", list)
	}
}
