package staff

import (
	"context"
	"errors"
	"slices"
	"strings"
	"unicode/utf8"

	"zhiqing/internal/audit"
	"zhiqing/internal/store"
)

// leastPassword is the least number of characters of a password that somebody chooses: OWASP ASVS 5.0 §6.2.1 wants 8, and
// recommends 15; NIST SP 800-63B-4 §3.1.1.2 wants 15 for a password alone. Here it is never alone in production.
const leastPassword = 12

// common are what people choose when they must choose twelve characters. Generated passwords are none of these.
var common = []string{
	"123456789012", "password1234", "passwordpassword", "qwertyuiop12", "qwertyuiop123", "1234567890ab", "abcdefghijkl", "111111111111",
	"000000000000", "iloveyou1234", "administrator", "admin1234567", "adminadminadmin", "woaini520520", "woaini1314520", "a12345678910",
	"letmeinletmein", "welcome12345", "1qaz2wsx3edc", "1qaz2wsx3edc4rfv", "zhiqing12345", "zhiqingzhiqing",
}

// SetPassword changes the password of the session's officer, who tells the old one. All sessions of the account end; the
// officer goes on with the fresh one. Faults: ErrSession, ErrSignIn for a wrong old password, ErrLocked, ErrInvalid for a new
// one that is too short, too long, the name, or what everybody chooses; ErrForbidden for an account of the identity provider's.
func (d *Desk) SetPassword(ctx context.Context, token, old, fresh string) (newToken string, s Session, err error) {
	_, v, a, err := d.visit(ctx, token)
	if err != nil {
		return "", Session{}, err
	}
	if a.elsewhere() {
		return "", Session{}, ErrForbidden
	}
	locks, err := d.charge(ctx, changing, a.Name)
	if err != nil {
		return "", Session{}, err
	}
	right, err := d.hasher.matches(ctx, a.Password, strings.TrimSpace(old))
	if err != nil {
		return "", Session{}, err
	}
	if !right {
		return "", Session{}, d.refuse(ctx, a.officer(v.Officer), "staff.password_change_failed", wrongPassword, locks)
	}
	if err := d.forgive(ctx, changing, a.Name); err != nil {
		return "", Session{}, err
	}
	if err := acceptable(fresh, a.Name); err != nil {
		return "", Session{}, err
	}
	hash, err := d.hasher.hash(ctx, strings.TrimSpace(fresh), d.o.IDs.Bytes(saltLen))
	if err != nil {
		return "", Session{}, err
	}
	if err := d.note(ctx, a.officer(v.Officer), audit.Row{Action: "staff.password_changed", Result: allowed}); err != nil {
		return "", Session{}, err
	}
	epoch := a.Epoch
	a, err = d.accounts.Update(ctx, v.Officer, func(a *account) error {
		if a.Epoch != epoch || a.Disabled { // reset or disabled meanwhile: that decides
			return ErrSession
		}
		a.Password, a.Epoch = hash, a.Epoch+1
		return nil
	})
	if errors.Is(err, store.ErrMissing) {
		err = ErrSession
	}
	if err != nil {
		return "", Session{}, err
	}
	now := d.o.Now()
	return d.begin(ctx, a, visit{Officer: v.Officer, Epoch: a.Epoch, Began: v.Began, Seen: now, StepUp: v.StepUp})
}

func acceptable(password, name string) error {
	password = strings.TrimSpace(password)
	lower := strings.ToLower(password)
	switch {
	case utf8.RuneCountInString(password) < leastPassword:
		return ErrInvalid.At("body.new", "新密码至少 12 个字符。", "The new password needs at least 12 characters.")
	case len(password) > maxPassword:
		return ErrInvalid.At("body.new", "新密码过长。", "The new password is too long.")
	case strings.Contains(lower, name), slices.Contains(common, lower), len(slices.Compact([]rune(lower))) == 1:
		return ErrInvalid.At("body.new", "这个密码太容易被猜到，请换一个。", "This password is too easy to guess; please choose another.")
	}
	return nil
}
