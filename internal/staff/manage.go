package staff

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"slices"
	"time"

	"zhiqing/internal/audit"
	"zhiqing/internal/ident"
	"zhiqing/internal/store"
)

// MaxAccounts bounds the number of accounts, so that listing them is one page.
const MaxAccounts = store.MaxLimit

// longestTraining is how far ahead a training's end may lie: it is repeated every year (A-L50.3).
const longestTraining = 366 * 24 * time.Hour

// Account is what staff may see of an account.
type Account struct {
	Officer
	Disabled     bool
	SecondFactor bool // it needs a one-time code
	Elsewhere    bool // it signs in at the identity provider
	Created      time.Time
}

// accountID follows from the name under a key: stf_ and 128 bits.
func (d *Desk) accountID(name string) string {
	sum := sha256.Sum256([]byte(d.o.Vault.Index("staff.account", name)))
	return ident.Source{Reader: bytes.NewReader(sum[:])}.New("stf")
}

// Add opens an account and returns its password and the URI for an authenticator app (otpauth://…); both are told now and
// never again. Without training nothing personal is open to it: see Train. by is an officer with staff.manage, or System.
// When the answer was lost, Add says ErrTaken and Reset helps. Faults: ErrForbidden, ErrInvalid, ErrTaken.
func (d *Desk) Add(ctx context.Context, by Officer, name string, role Role) (password, totpURI string, err error) {
	if name = canonical(name); !nameForm.MatchString(name) {
		return "", "", errName()
	}
	if err := d.mayManage(by, name, role); err != nil {
		return "", "", err
	}
	id := d.accountID(name)
	if err := d.free(ctx, id); err != nil {
		return "", "", err
	}
	a := account{Name: name, Role: role, Created: d.o.Now()}
	if password, totpURI, err = d.credentials(ctx, id, &a); err != nil {
		return "", "", err
	}
	return password, totpURI, d.insert(ctx, by, id, a)
}

// free says that there is no account of an id. Fault: ErrTaken.
func (d *Desk) free(ctx context.Context, id string) error {
	_, err := d.accounts.Get(ctx, id)
	switch {
	case err == nil:
		return ErrTaken
	case errors.Is(err, store.ErrMissing):
		return nil
	}
	return err
}

func errName() error {
	return ErrInvalid.At("body.name", "2 至 64 个小写字母、数字或 . _ @ -，以字母或数字开头。", "2 to 64 of a-z, 0-9 and . _ @ -, the first a letter or digit.")
}

// insert writes the row, then the account.
func (d *Desk) insert(ctx context.Context, by Officer, id string, a account) error {
	all, err := d.List(ctx)
	if err != nil {
		return err
	}
	if len(all) >= MaxAccounts {
		return ErrInvalid.At("body.name", "帐户数量已达上限。", "There are as many accounts as there may be.")
	}
	if err := d.note(ctx, by, audit.Row{Action: "staff.added", Reference: id, Result: string(a.Role)}); err != nil {
		return err
	}
	if err = d.accounts.Insert(ctx, id, a); errors.Is(err, store.ErrExists) {
		return ErrTaken
	}
	return err
}

func (d *Desk) credentials(ctx context.Context, id string, a *account) (password, uri string, err error) {
	password = newPassword(d.o.IDs)
	if a.Password, err = d.hasher.hash(ctx, password, d.o.IDs.Bytes(saltLen)); err != nil {
		return "", "", err
	}
	uri, err = d.enrol(id, a)
	return password, uri, err
}

// mayManage says whether by may change the account of a name. Nobody changes their own.
func (d *Desk) mayManage(by Officer, name string, role Role) error {
	switch {
	case !slices.Contains(allRoles, role):
		return ErrInvalid.At("body.role", "没有这个角色。", "There is no such role.")
	case by.ID != System().ID && !d.o.Roles.May(by.Role, ManageStaff):
		return ErrForbidden
	case by.ID == d.accountID(name):
		return ErrSelf
	}
	return nil
}

