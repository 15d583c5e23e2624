package workday

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// Calendar is what the notices of the known years say. It is not changed after Load and safe for concurrent use.
type Calendar struct {
	years   []Year
	special map[day]bool // days on which the notices differ from the week: is it worked?
}

// Due is when a period ends.
type Due struct {
	At          time.Time // the end of the last day, 24:00 in China, which is the next day's 00:00; in UTC
	Provisional bool      // it rests on a year whose notice is not known
}

// maxDays bounds every count, in days: ten years. Deadlines of the law are weeks.
const maxDays = 3660

// Years returns what the calendar rests on, oldest first.
func (c *Calendar) Years() []Year { return slices.Clone(c.years) }

// IsWorkday reports whether the day in China on which at falls is worked, and whether that is sure: the year is known.
func (c *Calendar) IsWorkday(at time.Time) (working, sure bool) { return c.is(dayOf(at)) }

func (c *Calendar) is(d day) (working, sure bool) {
	sure = c.knows(d.date().Year())
	if working, special := c.special[d]; special {
		return working, sure
	}
	return d.weekday() && (sure || !d.alwaysOff()), sure
}

func (c *Calendar) knows(year int) bool {
	return slices.ContainsFunc(c.years, func(y Year) bool { return y.Year == year })
}

// AddWorkdays returns the end of the nth working day after the day of from; n is 1 to 2000, anything else an error.
func (c *Calendar) AddWorkdays(from time.Time, n int) (Due, error) {
	if n < 1 || n > 2000 {
		return Due{}, fmt.Errorf("workday: %d working days: expected 1 to 2000", n)
	}
	d, provisional := dayOf(from), false
	for n > 0 {
		d++
		working, sure := c.is(d)
		provisional = provisional || !sure
		if working {
			n--
		}
	}
	return Due{d.end(), provisional}, nil
}

// AddDays returns the end of a period of n calendar days after the day of from, n being 1 to 3660. A period whose last day
// is not worked ends with the next working day (民法典 art. 203).
func (c *Calendar) AddDays(from time.Time, n int) (Due, error) {
	if n < 1 || n > maxDays {
		return Due{}, fmt.Errorf("workday: %d days: expected 1 to %d", n, maxDays)
	}
	provisional := false
	for d := dayOf(from) + day(n); ; d++ {
		working, sure := c.is(d)
		provisional = provisional || !sure
		if working {
			return Due{d.end(), provisional}, nil
		}
	}
}

// Between returns how many working days after the day of a are over at b: what is left at a until a due date b. It is
// negative when b comes first, and counts ten years at most. Between(from, AddWorkdays(from, n).At) is n.
func (c *Calendar) Between(a, b time.Time) int {
	if b.Before(a) {
		return -c.Between(b, a)
	}
	n, first := 0, dayOf(a)
	for d := first + 1; d <= first+maxDays && !d.end().After(b); d++ {
		if working, _ := c.is(d); working {
			n++
		}
	}
	return n
}

// Missing returns the years whose notice should be here and is not: the one of now, and from 1 December the next.
// An operator is alarmed while there are any.
func (c *Calendar) Missing(now time.Time) (years []int) {
	today := dayOf(now).date()
	if !c.knows(today.Year()) {
		years = append(years, today.Year())
	}
	if today.Month() == time.December && !c.knows(today.Year()+1) {
		years = append(years, today.Year()+1)
	}
	return years
}

// day is a day in China, counted from 1 January 1970.
type day int64

const (
	secondsOfDay = 24 * 60 * 60
	ahead        = 8 * 60 * 60 // seconds by which China's clocks are ahead of UTC
)

func dayOf(t time.Time) day {
	return day(floor(t.Unix()+ahead, secondsOfDay))
}

// floor divides downwards, also before 1970.
func floor(n, by int64) int64 {
	if n < 0 {
		return (n+1)/by - 1
	}
	return n / by
}

// date is the day as a time of UTC, for reading its parts.
func (d day) date() time.Time { return time.Unix(int64(d)*secondsOfDay, 0).UTC() }

// end is 24:00 in China.
func (d day) end() time.Time { return time.Unix(int64(d+1)*secondsOfDay-ahead, 0).UTC() }

func (d day) weekday() bool {
	w := d.date().Weekday()
	return w != time.Saturday && w != time.Sunday
}

// fixed are the days off that no notice moves (全国年节及纪念日放假办法, as of 2025); the others follow the moon.
var fixed = map[time.Month][]int{time.January: {1}, time.May: {1, 2}, time.October: {1, 2, 3}}

func (d day) alwaysOff() bool {
	date := d.date()
	return slices.Contains(fixed[date.Month()], date.Day())
}

// fixedDays are the days of a year that no notice moves.
func fixedDays(year int) (days []day) {
	for _, month := range slices.Sorted(maps.Keys(fixed)) {
		for _, d := range fixed[month] {
			days = append(days, day(time.Date(year, month, d, 0, 0, 0, 0, time.UTC).Unix()/secondsOfDay))
		}
	}
	return days
}
