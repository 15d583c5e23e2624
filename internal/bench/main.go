// Package bench measures the program against limits measured in the same run: what bare Fiber, a token check, a point
// read and a durable insert cost on this machine, and what share of them the real server reaches with many people stored.
//
// scripts/bench builds cmd/zhiqing-bench and starts it. It owns the data set (made by the real code, reused between runs),
// the limits server (this same binary with -limits), the load (wrk), the count of what was stored, and the tables. It
// refuses to judge requests by seconds: machines are noisy, so loads are short and interleaved, figures are medians, and
// targets are ratios; only what a person or the law waits for (an erasure, an export, a sweep) has a target in seconds. It
// refuses to flatter: where the program and its limit cannot do exactly the same work, the limit has the
// easier part.
//
// Start at ratios; then data.go for what is stored, limits.go for what is measured against, rights.go for the other table.
package bench

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/gofrs/flock"
)

type options struct {
	people   int           // stored
	holders  int           // of them, how many have an access token and are loaded
	rounds   int           // of each scenario
	duration time.Duration // of one load
	dir      string        // of the data sets
	server   string        // the real program
	json     string        // file for the figures, too; "" = none
	flat     bool
	rights   bool
	console  bool
	audit    int    // rows; 0 = perPerson each, mostRows at most
	profile  string // folder for profiles instead of a table; "" = none
	limits   string // be the limits server, with its files in this folder
}

func parse(args []string) (o options, err error) {
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	f.IntVar(&o.people, "n", 1_000_000, "people stored")
	f.IntVar(&o.holders, "holders", 5_000, "people who are loaded")
	f.IntVar(&o.rounds, "rounds", 5, "loads of each scenario")
	f.DurationVar(&o.duration, "t", 4*time.Second, "length of one load")
	f.StringVar(&o.dir, "d", "", "folder of the data sets (default: in the user's cache)")
	f.StringVar(&o.dir, "dir", "", "the same as -d")
	f.StringVar(&o.json, "json", "", "write the figures to this file, too")
	f.BoolVar(&o.flat, "flat", false, "compare the cost of a request with 10,000 people and with -n")
	f.BoolVar(&o.rights, "rights", false, "only the table of rights and retention")
	f.BoolVar(&o.console, "console", false, "only the table of the console")
	f.IntVar(&o.audit, "audit", 0, "audit rows stored for the console (default: 10 for each person, at most 10,000,000)")
	f.StringVar(&o.profile, "profile", "", "record with perf where the time goes, into this folder, instead")
	f.StringVar(&o.server, "server", "", "the program to measure")
	f.StringVar(&o.limits, "limits", "", "internal: be the limits server, with its files in this folder")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	switch {
	case f.NArg() > 0:
		return o, fmt.Errorf("what is %q? see -h", f.Arg(0))
	case o.people < 1, o.holders < 1, o.rounds < 1, o.rounds > 100, o.audit < 0, o.duration < time.Second, o.duration > time.Minute:
		return o, errors.New("-n and -holders are 1 or more, -audit 0 or more, -rounds 1 to 100, -t 1s to 1m")
	case o.flat && o.people == few:
		return o, fmt.Errorf("-flat compares %d people with others: -n", few)
	}
	if o.dir == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return o, err
		}
		o.dir = filepath.Join(cache, "zhiqing-bench")
	}
	return o, nil
}

// Main is the command: it reads the flags, measures, and returns the exit code.
func Main() int {
	o, err := parse(os.Args[1:])
	if errors.Is(err, flag.ErrHelp) {
		return 2
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err == nil {
		err = run(ctx, o)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		return 1
	}
	return 0
}

// setUpLimit bounds everything but the loads: making a data set, starting, counting, and the figures of rights and of the console.
const setUpLimit = 75 * time.Minute

func run(ctx context.Context, o options) error {
	if o.limits != "" {
		return serveLimits(ctx, o)
	}
	ctx, cancel := context.WithTimeout(ctx, setUpLimit+time.Duration(o.rounds*2*(len(limits)+2*len(requests)))*(o.duration+wrkSlack))
	defer cancel()
	if err := os.MkdirAll(o.dir, 0o700); err != nil {
		return err
	}
	lock := flock.New(filepath.Join(o.dir, "lock"))
	if ok, err := lock.TryLock(); err != nil || !ok {
		return fmt.Errorf("another run is using %s (%v)", o.dir, err)
	}
	defer func() { _ = lock.Unlock() }()
	switch {
	case o.flat:
		return flat(ctx, o)
	case o.rights:
		return alone(ctx, o, rightsFigures)
	case o.console:
		return alone(ctx, o, consoleFigures)
	case o.profile != "":
		return profile(ctx, o)
	}
	return ratios(ctx, o)
}

// alone prints one table of figures.
func alone(ctx context.Context, o options, measure func(context.Context, options) ([]figure, error)) error {
	figures, err := measure(ctx, o)
	if err != nil {
		return err
	}
	return writeJSON(o.json, map[string]any{"people": o.people, "figures": figures})
}

// ratios loads the server and its limits in turn, counts, and prints the share of the limits that the server reaches.
func ratios(ctx context.Context, o options) (err error) {
	s, err := openWith(ctx, o, o.people, func(d dataset) error { return employ(ctx, d.folder) })
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	if err := settle(ctx, s.server); err != nil {
		return err
	}
	against, err := startLimits(ctx, s.data.folder, o)
	if err != nil {
		return err
	}
	defer func() {
		against.stop()
		err = errors.Join(err, s.data.removeStore(insertsFile))
	}()
	var bouts []*bout
	for _, l := range limits {
		bouts = append(bouts, &bout{scenario: l, at: against, data: s.data})
	}
	bouts = append(bouts, s.bouts()...)
	resting := s.server.memory("VmRSS")
	if err := rounds(ctx, o, bouts); err != nil {
		return err
	}
	m := machine{Start: s.server.began.Seconds(), Resting: resting, Peak: s.server.memory("VmHWM"), Own: s.server.memory("RssAnon")}
	against.stop()
	counted, err := s.count(ctx, o)
	if err != nil {
		return err
	}
	all := report(os.Stdout, o, bouts, m, counted)
	if err := s.close(); err != nil { // its files make room
		return err
	}
	if all["rights"], err = rightsFigures(ctx, o); err != nil {
		return err
	}
	if all["console"], err = consoleFigures(ctx, o); err != nil {
		return err
	}
	return writeJSON(o.json, all)
}

// rounds runs every bout once per round, so that what disturbs the machine for a while disturbs all of them.
func rounds(ctx context.Context, o options, bouts []*bout) error {
	for round := range o.rounds {
		fmt.Fprintf(os.Stderr, "round %d of %d\n", round+1, o.rounds)
		for _, b := range bouts {
			if err := b.run(ctx, o); err != nil {
				return err
			}
		}
	}
	return nil
}
