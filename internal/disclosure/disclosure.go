package disclosure

import (
	"time"

	"zhiqing/internal/fault"
)

// Basis is the legal basis of a disclosure, a code of PIPL art. 13(1).
type Basis string

// The bases of what an officer can order. What Provide gives has its purpose's.
const (
	LegalDuty Basis = "legal_duty" // art. 13(1)(3): a law or a legal procedure demands it
	Emergency Basis = "emergency"  // art. 13(1)(4): life, health or property of a person is in danger
)

// State is where a disclosure stands.
type State string

// The states.
const (
	Requested State = "requested" // an officer wants it; nothing has left
	Sent      State = "sent"
	Lapsed    State = "lapsed" // nobody has approved and released it in time
)

// Recipient is who received, as they were when they did: the five items of PIPL art. 23, and where they are.
type Recipient struct {
	Code    string     `bson:"code"`
	Name    fault.Text `bson:"name"`
	Contact fault.Text `bson:"contact"`
	Purpose fault.Text `bson:"purpose"`
	Method  fault.Text `bson:"method"`
	Kinds   fault.Text `bson:"kinds"`
	Region  string     `bson:"region"` // ISO 3166-1
}

// Disclosure is one entry of the ledger. It holds names of fields and no values.
type Disclosure struct {
	ID        string    `bson:"-"` // dsc_…
	Subject   string    `bson:"subject"`
	State     State     `bson:"state"`
	Basis     Basis     `bson:"basis"`
	Recipient Recipient `bson:"recipient"`
	Fields    []string  `bson:"fields"` // what was asked for; once Sent, what was handed over

	Purpose   string `bson:"purpose,omitempty"`   // code; of what Provide gave
	Consent   string `bson:"consent,omitempty"`   // ent_…, that allowed it
	Reference string `bson:"reference,omitempty"` // the caller's number

	Document string `bson:"document,omitempty"` // number of the authority's document
	Secrecy  string `bson:"secrecy,omitempty"`  // the law that wants it secret; "" = none
	AskedBy  string `bson:"asked_by,omitempty"` // stf_…
	AllowBy  string `bson:"allow_by,omitempty"` // stf_…, the second officer
	Digest   string `bson:"digest,omitempty"`   // SHA-256 of the package, hex

	AskedAt time.Time `bson:"asked"`
	Expires time.Time `bson:"expires,omitempty"` // of an order that is not released
	SentAt  time.Time `bson:"sent,omitempty"`
	TellAt  time.Time `bson:"tell,omitempty"` // when the person is told without anybody's doing; zero = an officer says when
	TellDue time.Time `bson:"due,omitempty"`  // when an officer must have said so
	ToldAt  time.Time `bson:"told,omitempty"` // since when the person can see it
}

// waits reports whether the person is still to be told.
func (x *Disclosure) waits() bool { return x.State == Sent && x.ToldAt.IsZero() }

// Told is a disclosure as the person sees it.
type Told struct {
	At         time.Time
	Code       string // of the recipient
	Name       fault.Text
	Purpose    fault.Text
	LegalBasis string
	Fields     []string
	Reference  string // number of a request, an order or the caller's
	Document   string // number of an authority's document; "" = none
	Consent    string // ent_…, that allowed it; "" = it did not rest on consent
}

// Kept is how long an entry stays (网络数据安全管理条例 art. 12), in years after the hand-over.
const Kept = 3

// How long things wait.
const (
	approveWithin = 9 * time.Hour  // an order lives a little longer than a question to the other officers
	tellWithin    = 72 * time.Hour // after an emergency disclosure an officer has said when the person may know
	longestSecret = 366 * 24 * time.Hour
)

// The ways in which a disclosure is refused.
var (
	ErrUnlisted = fault.Define(fault.Forbidden, "disclosure.unlisted", "该接收方不在这个目的的公示清单中，不能提供。", "This recipient is not on the published list of this purpose; nothing is provided.")
	ErrStopped  = fault.Define(fault.Forbidden, "disclosure.stopped", "已停止向该接收方提供。", "Provision to this recipient has been stopped.")
	ErrConsent  = fault.Define(fault.Forbidden, "disclosure.no_basis", "本人未同意或已撤回，不能提供。", "The person has not agreed, or has withdrawn; nothing is provided.")
	ErrAbroad   = fault.Define(fault.Forbidden, "disclosure.abroad", "该接收方在境外，跨境条件不齐备，不能提供。", "This recipient is abroad and the conditions for that are not met; nothing is provided.")
	ErrContract = fault.Define(fault.Forbidden, "disclosure.contract_expired", "与该接收方的合同已到期，不能提供。", "The contract with this recipient has run out; nothing is provided.")
	ErrFields   = fault.Define(fault.Forbidden, "disclosure.fields", "超出该目的所需的信息，不能提供。", "This goes beyond what the purpose needs; nothing is provided.")
	ErrForeign  = fault.Define(fault.Forbidden, "disclosure.foreign_authority",
		"未经中华人民共和国主管机关批准，不得向外国司法或者执法机构提供个人信息（《个人信息保护法》第四十一条）。",
		"Without the approval of the competent Chinese authority no personal data is given to foreign judicial or law-enforcement bodies (PIPL art. 41).")
	ErrOrder   = fault.Define(fault.Invalid, "disclosure.invalid", "披露申请不符合要求。", "This order is not as required.")
	ErrPerson  = fault.Define(fault.Missing, "disclosure.no_person", "没有找到这个人，或资料已经删除。", "There is no such person, or their data has been deleted.")
	ErrUnknown = fault.Define(fault.Missing, "disclosure.unknown", "没有这项披露。", "There is no such disclosure.")
	ErrNotNow  = fault.Define(fault.Conflict, "disclosure.not_now", "这项披露已经办理或过期。", "This has been done already, or has lapsed.")
)
