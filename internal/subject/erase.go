package subject

import (
	"context"
	"errors"
	"time"

	"zhiqing/internal/store"
	"zhiqing/internal/vault"
)

// Shred destroys everything personal in s: fields, identity, and the wrapped data key, without which no copy in a backup can
// be read either. It is called within Register.Change, so the destruction is one compare-and-swap; the caller then follows
// up with Forget and Finish, which also the sweep does after a crash. The number of links and who held them stay until
// forgetAt, so that guardians can fetch the proof. ErrHeld while a legal hold covers any of it: then nothing is destroyed.
func (r *Register) Shred(s *Subject, reason string, forgetAt time.Time) error {
	if s.Erasure != nil { // once
		return store.ErrUnchanged
	}
	if s.Held("") {
		return ErrHeld
	}
	who, err := r.Identity(*s)
	if err != nil && !errors.Is(err, errNoIdentity) {
		return err
	}
	e := &Erasure{Reason: reason, At: r.o.Now(), KeyDigest: vault.KeyDigest(s.Key), ForgetAt: forgetAt}
	if err == nil {
		e.Identity = r.hash(who)
		e.Fields = []string{"openid"}
	}
	if len(s.UnionID) > 0 {
		e.Fields = append(e.Fields, "unionid")
	}
	e.Fields = append(e.Fields, s.DropFields(func(Field) bool { return true })...)
	e.Minor = s.Band.Minor() || s.Minority != nil
	if s.Minority != nil {
		for _, l := range s.Minority.Links {
			e.Links, e.Guardians = append(e.Links, l.ID), append(e.Guardians, l.Guardian)
		}
	}
	s.State, s.Key, s.OpenID, s.UnionID, s.Union, s.AgeRetry, s.Pauses, s.Erasure = Closing, nil, nil, nil, "", nil, nil, e
	return nil
}

// Forget follows a Shred outside the document: the identity no longer leads here, and no cache holds a key. Idempotent.
func (r *Register) Forget(ctx context.Context, s Subject) error {
	r.o.Vault.Forget(s.ID)
	if s.Erasure == nil || s.Erasure.Identity == "" {
		return nil
	}
	return r.unlink(ctx, s.Erasure.Identity, s.ID)
}

// Finish ends an erasure when all of it is done: the account is Erased, and proof (signed, without personal data) stays
// beside it. The privacy number stays reserved, so that nobody else is ever called by it.
func (r *Register) Finish(ctx context.Context, id, proof string) (Subject, error) {
	return r.Change(ctx, id, func(s *Subject) error {
		if s.State != Closing || s.Erasure == nil {
			return store.ErrUnchanged
		}
		s.State, s.Minority, s.Band, s.ChangesOn, s.DeclaredAt = Erased, nil, Unasked, time.Time{}, time.Time{}
		s.Erasure.Identity, s.Erasure.Proof = "", proof
		return nil
	})
}
