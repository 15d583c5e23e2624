package staff

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"time"

	"zhiqing/internal/audit"
	"zhiqing/internal/store"
)

// The lives of a session (OWASP ASVS 5.0 §7.3: re-authentication after idle time and at the latest after a shift).
const (
	Idle     = 15 * time.Minute
	Absolute = 8 * time.Hour
	// touching is how often a use is written down; idle time is counted from the last one, so it is never longer than Idle.
	touching = time.Minute
)

// Session is an officer's visit, as a request sees it.
type Session struct {
	Officer    Officer
	SignedInAt time.Time
	StepUpAt   time.Time // the last proof of identity
	EndsAt     time.Time // unless it is used
	Coded      bool      // a step-up wants the code of an authenticator app, not the password
	Elsewhere  bool      // a step-up is a journey to the identity provider (see StartOIDC)

	csrf func() string // behind a function because fmt cannot look into one
}

// CSRF is the secret that every form carries. It belongs to this token alone and changes with it.
func (s Session) CSRF() string {
	if s.csrf == nil {
		return ""
	}
	return s.csrf()
}

// SameCSRF reports, in constant time, whether a form carried the session's secret.
func (s Session) SameCSRF(got string) bool {
	return s.csrf != nil && hmac.Equal([]byte(got), []byte(s.csrf()))
}

// Format names the session by its officer's id, for every verb of fmt.
func (s Session) Format(f fmt.State, _ rune) {
	_, _ = fmt.Fprintf(f, "[session of %s]", s.Officer.ID)
}

const tokenLen = 32 // bytes: 256 bits

var tokenText = base64.RawURLEncoding.Strict()

// visitID is what is stored of a token: a hash, so that reading the store opens nothing. ok is false for what is no token.
func visitID(token string) (id string, ok bool) {
	raw, err := tokenText.DecodeString(token)
	if err != nil || len(raw) != tokenLen {
		return "", false
	}
	sum := sha256.Sum256(append([]byte("zhiqing/staff-session/v1\x00"), raw...))
	return hex.EncodeToString(sum[:]), true
}

func csrf(token string) string {
	m := hmac.New(sha256.New, []byte(token))
	_, _ = io.WriteString(m, "zhiqing/staff-csrf/v1")
	return tokenText.EncodeToString(m.Sum(nil))
}

func (v visit) ends() time.Time {
	idle, absolute := v.Seen.Add(Idle), v.Began.Add(Absolute)
	if absolute.Before(idle) {
		return absolute
	}
	return idle
}

// begin stores a visit under a new token.
func (d *Desk) begin(ctx context.Context, a account, v visit) (token string, s Session, err error) {
	token = tokenText.EncodeToString(d.o.IDs.Bytes(tokenLen))
	id, _ := visitID(token)
	if err := d.visits.Insert(ctx, id, v); err != nil {
		return "", Session{}, err
	}
	return token, a.session(v, token), nil
}

func (a account) officer(id string) Officer { return Officer{id, a.Name, a.Role, a.TrainedUntil} }

func (a account) session(v visit, token string) Session {
	return Session{
		Officer: a.officer(v.Officer), SignedInAt: v.Began, StepUpAt: v.StepUp, EndsAt: v.ends(), Coded: len(a.Secret) > 0, Elsewhere: a.elsewhere(),
		csrf: func() string { return csrf(token) },
	}
}

// Authenticate says who a token speaks for, now: the session must live, and its account must not have changed since it began.
// Call it at every request. Fault: ErrSession.
func (d *Desk) Authenticate(ctx context.Context, token string) (Session, error) {
	_, v, a, err := d.visit(ctx, token)
	if err != nil {
		return Session{}, err
	}
	return a.session(v, token), nil
}

// visit loads what a token opens and writes down that it was used.
func (d *Desk) visit(ctx context.Context, token string) (id string, v visit, a account, err error) {
	id, ok := visitID(token)
	if !ok {
		return id, v, a, ErrSession
	}
	v, a, err = d.open(ctx, id)
	return id, v, a, err
}

// open is visit for who knows the hash of the token.
func (d *Desk) open(ctx context.Context, id string) (v visit, a account, err error) {
	now := d.o.Now()
	if v, err = d.visits.Get(ctx, id); err == nil && !now.Before(v.ends()) {
		err = ErrSession
	}
	if err == nil {
		a, err = d.accounts.Get(ctx, v.Officer)
	}
	if err == nil && (a.Disabled || a.Epoch != v.Epoch) {
		err = ErrSession
	}
	if err == nil && now.Sub(v.Seen) >= touching {
		v, err = d.visits.Update(ctx, id, func(v *visit) error { return v.touch(now) })
	}
	if errors.Is(err, store.ErrMissing) {
		err = ErrSession
	}
	return v, a, err
}

func (v *visit) touch(now time.Time) error {
	if !v.Seen.Before(now) {
		return store.ErrUnchanged
	}
	v.Seen = now
	return nil
}

// SignOut ends a session. One that has ended already is no error.
func (d *Desk) SignOut(ctx context.Context, token string) error {
	id, v, a, err := d.visit(ctx, token)
	if errors.Is(err, ErrSession) {
		return nil
	}
	if err != nil {
		return err
	}
	if _, err := d.visits.Delete(ctx, id, nil); err != nil {
		return err
	}
	return d.note(ctx, a.officer(v.Officer), audit.Row{Action: "staff.signed_out", Result: allowed})
}
