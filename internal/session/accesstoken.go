package session

import (
	"context"
	"crypto/sha256"
	"errors"
	"time"

	"github.com/maypok86/otter/v2"

	"zhiqing/internal/ledger"
	"zhiqing/internal/store"
	"zhiqing/internal/subject"
)

// Access tokens are JWTs with the type of RFC 9068, signed with a key of use "token".
const (
	tokenUse  = ledger.UseToken
	tokenType = "at+jwt"
)

// claims is everything that an access token says. sid is the session's document id, which opens nothing by itself.
type claims struct {
	Subject string       `json:"sub"`
	Kind    Kind         `json:"kind"`
	Session string       `json:"sid"`
	Band    subject.Band `json:"band,omitzero"`
	StepUp  int64        `json:"step_up,omitzero"` // unix seconds
	Issued  int64        `json:"iat"`
	Expires int64        `json:"exp"`
}

func (d *Desk) accessToken(id string, s Session, band subject.Band, stepUp time.Time) (string, error) {
	now := d.o.Now()
	c := claims{Subject: s.Owner, Kind: s.Kind, Session: id, Band: band, Issued: now.Unix(), Expires: now.Add(d.o.AccessTTL).Unix()}
	if !stepUp.IsZero() {
		c.StepUp = stepUp.Unix()
	}
	return d.o.Signer.Sign(tokenUse, tokenType, c)
}

func (d *Desk) issue(f family, s Session, band subject.Band, stepUp time.Time) (Issued, error) {
	access, err := d.accessToken(f.sessionID(), s, band, stepUp)
	return Issued{
		Kind: s.Kind, Owner: s.Owner, AccessToken: access,
		RefreshToken: d.refreshToken(f, s.Generation), ExpiresIn: d.o.AccessTTL,
	}, err
}

// recheckAfter bounds how long another server may still accept the access token of a session that has ended.
const recheckAfter = 5 * time.Second

// verdictsKept bounds the memory for verdicts; a token beyond it is simply verified again.
const verdictsKept = 50_000

// verdicts remembers which tokens were found good (until they expire) and which sessions were found alive (for
// recheckAfter), so that a signature is checked once and the store is asked seldom.
type verdicts struct {
	tokens *otter.Cache[[sha256.Size]byte, claims]
	alive  *otter.Cache[string, time.Time]
}

func newVerdicts() verdicts {
	return verdicts{
		tokens: otter.Must(&otter.Options[[sha256.Size]byte, claims]{MaximumSize: verdictsKept}),
		alive:  otter.Must(&otter.Options[string, time.Time]{MaximumSize: verdictsKept}),
	}
}

func (v verdicts) forget(session string) { v.alive.Invalidate(session) }

// Authenticate says who an access token speaks for. ErrNoToken, ErrBadToken, ErrExpired, or the store's failure.
func (d *Desk) Authenticate(ctx context.Context, token string) (Principal, error) {
	if token == "" {
		return Principal{}, ErrNoToken
	}
	now := d.o.Now()
	sum := sha256.Sum256([]byte(token))
	c, known := d.verdicts.tokens.GetIfPresent(sum)
	if !known {
		switch err := d.o.Signer.Verify(tokenUse, tokenType, token, now, &c); {
		case errors.Is(err, ledger.ErrTokenExpired):
			return Principal{}, ErrExpired
		case err != nil:
			return Principal{}, ErrBadToken.Because(err)
		}
	}
	if now.Unix() >= c.Expires {
		d.verdicts.tokens.Invalidate(sum)
		return Principal{}, ErrExpired
	}
	if err := d.checkAlive(ctx, c.Session, now); err != nil {
		return Principal{}, err
	}
	if !known {
		d.verdicts.tokens.Set(sum, c)
	}
	p := Principal{Kind: c.Kind, Owner: c.Subject, Session: c.Session}
	if err := d.describe(ctx, &p); err != nil {
		return Principal{}, err
	}
	if c.StepUp > 0 {
		p.StepUpAt = time.Unix(c.StepUp, 0).UTC()
	}
	return p, nil
}

// describe adds where a user's account stands. A token of an account that is over is good for nothing, but for the session
// that asked to close it: for a day it may see how that ended, and the edge lets it do nothing else.
func (d *Desk) describe(ctx context.Context, p *Principal) error {
	if p.Kind != User {
		return nil
	}
	s, err := d.o.Subjects.Standing(ctx, p.Owner)
	switch {
	case errors.Is(err, subject.ErrUnknown):
		return ErrBadToken
	case err == nil && s.State.Over():
		if s.Parting != p.Session || !d.o.Now().Before(s.PartsAt) {
			return ErrBadToken
		}
		p.State = subject.Erased
		return nil
	}
	p.State, p.Band, p.Minority = s.State, s.Band, s.Minority
	return err
}

func (d *Desk) checkAlive(ctx context.Context, id string, now time.Time) error {
	if at, ok := d.verdicts.alive.GetIfPresent(id); ok && now.Sub(at) < recheckAfter {
		return nil
	}
	s, err := d.sessions.Get(ctx, id)
	switch {
	case errors.Is(err, store.ErrMissing):
		return ErrBadToken
	case err != nil:
		return err
	case !now.Before(s.ExpiresAt):
		return ErrExpired
	}
	d.verdicts.alive.Set(id, now)
	return nil
}
