package rights

import (
	"time"

	"zhiqing/internal/fault"
)

// Type is what a person asks for.
type Type string

// The types of design.md §2. Complaint is lodged about another request, or without an account.
const (
	Access           Type = "access"            // PIPL art. 45: what is kept, why, who received it
	Copy             Type = "copy"              // PIPL art. 45: the data itself
	Transfer         Type = "transfer"          // PIPL art. 45(3), 网络数据安全管理条例 art. 25
	Correct          Type = "correct"           // PIPL art. 46
	Supplement       Type = "supplement"        // PIPL art. 46
	Delete           Type = "delete"            // PIPL art. 47
	Restrict         Type = "restrict"          // PIPL art. 44
	Object           Type = "object"            // PIPL art. 44
	Explain          Type = "explain"           // PIPL art. 48
	WithdrawAll      Type = "withdraw_all"      // PIPL art. 15
	CancelAccount    Type = "cancel_account"    // 网络数据安全管理条例 art. 24
	DeceasedRelative Type = "deceased_relative" // PIPL art. 49
	Complaint        Type = "complaint"         // PIPL art. 50, 65
)

// kind is what is special about a type.
type kind struct {
	stepUp   bool // needs a fresh proof of the account: it gives data away or destroys it
	system   bool // done by the system; staff decide the others
	guardian bool // a guardian may ask for it for their child
}

var kinds = map[Type]kind{
	Access:           {system: true, guardian: true},
	Copy:             {stepUp: true, system: true, guardian: true},
	Transfer:         {stepUp: true, guardian: true},
	Correct:          {guardian: true},
	Supplement:       {guardian: true},
	Delete:           {stepUp: true, system: true, guardian: true},
	Restrict:         {system: true, guardian: true},
	Object:           {guardian: true},
	Explain:          {system: true, guardian: true},
	WithdrawAll:      {system: true},
	CancelAccount:    {stepUp: true, system: true, guardian: true},
	DeceasedRelative: {stepUp: true},
	Complaint:        {guardian: true},
}

// State is where a request stands.
type State string

// The states, with the DPV request status that each stands for.
const (
	Received         State = "received"          // dpv:RequestAcknowledged
	IdentityRequired State = "identity_required" // dpv:RequestRequiresAction
	// ConfirmationRequired: a transfer waits until the person confirms who is to receive what. dpv:RequestRequiresAction
	ConfirmationRequired State = "confirmation_required"
	InProgress           State = "in_progress" // dpv:RequestAccepted
	Fulfilled            State = "fulfilled"   // dpv:RequestFulfilled
	Refused              State = "refused"     // dpv:RequestRejected
	Cancelled            State = "cancelled"   // dpv:RequestUnfulfilled
)

// DPV is the state in the words of the Data Privacy Vocabulary.
func (s State) DPV() string {
	return map[State]string{
		Received: "dpv:RequestAcknowledged", IdentityRequired: "dpv:RequestRequiresAction",
		ConfirmationRequired: "dpv:RequestRequiresAction", InProgress: "dpv:RequestAccepted",
		Fulfilled: "dpv:RequestFulfilled", Refused: "dpv:RequestRejected", Cancelled: "dpv:RequestUnfulfilled",
	}[s]
}

// Over reports whether nothing more will happen.
func (s State) Over() bool { return s == Fulfilled || s == Refused || s == Cancelled }

// event moves a request.
type event string

const (
	askIdentity     event = "identity_required"
	askConfirmation event = "confirmation_required"
	begin           event = "accepted"
	fulfil          event = "fulfilled"
	refuse          event = "refused"
	cancel          event = "withdrawn"
)

// moves is the whole machine. What is not in it is refused.
var moves = map[State]map[event]State{
	Received:             {askIdentity: IdentityRequired, askConfirmation: ConfirmationRequired, begin: InProgress, refuse: Refused, cancel: Cancelled},
	IdentityRequired:     {begin: InProgress, refuse: Refused, cancel: Cancelled},
	ConfirmationRequired: {begin: InProgress, cancel: Cancelled},
	InProgress:           {askIdentity: IdentityRequired, fulfil: Fulfilled, refuse: Refused, cancel: Cancelled},
}

