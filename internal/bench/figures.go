package bench

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"zhiqing/internal/app"
)

//go:embed load.lua
var loadScript []byte

// scenario is one kind of request, and the limit it is measured against.
type scenario struct {
	name, method, path, body string
	with                     bool // tokens
	at                       *process
	limit                    string // name of the limit's scenario; "" for a limit
	target                   float64
}

const grantBody = `{"method":"tap","decisions":[{"purpose":"analytics.usage","decision":"grant","notice_version":"1.0"}]}`

func scenarios(server, limits *process) []scenario {
	return []scenario{
		{name: "limit: bare Fiber", method: "GET", path: "/bare", at: limits},
		{name: "limit: Fiber + token check", method: "GET", path: "/token", with: true, at: limits},
		{name: "limit: Fiber + point read", method: "GET", path: "/read", at: limits},
		{name: "reading one's consents", method: "GET", path: "/v1/me/consents", with: true, at: server, limit: "limit: Fiber + point read", target: 0.5},
		{name: "limit: Fiber + durable insert", method: "POST", path: "/insert", at: limits},
		{name: "durable grants", method: "POST", path: "/v1/me/consents", body: grantBody, with: true, at: server, limit: "limit: Fiber + durable insert", target: 0.4},
		{name: "guest sessions", method: "POST", path: "/v1/sessions/guest", at: server, limit: "limit: Fiber + durable insert", target: 0.4},
	}
}

// figures collects what was measured, by scenario.
type figures struct {
	server  *process
	order   []scenario
	rate    map[string][]float64 // requests per second, one per round
	p50     map[string][]float64 // ms
	p99     map[string][]float64 // ms
	cpu     map[string]float64   // seconds
	done    map[string]int64     // answered requests
	resting float64              // MiB before the load
	peak    float64              // MiB
}

func newFigures(server *process) *figures {
	return &figures{server: server, rate: map[string][]float64{}, p50: map[string][]float64{}, p99: map[string][]float64{},
		cpu: map[string]float64{}, done: map[string]int64{}, resting: server.memory("VmRSS")}
}

var (
	wrkRate  = regexp.MustCompile(`Requests/sec:\s+([\d.]+)`)
	wrkDone  = regexp.MustCompile(`(\d+) requests in`)
	wrkP     = regexp.MustCompile(`\s(50|99)%\s+([\d.]+)(us|ms|s)`)
	wrkWrong = regexp.MustCompile(`(Non-2xx.*|Socket errors.*)`)
)

const connections = 64

// measure loads one scenario for a while. An answer that is not a success fails the run: it would not be a measurement.
func (f *figures) measure(ctx context.Context, o options, s scenario, tokens string) error {
	script := filepath.Join(o.dir, "load.lua")
	if err := os.WriteFile(script, loadScript, 0o600); err != nil {
		return err
	}
	args := []string{"-t1", "-c" + strconv.Itoa(connections), "-d" + o.duration.String(), "--latency", "-s", script, s.at.url + s.path, "--", s.method, s.body}
	if s.with {
		args = append(args, tokens)
	}
	before := s.at.cpu()
	ctx, cancel := context.WithTimeout(ctx, o.duration+time.Minute)
	defer cancel()
	raw, err := exec.CommandContext(ctx, "wrk", args...).CombinedOutput()
	out := string(raw)
	if wrong := wrkWrong.FindString(out); err != nil || wrong != "" {
		return fmt.Errorf("%s: %v %s\n%s", s.name, err, wrong, out)
	}
	if len(f.rate[s.name]) == 0 {
		f.order = append(f.order, s)
	}
	f.rate[s.name] = append(f.rate[s.name], number(wrkRate.FindStringSubmatch(out)))
	f.done[s.name] += int64(number(wrkDone.FindStringSubmatch(out)))
	f.cpu[s.name] += s.at.cpu() - before
	for _, m := range wrkP.FindAllStringSubmatch(out, -1) {
		ms, _ := strconv.ParseFloat(m[2], 64)
		ms *= map[string]float64{"us": 0.001, "ms": 1, "s": 1000}[m[3]]
		if m[1] == "50" {
			f.p50[s.name] = append(f.p50[s.name], ms)
		} else {
			f.p99[s.name] = append(f.p99[s.name], ms)
		}
	}
	return nil
}

