package staff

import (
	"context"
	"errors"
	"regexp"
	"strings"

	"zhiqing/internal/audit"
	"zhiqing/internal/store"
)

var nameForm = regexp.MustCompile(`^[a-z0-9][a-z0-9._@-]{1,63}$`)

// maxName is how many bytes of what is typed as a name are looked at.
const maxName = 256

// canonical is a name as it is stored: without blanks around it, in lower case.
func canonical(name string) string { return strings.ToLower(strings.TrimSpace(name)) }

// SignIn lets an officer in: a name, the password, and the code of the authenticator app. It returns the token for a
// `__Host-` cookie, which is new whatever the browser had before, and the session. The sign-in counts as a step-up.
//
// Faults: ErrSignIn, the same for everything that can be wrong; ErrLocked after too many tries; ErrBusy.
func (d *Desk) SignIn(ctx context.Context, name, password, code string) (token string, s Session, err error) {
	name = canonical(name[:min(len(name), maxName)])
	locks, err := d.charge(ctx, signingIn, name)
	if err != nil {
		return "", Session{}, err
	}
	id, a, err := d.find(ctx, name)
	if err != nil {
		return "", Session{}, err
	}
	v, err := d.prove(ctx, id, a, password, code)
	if err == nil && v.result == allowed {
		v.result, err = d.spendStep(ctx, id, a, v.step)
	}
	if err != nil {
		return "", Session{}, err
	}
	if v.result != allowed {
		return "", Session{}, d.refuse(ctx, d.known(id, a), "staff.sign_in_failed", v.result, locks)
	}
	return d.admit(ctx, id, a)
}

// The results of a try, for the audit alone.
const (
	allowed        = "allowed"
	denied         = "denied"
	wrongPassword  = "wrong_password"
	wrongCode      = "wrong_code" // or a used one
	unknownName    = "unknown_name"
	disabled       = "disabled"
	noSecondFactor = "no_second_factor"
)

// noID is the id of names without an account: no document has it, and looking for it costs what looking for one does.
const noID = "stf_00000000000000000000000000"

// find returns the account of a name, or the decoy. Both cost one read.
func (d *Desk) find(ctx context.Context, name string) (id string, a account, err error) {
	id = d.accountID(name)
	a, err = d.accounts.Get(ctx, id)
	if errors.Is(err, store.ErrMissing) {
		return noID, d.decoy, nil
	}
	if err == nil && a.elsewhere() { // this door is not theirs, and does not say whose it is
		return noID, d.decoy, nil
	}
	return id, a, err
}

// known is who the audit says has tried.
func (d *Desk) known(id string, a account) Officer {
	if id == noID {
		return Officer{ID: "unknown"}
	}
	return a.officer(id)
}

type verdict struct {
	result string
	step   int64
}

// prove checks everything, in the same steps for every name, and only then says what was wrong.
func (d *Desk) prove(ctx context.Context, id string, a account, password, code string) (v verdict, err error) {
	right, err := d.hasher.matches(ctx, a.Password, strings.TrimSpace(password))
	if err != nil {
		return v, err
	}
	coded := !d.o.RequireTOTP
	if len(a.Secret) > 0 {
		if v.step, coded, err = d.matchCode(id, a, code); err != nil {
			return v, err
		}
	}
	switch {
	case id == noID:
		v.result = unknownName
	case !right:
		v.result = wrongPassword
	case a.Disabled:
		v.result = disabled
	case len(a.Secret) == 0 && d.o.RequireTOTP:
		v.result = noSecondFactor
	case !coded:
		v.result = wrongCode
	default:
		v.result = allowed
	}
	return v, nil
}

// spendStep uses a code up, in one compare-and-swap: of two who bring the same code one gets in. It is refused when the
// account has changed since it was checked.
func (d *Desk) spendStep(ctx context.Context, id string, checked account, step int64) (result string, err error) {
	if step == 0 {
		return allowed, nil
	}
	_, err = d.accounts.Update(ctx, id, func(a *account) error {
		if a.Epoch != checked.Epoch || step <= a.Step {
			return ErrSignIn
		}
		a.Step = step
		return nil
	})
	if errors.Is(err, ErrSignIn) {
		return wrongCode, nil
	}
	return allowed, err
}

// refuse writes the failure down and answers what everybody is answered.
func (d *Desk) refuse(ctx context.Context, who Officer, action, result string, locks bool) error {
	if err := d.note(ctx, who, audit.Row{Action: action, Result: result}); err != nil {
		return err
	}
	if locks {
		if err := d.note(ctx, who, audit.Row{Action: "staff.locked_out", Result: denied}); err != nil {
			return err
		}
	}
	return ErrSignIn
}

// admit begins the session of who has proved who they are.
func (d *Desk) admit(ctx context.Context, id string, a account) (string, Session, error) {
	if err := d.forgive(ctx, signingIn, a.Name); err != nil {
		return "", Session{}, err
	}
	if err := d.note(ctx, a.officer(id), audit.Row{Action: "staff.signed_in", Result: allowed}); err != nil {
		return "", Session{}, err
	}
	now := d.o.Now()
	return d.begin(ctx, a, visit{Officer: id, Epoch: a.Epoch, Began: now, Seen: now, StepUp: now})
}

// newDecoy is an account that nobody can open: its hash is of no password. Its secret is a real one, so that a code is
// checked with the same work.
func (d *Desk) newDecoy() (account, error) {
	a := account{Name: "-", Disabled: true, Password: passwordHash{argon2id, d.o.Cost, d.o.IDs.Bytes(saltLen), d.o.IDs.Bytes(sumLen)}}
	_, err := d.enrol(noID, &a)
	return a, err
}
