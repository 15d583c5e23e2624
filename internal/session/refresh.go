package session

import (
	"context"
	"crypto/hmac"
	"errors"
	"time"

	"zhiqing/internal/store"
	"zhiqing/internal/subject"
)

var errReuse = errors.New("session: an old refresh token was used")

// Refresh trades a refresh token for the next one and a new access token. Each works once: an old one ends the whole
// session (ErrReused), because either the client or a thief is about to use the new one. idempotencyKey ("" = none) lets a
// client that lost the answer ask again: the same key gets the same tokens.
func (d *Desk) Refresh(ctx context.Context, token, idempotencyKey string) (Issued, error) {
	f, generation, ok := d.parseRefreshToken(token)
	if !ok {
		return Issued{}, ErrBadToken
	}
	var retry []byte
	if idempotencyKey != "" {
		retry = d.mac("retry", f[:], []byte(idempotencyKey))
	}
	now := d.o.Now()
	s, err := d.sessions.Update(ctx, f.sessionID(), func(s *Session) error {
		switch {
		case !now.Before(s.ExpiresAt):
			return ErrExpired
		case generation == s.Generation:
			s.Generation++
			s.Retry = retry
			d.o.prolong(s, now)
			return nil
		case generation == s.Generation-1 && retry != nil && hmac.Equal(retry, s.Retry):
			return store.ErrUnchanged
		}
		return errReuse
	})
	switch {
	case errors.Is(err, errReuse):
		if err := d.end(ctx, f.sessionID()); err != nil {
			return Issued{}, err
		}
		return Issued{}, ErrReused
	case errors.Is(err, store.ErrMissing):
		return Issued{}, ErrBadToken
	case err != nil:
		return Issued{}, err
	}
	return d.reissue(ctx, f, s)
}

// reissue adds what an access token says about a user: the band may have changed since the last one.
func (d *Desk) reissue(ctx context.Context, f family, s Session) (Issued, error) {
	if s.Kind == Guest {
		return d.issue(f, s, subject.Unasked, time.Time{})
	}
	find := d.o.Subjects.Find
	if d.o.Settle != nil {
		find = d.o.Settle
	}
	person, err := find(ctx, s.Owner)
	if errors.Is(err, subject.ErrUnknown) || err == nil && person.State.Over() && !d.parts(&person, f.sessionID()) {
		return Issued{}, ErrBadToken
	}
	if err != nil {
		return Issued{}, err
	}
	issued, err := d.issue(f, s, person.Band, time.Time{})
	issued.Subject = &person
	return issued, err
}

// parts reports whether this session asked for its account to be closed, less than a day ago.
func (d *Desk) parts(s *subject.Subject, id string) bool {
	e := s.Erasure
	return e != nil && e.Session == id && d.o.Now().Before(e.PartsAt())
}

// Current returns the stored session of a principal.
func (d *Desk) Current(ctx context.Context, p Principal) (Session, error) {
	s, err := d.sessions.Get(ctx, p.Session)
	if errors.Is(err, store.ErrMissing) {
		return Session{}, ErrBadToken
	}
	return s, err
}

// MaySuggestLogin says whether a guest may be invited to log in with WeChat, and from when on if not now.
func (d *Desk) MaySuggestLogin(s Session) (now bool, from time.Time) {
	if s.RefusedAt.IsZero() {
		return true, time.Time{}
	}
	from = s.RefusedAt.Add(d.o.CoolDown)
	return !d.o.Now().Before(from), from
}
