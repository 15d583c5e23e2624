package job_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"zhiqing/internal/job"
	"zhiqing/internal/lease"
	"zhiqing/internal/store"
)

const every = time.Minute

// counting is a job that says when it runs.
func counting() (job.Job, chan struct{}) {
	ran := make(chan struct{}, 100)
	return job.Job{Name: "sweep", Every: every, Run: func(context.Context) (int, error) {
		ran <- struct{}{}
		return 1, nil
	}}, ran
}

func TestAJobRunsAtTheStartAndThenOncePerPeriod(t *testing.T) {
	for _, everywhere := range []bool{false, true} {
		s := newStage(t)
		j, ran := counting()
		j.Everywhere = everywhere
		stop := s.run(s.server("a", j))
		for range 3 {
			within(t, "the run", ran)
			timer := s.next(every)
			if len(ran) != 0 {
				t.Error("it ran without being due")
			}
			s.advance(every)
			timer.fire <- s.now()
		}
		within(t, "the run", ran)
		stop()
	}
}

func TestServersShareTheRunsOfAPeriod(t *testing.T) {
	s := newStage(t)
	j, ran := counting()
	var timers []timer
	for _, name := range []string{"a", "b", "c"} {
		s.run(s.server(name, j))
		timers = append(timers, s.next(every))
	}
	if len(ran) != 1 {
		t.Fatalf("%d of three servers ran it at the start", len(ran))
	}
	s.advance(every)
	for _, one := range timers {
		one.fire <- s.now()
		s.next(every)
	}
	if len(ran) != 2 {
		t.Errorf("%d runs in two periods", len(ran))
	}
}

func TestAPokeRunsTheJobNowAndManyPokesAreOne(t *testing.T) {
	s := newStage(t)
	begun, goOn := make(chan struct{}), make(chan struct{})
	r := s.server("a", job.Job{Name: "requests", Every: every, Run: func(context.Context) (int, error) {
		begun <- struct{}{}
		<-goOn
		return 0, nil
	}})
	s.run(r)
	within(t, "the start", begun)
	for range 1000 {
		r.Poke("requests") // while it runs: what they are about may have come too late for this run
	}
	goOn <- struct{}{}
	within(t, "the poked run", begun)
	goOn <- struct{}{}
	s.next(every)
	r.Poke("requests")
	within(t, "the run of an idle job", begun)
	goOn <- struct{}{}
	s.next(every)
	r.Poke("nothing")
	if !strings.Contains(s.log.String(), "nothing") {
		t.Error("a poke that reaches nobody is not logged")
	}
}

// Another server has the job: the poke is not lost, it waits until the lease is free.
func TestAPokeSurvivesAnotherServersRun(t *testing.T) {
	s := newStage(t)
	j, ran := counting()
	r := s.server("a", j)
	s.run(r)
	within(t, "the start", ran)
	s.next(every)
	other := s.leases("b")
	held, err := other.Take(t.Context(), "sweep")
	if err != nil {
		t.Fatal(err)
	}
	r.Poke("sweep")
	again := s.next(life)
	if err := other.Release(t.Context(), held, s.now()); err != nil {
		t.Fatal(err)
	}
	again.fire <- s.now()
	within(t, "the poked run", ran)
}

