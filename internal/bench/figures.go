package bench

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// figure is one line of the tables of rights and retention, and of the console: a value that has a target of its own.
type figure struct {
	Name    string  `json:"name"`
	Value   float64 `json:"value"`
	Unit    string  `json:"unit,omitempty"` // "s", "ms", or "" for a ratio
	Target  string  `json:"target"`
	Reached bool    `json:"reached"`
	How     string  `json:"how"` // what was measured, so that the value cannot be taken for another
}

// atMost is a figure that may not be larger than its target, atLeast one that may not be smaller.
func atMost(name string, value, target float64, unit, how string) figure {
	return figure{name, value, unit, strings.TrimSpace(fmt.Sprintf("≤ %g %s", target, unit)), value <= target, how}
}

func atLeast(name string, value, target float64, how string) figure {
	return figure{name, value, "", fmt.Sprintf("≥ %g", target), value >= target, how}
}

// reportFigures prints a table in Markdown.
func reportFigures(w io.Writer, about string, o options, figures []figure) {
	fmt.Fprintf(w, "\n| %s, %d people stored | measured | target | what was measured |\n|---|--:|---|---|\n", about, o.people)
	for _, f := range figures {
		value := fmt.Sprintf("%.2f", f.Value)
		if f.Unit != "" {
			value += " " + f.Unit
		}
		fmt.Fprintf(w, "| %s | **%s** | %s | %s |\n", f.Name, value, mark(f.Reached, f.Target), f.How)
	}
}

// medianOf is the median of times, in seconds.
func medianOf(times []time.Duration) float64 {
	seconds := make([]float64, len(times))
	for i, t := range times {
		seconds[i] = t.Seconds()
	}
	return median(seconds)
}

// slowest is the longest of times, in seconds.
func slowest(times []time.Duration) float64 {
	if len(times) == 0 {
		return 0
	}
	return slices.Max(times).Seconds()
}

// percentile is the time within which so many of a hundred were done, in milliseconds.
func percentile(times []time.Duration, of int) float64 {
	if len(times) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(times))
	return float64(sorted[(len(sorted)*of+99)/100-1]) / float64(time.Millisecond)
}
