package observe

import "github.com/prometheus/client_golang/prometheus"

// WatchRequests makes /metrics show how many rights requests are open, by urgency (calm, half, urgent, overdue). open is
// asked at every scrape and must answer from memory. Call it once.
func (m *Metrics) WatchRequests(open func() map[string]int) {
	m.registry.MustRegister(openRequests(open))
}

// openRequests is a collector: its values are those of the latest count.
type openRequests func() map[string]int

var requestsOpen = prometheus.NewDesc(namespace+"_requests_open", "Open rights requests by urgency, of those that are due first.", []string{"urgency"}, nil)

// Describe implements prometheus.Collector.
func (openRequests) Describe(to chan<- *prometheus.Desc) { to <- requestsOpen }

// Collect implements prometheus.Collector.
func (f openRequests) Collect(to chan<- prometheus.Metric) {
	for urgency, n := range f() {
		to <- prometheus.MustNewConstMetric(requestsOpen, prometheus.GaugeValue, float64(n), urgency)
	}
}
