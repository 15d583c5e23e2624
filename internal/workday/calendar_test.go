package workday_test

import (
	"slices"
	"testing"
	"time"

	"zhiqing/config/policy"
	"zhiqing/internal/workday"
)

var cst = time.FixedZone("CST", 8*60*60)

func shipped(t *testing.T) *workday.Calendar {
	t.Helper()
	c, err := workday.Load(policy.FS)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// inChina reads a time of China, as a server whose clock is in UTC would hold it.
func inChina(t *testing.T, s string) time.Time {
	t.Helper()
	at, err := time.ParseInLocation(time.DateTime, s, cst)
	if err != nil {
		t.Fatal(err)
	}
	return at.UTC()
}

// endOf is 24:00 in China of a day.
func endOf(t *testing.T, day string) time.Time {
	return inChina(t, day+" 00:00:00").Add(24 * time.Hour)
}

func TestFifteenWorkingDays(t *testing.T) {
	c := shipped(t)
	for _, v := range [][2]string{
		{"2026-02-12", "2026-03-11"}, {"2026-02-13", "2026-03-12"}, {"2026-02-16", "2026-03-13"}, {"2026-03-02", "2026-03-23"},
		{"2026-04-30", "2026-05-25"}, {"2026-05-08", "2026-05-28"}, {"2026-06-18", "2026-07-10"}, {"2026-09-10", "2026-10-08"},
		{"2026-09-18", "2026-10-15"}, {"2026-09-24", "2026-10-22"}, {"2026-09-30", "2026-10-27"}, {"2026-11-23", "2026-12-14"},
	} {
		for _, clock := range []string{" 00:00:00", " 07:59:59", " 08:00:00", " 23:59:59"} { // 08:00 is midnight of UTC
			due, err := c.AddWorkdays(inChina(t, v[0]+clock), 15)
			if err != nil || !due.At.Equal(endOf(t, v[1])) || due.Provisional {
				t.Errorf("%s%s + 15: %v %v, want the end of %s", v[0], clock, due, err, v[1])
			}
		}
	}
}

func TestAYearHasItsWorkingDays(t *testing.T) {
	c := shipped(t)
	for year, want := range map[string]int{"2025": 248, "2026": 248} {
		if got := c.Between(inChina(t, year+"-01-01 00:00:00"), endOf(t, year+"-12-31")); got != want {
			t.Errorf("%s: %d working days, want %d", year, got, want)
		}
	}
}

func TestAPeriodOfDaysThatEndsOnADayOffEndsOnTheNextWorkingDay(t *testing.T) {
	c := shipped(t)
	for _, v := range []struct {
		from string
		n    int
		last string
	}{
		{"2026-03-02", 30, "2026-04-01"},
		{"2026-09-01", 30, "2026-10-08"}, // 10-01, then 国庆
		{"2026-03-05", 30, "2026-04-07"}, // 04-04, then 清明
		{"2026-01-30", 15, "2026-02-14"}, // a Saturday that is worked
		{"2026-03-06", 1, "2026-03-09"},  // a weekend
	} {
		due, err := c.AddDays(inChina(t, v.from+" 15:00:00"), v.n)
		if err != nil || !due.At.Equal(endOf(t, v.last)) || due.Provisional {
			t.Errorf("%s + %d days: %v %v, want the end of %s", v.from, v.n, due, err, v.last)
		}
	}
}

func TestWhatIsLeftIsWhatWasAdded(t *testing.T) {
	c := shipped(t)
	for from := inChina(t, "2025-01-01 18:00:00"); from.Before(inChina(t, "2026-11-01 00:00:00")); from = from.Add(13 * time.Hour) {
		for n := 1; n <= 30; n += 7 {
			due, err := c.AddWorkdays(from, n)
			if err != nil {
				t.Fatal(err)
			}
			if got, back := c.Between(from, due.At), c.Between(due.At, from); got != n || back != -n {
				t.Fatalf("%v + %d: %d left, %d back", from, n, got, back)
			}
			if last, _ := c.IsWorkday(due.At.Add(-time.Second)); !last {
				t.Fatalf("%v + %d ends on a day off", from, n)
			}
		}
	}
}

func TestAnUnknownYearIsProvisionalAndRatherEarly(t *testing.T) {
	c := shipped(t)
	for _, v := range []struct {
		from        string
		n           int
		last        string
		provisional bool
	}{
		{"2026-12-30", 1, "2026-12-31", false},
		{"2026-12-31", 1, "2027-01-04", true},   // 01-01 is always off, then a weekend
		{"2027-04-30", 1, "2027-05-03", true},   // 05-01 and 05-02 are a weekend
		{"2027-09-30", 1, "2027-10-04", true},   // 10-01 is always off; 10-04 may be, and counts
		{"2027-02-04", 1, "2027-02-05", true},   // 除夕 is not known
		{"2024-12-31", 15, "2025-01-22", false}, // only days after the first count
	} {
		due, err := c.AddWorkdays(inChina(t, v.from+" 12:00:00"), v.n)
		if err != nil || !due.At.Equal(endOf(t, v.last)) || due.Provisional != v.provisional {
			t.Errorf("%s + %d: %v %v, want the end of %s, provisional %v", v.from, v.n, due, err, v.last, v.provisional)
		}
	}
	if due, err := c.AddDays(inChina(t, "2026-12-20 12:00:00"), 30); err != nil || !due.Provisional {
		t.Errorf("days into an unknown year: %v %v", due, err)
	}
}

func TestAMissingYearIsReportedFromDecember(t *testing.T) {
	c := shipped(t)
	for at, want := range map[string][]int{
		"2026-11-30 23:59:59": nil,
		"2026-12-01 00:00:00": {2027},
		"2025-12-31 12:00:00": nil,
		"2027-01-01 00:00:00": {2027},
		"2027-12-01 00:00:00": {2027, 2028},
	} {
		if got := c.Missing(inChina(t, at)); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", at, got, want)
		}
	}
}

func TestCountsAreBounded(t *testing.T) {
	c := shipped(t)
	now := inChina(t, "2026-03-02 12:00:00")
	for _, n := range []int{-1, 0, 2001, 1 << 40} {
		if _, err := c.AddWorkdays(now, n); err == nil {
			t.Errorf("%d working days are counted", n)
		}
	}
	for _, n := range []int{-1, 0, 3661, 1 << 40} {
		if _, err := c.AddDays(now, n); err == nil {
			t.Errorf("%d days are counted", n)
		}
	}
	if n := c.Between(now, now.AddDate(9000, 0, 0)); n > 3660 {
		t.Errorf("%d days between", n)
	}
	if working, _ := c.IsWorkday(inChina(t, "1969-12-31 23:59:59")); !working { // a Wednesday
		t.Error("days before 1970 are off by one")
	}
}
