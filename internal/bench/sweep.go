package bench

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"zhiqing/internal/app"
)

const (
	sweepTarget = 60.0 // seconds, with 1 M people (issue 4)
	sweepShare  = 0.8  // of their speed that reads keep meanwhile
	sweepLimit  = 8 * time.Minute
	sweepTurn   = time.Minute     // how often the program's jobs have their turn
	readSlice   = 2 * time.Second // length of one load of reads
	readsBefore = 8               // loads that the reads before are the median of
)

// jobs are the server's jobs that have something to do, and how many things each.
func (e expiring) jobs() map[string]int {
	return map[string]int{"guardians": len(e.accounts), "consents": len(e.consents), "sessions": e.sessions}
}

// measureSweep lets the real server's own jobs sweep, at their turn, while consents are read at full speed. The embedded
// engine belongs to one process, so it is the server that sweeps, not `zhiqing sweep` beside it: the same code.
func measureSweep(ctx context.Context, o options) (figures []figure, err error) {
	if o.people < among {
		return nil, fmt.Errorf("a sweep needs %d people or more: -n", among)
	}
	o.holders = min(o.holders, o.people/10)                               // so that nobody who reads is among those who end
	lead := 30*time.Second + time.Duration(o.people)*100*time.Microsecond // for making them, and for the server's start
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
	periods, err := measureRetention(ctx, s.data.folder, o.people)
	if err != nil {
		return nil, err
	}
	before, during := reads.before(swept), reads.during(swept)
	return append([]figure{
		atMost("sweep", swept.took().Seconds(), sweepTarget, "s", fmt.Sprintf(
			"the server's jobs erase %d minors' accounts whose deadline is over, end %d consents and %d sessions; under the load below", len(e.accounts), len(e.consents), e.sessions)),
		atLeast("reads of consents meanwhile", median(during)/median(before), sweepShare, fmt.Sprintf(
			"%.0f/s before, %.0f/s during the sweep; medians of %d and %d loads of %s", median(before), median(during), len(before), len(during), readSlice)),
	}, periods...), nil
}

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
