package rights_test

import (
	"testing"

	"zhiqing/internal/rights"
)

// TestOnlyTheMovesOfTheTableExist names every cell of the machine: where each event leads from each state, or that it is
// refused.
func TestOnlyTheMovesOfTheTableExist(t *testing.T) {
	states := []rights.State{rights.Received, rights.IdentityRequired, rights.ConfirmationRequired, rights.InProgress, rights.Fulfilled, rights.Refused, rights.Cancelled}
	const no = rights.State("")
	for event, to := range map[string][]rights.State{ // by state as above
		"identity_required":     {rights.IdentityRequired, no, no, rights.IdentityRequired, no, no, no},
		"confirmation_required": {rights.ConfirmationRequired, no, no, no, no, no, no},
		"accepted":              {rights.InProgress, rights.InProgress, rights.InProgress, no, no, no, no},
		"fulfilled":             {no, no, no, rights.Fulfilled, no, no, no},
		"refused":               {rights.Refused, rights.Refused, no, rights.Refused, no, no, no},
		"withdrawn":             {rights.Cancelled, rights.Cancelled, rights.Cancelled, rights.Cancelled, no, no, no},
		"anything else":         {no, no, no, no, no, no, no},
	} {
		for i, from := range states {
			got, err := rights.Apply(from, event)
			switch {
			case to[i] == no && (err != rights.ErrNotNow || got != from):
				t.Errorf("%s × %s: %s, %v, want a refusal", from, event, got, err)
			case to[i] != no && (err != nil || got != to[i]):
				t.Errorf("%s × %s: %s, %v, want %s", from, event, got, err, to[i])
			}
		}
	}
	for from, by := range rights.Moves() {
		if from.Over() && len(by) > 0 {
			t.Errorf("%s is over and can be left", from)
		}
		for _, to := range by {
			if to.DPV() == "" {
				t.Errorf("%s has no DPV status", to)
			}
		}
	}
}
