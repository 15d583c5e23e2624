package bench

import (
	"slices"
	"strings"
	"testing"
	"time"

	"zhiqing/internal/app"
)

func TestWhatHasEndedIsSweptByTheProgramsOwnJobsAndNotBefore(t *testing.T) {
	ctx := t.Context()
	d, err := prepare(ctx, options{dir: t.TempDir(), holders: 10}, 2*among)
	if err != nil {
		t.Fatal(err)
	}
	e, err := expire(ctx, d.folder, 2*among, app.Clock().Add(-time.Second))
	if err != nil {
		t.Fatal(err)
	}
	if err := e.check(ctx, d.folder); err == nil {
		t.Error("nothing was swept, and nobody notices")
	}
	err = inside(ctx, d.folder, app.Clock, func(a *app.App) error {
		for name, n := range e.jobs() {
			if done, err := a.Jobs.RunOnce(ctx, name); err != nil || done < n || n != 2 {
				t.Errorf("%s did %d of %d, %v", name, done, n, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := e.check(ctx, d.folder); err != nil {
		t.Error(err)
	}
	if _, err := measureRetention(ctx, d.folder, 2*among); err != nil {
		t.Error(err)
	}
}

func TestReadsCountAsBeforeOrDuringByWhenTheyWere(t *testing.T) {
	second := func(n float64) time.Time { return time.UnixMilli(int64(1000 * n)) }
	reads := readings{
		{span{second(0), second(2)}, 1}, {span{second(2), second(4)}, 2}, {span{second(4), second(6)}, 3},
		{span{second(6), second(8)}, 4}, {span{second(8), second(10)}, 5},
	}
	for _, row := range []struct {
		from, to       float64
		before, during []float64
	}{
		{5, 9, []float64{1, 2}, []float64{4}},
		{6.5, 7.5, []float64{1, 2, 3}, []float64{4}}, // too short for a whole load
		{3.9, 4.1, []float64{1}, []float64{2, 3}},    // and touched by two
		{0.5, 20, nil, []float64{2, 3, 4, 5}},
	} {
		swept := span{second(row.from), second(row.to)}
		if before, during := reads.before(swept), reads.during(swept); !slices.Equal(before, row.before) || !slices.Equal(during, row.during) {
			t.Errorf("%v to %v: before %v, during %v", row.from, row.to, before, during)
		}
	}
}

func TestAJobIsReadFromItsMetric(t *testing.T) {
	metric, job, value := jobMetric(`zhiqing_job_items_total{job="consents"} 1.5e+03`)
	if metric != "zhiqing_job_items_total" || job != "consents" || value != 1500 {
		t.Errorf("%q %q %v", metric, job, value)
	}
}

func TestAllRequestsAreSharedOut(t *testing.T) {
	for _, total := range []int{0, 7, 9000, 99_000} {
		sum := 0
		for i := range 9800 {
			sum += share(total, 9800, i)
		}
		if sum != total {
			t.Errorf("%d of %d", sum, total)
		}
	}
}

func TestAFigureShowsWhetherItsTargetWasReached(t *testing.T) {
	var table strings.Builder
	reportFigures(&table, "rights and retention", options{}, []figure{
		atMost("erasure", 1.9, 2, "s", "how"), atMost("export", 2.1, 2, "s", "how"),
		atLeast("reads", 0.8, 0.8, "how"), atLeast("others", 0.79, 0.8, "how"), atMost("cost", 1.1, 1.2, "", "how"),
	})
	for _, want := range []string{"| erasure | **1.90 s** | ≤ 2 s ✓ | how |", "| export | **2.10 s** | ≤ 2 s ✗ |", "| reads | **0.80** | ≥ 0.8 ✓ |",
		"| others | **0.79** | ≥ 0.8 ✗ |", "| cost | **1.10** | ≤ 1.2 ✓ |"} {
		if !strings.Contains(table.String(), want) {
			t.Errorf("%q is not in\n%s", want, table.String())
		}
	}
}
