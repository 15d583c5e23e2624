package bench

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"zhiqing/internal/app"
)

const (
	sweepTarget = 60.0 // seconds, with 1 M people (issue 4)
	sweepShare  = 0.8  // of their speed that reads keep meanwhile
	sweepLimit  = 8 * time.Minute
	sweepTurn   = time.Minute            // how often the program's jobs have their turn
	sweepScrape = 200 * time.Millisecond // how often /metrics is asked how far they are
	readSlice   = 2 * time.Second        // length of one load of reads
	readsBefore = 8                      // loads that the reads before are the median of
)

// jobs are the server's jobs that have something to do, and how many things each.
func (e expiring) jobs() map[string]int {
	return map[string]int{"guardians": len(e.accounts), "consents": len(e.consents), "sessions": e.sessions}
}

// measureSweep lets the real server's own jobs sweep, at their turn, while consents are read at full speed. The embedded
// engine belongs to one process, so it is the server that sweeps, not `zhiqing sweep` beside it: the same code.
func measureSweep(ctx context.Context, o options) (figures []figure, err error) {
	o.holders = min(o.holders, max(1, o.people/10)) // so that nobody who reads is among those who end
	lead := 30*time.Second + time.Duration(o.people)*150*time.Microsecond
	var e expiring
	s, err := openWith(ctx, o, o.people, func(d dataset) (err error) {
		e, err = expire(ctx, d.folder, o.people, app.Clock().Add(lead))
		return err
	})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	ctx, cancel := context.WithTimeout(ctx, lead+sweepTurn+sweepLimit)
	defer cancel()
	reads, swept, err := s.sweep(ctx, e)
	if err != nil {
		return nil, err
	}
	s.server.stop()
	if err := e.check(ctx, s.data.folder); err != nil {
		return nil, err
	}
	before, during := reads.before(swept), reads.during(swept)
	return []figure{
		atMost("sweep", swept.took().Seconds(), sweepTarget, "s", fmt.Sprintf(
			"the server's jobs erase %d minors' accounts whose deadline is over, end %d consents and %d sessions; under the load below", len(e.accounts), len(e.consents), e.sessions)),
		atLeast("reads of consents meanwhile", median(during)/median(before), sweepShare, fmt.Sprintf(
			"%.0f/s before, %.0f/s during the sweep; medians of %d and %d loads of %s", median(before), median(during), len(before), len(during), readSlice)),
	}, nil
}

// span is a stretch of time.
type span struct{ from, to time.Time }

func (s span) took() time.Duration { return s.to.Sub(s.from) }

// reading is one load of reads.
type reading struct {
	span
	rate float64
}

type readings []reading

// sweep reads without a pause, from shortly before everything ends until the jobs have dealt with it.
func (s *stand) sweep(ctx context.Context, e expiring) (reads readings, swept span, err error) {
	reader := &bout{scenario: requests[0], at: s.server, data: s.data}
	short := options{duration: readSlice}
	if _, _, err := reader.load(ctx, short); err != nil { // caches fill
		return nil, swept, err
	}
	if err := pause(ctx, time.Until(e.at)-readsBefore*readSlice); err != nil {
		return nil, swept, err
	}
	if app.Clock().After(e.at) {
		return nil, swept, errors.New("everything had ended before the server was ready: this machine is too slow for so many people")
	}
	watching, stop := context.WithCancel(ctx)
	defer stop()
	var watch sync.WaitGroup
	var failed error
	watch.Go(func() {
		swept, failed = s.server.watch(watching, e.jobs())
		stop()
	})
	for watching.Err() == nil {
		began := time.Now()
		l, _, err := reader.load(ctx, short)
		if err != nil {
			stop()
			watch.Wait()
			return nil, swept, err
		}
		reads = append(reads, reading{span{began, time.Now()}, l.rate})
	}
	watch.Wait()
	return reads, swept, failed
}

// before are the rates of the latest loads that ended before the sweep began.
func (all readings) before(swept span) (rates []float64) {
	for _, one := range all {
		if one.to.Before(swept.from) {
			rates = append(rates, one.rate)
		}
	}
	return rates[max(0, len(rates)-readsBefore):]
}

// during are the rates of the loads within the sweep; of a sweep that is too short for one, of those that touch it.
func (all readings) during(swept span) (rates []float64) {
	var touching []float64
	for _, one := range all {
		if one.from.After(swept.from) && one.to.Before(swept.to) {
			rates = append(rates, one.rate)
		}
		if one.from.Before(swept.to) && one.to.After(swept.from) {
			touching = append(touching, one.rate)
		}
	}
	if len(rates) == 0 {
		return touching
	}
	return rates
}

// watch asks the server how far its jobs are until each has done as many things as it has to, and says from when to when
// they were at it.
func (p *process) watch(ctx context.Context, todo map[string]int) (whole span, err error) {
	first, err := p.jobs(ctx)
	if err != nil {
		return whole, err
	}
	last, open := first, len(todo)
	for open > 0 {
		if err := pause(ctx, sweepScrape); err != nil {
			return whole, fmt.Errorf("the sweep did not end in time: %+v of %v: %w", last, todo, err)
		}
		now, err := p.jobs(ctx)
		if err != nil {
			return whole, err
		}
		at := time.Now()
		for name, n := range todo {
			if now[name].done == last[name].done {
				continue
			}
			ran := span{at.Add(-time.Duration((now[name].seconds - last[name].seconds) * float64(time.Second))), at}
			if whole.from.IsZero() || ran.from.Before(whole.from) {
				whole.from = ran.from
			}
			whole.to = ran.to
			if now[name].done-first[name].done >= float64(n) && last[name].done-first[name].done < float64(n) {
				open--
			}
		}
		last = now
	}
	return whole, nil
}

// worked is what a job has done so far.
type worked struct{ done, seconds float64 }

// jobs reads /metrics.
func (p *process) jobs(ctx context.Context) (map[string]worked, error) {
	text, _, err := caller{at: p}.do(ctx, http.MethodGet, "/metrics", nil)
	if err != nil {
		return nil, err
	}
	all := map[string]worked{}
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		metric, job, value := jobMetric(lines.Text())
		w := all[job]
		switch metric {
		case "zhiqing_job_items_total":
			w.done = value
		case "zhiqing_job_seconds_total":
			w.seconds = value
		default:
			continue
		}
		all[job] = w
	}
	return all, nil
}

// jobMetric takes a line such as `zhiqing_job_items_total{job="consents"} 3` apart.
func jobMetric(line string) (metric, job string, value float64) {
	metric, rest, _ := strings.Cut(line, `{job="`)
	job, number, _ := strings.Cut(rest, `"} `)
	value, _ = strconv.ParseFloat(number, 64)
	return metric, job, value
}
