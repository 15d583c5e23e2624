package ledger

import (
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"time"

	"zhiqing/internal/ident"
)

// Where a keyset came from. Production refuses keys that development made up.
const (
	OriginDevelopment = "development"
	OriginOperator    = "operator"
)

// What a signing key may sign. A key has exactly one use.
const (
	UseToken   = "token"   // access tokens
	UseReceipt = "receipt" // consent receipts
)

var uses = []string{UseToken, UseReceipt}

// ErrKeyset opens every complaint about a keyset; the rest says what and where, never what the value was.
var ErrKeyset = errors.New("ledger: keyset")

// Keyset holds the secrets of one deployment: a root from which other secrets derive, and signing keys. It is
// immutable, may be shared by goroutines, and does not print: fmt, slog and encoding/json get a placeholder. Only
// Encode gives the secrets out.
//
// The secrets stand behind a function because fmt cannot look into one: it prints a keyset in an unexported field of
// some struct without asking Format, and then follows even pointers when the verb does not suit.
type Keyset struct{ open func() *secrets }

type secrets struct {
	origin string
	root   []byte
	keys   []signingKey
	public *Verifier
}

type signingKey struct {
	kid     string
	use     string
	created time.Time
	private ed25519.PrivateKey // nil once retired
	public  ed25519.PublicKey
}

// NewKeyset makes a root and one key for each use from 32 bytes of random each. It panics if random fails: a guessable
// key is worse than no start.
func NewKeyset(random io.Reader, now time.Time, origin string) Keyset {
	s := &secrets{origin: origin, root: ident.Source{Reader: random}.Bytes(32)}
	for _, use := range uses {
		s.keys = append(s.keys, newKey(random, now, use))
	}
	return s.seal()
}

// seal ends the making of a keyset; nothing in s changes from here on.
func (s *secrets) seal() Keyset {
	s.public = &Verifier{keys: make(map[string]publicKey, len(s.keys))}
	for _, key := range s.keys {
		s.public.keys[key.kid] = publicKey{key.use, key.public}
	}
	return Keyset{func() *secrets { return s }}
}

func newKey(random io.Reader, now time.Time, use string) signingKey {
	private := ed25519.NewKeyFromSeed(ident.Source{Reader: random}.Bytes(ed25519.SeedSize))
	public := private.Public().(ed25519.PublicKey)
	return signingKey{kid: thumbprint(public), use: use, created: instant(now), private: private, public: public}
}

// Rotate returns a keyset in which a new key signs for each of the uses. The private half of the old ones is gone; the
// public half stays, so that what they signed still verifies. k does not change.
func (k Keyset) Rotate(random io.Reader, now time.Time, which ...string) (Keyset, error) {
	s := &secrets{origin: k.open().origin, root: k.open().root, keys: slices.Clone(k.open().keys)}
	for _, use := range which {
		if !slices.Contains(uses, use) {
			return Keyset{}, fmt.Errorf("%w: unknown use; the uses are %v", ErrKeyset, uses)
		}
		for i := range s.keys {
			if s.keys[i].use == use {
				s.keys[i].private = nil
			}
		}
		s.keys = append(s.keys, newKey(random, now, use))
	}
	return s.seal(), nil
}

// Origin says where the keyset came from: OriginDevelopment or OriginOperator.
func (k Keyset) Origin() string { return k.open().origin }

// Derive returns 32 bytes for one purpose, named by a label that is never reused (HKDF-SHA256, RFC 5869). The same
// keyset and label always give the same bytes; bytes of different labels tell nothing about each other or the root.
func (k Keyset) Derive(label string) []byte {
	b, err := hkdf.Key(sha256.New, k.open().root, nil, "zhiqing/derive/v1/"+label, 32)
	if err != nil {
		panic("ledger: HKDF refuses 32 bytes") // only a length above 8160 or a broken hash can do that
	}
	return b
}

// active is the key that signs for a use: the newest that still has its private half.
func (k Keyset) active(use string) (signingKey, bool) {
	var newest signingKey
	for _, key := range k.open().keys {
		if key.use == use && key.private != nil && !key.created.Before(newest.created) {
			newest = key
		}
	}
	return newest, newest.private != nil
}

const redacted = "[keyset]"

// Format prints a placeholder for every verb of fmt.
func (Keyset) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// LogValue is a placeholder for slog.
func (Keyset) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalJSON is a placeholder, so that no struct that holds a keyset can leak it; see Encode.
func (Keyset) MarshalJSON() ([]byte, error) { return []byte(`"` + redacted + `"`), nil }
