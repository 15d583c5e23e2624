package bench

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// sweepScrape is how often /metrics is asked how far the jobs are.
const sweepScrape = 200 * time.Millisecond

// watch asks the server how far its jobs are until each has done as many things as it has to, and says from when to when
// they were at it.
func (p *process) watch(ctx context.Context, todo map[string]int) (whole span, err error) {
	first, err := p.jobs(ctx)
	if err != nil {
		return whole, err
	}
	for last := first; !done(first, last, todo); {
		if err := pause(ctx, sweepScrape); err != nil {
			return whole, fmt.Errorf("the sweep did not end in time: %+v of %v: %w", last, todo, err)
		}
		now, err := p.jobs(ctx)
		if err != nil {
			return whole, err
		}
		at := time.Now()
		for name := range todo {
			if now[name].done > last[name].done {
				whole = whole.and(span{at.Add(-time.Duration((now[name].seconds - last[name].seconds) * float64(time.Second))), at})
			}
		}
		last = now
	}
	return whole, nil
}

// done reports whether each job has done as many things since first as it has to.
func done(first, last map[string]worked, todo map[string]int) bool {
	for name, n := range todo {
		if last[name].done-first[name].done < float64(n) {
			return false
		}
	}
	return true
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
