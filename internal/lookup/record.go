package lookup

import (
	"time"

	"zhiqing/internal/fault"
	"zhiqing/internal/ledger"
)

// Record is what staff see of a person. Values are masked, other people are masked, and every list is bounded.
type Record struct {
	Lookup        Lookup
	PrivacyNumber string
	State         string // of the account: active, pending_guardian, restricted, closing, erased
	Band          string // of ages: under_14, 14_17, adult, "" = not asked
	ChangesOn     time.Time
	Since         time.Time // when the account began
	Pauses        []Pause
	Standings     []Standing
	Timeline      []Event // newest first, TimelinePage at most
	MoreTimeline  int64   // where Desk.Timeline goes on; 0 = that was all
	Profile       []Field
	Guardianships []Guardianship
	Requests      []Request // newest first, maxRequests at most
	MoreRequests  bool
	Disclosures   []Disclosure
}

// Pause is processing that has stopped at the person's request.
type Pause struct {
	Request  string   // its number
	Purposes []string // codes; none = everything optional
	Since    time.Time
}

// The bounds of what one view holds.
const (
	TimelinePage     = 20
	maxRequests      = 20
	maxGuardianships = 20
	maxDisclosures   = 20
)

// By says who decided.
type By string

// Who decides.
const (
	BySelf     By = "self"
	ByGuardian By = "guardian"
	BySystem   By = "system"
)

// Standing is where one purpose stands.
type Standing struct {
	Purpose    string
	Title      fault.Text
	Recipient  string // code; where consent is per recipient
	State      string // unknown, given, renewed, refused, withdrawn, revoked, expired, invalidated
	Allows     bool   // processing is allowed now: the consent is live and nothing is paused
	Paused     bool
	Since      time.Time
	ValidUntil time.Time // zero = until withdrawn
	Notice     ledger.NoticeRef
	By         By
	EntryID    string // the proof; "" = never decided
}

// Event is one entry of the chained history.
type Event struct {
	At        time.Time
	Purpose   string
	Title     fault.Text
	Recipient string
	State     string // what it came to
	By        By     // in what capacity
	Relation  string // of a guardian, a code
	Method    string
	Notice    ledger.NoticeRef
	EntryID   string
	Seq       int64
	Hash      string // hex
}

// Field is one profile value under its mask.
type Field struct {
	Name      string
	Title     fault.Text
	Masked    string
	Purpose   string // code, under which it may be kept
	Source    string
	UpdatedAt time.Time
}

// Guardianship is one link from the person's side. The other party is never more than a masked privacy number.
type Guardianship struct {
	ID       string // gdn_…
	Role     string // minor or guardian: what the person is in it
	State    string
	Relation string     // a code
	Title    fault.Text // of the relation
	Verify   string     // how the adult was verified, a code; "" = not yet
	Other    string     // PN-****-**7C
	Since    time.Time  // claimed
	Decided  time.Time
	Ended    time.Time
}

// Request is one rights request.
type Request struct {
	Number   string
	Type     string
	State    string
	Received time.Time
	Due      time.Time
	Over     bool
}

// Disclosure is one handing over of data.
type Disclosure struct {
	At        time.Time
	Recipient string
	Purpose   string
	Fields    []string // codes
}

// Answer says whether processing for a purpose was allowed at a moment.
type Answer struct {
	Purpose string
	Title   fault.Text
	At      time.Time
	Allowed bool
	Why     Why
	Text    fault.Text // Why for people
	Basis   string     // the purpose's legal basis
	Entry   *Event     // that proves it; nil = the absence of any entry does, or a basis other than consent
}

// Why is the ground of an Answer.
type Why string

// The grounds.
const (
	WhyBasis     Why = "other_basis"     // the purpose does not rest on consent
	WhyConsent   Why = "consented"       // allowed by Entry
	WhyNever     Why = "never_asked"     // nobody had decided yet
	WhyNo        Why = "refused"         // refused or withdrawn
	WhyEnded     Why = "ended"           // run out, taken back by others or by the system
	WhyNotice    Why = "notice_changed"  // a material change of the notice had overtaken it
	WhyGuardian  Why = "guardian_needed" // a minor, without a guardian's consent in force
	WhyNoAccount Why = "no_account"      // before the account began
)

// Access is one look at somebody's data, as that person is told of it. It names nobody of the staff.
type Access struct {
	At          time.Time
	Role        string // a code of package staff
	RoleTitle   fault.Text
	Reason      string // a code; "" = none was needed
	ReasonTitle fault.Text
	Action      string // staff.lookup, staff.viewed, staff.revealed, …
	ActionTitle fault.Text
	Fields      []string // what was seen
	Result      string   // allowed, denied, approval_required, …
	Reference   string   // the ticket's or request's number
}
