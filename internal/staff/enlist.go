package staff

import (
	"context"
	"errors"
	"slices"
	"strings"

	"zhiqing/internal/audit"
	"zhiqing/internal/store"
)

// enlisted finds the one account that an identity opens: by its subject, or by a verified address that no other subject has
// used before. Two accounts are as good as none.
func (d *Desk) enlisted(ctx context.Context, who Identity) (id string, a account, err error) {
	marks := []string{d.mark(asSubject, who.Subject)}
	if who.Email != "" {
		marks = append(marks, d.mark(asAddress, who.Email))
	}
	var all []store.Found[account]
	for _, m := range marks {
		found, err := d.under(ctx, m)
		if err != nil {
			return "", account{}, err
		}
		all = append(all, found...)
	}
	if len(all) != 1 || !all[0].Value.opensTo(marks[0]) {
		return "", account{}, ErrNotEnlisted
	}
	return all[0].ID, all[0].Value, nil
}

// under lists the accounts of an identity: more than one is too many already.
func (d *Desk) under(ctx context.Context, mark string) ([]store.Found[account], error) {
	r := store.Exact(mark)
	r.Limit = 2
	found, _, err := d.accounts.Find(ctx, byIdentity, r)
	return found, err
}

// opensTo reports whether the account is open to a subject: nobody else has used it before.
func (a account) opensTo(subject string) bool {
	return !a.Disabled && (a.Subject == "" || a.Subject == subject)
}

// The two things that an account may be enlisted under.
const (
	asSubject = "subject"
	asAddress = "address"
)

// mark is what is kept of an identity: a keyed hash.
func (d *Desk) mark(kind, value string) string {
	if kind == asAddress {
		value = strings.ToLower(value)
	}
	return d.o.Vault.Index("staff.identity", strings.Join([]string{d.o.Provider.Issuer(), kind, value}, "\x00"))
}

// signInAs begins the session of who the provider has proved, and ties the account to its subject: an address that is given to
// a successor some day opens nothing.
func (d *Desk) signInAs(ctx context.Context, who Identity) (token string, s Session, err error) {
	id, a, err := d.enlisted(ctx, who)
	if errors.Is(err, ErrNotEnlisted) {
		return "", Session{}, d.turnAway(ctx, Officer{ID: "unknown"}, journey{}.failure(), notEnlisted, ErrNotEnlisted)
	}
	if err != nil {
		return "", Session{}, err
	}
	subject, epoch := d.mark(asSubject, who.Subject), a.Epoch
	a, err = d.accounts.Update(ctx, id, func(a *account) error {
		switch {
		case a.Epoch != epoch || !a.opensTo(subject): // it has changed since it was checked
			return ErrNotEnlisted
		case a.Subject == subject:
			return store.ErrUnchanged
		}
		a.Subject = subject
		return nil
	})
	if err != nil {
		return "", Session{}, err
	}
	if err := d.note(ctx, a.officer(id), audit.Row{Action: "staff.signed_in", Fields: viaProvider, Result: allowed}); err != nil {
		return "", Session{}, err
	}
	now := d.o.Now()
	return d.begin(ctx, a, visit{Officer: id, Epoch: a.Epoch, Began: now, Seen: now, StepUp: who.ProvedAt})
}

// stepUpAs moves a session on, if it is the session of who has come back.
func (d *Desk) stepUpAs(ctx context.Context, old string, who Identity) (fresh string, s Session, err error) {
	v, a, err := d.open(ctx, old)
	if err != nil {
		return "", Session{}, err
	}
	id, _, err := d.enlisted(ctx, who)
	if err != nil && !errors.Is(err, ErrNotEnlisted) {
		return "", Session{}, err
	}
	if id != v.Officer {
		return "", Session{}, d.turnAway(ctx, a.officer(v.Officer), journey{Visit: old}.failure(), otherPerson, ErrNotEnlisted)
	}
	return d.moveOn(ctx, old, v, a, who.ProvedAt)
}

// turnAway writes a failure down before it answers why.
func (d *Desk) turnAway(ctx context.Context, who Officer, action, result string, why error) error {
	if err := d.note(ctx, who, audit.Row{Action: action, Fields: viaProvider, Result: result}); err != nil {
		return err
	}
	return why
}

// Enlist opens an account for who signs in at the identity provider. who is a verified address, if it has an @, or else the
// provider's subject. There is no password. by is as for Add. Faults: ErrNoProvider, ErrForbidden, ErrInvalid, ErrTaken.
func (d *Desk) Enlist(ctx context.Context, by Officer, name string, role Role, who string) error {
	if name = canonical(name); !nameForm.MatchString(name) {
		return errName()
	}
	if err := d.mayManage(by, name, role); err != nil {
		return err
	}
	id := d.accountID(name)
	if err := d.free(ctx, id); err != nil {
		return err
	}
	mark, err := d.vacant(ctx, who, id)
	if err != nil {
		return err
	}
	return d.insert(ctx, by, id, account{Name: name, Role: role, Created: d.o.Now(), Identity: mark})
}

// Relist makes an account one of the identity provider's: its password and authenticator open nothing from then on, its
// sessions end, and it is open again if it was disabled. Reset leads back. Faults: those of Disable, ErrNoProvider, ErrInvalid.
func (d *Desk) Relist(ctx context.Context, by Officer, name, who string) error {
	mark, err := d.vacant(ctx, who, d.accountID(canonical(name)))
	if err != nil {
		return err
	}
	return d.change(ctx, by, name, "staff.relisted", allowed, Support, func(_ string, a *account) error {
		a.Password, a.Key, a.Secret, a.Step = passwordHash{}, nil, nil, 0
		a.Identity, a.Subject = mark, ""
		a.Disabled, a.Epoch = false, a.Epoch+1
		return nil
	})
}

// vacant is the mark of an identity that no other account than id is enlisted under.
func (d *Desk) vacant(ctx context.Context, who, id string) (mark string, err error) {
	if d.o.Provider == nil {
		return "", ErrNoProvider
	}
	who = strings.TrimSpace(who)
	if len(who) == 0 || len(who) > 255 || strings.ContainsFunc(who, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return "", ErrInvalid.At("body.oidc", "统一登录中的邮箱或编号（sub），至多 255 个可见 ASCII 字符。", "An address or a subject at the identity provider, at most 255 visible ASCII characters.")
	}
	kind := asSubject
	if strings.Contains(who, "@") {
		kind = asAddress
	}
	mark = d.mark(kind, who)
	found, err := d.under(ctx, mark)
	if err == nil && slices.ContainsFunc(found, func(f store.Found[account]) bool { return f.ID != id }) {
		err = ErrInvalid.At("body.oidc", "已有帐户对应这个统一登录身份。", "Another account belongs to this identity already.")
	}
	return mark, err
}
