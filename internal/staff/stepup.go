package staff

import (
	"context"
	"strings"
	"time"

	"zhiqing/internal/audit"
)

// StepUp proves the officer's identity afresh and moves the session to a new token; the old one is dead. proof is the code
// of the authenticator app, or the password of an account without one (Bootstrap's, in development). The session's absolute
// life goes on. Wrong proofs count like failed sign-ins. Faults: ErrSession, ErrSignIn, ErrLocked, ErrBusy; ErrForbidden for
// who proves it at the identity provider.
func (d *Desk) StepUp(ctx context.Context, token, proof string) (fresh string, s Session, err error) {
	old, v, a, err := d.visit(ctx, token)
	if err != nil {
		return "", Session{}, err
	}
	if a.elsewhere() {
		return "", Session{}, ErrForbidden
	}
	locks, err := d.charge(ctx, steppingUp, a.Name)
	if err != nil {
		return "", Session{}, err
	}
	result, err := d.proveAgain(ctx, v.Officer, a, proof)
	if err != nil {
		return "", Session{}, err
	}
	if result != allowed {
		return "", Session{}, d.refuse(ctx, a.officer(v.Officer), "staff.step_up_failed", result, locks)
	}
	if err := d.forgive(ctx, steppingUp, a.Name); err != nil {
		return "", Session{}, err
	}
	return d.moveOn(ctx, old, v, a, d.o.Now())
}

// moveOn writes down that an officer has proved who they are, and gives the session a new token.
func (d *Desk) moveOn(ctx context.Context, old string, v visit, a account, proved time.Time) (fresh string, s Session, err error) {
	if err := d.note(ctx, a.officer(v.Officer), audit.Row{Action: "staff.stepped_up", Result: allowed}); err != nil {
		return "", Session{}, err
	}
	v.Seen, v.StepUp = d.o.Now(), proved
	if fresh, s, err = d.begin(ctx, a, v); err != nil {
		return "", Session{}, err
	}
	if _, err := d.visits.Delete(ctx, old, nil); err != nil { // the fresh token is told to nobody and runs out
		return "", Session{}, err
	}
	return fresh, s, nil
}

func (d *Desk) proveAgain(ctx context.Context, id string, a account, proof string) (result string, err error) {
	if len(a.Secret) == 0 {
		right, err := d.hasher.matches(ctx, a.Password, strings.TrimSpace(proof))
		if right && !d.o.RequireTOTP {
			return allowed, err
		}
		return wrongPassword, err
	}
	step, right, err := d.matchCode(id, a, proof)
	if err != nil || !right {
		return wrongCode, err
	}
	return d.spendStep(ctx, id, a, step)
}
