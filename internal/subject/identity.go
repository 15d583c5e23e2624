package subject

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"

	"zhiqing/internal/ident"
	"zhiqing/internal/store"
	"zhiqing/internal/wechat"
)

// FindByIdentity returns the id of the subject that a WeChat identity leads to, or ErrUnknown. It creates nothing.
func (r *Register) FindByIdentity(ctx context.Context, who wechat.Identity) (string, error) {
	link, err := r.records.identities.Get(ctx, r.hash(who))
	if errors.Is(err, store.ErrMissing) {
		return "", ErrUnknown
	}
	return link.Subject, err
}

// ForIdentity returns the subject of a WeChat identity and makes one at the first login. The link is written before the
// subject: after a crash between the two, the next login finds the link and finishes with the same id. A link to an account
// that is over leads nowhere: it is removed, and the person is a new subject.
func (r *Register) ForIdentity(ctx context.Context, who wechat.Identity) (Subject, error) {
	for {
		id, err := r.FindByIdentity(ctx, who)
		if errors.Is(err, ErrUnknown) {
			id, err = r.link(ctx, who)
		}
		if err != nil {
			return Subject{}, err
		}
		s, err := r.Find(ctx, id)
		switch {
		case errors.Is(err, ErrUnknown):
			s, err = r.create(ctx, id, who)
		case err == nil && s.State.Over():
			if err := r.unlink(ctx, r.hash(who), id); err != nil {
				return Subject{}, err
			}
			continue
		case err == nil && r.unsealed(s, who):
			return r.Change(ctx, id, func(s *Subject) error { return r.lock(s, who) })
		}
		return s, err
	}
}

// unsealed reports whether WeChat now says more than is kept: an account from before there was a vault, or a unionid
// that came with binding the mini-program to an Open Platform account.
func (r *Register) unsealed(s Subject, who wechat.Identity) bool {
	return len(s.OpenID) == 0 || len(s.UnionID) == 0 && who.UnionID.Reveal() != ""
}

// link ties the identity to a fresh id; of several first logins at once, one wins and all get its id.
func (r *Register) link(ctx context.Context, who wechat.Identity) (string, error) {
	id := r.o.IDs.New(ident.Subject)
	err := r.records.identities.Insert(ctx, r.hash(who), identity{Subject: id})
	if errors.Is(err, store.ErrExists) {
		return r.FindByIdentity(ctx, who)
	}
	return id, err
}

// unlink deletes the link from an identity's hash, if it still leads to this subject.
func (r *Register) unlink(ctx context.Context, hash, id string) error {
	_, err := r.records.identities.Delete(ctx, hash, func(i *identity) bool { return i.Subject == id })
	return err
}

// create reserves a privacy number, then writes the subject that carries it.
func (r *Register) create(ctx context.Context, id string, who wechat.Identity) (Subject, error) {
	s := Subject{ID: id, State: Active, CreatedAt: r.o.Now()}
	if err := r.lock(&s, who); err != nil {
		return Subject{}, err
	}
	for {
		s.PrivacyNumber = r.o.IDs.NewPrivacyNumber()
		err := r.records.numbers.Insert(ctx, s.PrivacyNumber, number{Subject: id})
		if errors.Is(err, store.ErrExists) {
			continue // in use: draw again
		}
		if err != nil {
			return Subject{}, err
		}
		break
	}
	err := r.records.subjects.Insert(ctx, id, s)
	if errors.Is(err, store.ErrExists) { // another login of the same person was quicker
		if _, err := r.records.numbers.Delete(ctx, s.PrivacyNumber, nil); err != nil {
			return Subject{}, err
		}
		return r.Find(ctx, id)
	}
	return s, err
}

// hash is the form in which an identity leads to its subject: HMAC-SHA-256 over (appid, openid), hex.
func (r *Register) hash(who wechat.Identity) string { return r.mac("", who.OpenID.Reveal()) }

// mac is a keyed hash over (appid, openid), apart for each use. None of the parts can hold a zero byte, so the tuple is
// unambiguous.
func (r *Register) mac(use, openid string) string {
	m := hmac.New(sha256.New, r.o.Key)
	m.Write([]byte(r.o.AppID))
	m.Write([]byte{0})
	m.Write([]byte(openid))
	if use != "" {
		m.Write([]byte{0})
		m.Write([]byte(use))
	}
	return hex.EncodeToString(m.Sum(nil))
}
