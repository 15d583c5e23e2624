package observe_test

import (
	"errors"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"zhiqing/internal/fault"
	"zhiqing/internal/observe"
)

func scrape(t *testing.T, m *observe.Metrics) string {
	t.Helper()
	answer := httptest.NewRecorder()
	m.Handler().ServeHTTP(answer, httptest.NewRequest("GET", "/metrics", nil))
	if answer.Code != 200 {
		t.Fatalf("status %d", answer.Code)
	}
	return answer.Body.String()
}

func TestEachMetricCountsUnderItsLabels(t *testing.T) {
	m := observe.New()
	m.Request("/v1/notices/{kind}", "GET", 204, 2*time.Millisecond)
	m.Request("/v1/me", "GET", 0, time.Second)
	m.StoreOp("insert", fmt.Errorf("x: %w", fault.Define(fault.Conflict, "a.b", "", "")))
	m.WeChatCall("code2session", nil)
	m.WeChatCall("code2session", errors.New("no kind"))
	m.SessionStarted("guest")
	m.Fallback("unavailable")
	m.Consent("marketing", "given")
	m.Consent("marketing", "given")
	m.JobRan("sweep", 1500*time.Millisecond, 3, nil)
	m.JobRan("sweep", time.Second, 1, errors.New("no kind"))
	m.WatchJobs(func() map[string]time.Duration {
		return map[string]time.Duration{"sweep": 90 * time.Second, "13800138000": 1}
	})
	got := scrape(t, m)
	for _, want := range []string{
		`zhiqing_http_request_seconds_count{method="GET",route="/v1/notices/{kind}",status="2xx"} 1`,
		`zhiqing_http_request_seconds_bucket{method="GET",route="/v1/notices/{kind}",status="2xx",le="0.001"} 0`,
		`zhiqing_http_request_seconds_bucket{method="GET",route="/v1/notices/{kind}",status="2xx",le="0.0025"} 1`,
		`zhiqing_http_request_seconds_count{method="GET",route="/v1/me",status="other"} 1`,
		`zhiqing_store_operations_total{op="insert",outcome="conflict"} 1`,
		`zhiqing_wechat_calls_total{api="code2session",outcome="ok"} 1`,
		`zhiqing_wechat_calls_total{api="code2session",outcome="internal"} 1`,
		`zhiqing_sessions_started_total{kind="guest"} 1`,
		`zhiqing_wechat_fallbacks_total{reason="unavailable"} 1`,
		`zhiqing_consent_decisions_total{purpose="marketing",state="given"} 2`,
		`zhiqing_job_runs_total{job="sweep",outcome="ok"} 1`,
		`zhiqing_job_runs_total{job="sweep",outcome="internal"} 1`,
		`zhiqing_job_seconds_total{job="sweep"} 2.5`,
		`zhiqing_job_items_total{job="sweep"} 4`,
		`zhiqing_job_lag_seconds{job="sweep"} 90`,
		`zhiqing_job_lag_seconds{job="other"} 1e-09`,
	} {
		if !strings.Contains(got, want+"\n") {
			t.Errorf("missing: %s", want)
		}
	}
}

func TestEveryKindOfFaultIsAnOutcome(t *testing.T) {
	seen := map[string]bool{}
	for kind := fault.Internal; kind <= fault.Unavailable; kind++ {
		outcome := observe.Outcome(fault.Define(kind, "a.b", "", ""))
		if outcome == "" || seen[outcome] {
			t.Errorf("kind %d has the outcome %q", kind, outcome)
		}
		seen[outcome] = true
	}
}

func TestLabelsAreBoundedAndNameNobody(t *testing.T) {
	m := observe.New()
	for i := range 1000 {
		m.Fallback(fmt.Sprint("reason_", i))
	}
	for _, leak := range []string{"", "13800138000", "oABCDEFGHIJKLMNOPQRSTUVWXY-_", "知情", "a\nb", "/x?y=z", strings.Repeat("a", 81)} {
		m.SessionStarted(leak)
	}
	got := scrape(t, m)
	if n := strings.Count(got, "zhiqing_wechat_fallbacks_total{"); n != 201 {
		t.Errorf("%d values of one label", n)
	}
	if !strings.Contains(got, `zhiqing_wechat_fallbacks_total{reason="other"} 800`) {
		t.Error("what is over the bound is not counted as other")
	}
	if n := strings.Count(got, "zhiqing_sessions_started_total{"); n != 1 || !strings.Contains(got, `zhiqing_sessions_started_total{kind="other"} 7`) {
		t.Errorf("%d kinds of session, want other only", n)
	}
}
