package guardian

import (
	"time"

	"zhiqing/internal/fault"
	"zhiqing/internal/subject"
)

// The ways in which a declared birth date is no answer. Each names the field `body.date`, and never the value.
var (
	ErrDateInvalid = fault.Define(fault.Invalid, "age.date_invalid", "请填写真实存在的日期。", "Please give a date that exists.").
			At("body.date", "格式为“年-月-日”，例如 2014-05-01。", "Written as year-month-day, for example 2014-05-01.")
	ErrDateFuture = fault.Define(fault.Invalid, "age.date_future", "出生日期不能晚于今天。", "A birth date cannot be later than today.").
			At("body.date", "应为今天或更早的日期。", "Expected today or an earlier day.")
	ErrDateTooOld = fault.Define(fault.Invalid, "age.date_too_old", "请检查出生年份。", "Please check the year of birth.").
			At("body.date", "应在 130 年以内。", "Expected a day within the last 130 years.")
)

// What is counted in years here and is no operator's choice: who is an adult (民法典 art. 17), and how old anybody gets.
const (
	adultAge  = 18
	oldestAge = 130
)

// china is where birthdays end: UTC+8, without summer time since 1991. A fixed zone needs no time zone files.
var china = time.FixedZone("Asia/Shanghai", 8*60*60)

// Date is a day of the calendar, without a time or a zone. A birth date is used and forgotten: it is not stored.
type Date struct{ Y, M, D int }

// ParseDate reads a birth date written YYYY-MM-DD, declared at a moment. ErrDateInvalid is for a day that does not exist,
// ErrDateFuture for one after today in China, ErrDateTooOld for one more than 130 years ago.
func ParseDate(s string, at time.Time) (Date, error) {
	d, ok := parseDay(s)
	switch {
	case !ok:
		return Date{}, ErrDateInvalid // without a cause: it would repeat what was written
	case d.start().After(at):
		return Date{}, ErrDateFuture
	case !at.Before(d.turns(oldestAge)):
		return Date{}, ErrDateTooOld
	}
	return d, nil
}

// parseDay reads a day that exists.
func parseDay(s string) (Date, bool) {
	t, err := time.Parse(time.DateOnly, s)
	return dateOf(t), err == nil
}

func dateOf(t time.Time) Date {
	y, m, d := t.Date()
	return Date{y, int(m), d}
}

// start is the beginning of the day in China.
func (d Date) start() time.Time { return time.Date(d.Y, time.Month(d.M), d.D, 0, 0, 0, 0, china) }

// turns returns the moment at which somebody born on d counts as this old: the midnight that ends the birthday, so that
// nobody is taken for older than the law would (法释〔2006〕1号 art. 2 counts from the day after the birthday). A birthday that
// the year does not have is the last day of its month (民法典 art. 202): 29 February becomes 28 February.
func (d Date) turns(age int) time.Time {
	last := time.Date(d.Y+age, time.Month(d.M)+1, 0, 0, 0, 0, 0, china).Day()
	return Date{d.Y + age, d.M, min(d.D, last) + 1}.start().UTC()
}

// Band returns the age band at a moment of somebody born on birth, and the moment (UTC) at which the next band begins; that
// one is zero for adults. The bands are the law's: lowering PolicyMinorAge moves none of them.
func (r Rules) Band(birth Date, at time.Time) (band subject.Band, changesOn time.Time) {
	return r.At(subject.Under14, birth.turns(r.LawChildAge), at)
}

// At returns what counts at a moment, given what is stored: a band past its end has become the next one. Until the stored
// instant nothing changes, so a band is never left early; the unasked stay unasked.
func (r Rules) At(band subject.Band, changesOn, at time.Time) (subject.Band, time.Time) {
	if changesOn.IsZero() || at.Before(changesOn) {
		return band, changesOn
	}
	switch band {
	case subject.Under14:
		return r.At(subject.From14, r.turnsAdult(changesOn), at)
	case subject.From14:
		return subject.Adult, time.Time{}
	}
	return band, time.Time{}
}

// turnsAdult derives from the end of childhood the moment of turning 18. The day before the end is the birthday, and the birthday of
// four years later has the same month and day. That holds on 29 February too: whoever is born then is born in a leap
// year, neither 14 nor 18 years later is one, and both birthdays are the 28th. So the birth date itself need not be kept.
func (r Rules) turnsAdult(changesOn time.Time) time.Time {
	return birthdayBefore(changesOn).turns(adultAge - r.LawChildAge)
}

// turned14 derives from the moment of turning 18 the one at which childhood ended.
func (r Rules) turned14(changesOn time.Time) time.Time {
	return birthdayBefore(changesOn).turns(r.LawChildAge - adultAge)
}

func birthdayBefore(changesOn time.Time) Date { return dateOf(changesOn.In(china).AddDate(0, 0, -1)) }
