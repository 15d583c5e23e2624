package tally

import (
	"strings"
	"time"
)

// Metric names what is counted. The key of each count is made of codes, joined.
type Metric string

// What happens, per China day.
const (
	Decided Metric = "decided"        // key: purpose, given | refused | withdrawn; by people with an account
	Guests  Metric = "guest_decided"  // the same by guests, whose books do not stay: never counted again
	Minors  Metric = "minor_decided"  // key: age band, given | refused | withdrawn; a part of Decided
	Lodged  Metric = "request_lodged" // key: type; on the day on which it was written down, whenever a letter arrived
	Ended   Metric = "request_ended"  // key: met | missed
	Logins  Metric = "login"          // key: wechat, or fallback and the reason; never counted again

	inForce Metric = "in_force" // key: purpose; how much Live has moved on the day
)

// Where things stand.
const (
	live     Metric = "live"      // key: purpose, as of the last Recount; inForce says what came since
	open     Metric = "open"      // key: type of request, China day on which it is due
	accounts Metric = "guardians" // key: state of guardianship, age band
)

// Outcomes of a decision, and of a deadline.
const (
	Given     = "given"
	Refused   = "refused"
	Withdrawn = "withdrawn"
	Met       = "met"
	Missed    = "missed"
	WeChat    = "wechat"
	fallback  = "fallback"
)

// separator keeps the codes of a key apart; no code has it.
const separator = "/"

func join(codes ...string) string { return strings.Join(codes, separator) }

func split(key string) (first, rest string) {
	first, rest, _ = strings.Cut(key, separator)
	return first, rest
}

// china is where days end: UTC+8, without summer time since 1991.
var china = time.FixedZone("Asia/Shanghai", 8*60*60)

const dayLayout, monthLayout = "2006-01-02", "2006-01"

// Day is the day in China on which an instant falls, as 2006-01-02.
func Day(at time.Time) string { return at.In(china).Format(dayLayout) }

// Midnight is the beginning of that day, in UTC.
func Midnight(at time.Time) time.Time {
	y, m, d := at.In(china).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, china).UTC()
}

// lastDays are the n China days that end with the one of at, the earliest first.
func lastDays(at time.Time, n int) []string {
	days := make([]string, n)
	for i := range days {
		days[i] = at.In(china).AddDate(0, 0, i+1-n).Format(dayLayout)
	}
	return days
}

// lastMonths are the n China months that end with the one of at, the earliest first.
func lastMonths(at time.Time, n int) []string {
	y, m, _ := at.In(china).Date()
	months := make([]string, n)
	for i := range months {
		months[i] = time.Date(y, m+time.Month(i+1-n), 1, 0, 0, 0, 0, china).Format(monthLayout)
	}
	return months
}