// Request is one request as stored.
type Request struct {
	Number    string   `bson:"number"`
	Subject   string   `bson:"subject"`           // whose data it is about
	Requester string   `bson:"requester"`         // the same, or the guardian; "" = nobody known, offline or without an account
	Link      string   `bson:"link,omitempty"`    // guardianship through which it was asked
	Session   string   `bson:"session,omitempty"` // that asked; alone may fetch the package
	Type      Type     `bson:"type"`
	State     State    `bson:"state"`
	Channel   string   `bson:"channel"`         // in_app, email, post, phone
	Scope     []string `bson:"scope,omitempty"` // purposes or fields, "" = everything
	Language  string   `bson:"language"`
	Detail    []byte   `bson:"detail,omitempty"`    // what the person wrote, sealed
	About     string   `bson:"about,omitempty"`     // of a complaint: the request that it is about
	Complaint string   `bson:"complaint,omitempty"` // number of the complaint about this one

	ReceivedAt  time.Time `bson:"received"`
	DueAt       time.Time `bson:"due"`
	Provisional bool      `bson:"provisional,omitempty"` // the calendar of that year was not known yet

	Timeline []Happening `bson:"timeline"` // oldest first; what the person sees
	Steps    []Step      `bson:"steps,omitempty"`
	Next     time.Time   `bson:"next,omitempty"`    // when a worker looks at it; zero = nothing to do for the system
	Claimed  time.Time   `bson:"claimed,omitempty"` // until then a worker may be in the middle of a step
	Untold   bool        `bson:"untold,omitempty"`  // staff have decided, and the person may not have been told
	Failures int         `bson:"failures,omitempty"`

	Answer   []byte    `bson:"answer,omitempty"` // JSON without values of personal data, see answers.go
	Outcome  *Outcome  `bson:"outcome,omitempty"`
	Package  *Package  `bson:"package,omitempty"`
	Transfer *Handover `bson:"transfer,omitempty"`  // nil on a transfer that staff judge: it came by letter, or names no company of ours
	Proof    string    `bson:"proof,omitempty"`     // of an erasure, signed
	Alarms   []Alarm   `bson:"alarms,omitempty"`    // what the operator was told of its deadline
	LodgedBy string    `bson:"lodged_by,omitempty"` // stf_…, who typed it in
	Handler  string    `bson:"handler,omitempty"`   // stf_…, who handles it now; of a complaint, who handled what it is about
	Hands    []string  `bson:"hands,omitempty"`     // everybody who ever did, each once
}

// Happening is one line of the timeline.
type Happening struct {
	At   time.Time `bson:"at"`
	What string    `bson:"what"` // a code: received, accepted, step:…, retry, fulfilled, …
	By   string    `bson:"by"`   // person, guardian, system, staff
}

// Step is one part of a plan. Done is when it was, zero before. Begun is written before a step that cannot be undone, so
// that nobody cancels while it runs.
type Step struct {
	Name  string    `bson:"name"`
	Begun time.Time `bson:"begun,omitempty"`
	Done  time.Time `bson:"done,omitempty"`
}

// Outcome says how a request ended, and why if it was not, or not wholly, fulfilled.
type Outcome struct {
	Ground string    `bson:"ground,omitempty"` // a code of grounds
	Text   string    `bson:"text,omitempty"`   // what staff wrote to the person; no personal data
	Kept   []Kept    `bson:"kept,omitempty"`   // what was not erased
	At     time.Time `bson:"at"`
}

// Kept is what the law wants kept after an erasure: stored, and used for nothing else.
type Kept struct {
	What   string    `bson:"what"`
	Reason string    `bson:"reason"`
	Law    string    `bson:"law"`
	LawEN  string    `bson:"law_en"`
	Until  time.Time `bson:"until,omitempty"`
}

// Package is an export that waits to be fetched.
type Package struct {
	Bytes     int64     `bson:"bytes"`
	SHA256    string    `bson:"sha256"`
	Parts     int       `bson:"parts"`
	ExpiresAt time.Time `bson:"expires"`
	Downloads int       `bson:"downloads"`
	Gone      bool      `bson:"gone,omitempty"`  // fetched often enough, or too late: its bytes are deleted
	Holds     []string  `bson:"holds,omitempty"` // what is in a transfer's, by the names of its files
}

// Delivery of packages (requirements.md E2): how long one waits, and how often it may be fetched.
const (
	PackageLife  = 72 * time.Hour
	MaxDownloads = 3 // of one package
)

// grounds are the reasons for which a request may be refused, each with the law. There is no other refusal (PIPL art. 50).
var grounds = map[string]fault.Text{
	"identity":     {ZH: "未能验证身份（个人信息保护法第五十条；GB/T 35273 8.7）", EN: "The identity could not be verified (PIPL art. 50; GB/T 35273 8.7)."},
	"legal_duty":   {ZH: "法律、行政法规要求保存，期满后删除（个人信息保护法第四十七条第二款）", EN: "The law requires it to be kept; it is deleted when that period ends (PIPL art. 47(2))."},
	"third_party":  {ZH: "会损害他人的合法权益（网络数据安全管理条例第二十五条第四项）", EN: "It would harm the lawful rights of others (Network Data Security Regulations art. 25(4))."},
	"not_feasible": {ZH: "技术上不可行；您可以下载副本（网络数据安全管理条例第二十五条第三项）", EN: "It is not technically feasible; you can download a copy instead (Network Data Security Regulations art. 25(3))."},
	"not_ours":     {ZH: "我们没有处理这项信息", EN: "We do not process this data."},
	"accurate":     {ZH: "经核实，现有信息准确（个人信息保护法第四十六条）", EN: "It was checked and is accurate (PIPL art. 46)."},
	"necessary":    {ZH: "处理为履行合同或法定义务所必需（个人信息保护法第十三条第一款第二项、第三项）", EN: "The processing is needed for a contract or a legal duty (PIPL art. 13(1)(2) and (3))."},
	"not_entitled": {ZH: "未能确认有权代为行使（个人信息保护法第四十九条）", EN: "The right to act for the other person could not be confirmed (PIPL art. 49)."},
	"unfounded":    {ZH: "经另一名工作人员复核，投诉不成立", EN: "Another officer has reviewed it and found the complaint unfounded."},
}

// Ground is the text of a ground for refusal.
func Ground(code string) (fault.Text, bool) { t, ok := grounds[code]; return t, ok }

// Grounds lists the codes that exist, for those who decide.
func Grounds() map[string]fault.Text { return grounds }
