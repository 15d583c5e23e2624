package job_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"zhiqing/internal/job"
)

func TestThingsAreDoneSeveralAtOnceAndEachOnce(t *testing.T) {
	var together sync.WaitGroup // returns only when two are at it at the same moment
	together.Add(2)
	met := make(chan struct{})
	go func() { together.Wait(); close(met) }()
	var times [100]atomic.Int32
	done, err := job.Spread(t.Context(), len(times), func(i int) error {
		if times[i].Add(1); i < 2 {
			together.Done()
			select {
			case <-met:
			case <-time.After(time.Minute):
				return errors.New("nobody beside me")
			}
		}
		return nil
	})
	if err != nil || done != len(times) {
		t.Errorf("%d done, %v", done, err)
	}
	for i := range times {
		if n := times[i].Load(); n != 1 {
			t.Errorf("number %d was done %d times", i, n)
		}
	}
}

func TestOneThatFailsDoesNotKeepTheOthersFromBeingDone(t *testing.T) {
	second, third := errors.New("second"), errors.New("third")
	done, err := job.Spread(t.Context(), 50, func(i int) error {
		return map[int]error{2: second, 3: third}[i]
	})
	if done != 48 || !errors.Is(err, second) {
		t.Errorf("%d done, %v; 48 and the first failure are expected", done, err)
	}
}

func TestNothingFurtherIsBegunAfterTheEnd(t *testing.T) {
	ctx, end := context.WithCancel(t.Context())
	var begun atomic.Int32
	done, err := job.Spread(ctx, 10_000, func(int) error { begun.Add(1); end(); return nil })
	if n := int(begun.Load()); done != n || n == 0 || n > 1000 || err != nil {
		t.Errorf("%d begun, %d done, %v", n, done, err)
	}
}

func TestOfNothingNothingIsDone(t *testing.T) {
	if done, err := job.Spread(t.Context(), 0, nil); done != 0 || err != nil {
		t.Errorf("%d, %v", done, err)
	}
}
