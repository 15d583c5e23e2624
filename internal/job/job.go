package job

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"zhiqing/internal/lease"
)

// ErrUnknown: there is no job of this name.
var ErrUnknown = errors.New("job: unknown")

// Job is something that recurs. A server runs it when it starts, unless another has done so since, and then once per Every.
type Job struct {
	Name  string
	Every time.Duration
	// Run does what there is to do and says how many things it did. It may be run again after any crash, and returns soon
	// after ctx ends.
	Run        func(ctx context.Context) (n int, err error)
	Everywhere bool // per-process work: every server runs it, without a lease
}

// Tick is where timers come from: c gets one value after d, unless stop was called before.
type Tick func(d time.Duration) (c <-chan time.Time, stop func())

// Timer is the Tick of a real program.
func Timer(d time.Duration) (c <-chan time.Time, stop func()) {
	t := time.NewTimer(d)
	return t.C, func() { t.Stop() }
}

// Options are what a runner needs.
type Options struct {
	Leases *lease.Leases
	Now    func() time.Time
	Log    *slog.Logger
	Tick   Tick // default: Timer
	// Observe hears of every run that was begun: how long it took, what it did, how it ended. May be nil.
	Observe func(name string, took time.Duration, n int, err error)
}

// Runner runs jobs. Its methods may be called by many goroutines, but Add only before Run.
type Runner struct {
	o       Options
	started time.Time
	jobs    []*entry
}

// entry is a job and how it stands in this process.
type entry struct {
	Job
	poked chan struct{} // holds one poke
	turn  chan struct{} // held by whoever runs the job: it never runs twice at once here
	mu    sync.Mutex
	done  time.Time // when the latest run that succeeded, on any server, was begun
}

// New builds a runner without jobs.
func New(o Options) (*Runner, error) {
	if o.Leases == nil || o.Now == nil || o.Log == nil {
		return nil, errors.New("job: leases, a clock and a log are needed")
	}
	if o.Tick == nil {
		o.Tick = Timer
	}
	if o.Observe == nil {
		o.Observe = func(string, time.Duration, int, error) {}
	}
	return &Runner{o: o, started: o.Now()}, nil
}

// Add adds a job. It panics when the job cannot be run or its name is taken: that is a mistake in the program.
func (r *Runner) Add(j Job) {
	if j.Name == "" || j.Every <= 0 || j.Run == nil || r.find(j.Name) != nil {
		panic(fmt.Sprintf("job: %q needs a name of its own, a period and something to run", j.Name))
	}
	r.jobs = append(r.jobs, &entry{Job: j, poked: make(chan struct{}, 1), turn: make(chan struct{}, 1)})
}

// Names lists the jobs in the order in which they were added.
func (r *Runner) Names() []string {
	names := make([]string, len(r.jobs))
	for i, e := range r.jobs {
		names[i] = e.Name
	}
	return names
}

// Run runs every job when it is due until ctx ends, and returns when all have stopped.
func (r *Runner) Run(ctx context.Context) {
	var running sync.WaitGroup
	for _, e := range r.jobs {
		running.Go(func() { r.loop(ctx, e) })
	}
	running.Wait()
}

// Poke runs a job now instead of at its next turn, here or, if another server has it, after that one. It never blocks; pokes
// that come before the job begins are one. An unknown name is logged.
func (r *Runner) Poke(name string) {
	e := r.find(name)
	if e == nil {
		r.o.Log.Error("a job that does not exist was poked", "job", name)
		return
	}
	select {
	case e.poked <- struct{}{}:
	default:
	}
}

// RunOnce runs a job now, after a run that is under way here, and says what it did. lease.ErrHeld when another server is at
// it; ErrUnknown.
func (r *Runner) RunOnce(ctx context.Context, name string) (int, error) {
	e := r.find(name)
	if e == nil {
		return 0, fmt.Errorf("%w: %s", ErrUnknown, name)
	}
	return r.attempt(ctx, e)
}

// Lags tells for each job how long ago the latest run that succeeded was begun, on any server as far as this one has seen;
// since the start of this process when it has seen none.
func (r *Runner) Lags() map[string]time.Duration {
	now, lags := r.o.Now(), make(map[string]time.Duration, len(r.jobs))
	for _, e := range r.jobs {
		last := e.last()
		if last.IsZero() {
			last = r.started
		}
		lags[e.Name] = max(0, now.Sub(last))
	}
	return lags
}

func (r *Runner) find(name string) *entry {
	if i := slices.IndexFunc(r.jobs, func(e *entry) bool { return e.Name == name }); i >= 0 {
		return r.jobs[i]
	}
	return nil
}

func (e *entry) last() time.Time {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.done
}

// saw notes a run that has succeeded, here or elsewhere.
func (e *entry) saw(done time.Time) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if done.After(e.done) {
		e.done = done
	}
}
