package vault

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
	"time"
)

// What can be wrong with something sealed. Both are for operators and logs, not for users; neither text holds a secret.
var (
	// ErrSealed: the bytes were moved from another place, damaged, or sealed under another key.
	ErrSealed = errors.New("vault: sealed elsewhere, damaged, or of another key")
	// ErrNoKey: there is no data key (it was shredded), or the key file lacks the KEK that wrapped it.
	ErrNoKey = errors.New("vault: no key")
)

// Options are what a vault needs.
type Options struct {
	Keys   Keys             // the key file
	Random io.Reader        // where data keys come from
	Now    func() time.Time // decides when a cached key has lived long enough
	Life   time.Duration    // how long an unwrapped data key may stay in memory; 0 = 2 minutes
}

const defaultLife = 2 * time.Minute

// Vault seals and opens. It may be shared by goroutines.
type Vault struct {
	o    Options
	ring atomic.Pointer[ring]
	kept kept
}

// Open builds a vault from a key file's keys.
func Open(o Options) (*Vault, error) {
	if o.Life == 0 {
		o.Life = defaultLife
	}
	if o.Keys.open == nil || o.Random == nil || o.Now == nil || o.Life < 0 {
		return nil, errors.New("vault: keys, a source of random, a clock and a life that is not negative are needed")
	}
	v := &Vault{o: o, kept: newKept(o.Life)}
	return v, v.Use(o.Keys)
}

// Use replaces the keys by a newer reading of the same key file, so that a rotated file needs no restart. Keys of
// another file are refused.
func (v *Vault) Use(k Keys) error {
	if k.open == nil || k.Canary() != v.o.Keys.Canary() {
		return fmt.Errorf("%w: of another key file", ErrKeys)
	}
	next, err := newRing(k)
	if err != nil {
		return err
	}
	v.ring.Store(next)
	return nil
}

// NewKey makes a data key for an owner and returns it wrapped by the primary KEK, to be stored with the owner.
func (v *Vault) NewKey(owner string) (wrapped []byte, err error) {
	key := make([]byte, dataKeySize)
	if _, err := io.ReadFull(v.o.Random, key); err != nil {
		return nil, fmt.Errorf("vault: no random for a data key: %w", err)
	}
	return v.ring.Load().wrap(owner, key)
}

// Seal encrypts plain for its place under the owner's data key. Sealing the same twice gives different bytes.
func (v *Vault) Seal(owner string, wrapped []byte, p Place, plain []byte) ([]byte, error) {
	key, err := v.dataKey(owner, wrapped)
	if err != nil {
		return nil, err
	}
	return key.seal(p.bind(owner), plain)
}

// Open decrypts what Seal made, if owner, key and place are the same. ErrNoKey or ErrSealed.
func (v *Vault) Open(owner string, wrapped []byte, p Place, sealed []byte) ([]byte, error) {
	key, err := v.dataKey(owner, wrapped)
	if err != nil {
		return nil, err
	}
	return key.open(p.bind(owner), sealed)
}

// Rewrap wraps an owner's data key by the primary KEK; what is sealed under it stays as it is. changed is false, and next
// is wrapped itself, when the primary KEK wrapped it already. ErrNoKey or ErrSealed.
func (v *Vault) Rewrap(owner string, wrapped []byte) (next []byte, changed bool, err error) {
	ring := v.ring.Load()
	key, err := ring.unwrap(owner, wrapped)
	if err != nil {
		return nil, false, err
	}
	if ring.isPrimary(wrapped) {
		return wrapped, false, nil
	}
	next, err = ring.wrap(owner, key)
	return next, err == nil, err
}

// Index is the blind index of a value: the same text for the same use and value as long as the index key lives, and
// without that key neither to be computed nor to be tried out. Equal values of different uses have different indexes.
func (v *Vault) Index(use, value string) string { return v.ring.Load().keys.index(use, value) }

// KeyDigest is the SHA-256, in hexadecimal, of a wrapped key: an erasure's proof names by it what was destroyed.
func KeyDigest(wrapped []byte) string {
	sum := sha256.Sum256(wrapped)
	return hex.EncodeToString(sum[:])
}

// Format prints a placeholder for every verb of fmt.
func (*Vault) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "[vault]") }
