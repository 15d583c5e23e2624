package session

import (
	"context"
	"errors"
	"time"

	"zhiqing/internal/subject"
	"zhiqing/internal/wechat"
)

// StepUp proves afresh that the caller controls the WeChat account of the session: code must lead to the same person.
// It returns an access token that carries the time of this proof. Here WeChat's silence is an error: there is no guest
// who could do what needs a step-up.
func (d *Desk) StepUp(ctx context.Context, p Principal, code string) (token string, at time.Time, err error) {
	if p.Kind != User {
		return "", time.Time{}, ErrUserOnly
	}
	if !codeForm.MatchString(code) {
		return "", time.Time{}, wechat.ErrCodeInvalid
	}
	who, err := d.o.WeChat.Identify(ctx, code)
	if err != nil {
		return "", time.Time{}, err
	}
	id, err := d.o.Subjects.FindByIdentity(ctx, who)
	if errors.Is(err, subject.ErrUnknown) || (err == nil && id != p.Owner) {
		return "", time.Time{}, ErrMismatch
	}
	if err != nil {
		return "", time.Time{}, err
	}
	at = d.o.Now()
	token, err = d.accessToken(p.Session, Session{Kind: p.Kind, Owner: p.Owner}, p.Band, at)
	return token, at, err
}

// RequireStepUp refuses a principal whose last proof is missing or older than maxAge, and says so.
func (d *Desk) RequireStepUp(p Principal, maxAge time.Duration) error {
	if p.StepUpAt.IsZero() || d.o.Now().Sub(p.StepUpAt) > maxAge {
		return ErrStepUp
	}
	return nil
}
