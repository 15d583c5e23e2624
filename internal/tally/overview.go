package tally

import (
	"time"

	"zhiqing/internal/fault"
)

// Few is the number below which a count is hidden, if it is not 0.
const Few = 10

// Shown is a number as it may leave this package. Few hides a count from 1 to 9, or one from which such a count would
// follow; N is 0 then.
type Shown struct {
	N   int64
	Few bool
}

// Overview is what the console draws, with titles in both languages.
type Overview struct {
	At        time.Time // when it was read
	Reading   int64     // which reading of the counters by this process it is: the same number, the same figures
	Recounted time.Time // the midnight in China as of which decisions and deadlines were last counted from the truth; zero = never yet
	Looked    time.Time // when open requests and minors' accounts were last counted; zero = never yet

	Purposes  []Chart // one per purpose: given, refused, withdrawn per China day, over Days
	Live      Chart   // consents in force by purpose
	Rates     Chart   // by purpose over Days, in %: refused of those asked; withdrawn of those who had agreed
	Requests  Chart   // open rights requests: by type, a series per age in working days
	Lodged    Chart   // rights requests lodged, per China month, over Months: a series per type that was asked for
	Deadlines Chart   // requests that ended, per China month, over Months: in time, late
	Minors    Chart   // minors' accounts: by state of guardianship, a series per age band
	Logins    Chart   // per China day, over Days: by WeChat, and as a guest because WeChat did not answer
	Fallback  Chart   // per China day, over Days, in %: fallbacks of all logins
	Reasons   Chart   // why logins fell back, over Days
}

// How far the overview looks back.
const (
	Days   = 30
	Months = 12
)

// Chart is a table: every series has one point per label.
type Chart struct {
	Key    string // a code; of Purposes the purpose
	Title  fault.Text
	Unit   string // "" = people or things, "%" = whole per cent
	Labels []Label
	Series []Series
}

// Label is one place on the axis.
type Label struct {
	Key  string // a China day (2006-01-02), a month (2006-01), or a code
	Text fault.Text
}

// Series is one line, or one row of bars.
type Series struct {
	Key    string
	Title  fault.Text
	Points []Shown // one per label
	Total  Shown   // of the points; of a chart in %, the per cent of the whole time. Zero where points cannot be added up
}
