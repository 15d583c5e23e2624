package casework

import (
	"time"

	"zhiqing/internal/fault"
	"zhiqing/internal/rights"
)

// NextStep is what a case waits for.
type NextStep string

// The next steps.
const (
	StepVerify  NextStep = "verify_identity" // staff check who asked by letter, mail or phone
	StepTake    NextStep = "take"            // nobody handles it yet
	StepDecide  NextStep = "decide"
	StepOther   NextStep = "other_officer" // a complaint about this officer's own work: somebody else decides
	StepPerson  NextStep = "wait_person"   // the person confirms first
	StepSystem  NextStep = "wait_system"   // the system does it by itself
	StepNothing NextStep = "none"          // it is over
)

// StepTitle says a next step to staff.
func StepTitle(s NextStep) fault.Text { return stepTitles[s] }

var stepTitles = map[NextStep]fault.Text{
	StepVerify:  {ZH: "核实身份", EN: "Verify the identity"},
	StepTake:    {ZH: "领取", EN: "Take it"},
	StepDecide:  {ZH: "作出决定", EN: "Decide"},
	StepOther:   {ZH: "须由其他人员处理", EN: "For another officer"},
	StepPerson:  {ZH: "等待本人确认", EN: "Waits for the person"},
	StepSystem:  {ZH: "系统办理中", EN: "The system is at it"},
	StepNothing: {ZH: "已办结", EN: "Done"},
}

// Hand says whose case it is, seen by one officer.
type Hand string

// The hands. Of a complaint it is who handled what the complaint is about.
const (
	HandNone  Hand = "none"
	HandOwn   Hand = "own"
	HandOther Hand = "other"
)

// Item is one case in a list: numbers, types and dates.
type Item struct {
	Number       string // RQ-…
	Type         rights.Type
	State        rights.State
	Channel      string // in_app, email, post, phone
	ReceivedAt   time.Time
	DueAt        time.Time
	Provisional  bool // the calendar of that year was not fully known
	WorkdaysLeft int  // whole working days until DueAt; negative once it is overdue; 0 when it is over
	Urgency      rights.Urgency
	Handler      Hand
	MinorsMatter bool // a minor's data: opening it needs an approval
	Next         NextStep
}

// Filter narrows a queue; its zero value is every open case.
type Filter struct {
	Type   rights.Type // "" = all
	Mine   bool        // only what this officer has taken
	Minors bool        // only minors' matters
}

// Page is a part of a queue. It may hold fewer items than asked for, also none, while Next says that there is more.
type Page struct {
	Items []Item
	Next  string // position for the following call; "" at the end
}

// Action is what an officer may do with a case now.
type Action string

// The actions.
const (
	ActTake    Action = "take"
	ActVerify  Action = "verify_identity"
	ActFulfil  Action = "fulfil"
	ActRefuse  Action = "refuse"
	ActApprove Action = "ask_approval" // ask another officer to open a minor's case
)

// Ground is a coded reason to refuse, with its law (PIPL art. 50).
type Ground struct {
	Code string
	Text fault.Text
}

// Case is one case as an officer may see it.
type Case struct {
	Item
	Requester string   // person, guardian, nobody
	Language  string   // in which the person reads the answer: zh-CN or en
	Scope     []string // codes of purposes or fields; empty = everything
	Detail    string   // what the person wrote; "" = nothing, or erased with the account
	About     string   // of a complaint: the request that it is about
	Complaint string   // the complaint about this request, if there is one
	Timeline  []rights.Happening
	Outcome   *rights.Outcome // nil while open
	Revision  string          // of what this page shows; Decide wants it back
	Actions   []Action        // for this officer, now; empty = nothing to do
	Grounds   []Ground        // to refuse with; empty unless ActRefuse is allowed
	Templates []Template      // words to answer with
}

// May reports whether an action is offered.
func (c Case) May(a Action) bool {
	for _, x := range c.Actions {
		if x == a {
			return true
		}
	}
	return false
}

// Verdict is how an officer ends a case.
type Verdict struct {
	Fulfil   bool   // otherwise it is refused
	Ground   string // a code of rights.Grounds, to refuse
	Text     string // to the person, in Case.Language; at most rights.MaxDetail characters; needed to refuse
	Revision string // Case.Revision of the page that was decided on; "" = whatever it is now
}

// The ways in which casework is refused. Those of packages staff, rights, guardian, subject and report come as they are:
// staff.ErrForbidden, ErrTraining, ErrStepUp, ErrApproval, ErrQuota; rights.ErrUnknown, ErrSameHand, ErrGround, ErrDetail,
// ErrChannel, ErrType, ErrScope; guardian.ErrNotNow, ErrNoMinor; report.ErrUnknown, ErrNotNow, ErrDate; subject.ErrUnknown.
var (
	ErrMoved    = fault.Define(fault.Conflict, "casework.moved", "其他工作人员刚刚处理过，请查看最新状态。", "Another officer has just dealt with this; please look at where it stands now.")
	ErrEvidence = fault.Define(fault.Invalid, "casework.evidence", "请选择凭证种类并填写其编号。", "Choose the kind of evidence and give its reference.")
	ErrNumber   = fault.Define(fault.Invalid, "casework.number", "编号有误，请核对后再输入。", "This number has a typing error.")
	ErrDispute  = fault.Define(fault.Missing, "casework.no_dispute", "没有这个监护争议，或已经解决。", "There is no such dispute, or it has been resolved.")
)
