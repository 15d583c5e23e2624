package lookup

import (
	"time"

	"zhiqing/internal/fault"
	"zhiqing/internal/staff"
)

// Life is how long a look-up may be used.
const Life = 30 * time.Minute

// Query is what an officer asks for.
type Query struct {
	// Term is a privacy number, a request's number, a receipt's (entry's) number or a phone number; its form says which.
	Term      string
	Reason    string // a code of Reasons
	Reference string // the number of the ticket or request: 1…40 of letters, digits and . _ / # -, with a digit; the person sees it
}

// Reason is why staff may look. The person is told.
type Reason struct {
	Code  string
	Title fault.Text
}

// reasons is the closed list.
var reasons = []Reason{
	{"rights_request", fault.Text{ZH: "办理权利请求", EN: "Handling a rights request"}},
	{"complaint", fault.Text{ZH: "处理投诉", EN: "Handling a complaint"}},
	{"consent_question", fault.Text{ZH: "解答同意记录的疑问", EN: "Answering a question about consents"}},
	{"guardian_question", fault.Text{ZH: "解答监护关系的疑问", EN: "Answering a question about a guardianship"}},
	{"support_ticket", fault.Text{ZH: "处理客服工单", EN: "Handling a support ticket"}},
	{"security_check", fault.Text{ZH: "核查安全事件", EN: "Checking a security incident"}},
	{"legal_duty", fault.Text{ZH: "履行法定义务", EN: "A legal duty"}},
}

// Reasons lists why staff may look, in the order in which it is offered.
func Reasons() []Reason { return append([]Reason(nil), reasons...) }

// ReasonTitle names a reason for people; ok is false for a code that is none.
func ReasonTitle(code string) (title fault.Text, ok bool) {
	for _, r := range reasons {
		if r.Code == code {
			return r.Title, true
		}
	}
	title, ok = otherReasons[code]
	return title, ok
}

// Lookup is one officer's way to one record.
type Lookup struct {
	ID        string    `bson:"-"`       // lkp_…: safe in a URL, and of no use to anybody else
	Subject   string    `bson:"subject"` // sub_…; not for pages
	Officer   string    `bson:"officer"` // stf_…
	Reason    string    `bson:"reason"`  // a code of Reasons
	Reference string    `bson:"reference"`
	Minor     bool      `bson:"minor"` // it is a minor's record: see Desk.Ask
	At        time.Time `bson:"at"`
	Ends      time.Time `bson:"ends"` // of a minor's: the approval may end sooner
}

// Question is what a second officer is asked before a minor's record opens; Desk.Ask asks it.
func (l Lookup) Question() staff.Question {
	return staff.Question{Permission: staff.MinorAccessRequest, Record: l.Subject, Reason: l.Reason, Reference: l.Reference}
}

// The ways in which a record stays closed. Those of package staff come as they are: ErrForbidden, ErrTraining, ErrStepUp,
// ErrApproval, ErrQuota.
var (
	ErrReason    = fault.Define(fault.Forbidden, "lookup.reason_required", "查找前须选择理由并填写工单或请求编号。", "A reason and the number of a ticket or request come first.")
	ErrTerm      = fault.Define(fault.Invalid, "lookup.term", "请输入完整的隐私编号、请求编号、回执编号或手机号。", "Enter a whole privacy number, request number, receipt number or phone number.")
	ErrCheck     = fault.Define(fault.Invalid, "lookup.check_symbol", "编号有误：校验位不符，请核对后再输入。", "This number has a typing error: its check symbol does not match.")
	ErrNobody    = fault.Define(fault.Missing, "lookup.nobody", "没有找到。这次查找已记录。", "Nothing was found. This search has been recorded.")
	ErrSeveral   = fault.Define(fault.Conflict, "lookup.several", "有多个帐户使用这个号码，请对方提供隐私编号。", "Several accounts have this number; ask for the privacy number.")
	ErrOver      = fault.Define(fault.Gone, "lookup.over", "这次查找已结束，请重新查找。", "This look-up has ended; please search again.")
	ErrNoField   = fault.Define(fault.Missing, "lookup.no_field", "没有这项资料，或目前没有用途允许查看。", "There is no such field, or no purpose lets anybody see it now.")
	ErrNoEntry   = fault.Define(fault.Missing, "lookup.no_entry", "这份记录中没有这个条目。", "This record has no such entry.")
	ErrNoPurpose = fault.Define(fault.Missing, "lookup.no_purpose", "没有这个处理目的。", "There is no such purpose.")
	ErrMoment    = fault.Define(fault.Invalid, "lookup.moment", "请选择过去的时间。", "Choose a moment in the past.")
)
