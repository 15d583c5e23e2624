package observe

import "github.com/prometheus/client_golang/prometheus"

// WatchInspection makes /metrics show how much the last nightly inspection found that should not be, by question; anything
// above 0 is an alert. found is asked at every scrape and must answer from memory. Call it once.
func (m *Metrics) WatchInspection(found func() map[string]int64) {
	m.registry.MustRegister(inspected(found))
}

// inspected is a collector: its values are those of the last inspection.
type inspected func() map[string]int64

var inspectionFindings = prometheus.NewDesc(namespace+"_inspection_findings", "What the last inspection found that should not be, by question.", []string{"question"}, nil)

// Describe implements prometheus.Collector.
func (inspected) Describe(to chan<- *prometheus.Desc) { to <- inspectionFindings }

// Collect implements prometheus.Collector.
func (f inspected) Collect(to chan<- prometheus.Metric) {
	for question, n := range f() {
		to <- prometheus.MustNewConstMetric(inspectionFindings, prometheus.GaugeValue, float64(n), question)
	}
}
