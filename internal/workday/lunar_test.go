package workday_test

import (
	"testing"
	"time"

	"github.com/6tail/lunar-go/HolidayUtil"
)

// A second source, kept by other people, agrees about every day of every year in our folder.
func TestTheTablesAgreeWithAnIndependentOne(t *testing.T) {
	c := shipped(t)
	for day := inChina(t, "2025-01-01 12:00:00"); day.Before(inChina(t, "2027-01-01 00:00:00")); day = day.Add(24 * time.Hour) {
		y, m, d := day.In(cst).Date()
		weekday := day.In(cst).Weekday()
		want := weekday != time.Saturday && weekday != time.Sunday
		if h := HolidayUtil.GetHolidayByYmd(y, int(m), d); h != nil {
			want = h.IsWork()
		}
		if working, sure := c.IsWorkday(day); working != want || !sure {
			t.Errorf("%s: working %v, sure %v; lunar-go says %v", day.In(cst).Format(time.DateOnly), working, sure, want)
		}
	}
}
