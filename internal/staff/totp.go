package staff

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	"github.com/pquerna/otp/totp"

	"zhiqing/internal/vault"
)

// One-time codes (RFC 6238): six digits, 30 seconds, SHA-1, because that is what every authenticator app reads.
const (
	issuer     = "Zhiqing"
	period     = 30 // seconds of a time step
	secretSize = 20 // bytes, RFC 4226 §4 R6
	drift      = 1  // time steps that a clock may be off, either way
)

// vaultOwner owns every account's sealed secret.
const vaultOwner = "staff"

func secretPlace(id string) vault.Place {
	return vault.Place{Collection: collection, Document: id, Field: "secret"}
}

// enrol draws a secret for one-time codes into an account and returns the URI that an authenticator app reads.
func (d *Desk) enrol(id string, a *account) (uri string, err error) {
	key, err := totp.Generate(totp.GenerateOpts{Issuer: issuer, AccountName: a.Name, Period: period, SecretSize: secretSize, Rand: d.o.IDs.Reader})
	if err != nil {
		return "", errors.New("staff: no secret for one-time codes could be made") // the library's words may quote it
	}
	if a.Key, err = d.o.Vault.NewKey(vaultOwner); err != nil {
		return "", err
	}
	a.Secret, err = d.o.Vault.Seal(vaultOwner, a.Key, secretPlace(id), []byte(key.Secret()))
	a.Step = 0
	return key.URL(), err
}

// matchCode returns the time step that a code belongs to. It always tries every step, and none that was used or passed
// over counts.
func (d *Desk) matchCode(id string, a account, code string) (step int64, ok bool, err error) {
	secret, err := d.o.Vault.Open(vaultOwner, a.Key, secretPlace(id), a.Secret)
	if err != nil {
		return 0, false, fmt.Errorf("staff: the secret of %s: %w", id, err)
	}
	now := d.o.Now().Unix() / period
	code = strings.TrimSpace(code)
	for s := now - drift; s <= now+drift; s++ {
		right, _ := hotp.ValidateCustom(code, uint64(s), string(secret), hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
		if right && s > a.Step {
			step, ok = s, true
		}
	}
	return step, ok, nil
}

// trainedOn reports whether training is in force.
func (o Officer) trainedOn(now time.Time) bool { return now.Before(o.TrainedUntil) }
