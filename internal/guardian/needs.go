package guardian

import "zhiqing/internal/subject"

// Needs says whose consent counts for a person of this band (requirements.md C1): under 14 the guardians', from 14 to 17
// the person's own and the guardians', as long as policy wants guardians up to 18; otherwise the person's own.
func (r Rules) Needs(b subject.Band) (own, guardian bool) {
	switch b {
	case subject.Under14:
		return false, true
	case subject.From14:
		return true, r.PolicyMinorAge > r.LawChildAge
	}
	return true, false
}

// Gate says why an account can agree to nothing now, nil when it can; confirming means that the person may, and must,
// confirm the account for themselves: they have turned 14 or 18.
func Gate(account subject.State, minority State) (closed error, confirming bool) {
	switch account {
	case subject.PendingGuardian:
		closed = ErrNeeded
	case subject.Restricted:
		closed = ErrRestricted
		if minority == Disputed {
			closed = ErrDisputed
		}
	}
	return closed, minority == Transition14 || minority == Transition18
}
