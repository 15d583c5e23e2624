// Package bench measures the program against limits measured in the same run: what bare Fiber, a token check, a point read
// and a durable insert cost on this machine, and what share of them the real server reaches with many people stored.
//
// scripts/bench builds cmd/zhiqing-bench and starts it. It owns the data set (made by the real code, reused between runs), the limits server
// (this same binary with -limits), the load (wrk) and the table. It refuses to judge by seconds: machines are noisy, so
// rounds are short and interleaved, figures are medians, and targets are ratios.
//
// Start at run.
package bench

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"time"
)

type options struct {
	people   int
	holders  int // people with an access token, who are loaded
	rounds   int
	duration time.Duration
	dir      string
	server   string // the real program
	json     string
	limits   string // address: be the limits server
}

// Main is the command: it parses the flags, measures, and returns the exit code.
func Main() int {
	var o options
	flag.IntVar(&o.people, "n", 1_000_000, "people stored")
	flag.IntVar(&o.holders, "holders", 5_000, "people who are loaded")
	flag.IntVar(&o.rounds, "rounds", 5, "rounds of each scenario")
	flag.DurationVar(&o.duration, "d", 4*time.Second, "length of one load")
	flag.StringVar(&o.dir, "dir", "", "folder for the data set")
	flag.StringVar(&o.server, "server", "", "the program to measure")
	flag.StringVar(&o.json, "json", "", "write the figures to this file, too")
	flag.StringVar(&o.limits, "limits", "", "internal: be the limits server, with its files in this folder")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, o)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		return 1
	}
	return 0
}

func run(ctx context.Context, o options) error {
	if o.limits != "" {
		return serveLimits(ctx, o.limits)
	}
	o.dir = filepath.Join(o.dir, fmt.Sprintf("people-%d", o.people))
	if err := os.MkdirAll(o.dir, 0o700); err != nil {
		return err
	}
	data, err := prepare(ctx, o)
	if err != nil {
		return err
	}
	server, err := startServer(ctx, o)
	if err != nil {
		return err
	}
	defer server.stop()
	limits, err := startLimits(ctx, o)
	if err != nil {
		return err
	}
	defer limits.stop()
	figures := newFigures(server)
	for round := range o.rounds {
		fmt.Fprintf(os.Stderr, "round %d of %d\n", round+1, o.rounds)
		for _, s := range scenarios(server, limits) {
			if err := figures.measure(ctx, o, s, data.tokens); err != nil {
				return err
			}
		}
	}
	figures.peak = server.memory("VmHWM")
	server.stop()
	limits.stop()
	if err := figures.count(ctx, o, data); err != nil {
		return err
	}
	return figures.print(o)
}
