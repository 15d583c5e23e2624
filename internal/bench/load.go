package bench

import (
	"context"
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"time"
)

//go:embed load.lua
var loadScript []byte

const (
	connections = 64
	wrkSlack    = 30 * time.Second // beyond its duration, after which wrk is killed
)

// load is what wrk saw of one scenario in one round.
type load struct {
	answered int64   // complete answers, each of them a success
	rate     float64 // answers per second
	p50, p99 float64 // ms until the answer
}

var (
	wrkAnswered = regexp.MustCompile(`(?m)^\s+(\d+) requests in `)
	wrkRate     = regexp.MustCompile(`(?m)^Requests/sec:\s+([\d.]+)()$`)
	wrkP50      = regexp.MustCompile(`(?m)^\s+50%\s+([\d.]+)(us|ms|s|m)$`)
	wrkP99      = regexp.MustCompile(`(?m)^\s+99%\s+([\d.]+)(us|ms|s|m)$`)
	wrkWrong    = regexp.MustCompile(`(?m)^\s+(Non-2xx or 3xx responses|Socket errors): .*$`)
)

// inMilliseconds are wrk's units.
var inMilliseconds = map[string]float64{"": 1, "us": 0.001, "ms": 1, "s": 1000, "m": 60_000}

// readWrk reads wrk's report. An answer that is no success, and a report without its figures, is an error: it would be no
// measurement.
func readWrk(out string) (l load, err error) {
	if wrong := wrkWrong.FindString(out); wrong != "" {
		return l, fmt.Errorf("not every answer was a success: %s", wrong)
	}
	answered := wrkAnswered.FindStringSubmatch(out)
	if answered == nil {
		return l, fmt.Errorf("wrk reported no requests:\n%s", out)
	}
	if l.answered, err = strconv.ParseInt(answered[1], 10, 64); err != nil || l.answered == 0 {
		return l, fmt.Errorf("wrk reported no answers:\n%s", out)
	}
	for _, figure := range []struct {
		in   *regexp.Regexp
		into *float64
	}{{wrkRate, &l.rate}, {wrkP50, &l.p50}, {wrkP99, &l.p99}} {
		m := figure.in.FindStringSubmatch(out)
		if m == nil {
			return l, fmt.Errorf("wrk's report lacks %s:\n%s", figure.in, out)
		}
		n, err := strconv.ParseFloat(m[1], 64)
		if err != nil {
			return l, err
		}
		*figure.into = n * inMilliseconds[m[2]]
	}
	return l, nil
}

// bout is one scenario at one server, over all rounds.
type bout struct {
	scenario
	at    *process
	data  dataset
	loads []load
	cpu   float64 // seconds of the server's
}

// run loads the server once. A load that does not count comes before each read of a person's own: otherwise the first kind
// of them would pay for looking at every token and account, which the next kind finds in memory.
func (b *bout) run(ctx context.Context, o options) error {
	if b.method == "GET" && b.limit != "" {
		if _, _, err := b.load(ctx, o); err != nil {
			return err
		}
	}
	return b.measure(ctx, o)
}

func (b *bout) measure(ctx context.Context, o options) error {
	l, cpu, err := b.load(ctx, o)
	if err != nil {
		return err
	}
	b.loads, b.cpu = append(b.loads, l), b.cpu+cpu
	return nil
}

// load is what wrk sees of the server under the bout's requests, and the CPU seconds that they took the server.
func (b *bout) load(ctx context.Context, o options) (l load, cpu float64, err error) {
	script := b.data.path("load.lua")
	if err := os.WriteFile(script, loadScript, 0o600); err != nil {
		return l, 0, err
	}
	tokens := ""
	if b.signed {
		tokens = b.data.path(tokensFile)
	}
	ctx, cancel := context.WithTimeout(ctx, o.duration+wrkSlack)
	defer cancel()
	before := b.at.cpu()
	out, err := exec.CommandContext(ctx, "wrk", "-t1", "-c"+strconv.Itoa(connections), "-d"+strconv.Itoa(int(o.duration.Seconds()))+"s", "--latency",
		"-s", script, b.at.url+b.path, "--", b.method, b.body, tokens, strconv.Itoa(len(b.loads))).CombinedOutput()
	if err != nil {
		return l, 0, fmt.Errorf("%s: wrk: %w\n%s", b.name, err, out)
	}
	if l, err = readWrk(string(out)); err != nil {
		return l, 0, fmt.Errorf("%s: %w", b.name, err)
	}
	return l, b.at.cpu() - before, nil
}

func (b *bout) median(figure func(load) float64) float64 {
	all := make([]float64, len(b.loads))
	for i, l := range b.loads {
		all[i] = figure(l)
	}
	return median(all)
}

func (b *bout) rate() float64 { return b.median(func(l load) float64 { return l.rate }) }
func (b *bout) p50() float64  { return b.median(func(l load) float64 { return l.p50 }) }
func (b *bout) p99() float64  { return b.median(func(l load) float64 { return l.p99 }) }

func (b *bout) answered() (n int64) {
	for _, l := range b.loads {
		n += l.answered
	}
	return n
}

// cost is the CPU seconds of the server per 1000 answers.
func (b *bout) cost() float64 { return 1000 * b.cpu / float64(max(b.answered(), 1)) }

// median is the middle value, of an even number the mean of the middle two; 0 of none.
func median(all []float64) float64 {
	n := len(all)
	if n == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(all))
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}
