package guardian_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"zhiqing/config/policy"
	"zhiqing/internal/fault"
	"zhiqing/internal/guardian"
	"zhiqing/internal/subject"
)

var cst = time.FixedZone("CST", 8*60*60)

func rulesOfFile(t *testing.T) guardian.Rules {
	t.Helper()
	r, err := guardian.LoadRules(policy.FS)
	if err != nil {
		t.Fatal(err)
	}
	return r
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

func TestABandEndsAtTheMidnightAfterTheBirthdayInChina(t *testing.T) {
	rules := rulesOfFile(t)
	for _, c := range []struct{ name, birth, at, band, changes string }{
		{"a child of 12", "2014-05-01", "2026-06-01 12:00:00", "under_14", "2028-05-02 00:00:00"},
		{"born today", "2026-06-01", "2026-06-01 00:00:00", "under_14", "2040-06-02 00:00:00"},
		{"last second of the 14th birthday", "2012-05-01", "2026-05-01 23:59:59", "under_14", "2026-05-02 00:00:00"},
		{"the second after it", "2012-05-01", "2026-05-02 00:00:00", "14_17", "2030-05-02 00:00:00"},
		{"17 years 364 days", "2008-05-02", "2026-05-01 23:59:59", "14_17", "2026-05-03 00:00:00"},
		{"last second of the 18th birthday", "2008-05-02", "2026-05-02 23:59:59", "14_17", "2026-05-03 00:00:00"},
		{"adult", "2008-05-02", "2026-05-03 00:00:00", "adult", ""},
		{"29 February, last second of 28 February", "2012-02-29", "2026-02-28 23:59:59", "under_14", "2026-03-01 00:00:00"},
		{"29 February turns 14 on 1 March", "2012-02-29", "2026-03-01 00:00:00", "14_17", "2030-03-01 00:00:00"},
		{"29 February turns 18 on 1 March", "2008-02-29", "2026-03-01 00:00:00", "adult", ""},
		{"28 February, birthday in a leap year", "2010-02-28", "2024-02-28 23:59:59", "under_14", "2024-02-29 00:00:00"},
		{"28 February turns 14 on 29 February", "2010-02-28", "2024-02-29 00:00:00", "14_17", "2028-02-29 00:00:00"},
		{"28 February turns 18 in 2100, no leap year", "2082-02-28", "2096-03-01 00:00:00", "14_17", "2100-03-01 00:00:00"},
		{"31 December", "2011-12-31", "2025-12-31 23:59:59", "under_14", "2026-01-01 00:00:00"},
	} {
		t.Run(c.name, func(t *testing.T) {
			at := inChina(t, c.at)
			birth, err := guardian.ParseDate(c.birth, at)
			if err != nil {
				t.Fatal(err)
			}
			var changes time.Time
			if c.changes != "" {
				changes = inChina(t, c.changes)
			}
			band, on := rules.Band(birth, at)
			if string(band) != c.band || !on.Equal(changes) {
				t.Errorf("%s until %v, want %s until %v", band, on, c.band, changes)
			}
		})
	}
}

// Every birth date of 44 years, leap years and 2100 among them: what is stored is enough to know everything later.
func TestTheBirthDateNeedNotBeKept(t *testing.T) {
	rules := rulesOfFile(t)
	for day := time.Date(2060, 1, 1, 0, 0, 0, 0, cst); day.Year() < 2104; day = day.AddDate(0, 0, 1) {
		y, m, d := day.Date()
		birth := guardian.Date{Y: y, M: int(m), D: d}
		band, changes := rules.Band(birth, day)
		for n, want := range []subject.Band{subject.Under14, subject.From14, subject.Adult} {
			if band != want {
				t.Fatalf("%v: step %d is %s, want %s", birth, n, band, want)
			}
			for _, at := range []time.Time{changes.Add(-time.Nanosecond), changes, day.AddDate(100, 0, 0)} {
				wantBand, wantOn := rules.Band(birth, at)
				if got, on := rules.At(band, changes, at); want != subject.Adult && (got != wantBand || !on.Equal(wantOn)) {
					t.Fatalf("%v at %v: stored gives %s until %v, the birth date %s until %v", birth, at, got, on, wantBand, wantOn)
				}
			}
			band, changes = rules.Band(birth, changes)
		}
	}
}

func TestWhatHasNoEndDoesNotChange(t *testing.T) {
	rules := rulesOfFile(t)
	late := inChina(t, "2999-01-01 00:00:00")
	for _, band := range []subject.Band{subject.Unasked, subject.Under14, subject.From14, subject.Adult} {
		if got, on := rules.At(band, time.Time{}, late); got != band || !on.IsZero() {
			t.Errorf("%q without an end became %q until %v", band, got, on)
		}
	}
}

func TestABirthDateIsADayOfTheLast130Years(t *testing.T) {
	at := "2026-06-01 00:00:00" // still 31 May in UTC
	for _, c := range []struct {
		date string
		want error
	}{
		{"2026-06-01", nil},
		{"2024-02-29", nil},
		{"1896-06-01", nil},
		{"2026-06-02", guardian.ErrDateFuture},
		{"9999-12-31", guardian.ErrDateFuture},
		{"1896-05-31", guardian.ErrDateTooOld},
		{"1876-06-01", guardian.ErrDateTooOld},
		{"0000-01-01", guardian.ErrDateTooOld},
		{"2023-02-29", guardian.ErrDateInvalid},
		{"1900-02-29", guardian.ErrDateInvalid},
		{"2023-04-31", guardian.ErrDateInvalid},
		{"2023-13-01", guardian.ErrDateInvalid},
		{"2023-00-10", guardian.ErrDateInvalid},
		{"2023-1-1", guardian.ErrDateInvalid},
		{"2023/01/01", guardian.ErrDateInvalid},
		{" 2023-01-01", guardian.ErrDateInvalid},
		{"2023-01-01T00:00:00Z", guardian.ErrDateInvalid},
		{"２０２３-01-01", guardian.ErrDateInvalid},
		{"-001-01-01", guardian.ErrDateInvalid},
		{"", guardian.ErrDateInvalid},
	} {
		_, err := guardian.ParseDate(c.date, inChina(t, at))
		if !errors.Is(err, c.want) {
			t.Errorf("%q: %v, want %v", c.date, err, c.want)
		}
		if f := (*fault.Fault)(nil); c.want != nil && (!errors.As(err, &f) || len(f.Fields) != 1 || f.Fields[0].Path != "body.date") {
			t.Errorf("%q: names no field", c.date)
		}
		if err != nil && c.date != "" && strings.Contains(err.Error(), c.date) {
			t.Errorf("%q is echoed", c.date)
		}
	}
}
