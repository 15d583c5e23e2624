package subject

import (
	"errors"

	"zhiqing/internal/vault"
	"zhiqing/internal/wechat"
)

// Collection is where subjects lie; it is part of what every ciphertext is bound to.
const Collection = "subjects"

func place(id, field string) vault.Place {
	return vault.Place{Collection: Collection, Document: id, Field: field}
}

// Seal encrypts a value for this subject and this field. It cannot be opened anywhere else.
func (r *Register) Seal(s *Subject, field string, plain []byte) ([]byte, error) {
	return r.o.Vault.Seal(s.ID, s.Key, place(s.ID, field), plain)
}

// Open decrypts what Seal made.
func (r *Register) Open(s *Subject, field string, sealed []byte) ([]byte, error) {
	return r.o.Vault.Open(s.ID, s.Key, place(s.ID, field), sealed)
}

// Index is the blind index by which an exact value is found: a keyed hash that differs for each use.
func (r *Register) Index(use, value string) string { return r.o.Vault.Index(use, value) }

var errNoIdentity = errors.New("subject: no identity is kept")

// Identity opens the WeChat identity, for calls to WeChat and for keyed hashes. It fails once the key is destroyed.
func (r *Register) Identity(s Subject) (who wechat.Identity, err error) {
	if len(s.OpenID) == 0 {
		return who, errNoIdentity
	}
	openid, err := r.Open(&s, "openid", s.OpenID)
	if err != nil {
		return who, err
	}
	who.OpenID = wechat.Secret(openid)
	if len(s.UnionID) > 0 {
		unionid, err := r.Open(&s, "unionid", s.UnionID)
		if err != nil {
			return who, err
		}
		who.UnionID = wechat.Secret(unionid)
	}
	return who, nil
}

// lock gives the subject a data key and seals the identity under it.
func (r *Register) lock(s *Subject, who wechat.Identity) (err error) {
	if len(s.Key) == 0 {
		if s.Key, err = r.o.Vault.NewKey(s.ID); err != nil {
			return err
		}
	}
	if s.OpenID, err = r.Seal(s, "openid", []byte(who.OpenID.Reveal())); err != nil {
		return err
	}
	if unionid := who.UnionID.Reveal(); unionid != "" {
		s.Union = r.Index("unionid", unionid)
		s.UnionID, err = r.Seal(s, "unionid", []byte(unionid))
	}
	return err
}
