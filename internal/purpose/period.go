package purpose

import (
	"fmt"
	"regexp"
	"strconv"
	"time"
)

// Period is a length of time as the law counts it: calendar months and days, in China's time zone, and hours. It is
// written in ISO 8601 (P3Y, P12M, P180D, PT24H). The zero Period means that no length was given. Periods compare with
// == by how they are written.
type Period struct {
	text                string
	months, days, hours int
}

var (
	periodForm = regexp.MustCompile(`^P(?:(\d{1,3})Y)?(?:(\d{1,4})M)?(?:(\d{1,3})W)?(?:(\d{1,5})D)?(?:T(\d{1,5})H)?$`)
	china      = time.FixedZone("Asia/Shanghai", 8*60*60) // no summer time since 1991
)

// ParsePeriod reads an ISO 8601 duration of years, months, weeks, days and hours. P0D is a period: it ends at once.
func ParsePeriod(text string) (Period, error) {
	parts := periodForm.FindStringSubmatch(text)
	if parts == nil || text == "P" || text[len(text)-1] == 'T' {
		return Period{}, fmt.Errorf("%q is not a period like P3Y, P12M, P180D or PT24H", text)
	}
	n := make([]int, len(parts))
	for i, digits := range parts[1:] {
		n[i], _ = strconv.Atoi(digits) // the form allows digits only; an absent part is 0
	}
	return Period{text: text, months: 12*n[0] + n[1], days: 7*n[2] + n[3], hours: n[4]}, nil
}

// AddTo returns the moment at which the period that begins at t ends, in t's location. Months and years are counted on
// the calendar of Asia/Shanghai and end on the corresponding day, or on the last day of a month that has no such day
// (民法典 art. 202: 31 January + P1M is 28 February); then come days, then hours.
func (p Period) AddTo(t time.Time) time.Time {
	local := t.In(china)
	year, month, day := local.Date()
	month += time.Month(p.months)
	last := time.Date(year, month+1, 0, 0, 0, 0, 0, china).Day()
	hour, minute, second := local.Clock()
	end := time.Date(year, month, min(day, last)+p.days, hour+p.hours, minute, second, local.Nanosecond(), china)
	return end.In(t.Location())
}

// IsZero reports whether no period was given. P0D is not zero.
func (p Period) IsZero() bool { return p.text == "" }

// String is the period as it was written.
func (p Period) String() string { return p.text }

// MarshalText writes the period as it was written.
func (p Period) MarshalText() ([]byte, error) { return []byte(p.text), nil }

// UnmarshalText reads what MarshalText writes.
func (p *Period) UnmarshalText(text []byte) (err error) {
	if len(text) == 0 {
		*p = Period{}
		return nil
	}
	*p, err = ParsePeriod(string(text))
	return err
}
