package vault

import (
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// ring is the key file's keys, ready for use.
type ring struct {
	keys Keys
	kek  tink.AEAD // encrypts by the primary KEK, decrypts by every one
}

func newRing(k Keys) (*ring, error) {
	kek, err := aead.New(k.open().keks)
	if err != nil {
		return nil, fmt.Errorf("%w: the KEKs do not work", ErrKeys) // the library's own words may describe keys
	}
	return &ring{k, kek}, nil
}

func (r *ring) wrap(owner string, key []byte) ([]byte, error) {
	wrapped, err := r.kek.Encrypt(key, bindKey(owner))
	if err != nil {
		return nil, fmt.Errorf("vault: wrap: %w", err)
	}
	return wrapped, nil
}

func (r *ring) unwrap(owner string, wrapped []byte) ([]byte, error) {
	if len(wrapped) == 0 {
		return nil, ErrNoKey
	}
	id, ok := wrappedBy(wrapped)
	if !ok {
		return nil, ErrSealed
	}
	if !slices.Contains(r.keys.open().ids, id) {
		return nil, fmt.Errorf("%w: the key file lacks the KEK %s", ErrNoKey, nameKEK(id))
	}
	key, err := r.kek.Decrypt(wrapped, bindKey(owner))
	if err != nil || len(key) != dataKeySize {
		return nil, ErrSealed
	}
	return key, nil
}

// isPrimary reports whether the primary KEK wrapped a key that is known to unwrap.
func (r *ring) isPrimary(wrapped []byte) bool {
	id, ok := wrappedBy(wrapped)
	return ok && id == r.keys.open().primary
}

// wrappedBy reads the id of the KEK that Tink writes before the ciphertext: the byte 1, then four bytes of id.
func wrappedBy(wrapped []byte) (id uint32, ok bool) {
	if len(wrapped) < 5 || wrapped[0] != 1 {
		return 0, false
	}
	return binary.BigEndian.Uint32(wrapped[1:]), true
}
