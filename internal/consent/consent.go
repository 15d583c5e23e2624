package consent

import (
	"time"

	"zhiqing/internal/fault"
	"zhiqing/internal/ledger"
	"zhiqing/internal/subject"
)

// State is the standing of a purpose in a book (DPV 2.3 consent status; requirements.md D2).
type State string

// The states. Only Given and Renewed allow processing.
const (
	Unknown     State = "unknown" // never decided
	Given       State = "given"
	Renewed     State = "renewed"
	Refused     State = "refused"
	Withdrawn   State = "withdrawn"
	Revoked     State = "revoked" // taken back by somebody else: a guardian, the operator
	Expired     State = "expired"
	Invalidated State = "invalidated" // the notice has materially changed
)

// Allows reports whether processing on consent is allowed in this state. Everything else is denied.
func (s State) Allows() bool { return s == Given || s == Renewed }

// no reports whether somebody has said no, and nobody has taken that back or ended it.
func (s State) no() bool { return s == Refused || s == Withdrawn }

// Verb is what a person decides about a purpose.
type Verb string

// The verbs of the API.
const (
	Grant    Verb = "grant"
	Refuse   Verb = "refuse"
	Withdraw Verb = "withdraw"
)

// outcome is the state that a verb leads to from a state; "" = there is nothing to do. This is the whole state machine;
// expiry and invalidation come from the clock and the notices (standing.effective).
//
// Refusing what is live is a withdrawal: the person says no, and no is what is recorded. Withdrawing twice changes
// nothing. What was never given cannot be withdrawn.
var outcome = map[Verb]map[State]State{
	Grant: {
		Unknown: Given, Refused: Given, Withdrawn: Given, Revoked: Given,
		Given: Renewed, Renewed: Renewed, Expired: Renewed, Invalidated: Renewed,
	},
	Refuse: {
		Unknown: Refused, Refused: Refused, Withdrawn: Refused, Revoked: Refused,
		Given: Withdrawn, Renewed: Withdrawn, Expired: Refused, Invalidated: Refused,
	},
	Withdraw: {
		Given: Withdrawn, Renewed: Withdrawn, Expired: Withdrawn, Invalidated: Withdrawn,
	},
}

// NoticeRef is the exact text that a decision was made on.
type NoticeRef = ledger.NoticeRef

// Standing is the state of one purpose (for one recipient, where consent is per recipient), with its proof.
type Standing struct {
	Purpose    string    `bson:"purpose"`
	Recipient  string    `bson:"recipient,omitempty"`
	Party      string    `bson:"party,omitempty"`    // whose decision: "" = the person's, otherwise the guardianship's (gdn_…)
	Relation   string    `bson:"relation,omitempty"` // of that guardian, as declared
	Verify     string    `bson:"verify,omitempty"`   // how that guardian was verified
	State      State     `bson:"state"`
	Since      time.Time `bson:"since"`
	ValidUntil time.Time `bson:"until,omitempty"` // zero = as long as it is not taken back
	Notice     NoticeRef `bson:"notice"`
	Definition string    `bson:"def"` // digest of the purpose as it was agreed to
	Seq        int64     `bson:"seq"` // of the entry that proves it
	EntryID    string    `bson:"-"`   // filled when read
	Guardian   State     `bson:"-"`   // filled when read: what the guardians' decisions come to; "" = none is needed
}

// Actor is a person deciding for themselves, and what their age and account make of it. The caller knows the person; this
// package never asks who they are. A guardian who decides for somebody else is a GuardianAct.
type Actor struct {
	Book    string // sub_… or gst_…
	Guest   bool
	Session string // of a guest: the book lives no longer than it
	Band    subject.Band

	// Whose consent counts: under 14 the guardians' (PIPL art. 31), from 14 to 17 the person's own and the guardians', from
	// 18 and with an unknown age the person's own. Neither set means Own.
	Own, Guardian bool
	// Closed, if not nil, is why the account can agree to nothing now: it waits for a guardian or is restricted. Saying no
	// is never closed.
	Closed error
	// Confirming says that the person may agree to account.minor for themselves: they have turned 14 or 18.
	Confirming bool
}