// change writes the row, then changes an account.
func (d *Desk) change(ctx context.Context, by Officer, name, action, result string, role Role, change func(id string, a *account) error) error {
	name = canonical(name)
	if err := d.mayManage(by, name, role); err != nil {
		return err
	}
	id := d.accountID(name)
	if _, err := d.accounts.Get(ctx, id); errors.Is(err, store.ErrMissing) {
		return ErrUnknown
	} else if err != nil {
		return err
	}
	if err := d.note(ctx, by, audit.Row{Action: action, Reference: id, Result: result}); err != nil {
		return err
	}
	_, err := d.accounts.Update(ctx, id, func(a *account) error { return change(id, a) })
	return err
}

// Disable closes an account and ends its sessions at their next request. Again is no error. Faults: ErrForbidden, ErrSelf,
// ErrUnknown.
func (d *Desk) Disable(ctx context.Context, by Officer, name string) error {
	return d.change(ctx, by, name, "staff.disabled", disabled, Support, func(_ string, a *account) error {
		a.Disabled, a.Epoch = true, a.Epoch+1
		return nil
	})
}

// SetRole gives an account another role; its sessions end at their next request. Faults: those of Disable, ErrInvalid.
func (d *Desk) SetRole(ctx context.Context, by Officer, name string, role Role) error {
	return d.change(ctx, by, name, "staff.role_changed", string(role), role, func(_ string, a *account) error {
		a.Role, a.Epoch = role, a.Epoch+1
		return nil
	})
}

// Train notes until when an account's training is in force, at most a year ahead; a time that has passed closes personal data
// to it. Sessions go on and see it at their next request. Faults: those of Disable, ErrInvalid.
func (d *Desk) Train(ctx context.Context, by Officer, name string, until time.Time) error {
	until = until.UTC().Truncate(time.Millisecond)
	if until.After(d.o.Now().Add(longestTraining)) {
		return ErrInvalid.At("body.until", "培训有效期最长一年。", "Training lasts a year at most.")
	}
	return d.change(ctx, by, name, "staff.trained", until.Format(time.DateOnly), Support, func(_ string, a *account) error {
		a.TrainedUntil = until
		return nil
	})
}

// Reset gives an account a new password and a new secret for codes, in place of the identity provider if it signed in there,
// forgets its failed tries, ends its sessions, and opens it again if it was disabled. Both are told now and never again.
// Faults: those of Disable.
func (d *Desk) Reset(ctx context.Context, by Officer, name string) (password, totpURI string, err error) {
	name = canonical(name)
	if err := d.mayManage(by, name, Support); err != nil {
		return "", "", err
	}
	next := account{Name: name}
	if password, totpURI, err = d.credentials(ctx, d.accountID(name), &next); err != nil {
		return "", "", err
	}
	err = d.change(ctx, by, name, "staff.reset", allowed, Support, func(_ string, a *account) error {
		a.Password, a.Key, a.Secret, a.Step = next.Password, next.Key, next.Secret, 0
		a.Identity, a.Subject = "", ""
		a.Disabled, a.Epoch = false, a.Epoch+1
		return nil
	})
	if err == nil {
		err = errors.Join(d.forgive(ctx, signingIn, name), d.forgive(ctx, steppingUp, name), d.forgive(ctx, changing, name))
	}
	if err != nil {
		return "", "", err
	}
	return password, totpURI, nil
}

// List tells every account, by id.
func (d *Desk) List(ctx context.Context) ([]Account, error) { return list(ctx, d.accounts) }

// Accounts is List for who has a store and no keys; it changes nothing.
func Accounts(ctx context.Context, e store.Engine) ([]Account, error) {
	accounts, err := store.Open[account](ctx, e, collection)
	if err != nil {
		return nil, err
	}
	return list(ctx, accounts)
}

func list(ctx context.Context, accounts *store.Collection[account]) ([]Account, error) {
	found, _, err := accounts.Find(ctx, store.ByID, store.Range{Limit: MaxAccounts})
	if err != nil {
		return nil, err
	}
	all := make([]Account, 0, len(found))
	for _, f := range found {
		a := f.Value
		all = append(all, Account{a.officer(f.ID), a.Disabled, len(a.Secret) > 0, a.elsewhere(), a.Created})
	}
	return all, nil
}
