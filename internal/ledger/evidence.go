package ledger

import (
	"github.com/go-json-experiment/json"

	"zhiqing/internal/fault"
)

// TypErasure is the `typ` header of a proof of erasure (package guardian says what is in it).
const TypErasure = "zhiqing-erasure+jwt"

// ErrEvidence says that a signed document is not what it claims to be.
var ErrEvidence = fault.Define(fault.Invalid, "evidence.invalid", "签名无效、内容被改动，或者不是由这组公钥的持有者签发。", "The signature does not match: the content was changed, or it was not made by the holder of these keys.")

// VerifyEvidence checks a document that was signed once and never expires, with public keys alone: data is the JWS, or a JSON
// object with a member `jws`. It unmarshals the payload into claims, all of whose members must be known, or answers
// ErrEvidence and then claims must not be used.
func VerifyEvidence(data []byte, typ string, keys *Verifier, claims any) error {
	jws, err := jwsIn(data)
	if err != nil {
		return ErrEvidence.Because(err)
	}
	p, err := keys.open(UseReceipt, typ, jws)
	if err != nil {
		return ErrEvidence.Because(err)
	}
	if json.Unmarshal(p.raw, claims, json.RejectUnknownMembers(true)) != nil {
		return ErrEvidence.Because(errClaims)
	}
	return nil
}
