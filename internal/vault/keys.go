package vault

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"time"

	"github.com/tink-crypto/tink-go/v2/aead/aesgcm"
	"github.com/tink-crypto/tink-go/v2/insecuresecretdataaccess"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/secretdata"

	"zhiqing/internal/ident"
)

// Where a key file came from. Production refuses keys that development made up.
const (
	OriginDevelopment = "development"
	OriginOperator    = "operator"
)

// ErrKeys opens every complaint about a key file; the rest says what and where, never what the value was.
var ErrKeys = errors.New("vault: key file")

// Keys holds the secrets of the key file: the key-encryption keys, one of them primary, and the key of the blind indexes.
// It is immutable, may be shared by goroutines, and does not print: fmt, slog and encoding/json get a placeholder. Only
// Encode gives the secrets out. They stand behind a function because fmt cannot look into one (see ledger.Keyset).
type Keys struct{ open func() *secrets }

type secrets struct {
	origin  string
	rotated time.Time // when the primary KEK was made, in whole seconds
	keks    *keyset.Handle
	index   []byte
	primary uint32   // the KEK that wraps
	ids     []uint32 // every KEK
}

// seal ends the making of keys; nothing in s changes from here on.
func (s *secrets) seal() Keys {
	primary, err := s.keks.Primary()
	must(err)
	s.primary, s.ids = primary.KeyID(), nil
	for i := range s.keks.Len() {
		e, err := s.keks.Entry(i)
		must(err)
		s.ids = append(s.ids, e.KeyID())
	}
	return Keys{func() *secrets { return s }}
}

// NewKeys makes one KEK and an index key. It panics if random fails: a guessable key is worse than no start.
func NewKeys(random io.Reader, now time.Time, origin string) Keys {
	s := &secrets{origin: origin, rotated: seconds(now), index: ident.Source{Reader: random}.Bytes(32)}
	s.keks = addKEK(keyset.NewManager(), random, nil)
	return s.seal()
}

// Rotate returns keys in which a new KEK is primary; the old ones stay, to unwrap what they wrapped. The index key stays
// for good: the stored indexes are made with it. k does not change.
func (k Keys) Rotate(random io.Reader, now time.Time) Keys {
	s := *k.open()
	s.keks, s.rotated = addKEK(keyset.NewManagerFromHandle(s.keks), random, s.ids), seconds(now)
	return s.seal()
}

// Retire returns keys with the primary KEK alone. What an old KEK wrapped is unreadable from then on: call it only after
// every stored key was rewrapped.
func (k Keys) Retire() Keys {
	s := *k.open()
	m := keyset.NewManagerFromHandle(s.keks)
	for _, id := range s.ids {
		if id != s.primary {
			must(m.Delete(id))
		}
	}
	s.keks = handle(m)
	return s.seal()
}

// KEKs is how many key-encryption keys there are: 1, or more while a rotation is not finished.
func (k Keys) KEKs() int { return len(k.open().ids) }

// Origin says where the keys came from: OriginDevelopment or OriginOperator.
func (k Keys) Origin() string { return k.open().origin }

// Primary names the primary KEK. It is a random number and no secret: every wrapped key begins with it.
func (k Keys) Primary() string { return nameKEK(k.open().primary) }

// Has reports whether the KEK of this name (see Primary) is among the keys.
func (k Keys) Has(name string) bool {
	return slices.ContainsFunc(k.open().ids, func(id uint32) bool { return nameKEK(id) == name })
}

func nameKEK(id uint32) string { return fmt.Sprintf("%08x", id) }

// Canary recognises a key file by its index key, through every rotation. It is no secret and tells nothing about the key.
func (k Keys) Canary() string { return hex.EncodeToString(k.prf("zhiqing/vault/canary/v1")) }

var base32Lower = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

func (k Keys) index(use, value string) string {
	return base32Lower.EncodeToString(k.prf("zhiqing/vault/index/v1", use, value))
}

// prf is HMAC-SHA-256 (RFC 2104) of the parts under the index key.
func (k Keys) prf(parts ...string) []byte {
	mac := hmac.New(sha256.New, k.open().index)
	mac.Write(join(parts...))
	return mac.Sum(nil)
}

func seconds(t time.Time) time.Time { return t.UTC().Truncate(time.Second) }

// addKEK adds a new primary KEK whose id is not taken.
func addKEK(m *keyset.Manager, random io.Reader, taken []uint32) *keyset.Handle {
	source := ident.Source{Reader: random}
	id := binary.BigEndian.Uint32(source.Bytes(4))
	for id == 0 || slices.Contains(taken, id) {
		id = binary.BigEndian.Uint32(source.Bytes(4))
	}
	secret := secretdata.NewBytesFromData(source.Bytes(32), insecuresecretdataaccess.Token{})
	key, err := aesgcm.NewKey(secret, id, kekParameters())
	must(err)
	_, err = m.AddKey(key)
	must(err)
	must(m.SetPrimary(id))
	return handle(m)
}

// kekParameters: AES-256-GCM with Tink's prefix, by which a wrapped key names its KEK.
func kekParameters() *aesgcm.Parameters {
	p, err := aesgcm.NewParameters(aesgcm.ParametersOpts{KeySizeInBytes: 32, IVSizeInBytes: 12, TagSizeInBytes: 16, Variant: aesgcm.VariantTink})
	must(err)
	return p
}

func handle(m *keyset.Manager) *keyset.Handle {
	h, err := m.Handle()
	must(err)
	return h
}

// must is for what cannot fail with keys that were made or checked here.
func must(err error) {
	if err != nil {
		panic("vault: a checked keyset is refused")
	}
}

const redacted = "[vault keys]"

// Format prints a placeholder for every verb of fmt.
func (Keys) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// LogValue is a placeholder for slog.
func (Keys) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalJSON is a placeholder, so that no struct that holds keys can leak them; see Encode.
func (Keys) MarshalJSON() ([]byte, error) { return []byte(`"` + redacted + `"`), nil }
