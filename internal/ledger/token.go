package ledger

import (
	stdjson "encoding/json" // what golang-jwt speaks
	"errors"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/golang-jwt/jwt/v5"

	"zhiqing/internal/fault"
)

// The `typ` header of what is signed, so that one kind can never pass as another (RFC 8725 section 3.11).
const (
	TypAccess  = "at+jwt"              // RFC 9068
	TypReceipt = "consent-receipt+jwt" // see Receipt
)

// maxSigned bounds a compact token in characters, before anything of it is decoded.
var maxSigned = map[string]int{UseToken: 4 << 10, UseReceipt: 128 << 10}

// The failures of a token. Their causes say why, for the log, and never repeat the token.
var (
	ErrToken        = fault.Define(fault.Unauthenticated, "token.invalid", "登录凭证无效，请重新进入。", "The access token is not valid.")
	ErrTokenExpired = fault.Define(fault.Unauthenticated, "token.expired", "登录已过期，请重新进入。", "The access token has expired.")
)

var (
	errSize      = errors.New("ledger: the token is empty or too large")
	errAlphabet  = errors.New("ledger: a character outside base64url")
	errHeader    = errors.New("ledger: the header is not exactly alg, kid and the expected typ")
	errKid       = errors.New("ledger: the key is unknown or of another use")
	errSignature = errors.New("ledger: the token is malformed or its signature does not match")
	errClaims    = errors.New("ledger: the claims are not of the expected form")
	errTime      = errors.New("ledger: exp is missing, or nbf lies in the future")
	errNoKey     = errors.New("ledger: no key signs for this use")
)

// Sign returns claims as a compact JWS by the active key for use, with this typ header. Claims is anything that
// marshals to a JSON object. Only Ed25519 is ever used.
func (k Keyset) Sign(use, typ string, claims any) (string, error) {
	key, ok := k.active(use)
	if !ok {
		return "", errNoKey
	}
	b, err := json.Marshal(claims)
	if err != nil {
		return "", err
	}
	t := jwt.NewWithClaims(jwt.SigningMethodEdDSA, &payload{raw: b})
	t.Header["typ"], t.Header["kid"] = typ, key.kid
	signed, err := t.SignedString(key.private)
	if err == nil && len(signed) > maxSigned[use] {
		err = errSize
	}
	if err != nil {
		return "", err
	}
	return signed, nil
}

// Verify is Verifier.Verify with the keyset's own public keys.
func (k Keyset) Verify(use, typ, token string, now time.Time, claims any) error {
	return k.Verifier().Verify(use, typ, token, now, claims)
}

// Verify checks the signature, that the key is of this use and the header of this typ, and that now is before `exp`
// (which must be there) and not before `nbf`, where there is one; then it unmarshals the payload into claims. It
// answers ErrToken or ErrTokenExpired, and then claims must not be used.
func (v *Verifier) Verify(use, typ, token string, now time.Time, claims any) error {
	p, err := v.open(use, typ, token)
	if err != nil {
		return ErrToken.Because(err)
	}
	at := jwt.WithTimeFunc(func() time.Time { return now })
	switch err := jwt.NewValidator(at, jwt.WithExpirationRequired()).Validate(p); {
	case errors.Is(err, jwt.ErrTokenExpired):
		return ErrTokenExpired
	case err != nil:
		return ErrToken.Because(errTime)
	}
	if json.Unmarshal(p.raw, claims) != nil {
		return ErrToken.Because(errClaims)
	}
	return nil
}

// open checks everything but time and returns the payload that was signed.
func (v *Verifier) open(use, typ, token string) (*payload, error) {
	if len(token) == 0 || len(token) > maxSigned[use] {
		return nil, errSize
	}
	if !compact(token) {
		return nil, errAlphabet
	}
	var refusal error
	keyOf := func(t *jwt.Token) (any, error) {
		var key any
		key, refusal = v.key(use, typ, t.Header)
		return key, refusal
	}
	p := &payload{}
	parser := jwt.NewParser(jwt.WithValidMethods([]string{"EdDSA"}), jwt.WithStrictDecoding(), jwt.WithoutClaimsValidation())
	if _, err := parser.ParseWithClaims(token, p, keyOf); err != nil {
		if refusal != nil {
			return nil, refusal
		}
		return nil, errSignature // the library's text may quote the token
	}
	return p, nil
}

// key finds the key that a header names. The header must be exactly what Sign writes: `crit`, `jwk`, `jku`, `x5u` and
// whatever else could steer a verifier are refused for being there.
func (v *Verifier) key(use, typ string, header map[string]any) (any, error) {
	kid, ok := header["kid"].(string)
	if !ok || len(header) != 3 || header["typ"] != typ || header["alg"] != "EdDSA" {
		return nil, errHeader
	}
	key, known := v.keys[kid]
	if !known || key.use != use {
		return nil, errKid
	}
	return key.key, nil
}

// compact reports whether a token has only the characters of base64url and dots; the standard decoder passes over line
// breaks.
func compact(token string) bool {
	for i := range len(token) {
		c := token[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c == '_', c == '.':
		default:
			return false
		}
	}
	return true
}

// payload keeps a token's claims as they were written beside the ones that concern time.
type payload struct {
	raw []byte
	jwt.RegisteredClaims
}

// MarshalJSON gives the library the bytes to sign.
func (p *payload) MarshalJSON() ([]byte, error) { return p.raw, nil }

// UnmarshalJSON keeps the bytes and reads the registered claims.
func (p *payload) UnmarshalJSON(b []byte) error {
	p.raw = append([]byte(nil), b...)
	return stdjson.Unmarshal(b, &p.RegisteredClaims)
}
