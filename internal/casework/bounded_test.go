package casework_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"

	"zhiqing/internal/casework"
	"zhiqing/internal/rights"
	"zhiqing/internal/staff"
)

// counting counts what the queue reads.
type counting struct {
	casework.Requests
	calls, read atomic.Int64
}

func (c *counting) Queue(ctx context.Context, after string, limit int) ([]rights.Request, string, error) {
	list, next, err := c.Requests.Queue(ctx, after, limit)
	c.calls.Add(1)
	c.read.Add(int64(len(list)))
	return list, next, err
}

// A page reads what it shows, however long the queue is; a filter that nothing fits stops after a few pages and says where.
func TestAPageOfTheQueueReadsABoundedPart(t *testing.T) {
	s := open(t)
	by := s.on("po", staff.PrivacyOfficer)
	for i := range 60 {
		s.lodge(s.person(fmt.Sprint("p", i), false), rights.Correct, "")
	}
	counted := &counting{Requests: s.rights}
	s.options.Requests = counted
	desk, err := casework.Open(s.options)
	s.must(err)
	p, err := desk.Queue(t.Context(), by, casework.Filter{}, "", 5)
	s.must(err)
	if len(p.Items) != 5 || p.Next == "" || counted.read.Load() != 5 || counted.calls.Load() != 1 {
		t.Errorf("%d items, %d read in %d calls", len(p.Items), counted.read.Load(), counted.calls.Load())
	}
	p, err = desk.Queue(t.Context(), by, casework.Filter{Type: rights.Object}, "", 5)
	s.must(err)
	if len(p.Items) > 0 || p.Next == "" || counted.read.Load() != 55 {
		t.Errorf("%d items, %d read, next %q", len(p.Items), counted.read.Load(), p.Next)
	}
}

// Asking for less than nothing or for everything gives a page.
func TestTheSizeOfAPageIsBounded(t *testing.T) {
	s := open(t)
	by := s.on("po", staff.PrivacyOfficer)
	s.lodge(s.person("wang", false), rights.Correct, "")
	for _, limit := range []int{-1, 0, 1 << 30} {
		if p, err := s.Queue(t.Context(), by, casework.Filter{}, "", limit); err != nil || len(p.Items) != 1 {
			t.Errorf("%d: %+v %v", limit, p, err)
		}
	}
}
