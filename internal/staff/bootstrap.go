package staff

import (
	"context"
	"errors"
)

// bootstrapName is the first account of a development store.
const bootstrapName = "admin"

// Bootstrap opens one administrator in a store without accounts, so that development can be tried at once: with a password
// alone, and trained. Where a second factor is required it does nothing: production's first account comes from the command
// line. made says whether the password is new; whoever called shows it once.
func (d *Desk) Bootstrap(ctx context.Context) (name, password string, made bool, err error) {
	if d.o.RequireTOTP {
		return "", "", false, nil
	}
	if all, err := d.List(ctx); err != nil || len(all) > 0 {
		return "", "", false, err
	}
	a := account{Name: bootstrapName, Role: Administrator, Created: d.o.Now(), TrainedUntil: d.o.Now().Add(longestTraining)}
	password = newPassword(d.o.IDs)
	if a.Password, err = d.hasher.hash(ctx, password, d.o.IDs.Bytes(saltLen)); err != nil {
		return "", "", false, err
	}
	err = d.insert(ctx, System(), d.accountID(bootstrapName), a)
	if errors.Is(err, ErrTaken) { // another server was quicker
		return "", "", false, nil
	}
	if err != nil {
		return "", "", false, err
	}
	return bootstrapName, password, true, nil
}
