package bench

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestAllThatWasAcknowledgedIsStoredAndLittleMore(t *testing.T) {
	for _, row := range []struct {
		tally
		want bool
	}{
		{tally{Acknowledged: 10, Stored: 10, UnderWay: 2}, true},
		{tally{Acknowledged: 10, Stored: 12, UnderWay: 2}, true},
		{tally{Acknowledged: 10, Stored: 9, UnderWay: 2}, false},  // lost
		{tally{Acknowledged: 10, Stored: 13, UnderWay: 2}, false}, // stored twice
	} {
		if row.kept() != row.want {
			t.Errorf("%+v: kept is %v", row.tally, row.kept())
		}
	}
}

func TestATableShowsWhatWasMissed(t *testing.T) {
	bouts := []*bout{
		{scenario: scenario{name: "limit"}, loads: []load{{rate: 100, answered: 1}}},
		{scenario: scenario{name: "half", limit: "limit", target: 0.5}, loads: []load{{rate: 50, answered: 1}}},
		{scenario: scenario{name: "less", limit: "limit", target: 0.5}, loads: []load{{rate: 49, answered: 1}}},
	}
	o := options{people: 1, rounds: 1, duration: time.Second, json: filepath.Join(t.TempDir(), "figures.json")}
	var table strings.Builder
	all := report(&table, o, bouts, machine{Start: 1.5, Peak: 299}, []tally{{What: "grants", Acknowledged: 2, Stored: 1}})
	if err := writeJSON(o.json, all); err != nil {
		t.Fatal(err)
	}
	for line, want := range map[string]string{"| half": "**0.50** | ≥ 0.5 of limit ✓", "| less": "**0.49** | ≥ 0.5 of limit ✗",
		"| start": "≤ 1 s ✗", "| memory": "≤ 300 MiB ✓", "| grants": "✗", "| limit": "|  |  |"} {
		_, rest, found := strings.Cut(table.String(), line)
		if rest, _, _ = strings.Cut(rest, "\n"); !found || !strings.Contains(rest, want) {
			t.Errorf("%s…: %q lacks %q", line, rest, want)
		}
	}
	raw, err := os.ReadFile(o.json)
	var figures struct{ Rows []row }
	if err == nil {
		err = json.Unmarshal(raw, &figures)
	}
	if err != nil || len(figures.Rows) != 3 || figures.Rows[1].Ratio != 0.5 {
		t.Errorf("figures %+v, %v", figures, err)
	}
}

func TestACostThatGrowsWithThePeopleIsShown(t *testing.T) {
	of := func(cpu float64) *bout {
		return &bout{scenario: scenario{name: "reads"}, loads: []load{{rate: 1, answered: 1000}}, cpu: cpu}
	}
	for cost, want := range map[float64]string{1.2: "**1.20** | ≤ 1.2 ✓", 1.3: "**1.30** | ≤ 1.2 ✗"} {
		var table strings.Builder
		if err := reportFlat(&table, options{people: 1000}, []*bout{of(1)}, []*bout{of(cost)}); err != nil || !strings.Contains(table.String(), want) {
			t.Errorf("%v: %v\n%s", cost, err, table.String())
		}
	}
}

func TestWhatCostsMoreThanItMayIsShown(t *testing.T) {
	for cost, want := range map[float64]string{1.5: "**1.50** | ≤ 1.5 ✓", 1.6: "**1.60** | ≤ 1.5 ✗"} {
		bouts := []*bout{
			{scenario: scenario{name: "limit"}, loads: []load{{rate: 100, answered: 1000}}, cpu: 1},
			{scenario: scenario{name: "reads", limit: "limit", target: 0.67, dearer: 1.5}, loads: []load{{rate: 70, answered: 1000}}, cpu: cost},
		}
		var table strings.Builder
		report(&table, options{}, bouts, machine{}, nil)
		if !strings.Contains(table.String(), want) || !strings.Contains(table.String(), "**0.70** | ≥ 0.67 of limit ✓") {
			t.Errorf("%v:\n%s", cost, table.String())
		}
	}
}

func TestEveryTargetIsMeasuredAgainstALimitOfTheSameRun(t *testing.T) {
	measured := map[string]bool{}
	for _, l := range limits {
		measured[l.name] = true
	}
	for _, r := range requests {
		if !measured[r.limit] || r.target <= 0 {
			t.Errorf("%s: limit %q, target %v", r.name, r.limit, r.target)
		}
		measured[r.name] = true
	}
}

func TestNonsenseIsRefused(t *testing.T) {
	for _, args := range []string{"-n 0", "-holders 0", "-audit -1", "-rounds 0", "-rounds 101", "-t 1ms", "-t 2m", "-what", "quick", "-flat -n 10000"} {
		if o, err := parse(strings.Fields(args)); err == nil {
			t.Errorf("%s: %+v", args, o)
		}
	}
	if o, err := parse([]string{"-d", "x", "--json", "y"}); err != nil || o.dir != "x" || o.json != "y" || o.people != 1_000_000 {
		t.Errorf("%+v, %v", o, err)
	}
}
