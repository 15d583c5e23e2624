package guardian

import "zhiqing/internal/subject"

// State is where a minor's account stands (requirements.md C2).
type State string

// The states of a minor's account.
const (
	Pending      State = "pending"      // declared; no guardian asked
	Invited      State = "invited"      // an invitation is open
	Reviewing    State = "reviewing"    // an adult has claimed it
	Active       State = "active"       // a guardian's consent is in force
	Reconsent    State = "reconsent"    // it has run out, or its notice has changed: store only, until given again
	Disputed     State = "disputed"     // guardians disagree: store only
	Transition14 State = "transition14" // turned 14: store only until the person agrees as well
	Transition18 State = "transition18" // turned 18: no guardian any more; store only until the person agrees
	Refused      State = "refused"      // ends in erasure
	Withdrawn    State = "withdrawn"    // ends in erasure
	Expired      State = "expired"      // ends in erasure
	Released     State = "released"     // an adult like any other
)

// Event is what moves an account.
type Event string

// The events, by actor: the minor, a guardian, the clock, staff.
const (
	Invite         Event = "invite"
	OwnConsent     Event = "own_consent" // the person confirms the account, at 14 or 18
	EndUse         Event = "end_use"     // the person ends it
	Claim          Event = "claim"
	Grant          Event = "grant"
	Refuse         Event = "refuse"          // by the only guardian in the matter
	Withdraw       Event = "withdraw"        // by the only guardian in the matter
	Object         Event = "object"          // a guardian says no while another's yes stands
	Lapse          Event = "lapse"           // the last consenting guardian is gone, or was no adult
	InvitationEnds Event = "invitation_ends" // no invitation is open any more
	ReviewEnds     Event = "review_ends"     // nobody reviews any more
	ConsentEnds    Event = "consent_ends"    // 12 months, or a material change of the notice
	Turn14         Event = "turn14"
	Turn18         Event = "turn18"
	TimeOut        Event = "time_out"
	ResolveFor     Event = "resolve_for" // a dispute ends for the consent
	ResolveAgainst Event = "resolve_against"
	CorrectToAdult Event = "correct_to_adult" // evidence shows an adult
)

// states and events, in the order of the documentation.
var (
	states = []State{Pending, Invited, Reviewing, Active, Reconsent, Disputed, Transition14, Transition18, Refused, Withdrawn, Expired, Released}
	events = []Event{Invite, Claim, Grant, Refuse, Withdraw, Object, Lapse, OwnConsent, EndUse, InvitationEnds, ReviewEnds, ConsentEnds, Turn14, Turn18, TimeOut, ResolveFor, ResolveAgainst, CorrectToAdult}
)

// moves is the whole machine. What is not in it is refused.
var moves = map[State]map[Event]State{
	Pending: {
		Invite: Invited, EndUse: Withdrawn, TimeOut: Expired, Turn14: Pending, Turn18: Released, CorrectToAdult: Released,
	},
	Invited: {
		Invite: Invited, Claim: Reviewing, InvitationEnds: Pending, EndUse: Withdrawn, Turn14: Invited, Turn18: Released, CorrectToAdult: Released,
	},
	Reviewing: {
		Invite: Reviewing, Claim: Reviewing, Grant: Active, Refuse: Refused, Lapse: Pending, ReviewEnds: Pending, EndUse: Withdrawn,
		Turn14: Reviewing, Turn18: Released, CorrectToAdult: Released,
	},
	Active: {
		Invite: Active, Claim: Active, Grant: Active, Withdraw: Withdrawn, Object: Disputed, Lapse: Reconsent, ConsentEnds: Reconsent,
		EndUse: Withdrawn, Turn14: Transition14, Turn18: Transition18, CorrectToAdult: Released,
	},
	Reconsent: {
		Invite: Reconsent, Claim: Reconsent, Grant: Active, Refuse: Withdrawn, Withdraw: Withdrawn, Object: Disputed, Lapse: Reconsent,
		EndUse: Withdrawn, Turn14: Transition14, Turn18: Transition18, TimeOut: Expired, CorrectToAdult: Released,
	},
	Disputed: {
		Withdraw: Withdrawn, Object: Disputed, Lapse: Disputed, EndUse: Withdrawn, Turn14: Disputed, Turn18: Transition18,
		ResolveFor: Active, ResolveAgainst: Withdrawn, CorrectToAdult: Released,
	},
	Transition14: {
		Invite: Transition14, Claim: Transition14, Grant: Transition14, Refuse: Withdrawn, Withdraw: Withdrawn, Object: Disputed, Lapse: Transition14,
		OwnConsent: Active, EndUse: Withdrawn, Turn18: Transition18, TimeOut: Expired, CorrectToAdult: Released,
	},
	Transition18: {
		OwnConsent: Released, EndUse: Withdrawn, TimeOut: Expired, CorrectToAdult: Released,
	},
}

// next is the state that an event leads to; ok is false when the event has no place there.
func next(s State, e Event) (State, bool) {
	to, ok := moves[s][e]
	return to, ok
}

// over reports whether a state ends in erasure.
func (s State) over() bool { return s == Refused || s == Withdrawn || s == Expired }

// account is what the rest of the system sees of a state.
func (s State) account() subject.State {
	switch s {
	case Pending, Invited, Reviewing:
		return subject.PendingGuardian
	case Reconsent, Disputed, Transition14, Transition18:
		return subject.Restricted
	case Active, Released:
		return subject.Active
	}
	return subject.Closing
}

// LinkState is where one adult's guardianship stands.
type LinkState string

// The states of a link. Only LinkActive counts as consent; LinkRefused and LinkWithdrawn are a live no.
const (
	LinkReviewing LinkState = "reviewing"
	LinkActive    LinkState = "active"
	LinkRefused   LinkState = "refused"
	LinkWithdrawn LinkState = "withdrawn"
	LinkExpired   LinkState = "expired" // never decided
	LinkLapsed    LinkState = "lapsed"  // the guardian's own account has ended
	LinkInvalid   LinkState = "invalid" // the guardian was no adult
	LinkClosed    LinkState = "closed"  // the minor has turned 18
)

func (l LinkState) live() bool { return l == LinkReviewing || l == LinkActive }
func (l LinkState) no() bool   { return l == LinkRefused || l == LinkWithdrawn }

// The states of an invitation.
const (
	invitationOpen    = "open"
	invitationClaimed = "claimed"
	invitationEnded   = "ended"
)
