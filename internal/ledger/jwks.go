package ledger

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"

	"github.com/go-json-experiment/json"
)

// ErrJWKS opens every complaint about a key set document.
var ErrJWKS = errors.New("ledger: JWKS")

// maxJWKS bounds a key set document: room for hundreds of rotations.
const maxJWKS = 256 << 10

// jwk is one public key (RFC 7517, RFC 8037). Use is `sig` for every reader; Signs says what of ours the key may sign.
type jwk struct {
	Alg   string `json:"alg"`
	Crv   string `json:"crv"`
	Kid   string `json:"kid"`
	Kty   string `json:"kty"`
	Use   string `json:"use"`
	X     string `json:"x"`
	Signs string `json:"zhiqing_use"`
}

type jwkSet struct {
	Keys []jwk `json:"keys"`
}

// b64url is the only base64 of JOSE; Strict, so that no two texts mean the same bytes.
var b64url = base64.RawURLEncoding.Strict()

// thumbprint is the key's name: RFC 7638 over the members that RFC 8037 requires, in their fixed order.
func thumbprint(public ed25519.PublicKey) string {
	sum := sha256.Sum256([]byte(`{"crv":"Ed25519","kty":"OKP","x":"` + b64url.EncodeToString(public) + `"}`))
	return b64url.EncodeToString(sum[:])
}

// JWKS returns the public keys, retired ones too, as the document for /.well-known/jwks.json. With it anyone can check
// receipts and tokens, for ever.
func (k Keyset) JWKS() []byte {
	set := jwkSet{Keys: []jwk{}}
	for _, key := range k.open().keys {
		set.Keys = append(set.Keys, jwk{
			Alg: "EdDSA", Crv: "Ed25519", Kid: key.kid, Kty: "OKP", Use: "sig", X: b64url.EncodeToString(key.public), Signs: key.use,
		})
	}
	b, err := json.Marshal(set)
	if err != nil {
		panic("ledger: a JWKS must be writable as JSON") // it is ASCII only
	}
	return b
}

// Verifier checks signatures with public keys alone. It is immutable and may be shared.
type Verifier struct{ keys map[string]publicKey }

type publicKey struct {
	use string
	key ed25519.PublicKey
}

// Verifier returns the public half of the keyset.
func (k Keyset) Verifier() *Verifier { return k.open().public }

// ParseJWKS reads the document that JWKS writes, for checking offline. Keys of other types and uses are passed over, as
// RFC 7517 section 5 asks; a set without one usable key, or with a key under a wrong name, is refused.
func ParseJWKS(document []byte) (*Verifier, error) {
	if len(document) > maxJWKS {
		return nil, fmt.Errorf("%w: larger than %d bytes", ErrJWKS, maxJWKS)
	}
	var set jwkSet
	if err := json.Unmarshal(document, &set); err != nil {
		return nil, fmt.Errorf("%w: not of the expected form%s", ErrJWKS, offset(err))
	}
	v := &Verifier{keys: make(map[string]publicKey, len(set.Keys))}
	for i, key := range set.Keys {
		if key.Kty != "OKP" || key.Crv != "Ed25519" || key.Use != "sig" || key.Signs == "" {
			continue
		}
		public, err := b64url.DecodeString(key.X)
		if err != nil || len(public) != ed25519.PublicKeySize || thumbprint(public) != key.Kid {
			return nil, fmt.Errorf("%w: keys[%d]: x must be 32 bytes in base64url, and kid their RFC 7638 thumbprint", ErrJWKS, i)
		}
		if _, twice := v.keys[key.Kid]; twice {
			return nil, fmt.Errorf("%w: keys[%d]: the same key is there already", ErrJWKS, i)
		}
		v.keys[key.Kid] = publicKey{key.Signs, public}
	}
	if len(v.keys) == 0 {
		return nil, fmt.Errorf("%w: no key that signs receipts or tokens", ErrJWKS)
	}
	return v, nil
}
