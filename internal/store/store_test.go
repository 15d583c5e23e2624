package store_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"zhiqing/internal/store"
)

func TestKeysSortAsTheirParts(t *testing.T) {
	noon := time.Date(2026, 1, 2, 12, 0, 0, 0, time.FixedZone("CST", 8*3600))
	sorted := []string{
		store.Key(0), store.Key(9), store.Key(10), store.Key("a"), store.Key("a", "b"), store.Key("a b"), store.Key("ab"),
		store.Key("t", noon), store.Key("t", noon.Add(time.Millisecond)), store.Key("t", noon.UTC().Add(time.Hour)), store.Key("知情"),
	}
	if !slices.IsSorted(sorted) || len(slices.Compact(slices.Clone(sorted))) != len(sorted) {
		t.Errorf("%q", sorted)
	}
}

func TestRangesHoldExactlyTheirKeys(t *testing.T) {
	part := rapid.StringMatching(`[ -~知情]{0,3}`)
	holds := func(r store.Range, k string) bool { return k >= r.From && (r.To == "" || k < r.To) }
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := part.Draw(t, "a"), part.Draw(t, "b"), part.Draw(t, "c")
		if got, want := holds(store.Exact(a), store.Key(b, c)), false; got != want {
			t.Errorf("Exact(%q) holds %q+%q", a, b, c)
		}
		if got, want := holds(store.Exact(a), store.Key(b)), a == b; got != want {
			t.Errorf("Exact(%q) holds %q: %v", a, b, got)
		}
		if got, want := holds(store.Prefix(a), store.Key(b, c)), a == b; got != want {
			t.Errorf("Prefix(%q) holds %q+%q: %v", a, b, c, got)
		}
		if holds(store.Prefix(a), store.Key(b)) {
			t.Errorf("Prefix(%q) holds %q", a, b)
		}
		if !holds(store.Prefix(), store.Key(a, b)) {
			t.Errorf("Prefix() does not hold %q+%q", a, b)
		}
	})
}

func TestBeforeHoldsEarlierTimesOfItsPrefixOnly(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 6e6, time.UTC)
	r := store.Before(now, "a")
	for k, want := range map[string]bool{
		store.Key("a", now.Add(-time.Millisecond)): true, store.Key("a", now.AddDate(-1, 0, 0), "x"): true,
		store.Key("a", now): false, store.Key("b", now.AddDate(-1, 0, 0)): false, store.Key("a"): false,
	} {
		if got := k >= r.From && k < r.To; got != want {
			t.Errorf("%q: %v", k, got)
		}
	}
	if r := store.Before(now); store.Key(now.AddDate(-9, 0, 0)) < r.From || store.Key(now) < r.To {
		t.Errorf("without a prefix: %+v", r)
	}
}

func TestPartThatWouldBreakTheOrderPanics(t *testing.T) {
	for name, part := range map[string]any{
		"a control byte": "a\x1fb", "NUL": "\x00", "invalid UTF-8": "\xff", "a negative int": -1, "a float": 1.5,
		"a year of five digits": time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC),
	} {
		func() {
			defer func() {
				if r := recover(); r == nil {
					t.Errorf("%s made a key", name)
				} else if strings.Contains(r.(string), "\xff") {
					t.Errorf("%s is repeated in the panic", name)
				}
			}()
			store.Key(part)
		}()
	}
}

func TestPositionComesBackOrIsRefused(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := store.Position{Key: store.Key(rapid.StringMatching(`[!-~知]{1,9}`).Draw(t, "key")), ID: rapid.StringMatching(`[!-~情]{1,9}`).Draw(t, "id")}
		got, ok, err := store.Range{After: want.String()}.Resume()
		if got != want || !ok || err != nil {
			t.Fatalf("%+v → %+v, %v, %v", want, got, ok, err)
		}
	})
}

func FuzzPositionIsIdenticalOrRefused(f *testing.F) {
	f.Add(store.Position{Key: "k", ID: "i"}.String())
	f.Add("YWJj")
	f.Fuzz(func(t *testing.T, after string) {
		p, ok, err := store.Range{After: after}.Resume()
		if ok && err == nil && p.String() != after {
			t.Fatalf("%q parses as %+v, which is %q", after, p, p.String())
		}
	})
}

func TestFirstRevisionsNeverMeet(t *testing.T) {
	const n, raised = 10_000, 1000
	revs := make([]int64, n)
	for i := range revs {
		revs[i] = store.FirstRev()
		if revs[i] < 0 || revs[i] > 1<<62 {
			t.Fatalf("%d", revs[i])
		}
	}
	slices.Sort(revs)
	for i := 1; i < n; i++ {
		if revs[i]-revs[i-1] <= raised {
			t.Fatalf("%d and %d meet after %d replaces", revs[i-1], revs[i], raised)
		}
	}
}
