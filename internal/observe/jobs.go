package observe

import (
	"maps"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// JobRan notes one run of a job: how long it took, how many things it did, how it ended.
func (m *Metrics) JobRan(job string, took time.Duration, n int, err error) {
	add(m.runs, job, Outcome(err))
	m.spent.vec.WithLabelValues(m.spent.bound(job)...).Add(max(0, took.Seconds()))
	m.things.vec.WithLabelValues(m.things.bound(job)...).Add(float64(max(0, n)))
}

// WatchJobs makes /metrics ask how far behind each job is: the time since its latest success. It is asked at every scrape,
// so that a job that hangs is seen to fall behind. Call it once.
func (m *Metrics) WatchJobs(lags func() map[string]time.Duration) {
	m.registry.MustRegister(jobLags{lags, newFamily(counter("job_lag", "", "job"))})
}

// jobLags is a collector: its values are those of the moment of the scrape.
type jobLags struct {
	lags  func() map[string]time.Duration
	names *family[*prometheus.CounterVec] // bounds the label; counts nothing
}

var lagSeconds = prometheus.NewDesc(namespace+"_job_lag_seconds", "Time since a job's latest run that succeeded was begun.", []string{"job"}, nil)

// Describe implements prometheus.Collector.
func (j jobLags) Describe(to chan<- *prometheus.Desc) { to <- lagSeconds }

// Collect implements prometheus.Collector. Jobs whose names are refused are one, the latest of them.
func (j jobLags) Collect(to chan<- prometheus.Metric) {
	latest := map[string]time.Duration{}
	for name, lag := range j.lags() {
		shown := j.names.bound(name)[0]
		latest[shown] = max(latest[shown], lag)
	}
	for _, name := range slices.Sorted(maps.Keys(latest)) {
		to <- prometheus.MustNewConstMetric(lagSeconds, prometheus.GaugeValue, latest[name].Seconds(), name)
	}
}