func number(match []string) float64 {
	if len(match) < 2 {
		return 0
	}
	n, _ := strconv.ParseFloat(match[1], 64)
	return n
}

func median(v []float64) float64 {
	if len(v) == 0 {
		return 0
	}
	s := slices.Sorted(slices.Values(v))
	return s[len(s)/2]
}

// count walks every chain: what was acknowledged must be stored. Requests that were under way when a load was cut may be
// stored without having been counted as answered: at most one per connection and round.
func (f *figures) count(ctx context.Context, o options, data dataset) error {
	fmt.Fprintln(os.Stderr, "counting what is stored")
	report, err := app.Verify(ctx, settings(o))
	if err != nil {
		return err
	}
	acknowledged, stored := f.done["durable grants"], report.Entries-data.entries
	fmt.Fprintf(os.Stderr, "acknowledged %d, stored %d, chains broken %d\n", acknowledged, stored, len(report.Breaks))
	if !report.Sound() || stored < acknowledged || stored > acknowledged+int64(o.rounds*connections) {
		return fmt.Errorf("what was acknowledged is not what is stored")
	}
	raw, err := os.ReadFile(metaFile(o))
	var m meta
	if err == nil {
		err = json.Unmarshal(raw, &m)
	}
	if err != nil {
		return err
	}
	m.Entries = report.Entries
	return saveMeta(o, m)
}

// row is one line of the table.
type row struct {
	Name   string  `json:"name"`
	Rate   float64 `json:"per_second"`
	P50    float64 `json:"p50_ms"`
	P99    float64 `json:"p99_ms"`
	CPU    float64 `json:"cpu_s_per_1000"`
	Ratio  float64 `json:"ratio,omitempty"`
	Target float64 `json:"target,omitempty"`
}

// print writes the table in Markdown, and the figures as JSON where asked.
func (f *figures) print(o options) error {
	var rows []row
	fmt.Printf("| %d people stored | requests/s | p50 ms | p99 ms | CPU s / 1000 | ratio | target |\n|---|--:|--:|--:|--:|--:|--:|\n", o.people)
	for _, s := range f.order {
		r := row{Name: s.name, Rate: median(f.rate[s.name]), P50: median(f.p50[s.name]), P99: median(f.p99[s.name]), CPU: 1000 * f.cpu[s.name] / float64(max(f.done[s.name], 1)), Target: s.target}
		ratio, target := "", ""
		if s.limit != "" {
			r.Ratio = r.Rate / median(f.rate[s.limit])
			ratio, target = fmt.Sprintf("**%.2f**", r.Ratio), fmt.Sprintf("≥ %.1f of %s", s.target, strings.TrimPrefix(s.limit, "limit: "))
		}
		fmt.Printf("| %s | %.0f | %.1f | %.1f | %.3f | %s | %s |\n", s.name, r.Rate, r.P50, r.P99, r.CPU, ratio, target)
		rows = append(rows, r)
	}
	fmt.Printf("| start until ready | | | | | **%.2f s** | ≤ 1 s |\n", f.server.began.Seconds())
	fmt.Printf("| memory, resting / peak | | | | | **%.0f / %.0f MiB** | ≤ 300 MiB |\n", f.resting, f.peak)
	if o.json == "" {
		return nil
	}
	raw, err := json.MarshalIndent(map[string]any{"people": o.people, "rows": rows, "start_s": f.server.began.Seconds(), "resting_mib": f.resting, "peak_mib": f.peak}, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(o.json, append(raw, '\n'), 0o644)
}
