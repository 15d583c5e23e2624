package bench

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
)

// The targets that are no ratios.
const (
	startTarget  = 1.0 // seconds until /readyz answers
	memoryTarget = 300 // MiB
)

// machine is what the server took besides time.
type machine struct {
	Start   float64 `json:"start_s"`       // from exec to the first /readyz
	Resting float64 `json:"resting_mib"`   // resident before the load
	Peak    float64 `json:"peak_mib"`      // resident at most
	Own     float64 `json:"anonymous_mib"` // resident after the load, without pages of files
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
	Cost   float64 `json:"cost_ratio,omitempty"` // CPU time per answer, as a multiple of the limit's
}

func rowOf(b *bout, among []*bout) row {
	r := row{Name: b.name, Rate: b.rate(), P50: b.p50(), P99: b.p99(), CPU: b.cost(), Target: b.target}
	for _, other := range among {
		if other.name == b.limit {
			r.Ratio = r.Rate / other.rate()
			if cost := other.cost(); cost > 0 { // 0 where the system does not tell
				r.Cost = b.cost() / cost
			}
		}
	}
	return r
}

// mark says with the target whether it was reached.
func mark(reached bool, target string) string {
	if reached {
		return target + " ✓"
	}
	return target + " ✗"
}

// conditions is what one has to know to compare a table with another.
func conditions(o options) string {
	return fmt.Sprintf("%s, %d processors (the load generator on them, too), %d connections, medians of %d × %s, SQLite with synchronous=FULL; server in development mode, log.level warn, rate limits raised",
		runtime.Version(), runtime.NumCPU(), connections, o.rounds, o.duration)
}

// report prints the table in Markdown, and gives its figures as they go into JSON.
func report(w io.Writer, o options, bouts []*bout, m machine, tallies []tally) map[string]any {
	fmt.Fprintf(w, "| %d people stored | requests/s | p50 ms | p99 ms | CPU s / 1000 | ratio | target |\n|---|--:|--:|--:|--:|--:|---|\n", o.people)
	var rows []row
	for _, b := range bouts {
		r := rowOf(b, bouts)
		ratio, target := "", ""
		if b.limit != "" {
			ratio, target = fmt.Sprintf("**%.2f**", r.Ratio), mark(r.Ratio >= r.Target, fmt.Sprintf("≥ %.2g of %s", r.Target, strings.TrimPrefix(b.limit, "limit: ")))
		}
		fmt.Fprintf(w, "| %s | %.0f | %.1f | %.1f | %.3f | %s | %s |\n", r.Name, r.Rate, r.P50, r.P99, r.CPU, ratio, target)
		rows = append(rows, r)
		if b.dearer > 0 {
			fmt.Fprintf(w, "| its cost, to %s | | | | | **%.2f** | %s |\n", b.limit, r.Cost, mark(r.Cost <= b.dearer, fmt.Sprintf("≤ %.1f", b.dearer)))
		}
	}
	fmt.Fprintf(w, "| start until ready | | | | | **%.2f s** | %s |\n", m.Start, mark(m.Start <= startTarget, "≤ 1 s"))
	fmt.Fprintf(w, "| memory, resting / peak | | | | | **%.0f / %.0f MiB** | %s |\n", m.Resting, m.Peak, mark(m.Peak <= memoryTarget, "≤ 300 MiB"))
	for _, t := range tallies {
		fmt.Fprintf(w, "| %s: acknowledged / stored (≤ %d under way at the cuts) | | | | | %d / %d | %s |\n", t.What, t.UnderWay, t.Acknowledged, t.Stored, mark(t.kept(), "nothing lost"))
	}
	fmt.Fprintf(w, "\n%s.\n", conditions(o))
	return map[string]any{"people": o.people, "conditions": conditions(o), "rows": rows, "machine": m, "counted": tallies}
}

func writeJSON(path string, figures any) error {
	if path == "" {
		return nil
	}
	raw, err := json.MarshalIndent(figures, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(raw, '\n'), 0o644)
}
