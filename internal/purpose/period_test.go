package purpose_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"zhiqing/internal/purpose"
)

func period(t *testing.T, text string) purpose.Period {
	t.Helper()
	p, err := purpose.ParsePeriod(text)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestMonthsEndOnTheCorrespondingDayInChina holds the vectors of 民法典 art. 202, with clocks in China and elsewhere.
func TestMonthsEndOnTheCorrespondingDayInChina(t *testing.T) {
	for _, c := range []struct{ period, from, want string }{
		{"P3Y", "2026-02-28T10:00:00+08:00", "2029-02-28T10:00:00+08:00"},
		{"P3Y", "2028-02-29T10:00:00+08:00", "2031-02-28T10:00:00+08:00"}, // no 29 February
		{"P4Y", "2028-02-29T10:00:00+08:00", "2032-02-29T10:00:00+08:00"},
		{"P12M", "2026-11-23T00:00:00+08:00", "2027-11-23T00:00:00+08:00"},
		{"P1M", "2026-01-31T23:59:59+08:00", "2026-02-28T23:59:59+08:00"},
		{"P1M", "2028-01-31T23:59:59+08:00", "2028-02-29T23:59:59+08:00"},
		{"P1M", "2026-03-31T12:00:00+08:00", "2026-04-30T12:00:00+08:00"},
		{"P2M", "2026-12-31T12:00:00+08:00", "2027-02-28T12:00:00+08:00"},
		{"P6M", "2026-08-31T12:00:00+08:00", "2027-02-28T12:00:00+08:00"},
		{"P1Y2M3D", "2026-01-31T12:00:00+08:00", "2027-04-03T12:00:00+08:00"}, // 31 March, then three days
		{"P180D", "2026-01-01T08:00:00+08:00", "2026-06-30T08:00:00+08:00"},
		{"P2W", "2026-02-20T08:00:00+08:00", "2026-03-06T08:00:00+08:00"},
		{"PT24H", "2026-12-31T23:30:00+08:00", "2027-01-01T23:30:00+08:00"},
		{"P0D", "2026-12-31T23:30:00+08:00", "2026-12-31T23:30:00+08:00"},
		// In UTC it is still the 30th; in China, which counts, the 31st has begun.
		{"P1M", "2026-01-30T16:30:00Z", "2026-02-27T16:30:00Z"},
		{"P1M", "2026-01-31T15:30:00Z", "2026-02-28T15:30:00Z"},
		{"P1M", "2026-01-31T16:30:00Z", "2026-02-28T16:30:00Z"}, // 1 February in China → 1 March
	} {
		from, _ := time.Parse(time.RFC3339, c.from)
		want, _ := time.Parse(time.RFC3339, c.want)
		if got := period(t, c.period).AddTo(from); !got.Equal(want) {
			t.Errorf("%s + %s = %s, want %s", c.from, c.period, got.Format(time.RFC3339), c.want)
		} else if got.Location() != from.Location() {
			t.Errorf("%s + %s is in %s", c.from, c.period, got.Location())
		}
	}
}

func TestPeriodsAreReadInOneFormAndNoOther(t *testing.T) {
	for _, text := range []string{"P3Y", "P12M", "P180D", "P2W", "PT24H", "P1Y6M", "P1DT12H", "P0D"} {
		if p := period(t, text); p.String() != text || p.IsZero() {
			t.Errorf("%s reads as %q", text, p)
		}
	}
	for _, text := range []string{"", "P", "PT", "P1DT", "3Y", "p3y", "P-1Y", "P1.5Y", "P1M1Y", "P1Y ", " P1Y", "P10000Y", "PT1M", "PT1S", "P１Y", "P1Y\n"} {
		if p, err := purpose.ParsePeriod(text); err == nil || !p.IsZero() {
			t.Errorf("%q passes as %v", text, p)
		}
	}
	var p purpose.Period
	if err := p.UnmarshalText([]byte("soon")); err == nil {
		t.Error("soon is a period")
	}
}

// TestMonthsNeverSkipAMonth: however long the months are, n months later is n months later, and no day is later than it was.
func TestMonthsNeverSkipAMonth(t *testing.T) {
	china := time.FixedZone("", 8*60*60)
	rapid.Check(t, func(t *rapid.T) {
		from := time.Unix(rapid.Int64Range(946656000, 4102416000).Draw(t, "from"), 0).In(china)
		n := rapid.IntRange(0, 600).Draw(t, "months")
		p, err := purpose.ParsePeriod(fmt.Sprintf("P%dM", n))
		if err != nil {
			t.Fatal(err)
		}
		got := p.AddTo(from)
		months := func(t time.Time) int { return 12*t.Year() + int(t.Month()) }
		if months(got)-months(from) != n || got.Day() > from.Day() || got.Day() < min(from.Day(), 28) {
			t.Fatalf("%v + %v = %v", from, p, got)
		}
	})
}
