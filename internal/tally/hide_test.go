package tally

import (
	"math/rand/v2"
	"testing"
)

func TestSmallCountsAreHidden(t *testing.T) {
	for n, want := range map[int64]Shown{-3: {}, 0: {}, 1: {Few: true}, 9: {Few: true}, 10: {N: 10}, 123: {N: 123}} {
		if got := show(n); got != want {
			t.Errorf("%d is shown as %+v", n, got)
		}
	}
}

// What a reader of a line and its total can find out about a hidden count is found out here by trying every possibility: at
// least two values must remain possible for each.
func TestNoTotalGivesAHiddenCountAway(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	shownTotals := 0
	for range 3000 {
		counts := make([]int64, 1+r.IntN(5))
		for i := range counts {
			counts[i] = []int64{0, 1, 9, int64(r.IntN(12)), 40}[r.IntN(5)]
		}
		sum := total(counts)
		if sum.Few {
			continue
		}
		shownTotals++
		left, hidden := sum.N, 0
		for _, s := range hide(counts) {
			left -= s.N
			if s.Few {
				hidden++
			}
		}
		if hidden > 0 && possible(hidden, left) < 2 {
			t.Errorf("%v: the total %d gives a hidden count away", counts, sum.N)
		}
	}
	if shownTotals < 100 {
		t.Errorf("only %d totals were shown at all", shownTotals)
	}
}

// possible is how many values one of n hidden counts, which add up to sum, can have.
func possible(n int, sum int64) (values int) {
	rest := int64(n - 1)
	for v := int64(1); v < Few; v++ {
		if sum-v >= rest && sum-v <= rest*(Few-1) {
			values++
		}
	}
	return values
}

func TestTwoLinesWithOneTotalBothAllowIt(t *testing.T) {
	safe, telling := []int64{5, 6, 20}, []int64{28, 3}
	if total(safe).Few || !total(telling).Few || !total(safe, telling).Few || !total(telling, safe).Few {
		t.Errorf("%+v %+v %+v", total(safe), total(telling), total(safe, telling))
	}
}

// Given, withdrawn and in force of a purpose that began within the days shown: two tell the third, so a hidden one of the
// first two hides the last.
func TestWhatIsInForceTellsNoHiddenTotal(t *testing.T) {
	for name, c := range map[string]struct {
		given, withdrawn []int64
		live             int64
		want             bool
	}{
		"few have withdrawn":              {[]int64{60, 45}, []int64{1, 0}, 104, true},
		"nobody has withdrawn":            {[]int64{60, 45}, []int64{0, 0}, 105, false},
		"many have withdrawn":             {[]int64{60, 45}, []int64{0, 15}, 90, false},
		"a day of few consents":           {[]int64{60, 3}, []int64{0, 15}, 48, true},
		"both are hidden":                 {[]int64{60, 3}, []int64{0, 2}, 61, false},
		"consents from before those days": {[]int64{60, 45}, []int64{1, 0}, 500, false},
	} {
		if got := tells(c.given, c.withdrawn, c.live); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestARateOfHiddenCountsIsHidden(t *testing.T) {
	for name, c := range map[string]struct {
		part, other, want Shown
	}{
		"both shown":    {Shown{N: 10}, Shown{N: 30}, Shown{N: 25}},
		"part hidden":   {Shown{Few: true}, Shown{N: 30}, Shown{Few: true}},
		"rest hidden":   {Shown{N: 10}, Shown{Few: true}, Shown{Few: true}},
		"of nothing":    {Shown{}, Shown{}, Shown{}},
		"rounds to one": {Shown{N: 10}, Shown{N: 1990}, Shown{N: 1}},
	} {
		if got := percent(c.part, c.other); got != c.want {
			t.Errorf("%s: %+v", name, got)
		}
	}
}