// Decision is one thing that a person decided.
type Decision struct {
	Purpose       string
	Recipient     string // where consent is per recipient (PIPL art. 23)
	Verb          Verb
	NoticeVersion string // required to grant: the version that the person has read
}

// Batch is a set of decisions made in one act.
type Batch struct {
	Decisions      []Decision // 1…MaxDecisions, each purpose and recipient once
	Method         string     // how the person expressed it: an active step, such as tap or switch
	Language       string     // of the notice that was shown
	IdempotencyKey string     // "" = none; the same key with the same batch is answered without a second entry
}

// MaxDecisions bounds a batch.
const MaxDecisions = 50

// Recorded is an entry as it is acknowledged.
type Recorded struct {
	EntryID   string
	Seq       int64
	Hash      []byte
	Purpose   string
	Recipient string
	State     State
}

// The ways in which a decision is refused.
var (
	ErrEmpty      = fault.Define(fault.Invalid, "consent.no_decisions", "请至少提交一项、至多五十项决定。", "Send at least one decision and at most fifty.")
	ErrPurpose    = fault.Define(fault.Invalid, "consent.unknown_purpose", "没有这个处理目的。", "There is no such purpose.")
	ErrNotNeeded  = fault.Define(fault.Invalid, "consent.not_needed", "这个目的不以同意为依据，无需同意，也不能撤回。", "This purpose does not rest on consent: there is nothing to agree to or to withdraw.")
	ErrTwice      = fault.Define(fault.Invalid, "consent.decided_twice", "同一目的在一次提交中只能决定一次。", "A purpose can be decided only once in one submission.")
	ErrVerb       = fault.Define(fault.Invalid, "consent.unknown_decision", "决定只能是 grant、refuse 或 withdraw。", "A decision is grant, refuse or withdraw.")
	ErrSeparate   = fault.Define(fault.Invalid, "consent.separate_required", "这项同意须单独作出，不能与其他决定一并提交。", "This consent has to be given on its own, not together with other decisions.")
	ErrMethod     = fault.Define(fault.Invalid, "consent.method_not_active", "同意须由本人主动作出，例如点按或勾选；默认勾选、沉默或继续浏览都不算。", "Consent needs an active step by the person, such as a tap; pre-ticked boxes, silence or scrolling do not count.")
	ErrRecipient  = fault.Define(fault.Invalid, "consent.unknown_recipient", "请指明本目的所列的接收方。", "Name one of the recipients listed for this purpose.")
	ErrNoticeNone = fault.Define(fault.Invalid, "consent.notice_required", "请注明您已阅读的告知文本版本。", "Say which version of the notice has been read.")
	ErrOutdated   = fault.Define(fault.Conflict, "consent.notice_outdated", "告知文本已更新，请阅读新版后再决定。", "The notice has been updated; please read the new version, then decide.")
	ErrAge        = fault.Define(fault.Forbidden, "consent.age_required", "这个目的只对达到规定年龄的用户开放；还没有填写出生日期的，请先填写。", "This purpose is open only from a certain age; if you have not stated a birth date yet, please do so first.")
	ErrGuardian   = fault.Define(fault.Forbidden, "consent.guardian_required", "这项同意须由父母或其他监护人作出。", "This consent has to be given by a parent or another guardian.")
	ErrAccount    = fault.Define(fault.Forbidden, "consent.account_required", "访客不能开启这个目的，请先登录。", "A guest cannot turn this purpose on; please log in first.")
	ErrClosed     = fault.Define(fault.Forbidden, "consent.purpose_closed", "这个目的目前没有开放。", "This purpose is not open at present.")
	ErrNothing    = fault.Define(fault.Conflict, "consent.nothing_to_withdraw", "您没有同意过这个目的，无需撤回。", "You have not agreed to this purpose, so there is nothing to withdraw.")
	ErrKeyReused  = fault.Define(fault.Conflict, "request.idempotency_key_reused", "同一 Idempotency-Key 已用于另一次不同的提交。", "This Idempotency-Key has been used for a different submission.")
	ErrNoEntry    = fault.Define(fault.Missing, "consent.unknown_entry", "没有找到这条记录。", "There is no such record.")
)
