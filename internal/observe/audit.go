package observe

import "github.com/prometheus/client_golang/prometheus"

// WatchAudit makes /metrics show whether the latest walk along the audit's chain found a break: 0 or 1, so that an alert can
// rest on it. broken is asked at every scrape and must answer from memory. Call it once.
func (m *Metrics) WatchAudit(broken func() bool) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Namespace: namespace, Name: "audit_broken", Help: "1 when the latest check of the audit's chain found a break.",
	}, func() float64 {
		if broken() {
			return 1
		}
		return 0
	}))
}