func TestALeaseIsRenewedWhileTheJobRunsAndItsLossEndsTheRun(t *testing.T) {
	s := newStage(t)
	ended := make(chan error, 1)
	begun := make(chan struct{}, 1)
	r := s.server("a", job.Job{Name: "long", Every: every, Run: func(ctx context.Context) (int, error) {
		begun <- struct{}{}
		<-ctx.Done()
		ended <- context.Cause(ctx)
		return 0, nil // it takes the end of its context for a quiet end
	}})
	result := make(chan error, 1)
	go func() {
		_, err := r.RunOnce(t.Context(), "long")
		result <- err
	}()
	within(t, "the run", begun)
	other := s.leases("b")
	timer := s.next(life / 3)
	for range 6 { // twice the life of a lease
		s.advance(life / 3)
		timer.fire <- s.now()
		timer = s.next(life / 3)
		if _, err := other.Take(t.Context(), "long"); !errors.Is(err, lease.ErrHeld) {
			t.Fatal("the lease of a running job was free:", err)
		}
	}
	s.advance(life) // away for too long: another server takes over
	if _, err := other.Take(t.Context(), "long"); err != nil {
		t.Fatal(err)
	}
	timer.fire <- s.now()
	if cause := within(t, "the end of the run", ended); !errors.Is(cause, lease.ErrLost) {
		t.Error(cause)
	}
	if err := within(t, "the result", result); !errors.Is(err, lease.ErrLost) {
		t.Errorf("a run that lost its lease counts as done: %v", err)
	}
	if l, err := other.Read(t.Context(), "long"); err != nil || l.Holder != "b" {
		t.Errorf("the loser gave back what was no longer his: %+v %v", l, err)
	}
}

// The store does not answer: the run ends before the lease does, not after somebody else could have begun.
func TestARunEndsBeforeALeaseThatCannotBeRenewed(t *testing.T) {
	s := newStage(t)
	begun, ended := make(chan struct{}, 1), make(chan time.Time, 1)
	r := s.server("a", job.Job{Name: "long", Every: every, Run: func(ctx context.Context) (int, error) {
		begun <- struct{}{}
		<-ctx.Done()
		ended <- s.now()
		return 0, ctx.Err()
	}})
	start := s.now()
	result := make(chan error, 1)
	go func() {
		_, err := r.RunOnce(t.Context(), "long")
		result <- err
	}()
	within(t, "the run", begun)
	s.engine.FailBefore(1)
	timer := s.next(life / 3)
	s.advance(life / 3)
	timer.fire <- s.now()
	timer = s.next(life / 3) // the first try failed, and there is time for another
	s.engine.FailBefore(1)
	s.advance(life / 3)
	timer.fire <- s.now()
	if at := within(t, "the end of the run", ended); !at.Before(start.Add(life)) {
		t.Errorf("it ended %v after the lease was taken for %v", at.Sub(start), life)
	}
	within(t, "the result", result)
}

func TestAPanicIsAnErrorThatTellsNobodysData(t *testing.T) {
	s := newStage(t)
	var none map[string]int
	for _, throw := range []func(){
		func() { panic("张三 13800138000") },
		func() { panic(errors.New("zhang@example.com")) },
		func() { none["x"]++ },
	} {
		r := s.server("a", job.Job{Name: "bad", Every: every, Run: func(context.Context) (int, error) { throw(); return 0, nil }})
		_, err := r.RunOnce(t.Context(), "bad")
		if err == nil || !strings.Contains(err.Error(), "job: bad panicked") || !strings.Contains(err.Error(), "job_test.") {
			t.Fatal(err)
		}
		for _, secret := range []string{"张三", "138", "example"} {
			if strings.Contains(err.Error(), secret) {
				t.Errorf("%v tells %s", err, secret)
			}
		}
	}
}

func TestAFailedRunIsLoggedCountedAndTriedAgainMoreAndMoreRarely(t *testing.T) {
	s := newStage(t)
	type run struct {
		n   int
		err error
	}
	seen := make(chan run, 100)
	var broken atomic.Bool
	broken.Store(true)
	r, err := job.New(job.Options{
		Leases: s.leases("a"), Now: s.now, Log: slog.New(slog.NewTextHandler(&s.log, nil)), Tick: s.tick,
		Observe: func(name string, _ time.Duration, n int, err error) { seen <- run{n, err} },
	})
	if err != nil {
		t.Fatal(err)
	}
	r.Add(job.Job{Name: "sweep", Every: time.Hour, Run: func(context.Context) (int, error) {
		if broken.Load() {
			return 3, store.ErrUnavailable
		}
		return 7, nil
	}})
	s.run(r)
	for _, pause := range []time.Duration{time.Second, 2 * time.Second, 4 * time.Second} {
		if got := within(t, "the run", seen); got.n != 3 || !errors.Is(got.err, store.ErrUnavailable) {
			t.Error(got)
		}
		timer := s.next(pause)
		broken.Store(pause < 4*time.Second)
		s.advance(pause)
		timer.fire <- s.now()
	}
	if got := within(t, "the run", seen); got.n != 7 || got.err != nil {
		t.Error(got)
	}
	s.next(time.Hour)
	if log := s.log.String(); strings.Count(log, "job=sweep") != 3 || !strings.Contains(log, "store.unavailable") {
		t.Error(log)
	}
}

