package staff

import (
	"context"
	"errors"
	"time"

	"zhiqing/internal/audit"
)

// StepUpLife is how long a proof of identity opens what needs one.
const StepUpLife = 5 * time.Minute

// Allow says whether a session may do something now: its role has the permission, training is in force where personal
// data is touched, and the last proof of identity is fresh where one is needed. What needs four eyes also needs Use. A
// refusal is written into the audit. Faults: ErrForbidden, ErrTraining, ErrStepUp.
func (d *Desk) Allow(ctx context.Context, s Session, p Permission) error {
	why := d.mayNot(s, p)
	if why == nil || errors.Is(why, ErrStepUp) { // asking for a code is no refusal
		return why
	}
	if err := d.note(ctx, s.Officer, audit.Row{Action: "staff.denied", Fields: []string{string(p)}, Result: denied}); err != nil {
		return err
	}
	return why
}

func (d *Desk) mayNot(s Session, p Permission) error {
	now, rule := d.o.Now(), d.o.Roles.rule(p)
	switch {
	case !d.o.Roles.May(s.Officer.Role, p):
		return ErrForbidden
	case rule.Personal && !s.Officer.trainedOn(now):
		return ErrTraining
	case rule.StepUp && now.Sub(s.StepUpAt) > StepUpLife:
		return ErrStepUp
	}
	return nil
}
