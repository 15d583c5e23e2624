package observe

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"zhiqing/internal/fault"
)

// Metrics counts what the program does. All methods may be called by many goroutines. Label values are bounded: a value
// of the wrong shape, or one too many, counts as "other", so that neither a client nor a mistake can fill the memory or
// write a person into a label.
type Metrics struct {
	registry  *prometheus.Registry
	requests  *family[*prometheus.HistogramVec]
	store     *family[*prometheus.CounterVec]
	wechat    *family[*prometheus.CounterVec]
	sessions  *family[*prometheus.CounterVec]
	fallbacks *family[*prometheus.CounterVec]
	consents  *family[*prometheus.CounterVec]
	runs      *family[*prometheus.CounterVec]
	spent     *family[*prometheus.CounterVec]
	things    *family[*prometheus.CounterVec]
	holds     prometheus.Gauge
	untold    prometheus.Gauge
}

// New returns metrics with a registry of their own, so that a test can hold several.
func New() *Metrics {
	m := &Metrics{
		registry:  prometheus.NewRegistry(),
		requests:  newFamily(histogram("http_request_seconds", "Time to answer a request, by route, method and class of status.", "route", "method", "status")),
		store:     newFamily(counter("store_operations_total", "Operations on the store, by operation and outcome.", "op", "outcome")),
		wechat:    newFamily(counter("wechat_calls_total", "Calls to WeChat, by API and outcome.", "api", "outcome")),
		sessions:  newFamily(counter("sessions_started_total", "Sessions started, by kind.", "kind")),
		fallbacks: newFamily(counter("wechat_fallbacks_total", "Logins that became a guest session, by reason.", "reason")),
		consents:  newFamily(counter("consent_decisions_total", "Consent entries written, by purpose and state.", "purpose", "state")),
		runs:      newFamily(counter("job_runs_total", "Runs of a job, by outcome.", "job", "outcome")),
		spent:     newFamily(counter("job_seconds_total", "Time spent in a job's runs.", "job")),
		holds:     prometheus.NewGauge(prometheus.GaugeOpts{Name: namespace + "_legal_holds_overdue", Help: "Open legal holds that are past their review."}),
		untold:    prometheus.NewGauge(prometheus.GaugeOpts{Name: namespace + "_emergency_notices_overdue", Help: "Emergency disclosures that the person should have been told of by now."}),
		things:    newFamily(counter("job_items_total", "Things that a job has done.", "job")),
	}
	m.registry.MustRegister(m.requests.vec, m.store.vec, m.wechat.vec, m.sessions.vec, m.fallbacks.vec, m.consents.vec,
		m.runs.vec, m.spent.vec, m.things.vec, m.holds, m.untold,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Handler serves the metrics in Prometheus' text format.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 4})
}

// Request notes one answered request. route is the template (`/v1/notices/{kind}`), never the path that was asked for.
func (m *Metrics) Request(route, method string, status int, took time.Duration) {
	class := "other"
	if status >= 100 && status < 600 {
		class = strconv.Itoa(status/100) + "xx"
	}
	m.requests.vec.WithLabelValues(m.requests.bound(route, method, class)...).Observe(took.Seconds())
}

// StoreOp notes one operation on the store (`get`, `insert`, …) and how it ended.
func (m *Metrics) StoreOp(op string, err error) { add(m.store, op, Outcome(err)) }

// WeChatCall notes one call to WeChat by its API's name and how it ended.
func (m *Metrics) WeChatCall(api string, err error) { add(m.wechat, api, Outcome(err)) }

// SessionStarted notes a new session by kind: guest, user.
func (m *Metrics) SessionStarted(kind string) { add(m.sessions, kind) }

// Fallback notes a login that ended as a guest session, by reason.
func (m *Metrics) Fallback(reason string) { add(m.fallbacks, reason) }

// HoldsLate notes how many open legal holds are past their review.
func (m *Metrics) HoldsLate(n int) { m.holds.Set(float64(n)) }

// Consent notes one consent entry by purpose and state.
func (m *Metrics) Consent(purpose, state string) { add(m.consents, purpose, state) }

func add(f *family[*prometheus.CounterVec], labels ...string) {
	f.vec.WithLabelValues(f.bound(labels...)...).Inc()
}

// Outcome is err as a label: ok, or the kind of the fault.
func Outcome(err error) string {
	if err == nil {
		return "ok"
	}
	return outcomes[fault.KindOf(err)]
}

var outcomes = map[fault.Kind]string{
	fault.Internal:        "internal",
	fault.Invalid:         "invalid",
	fault.Unauthenticated: "unauthenticated",
	fault.Forbidden:       "forbidden",
	fault.Hidden:          "hidden",
	fault.Missing:         "missing",
	fault.Conflict:        "conflict",
	fault.Stale:           "stale",
	fault.Unconditional:   "unconditional",
	fault.Gone:            "gone",
	fault.TooMany:         "too_many",
	fault.TooLarge:        "too_large",
	fault.Unavailable:     "unavailable",
}
