package bench

import (
	"strings"
	"testing"
)

const wrkReport = `Running 4s test @ http://127.0.0.1:1/v1/me/consents
  1 threads and 64 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency    11.47ms    9.00ms 104.15ms   87.84%
    Req/Sec     6.03k   596.05     7.09k    72.50%
  Latency Distribution
     50%  980.00us
     75%   14.91ms
     90%   20.71ms
     99%    1.05s
  24007 requests in 4.00s, 103.99MB read
Requests/sec:   5999.50
Transfer/sec:     25.99MB
`

func TestAReportIsReadInMilliseconds(t *testing.T) {
	got, err := readWrk(wrkReport)
	if want := (load{answered: 24007, rate: 5999.5, p50: 0.98, p99: 1050}); err != nil || got != want {
		t.Errorf("got %+v, %v; want %+v", got, err, want)
	}
}

func TestAnAnswerThatIsNoSuccessIsNoMeasurement(t *testing.T) {
	for name, report := range map[string]string{
		"refusals":     strings.Replace(wrkReport, "Requests/sec", "  Non-2xx or 3xx responses: 1\nRequests/sec", 1),
		"sockets":      strings.Replace(wrkReport, "Requests/sec", "  Socket errors: connect 0, read 0, write 0, timeout 1\nRequests/sec", 1),
		"no answers":   strings.Replace(wrkReport, "24007 requests", "0 requests", 1),
		"no rate":      strings.Replace(wrkReport, "Requests/sec", "Requests", 1),
		"no latency":   strings.Replace(wrkReport, "99% ", "98% ", 1),
		"unknown unit": strings.Replace(wrkReport, "1.05s", "1.05h", 1),
		"nothing":      "",
	} {
		if l, err := readWrk(report); err == nil {
			t.Errorf("%s: read as %+v", name, l)
		}
	}
}

func TestAMedianIgnoresOneBadRound(t *testing.T) {
	for _, row := range []struct {
		all  []float64
		want float64
	}{{nil, 0}, {[]float64{4}, 4}, {[]float64{9, 1}, 5}, {[]float64{3, 1000, 1}, 3}} {
		if got := median(row.all); got != row.want {
			t.Errorf("median of %v is %v, not %v", row.all, got, row.want)
		}
	}
}

func TestCostIsPerThousandAnswersOfAllRounds(t *testing.T) {
	b := bout{loads: []load{{answered: 1500}, {answered: 2500}}, cpu: 2}
	if got := b.cost(); got != 0.5 {
		t.Errorf("2 s for 4000 answers are %v s per 1000", got)
	}
}