func TestRunOnceWaitsItsTurnAndTellsWhoIsAtIt(t *testing.T) {
	s := newStage(t)
	begun, goOn := make(chan struct{}), make(chan struct{})
	var inside, most atomic.Int64
	r := s.server("a", job.Job{Name: "sweep", Every: every, Run: func(context.Context) (int, error) {
		most.Store(max(most.Load(), inside.Add(1)))
		defer inside.Add(-1)
		begun <- struct{}{}
		<-goOn
		return 5, nil
	}})
	s.run(r)
	within(t, "the start", begun)
	result := make(chan int, 1)
	go func() {
		n, err := r.RunOnce(t.Context(), "sweep")
		if err != nil {
			t.Error(err)
		}
		result <- n
	}()
	other := s.server("b", job.Job{Name: "sweep", Every: every, Run: func(context.Context) (int, error) { return 0, nil }})
	if _, err := other.RunOnce(t.Context(), "sweep"); !errors.Is(err, lease.ErrHeld) {
		t.Error("two servers at once:", err)
	}
	goOn <- struct{}{}
	within(t, "the turn", begun)
	goOn <- struct{}{}
	if n := within(t, "the result", result); n != 5 || most.Load() != 1 {
		t.Error(n, most.Load())
	}
	if _, err := r.RunOnce(t.Context(), "nothing"); !errors.Is(err, job.ErrUnknown) {
		t.Error(err)
	}
}

func TestRunReturnsWhenEveryJobHasStoppedAndItsLeaseIsFree(t *testing.T) {
	s := newStage(t)
	begun := make(chan struct{}, 1)
	var over atomic.Bool
	stop := s.run(s.server("a", job.Job{Name: "long", Every: every, Run: func(ctx context.Context) (int, error) {
		begun <- struct{}{}
		<-ctx.Done()
		over.Store(true)
		return 0, ctx.Err()
	}}))
	within(t, "the run", begun)
	stop()
	if !over.Load() {
		t.Error("it still runs")
	}
	if _, err := s.leases("b").Take(t.Context(), "long"); err != nil {
		t.Error("the lease is not free:", err)
	}
	if log := s.log.String(); log != "" {
		t.Errorf("stopping is no failure: %s", log)
	}
}

func TestLagIsTheTimeSinceTheLatestSuccessAnywhere(t *testing.T) {
	s := newStage(t)
	var broken atomic.Bool
	j := job.Job{Name: "sweep", Every: time.Hour, Run: func(context.Context) (int, error) {
		if broken.Load() {
			return 0, store.ErrUnavailable
		}
		return 0, nil
	}}
	r := s.server("a", j)
	lag := func(want time.Duration) {
		t.Helper()
		if got := r.Lags()["sweep"]; got != want {
			t.Errorf("lag %v, want %v", got, want)
		}
	}
	s.advance(2 * time.Minute)
	lag(2 * time.Minute) // it has never run
	if _, err := r.RunOnce(t.Context(), "sweep"); err != nil {
		t.Fatal(err)
	}
	lag(0)
	s.advance(3 * time.Minute)
	broken.Store(true)
	if _, err := r.RunOnce(t.Context(), "sweep"); err == nil {
		t.Fatal("it should fail")
	}
	lag(3 * time.Minute)
	broken.Store(false)
	if _, err := s.server("b", j).RunOnce(t.Context(), "sweep"); err != nil {
		t.Fatal(err)
	}
	stop := s.run(r) // it looks at the lease before it waits
	s.next(time.Hour)
	lag(0)
	stop()
}
