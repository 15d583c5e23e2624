package vault

import (
	"crypto/sha256"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/maypok86/otter/v2"
	"github.com/tink-crypto/tink-go/v2/aead/subtle"
)

const (
	dataKeySize = 32
	// fieldFormat is the first byte of everything sealed: AES-256-GCM with a random nonce of 12 bytes before the
	// ciphertext and a tag of 16 after it. Random nonces are safe for 2³² fields of one person.
	fieldFormat = 1
	// keysKept bounds the memory for data keys (about 1 kB each); one beyond it is unwrapped again.
	keysKept = 20_000
)

// dataKey is an unwrapped data key, ready for use.
type dataKey struct{ aead *subtle.AESGCM }

func (k dataKey) seal(bound, plain []byte) ([]byte, error) {
	c, err := k.aead.Encrypt(plain, bound)
	if err != nil {
		return nil, fmt.Errorf("vault: seal: %w", err)
	}
	return append([]byte{fieldFormat}, c...), nil
}

func (k dataKey) open(bound, sealed []byte) ([]byte, error) {
	if len(sealed) == 0 || sealed[0] != fieldFormat {
		return nil, ErrSealed
	}
	plain, err := k.aead.Decrypt(sealed[1:], bound)
	if err != nil {
		return nil, ErrSealed
	}
	return plain, nil
}

// dataKey unwraps an owner's key, or finds it unwrapped. Without the wrapped key in hand there is nothing to find.
func (v *Vault) dataKey(owner string, wrapped []byte) (dataKey, error) {
	if len(wrapped) == 0 {
		return dataKey{}, ErrNoKey
	}
	name, now := keyName{owner, sha256.Sum256(wrapped)}, v.o.Now()
	if key, ok := v.kept.get(name, now); ok {
		return key, nil
	}
	forgets := v.kept.forgets.Load()
	raw, err := v.ring.Load().unwrap(owner, wrapped)
	if err != nil {
		return dataKey{}, err
	}
	aead, err := subtle.NewAESGCM(raw)
	if err != nil {
		return dataKey{}, ErrSealed // not 32 bytes: nothing that NewKey wrapped
	}
	key := dataKey{aead}
	v.kept.put(name, keptKey{key, now.Add(v.o.Life)}, forgets)
	return key, nil
}

// Forget drops every unwrapped key of the owner, after the wrapped one was destroyed.
func (v *Vault) Forget(owner string) { v.kept.forget(owner) }

// kept holds unwrapped keys for a short while. The injected clock decides whether one may still be used; the cache's own
// timer removes those that nobody asks for again.
type kept struct {
	keys    *otter.Cache[keyName, keptKey]
	forgets *atomic.Uint64 // how often something was forgotten
}

type keyName struct {
	owner   string
	wrapped [sha256.Size]byte
}

type keptKey struct {
	key   dataKey
	until time.Time
}

func newKept(life time.Duration) kept {
	return kept{
		keys: otter.Must(&otter.Options[keyName, keptKey]{
			MaximumSize: keysKept, ExpiryCalculator: otter.ExpiryWriting[keyName, keptKey](life),
		}),
		forgets: new(atomic.Uint64),
	}
}

func (k kept) get(name keyName, now time.Time) (dataKey, bool) {
	found, ok := k.keys.GetIfPresent(name)
	if ok && !now.Before(found.until) {
		k.keys.Invalidate(name)
		return dataKey{}, false
	}
	return found.key, ok
}

// put keeps a key, unless something was forgotten since its unwrapping began: then it may be the forgotten one.
func (k kept) put(name keyName, key keptKey, forgets uint64) {
	k.keys.Set(name, key)
	if k.forgets.Load() != forgets {
		k.keys.Invalidate(name)
	}
}

// forget counts first, so that a put that this walk does not see undoes itself.
func (k kept) forget(owner string) {
	k.forgets.Add(1)
	for name := range k.keys.Keys() {
		if name.owner == owner {
			k.keys.Invalidate(name)
		}
	}
}
