package report

import (
	"time"

	"zhiqing/internal/fault"
	"zhiqing/internal/subject"
)

// Kind is what is reported.
type Kind string

// The kinds.
const (
	MinorData Kind = "minor_data" // a minor's data is here without a guardian's consent
	Complaint Kind = "complaint"  // about how personal data is handled, by somebody without an account (PIPL art. 65)
)

// State is where a report stands.
type State string

// The states.
const (
	Received  State = "received"
	Checking  State = "checking"
	Upheld    State = "upheld"
	Unfounded State = "unfounded"
)

// Over reports whether a report is decided.
func (s State) Over() bool { return s == Upheld || s == Unfounded }

// moves is the whole machine. What is not in it is refused.
var moves = map[State][]State{
	Received: {Checking},
	Checking: {Upheld, Unfounded},
}

// Report is one report as stored.
type Report struct {
	Number  string `bson:"number"` // RP-…; RQ-… in older ones
	Kind    Kind   `bson:"kind"`
	State   State  `bson:"state"`
	Subject string `bson:"subject,omitempty"` // whom the privacy number leads to, if to anybody
	Key     []byte `bson:"key,omitempty"`     // wrapped data key of this report alone
	Text    []byte `bson:"text,omitempty"`    // sealed

	ReceivedAt  time.Time `bson:"received"`
	DueAt       time.Time `bson:"due"`
	Provisional bool      `bson:"provisional,omitempty"` // the calendar of that year was not known yet

	Restricted bool         `bson:"restricted,omitempty"` // optional purposes pause because of it, or are about to
	AnsweredAt time.Time    `bson:"answered,omitempty"`   // by the person themself
	Band       subject.Band `bson:"band,omitempty"`       // what they answered
	Handler    string       `bson:"handler,omitempty"`
	DecidedAt  time.Time    `bson:"decided,omitempty"`

	Acts     int64     `bson:"acts"`           // +1 at each decision or answer
	Next     time.Time `bson:"next,omitempty"` // when Work looks at it; zero = nothing to do
	Failures int       `bson:"failures,omitempty"`
}

// pauses reports whether the account should be paused because of it now.
func (r *Report) pauses() bool {
	return r.Kind == MinorData && r.Subject != "" && !r.State.Over() && r.AnsweredAt.IsZero()
}

// act notes that something has been decided which Work has to carry out.
func (r *Report) act(now time.Time) { r.Acts, r.Next, r.Failures = r.Acts+1, now, 0 }

// The times of a report.
const (
	Days = 15 // working days until it is decided at the latest

	// quiet is how long an account is left alone after a report has paused it: nobody is kept out by reports in a row.
	quiet = 30 * 24 * time.Hour
	// keptYears is how long a decided report is evidence (民法典 art. 188).
	keptYears = 3
	// MaxText bounds what somebody writes, in runes.
	MaxText = 2000
)

// The ways in which a call is refused.
var (
	ErrKind    = fault.Define(fault.Invalid, "report.unknown_kind", "没有这种反映类型。", "There is no such kind of report.")
	ErrNumber  = fault.Define(fault.Invalid, "report.privacy_number", "隐私编号的格式不对。", "This is not a privacy number.")
	ErrText    = fault.Define(fault.Invalid, "report.text", "请说明情况，最多 2000 字。", "Please describe the matter in at most 2000 characters.")
	ErrUnknown = fault.Define(fault.Missing, "report.unknown", "没有找到这个编号。", "There is no such number.")
	ErrNotNow  = fault.Define(fault.Conflict, "report.not_possible_now", "当前状态下不能进行这一步。", "This step is not possible in the present state.")
	ErrDate    = fault.Define(fault.Invalid, "report.birth_date", "认定为未成年人时，须填写依据所示的出生日期。", "To find that somebody is a minor, the birth date in evidence is needed.")
)
