package staff

import (
	"context"
	"time"
)

// The back-off of sign-in, step-up and the change of a password: five tries are free, then each costs a pause that doubles up to an hour. A day
// without a try forgets them.
const (
	freeTries  = 5
	firstPause = time.Minute
	mostPause  = time.Hour
	forgetting = 24 * time.Hour
)

func pauseAfter(tries int) time.Duration {
	pause := firstPause
	for i := freeTries; i < tries && pause < mostPause; i++ {
		pause *= 2
	}
	if tries < freeTries {
		return 0
	}
	return min(pause, mostPause)
}

// strikeID is one of 2²⁰ counters, by a keyed hash of the name: made-up names cannot fill the store, and a counter does
// not say whether its name has an account. Two names that share one are locked together; among a thousand officers there is such a
// pair at times.
func (d *Desk) strikeID(use, name string) string {
	return d.o.Vault.Index("staff.strikes."+use, name)[:4]
}

// Each way to prove who one is counts apart. Who knows only a name must not keep its officer from stepping up; and who knows
// the password, but has no code, must not win tries at codes by proving the password.
const (
	signingIn  = "sign_in"
	steppingUp = "step_up"
	changing   = "password"
)

// charge counts a try before it is checked. ErrLocked, with the time to wait, while the name is locked; such a try is not
// counted, so the lock ends. locks says that this try, if it fails, locks the name.
func (d *Desk) charge(ctx context.Context, use, name string) (locks bool, err error) {
	s, err := d.strikes.Upsert(ctx, d.strikeID(use, name), func(s *strikes, _ bool) error {
		now := d.o.Now()
		if now.Before(s.Until) {
			return ErrLocked.After(s.Until.Sub(now))
		}
		if !now.Before(s.Forget) {
			*s = strikes{}
		}
		s.N++
		s.Until, s.Forget = time.Time{}, now.Add(forgetting)
		if pause := pauseAfter(s.N); pause > 0 {
			s.Until = now.Add(pause)
		}
		return nil
	})
	return !s.Until.IsZero(), err
}

// forgive forgets the tries of who has proved who they are.
func (d *Desk) forgive(ctx context.Context, use, name string) error {
	_, err := d.strikes.Delete(ctx, d.strikeID(use, name), nil)
	return err
}
