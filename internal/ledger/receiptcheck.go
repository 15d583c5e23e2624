package ledger

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"zhiqing/internal/fault"
)

// Why a receipt is not accepted. Each is safe to show.
var (
	ErrReceiptForm          = fault.Define(fault.Invalid, "receipt.malformed", "这不是一份完整的同意回执。", "This is not a complete consent receipt.")
	ErrReceiptSignature     = fault.Define(fault.Invalid, "receipt.signature", "回执签名无效，或不是由我们签发。", "The signature does not match, or the receipt was not issued by us.")
	ErrReceiptIntegrity     = fault.Define(fault.Invalid, "receipt.integrity", "回执中的存证与其哈希不符。", "The entry inside the receipt does not match its hash.")
	ErrReceiptContradiction = fault.Define(fault.Invalid, "receipt.contradiction", "回执内容与其中的存证不一致。", "The receipt says something else than the entry inside it.")
)

// maxFile bounds what VerifyFile reads: a receipt, with room for the rest of a JSON object around it.
const maxFile = 1 << 20

// NewReceipt starts the receipt of an entry: header, event, notice, purpose code, age band and proof, from the entry's
// bytes and the hash before it. The caller adds the texts, parties and PRC members, then signs. It fails with
// ErrReceiptForm if the bytes are no statement and with ErrReceiptIntegrity if the hashes do not match.
func NewReceipt(e Entry, prev []byte, issued time.Time) (Receipt, error) {
	s, err := ParseStatement(e.Bytes)
	if err != nil {
		return Receipt{}, ErrReceiptForm.Because(err)
	}
	r := Receipt{Integrity: Integrity{
		Alg: IntegrityAlg, Entry: b64url.EncodeToString(e.Bytes), Seq: e.Seq, Hash: hex.EncodeToString(e.Hash), PrevHash: hex.EncodeToString(prev),
	}}
	r.state(s)
	r.Header.IssuedAt = instant(issued)
	if _, err := r.Integrity.statement(); err != nil {
		return Receipt{}, err
	}
	return r, nil
}

// state writes the facts of s under the standard's names. It is the only place that knows where each fact goes.
func (r *Receipt) state(s Statement) {
	r.Header.SchemaVersion, r.Header.RecordID, r.Header.PIIPrincipalID = ReceiptSchema, s.ID, s.Book
	r.Header.ReceiptID = "rcp" + strings.TrimPrefix(s.ID, "ent")
	n := &r.Processing.PrivacyNotice
	n.Kind, n.Version, n.Language, n.SHA256 = s.Notice.Kind, s.Notice.Version, s.Notice.Language, s.Notice.SHA256
	if len(r.Processing.Purposes) == 0 {
		r.Processing.Purposes = make([]Purpose, 1)
	}
	r.Processing.Purposes[0].PurposeCode, r.Processing.Purposes[0].PurposeDefinition = s.Purpose, s.Definition
	r.Events = []Event{{
		Time: s.Time, Validity: validity(s), EntityID: s.Actor, Type: "explicit", State: s.State,
		Capacity: s.Capacity, Method: s.Method, Recipient: s.Recipient, Batch: s.Batch,
	}}
	r.PRC.Band, r.PRC.Guardian = s.Band, s.Guardian
	r.Integrity.Alg, r.Integrity.Seq = IntegrityAlg, s.Seq
}

func validity(s Statement) string {
	if s.ValidUntil.IsZero() {
		return UntilWithdrawn
	}
	return s.Time.Format(time.RFC3339Nano) + "/" + s.ValidUntil.Format(time.RFC3339Nano)
}

// statement checks the hash and returns what the entry says.
func (i Integrity) statement() (Statement, error) {
	entry, err := b64url.DecodeString(i.Entry)
	if err != nil || !isDigest(i.Hash) || !isDigest(i.PrevHash) {
		return Statement{}, ErrReceiptForm.Because(errors.New("ledger: integrity is not of the expected form"))
	}
	prev, _ := hex.DecodeString(i.PrevHash) // isDigest
	if hex.EncodeToString(Hash(prev, entry)) != i.Hash {
		return Statement{}, ErrReceiptIntegrity
	}
	s, err := ParseStatement(entry)
	if err != nil {
		return Statement{}, ErrReceiptForm.Because(err)
	}
	return s, nil
}

// Check answers nil if every mandatory field is there, the hash matches, and the receipt says what the entry says;
// otherwise one of the ErrReceipt faults. It does not know whether the receipt is signed.
func (r Receipt) Check() error {
	if missing := r.missing(); missing != "" {
		return ErrReceiptForm.Because(fmt.Errorf("ledger: %s is missing", missing))
	}
	s, err := r.Integrity.statement()
	if err != nil {
		return err
	}
	restated := r
	restated.Processing.Purposes = []Purpose{r.Processing.Purposes[0]}
	restated.state(s)
	said, err1 := json.Marshal(r)
	proved, err2 := json.Marshal(restated)
	if err1 != nil || err2 != nil {
		return ErrReceiptForm.Because(errors.Join(err1, err2))
	}
	if !bytes.Equal(said, proved) {
		return ErrReceiptContradiction
	}
	return nil
}

// need is a mandatory field of the standard (or of ours) that the entry's bytes do not settle by themselves.
type need struct {
	field string
	have  bool
}

// missing names the first mandatory field that is not there.
func (r Receipt) missing() string {
	if len(r.Processing.Purposes) != 1 || len(r.Events) != 1 {
		return "the one purpose or the one event"
	}
	for _, n := range append(r.needs(), r.partyNeeds()...) {
		if !n.have {
			return n.field
		}
	}
	return ""
}

func (r Receipt) needs() []need {
	p := r.Processing.Purposes[0]
	needs := []need{
		{"issued_at", !r.Header.IssuedAt.IsZero()},
		{"url of privacy_notice", r.Processing.PrivacyNotice.URL != ""},
		{"language", r.Processing.Language != ""},
		{"purpose", p.Purpose != ""},
		{"pii_information", len(p.PIIInformation) > 0},
		{"pii_controllers", len(p.PIIControllers) > 0},
		{"storage_locations", len(p.StorageLocations) > 0},
		{"retention_period", p.RetentionPeriod.Period != ""},
		{"jurisdiction", p.Jurisdiction != ""},
		{"recipient_third_parties", p.Recipients != nil},
		{"withdrawal_method", p.WithdrawalMethod != ""},
		{"consent_kind", r.PRC.ConsentKind != ""},
	}
	for _, kind := range p.PIIInformation {
		needs = append(needs, need{"pii_type", kind.Type != ""})
	}
	return needs
}

func (r Receipt) partyNeeds() []need {
	needs := []need{{"party_identification", len(r.Parties) > 0}}
	listed := map[string]bool{}
	for _, p := range r.Parties {
		person := p.Type == PartyPrincipal
		needs = append(needs, need{"party_id", p.ID != ""}, need{"party_name", p.Name != ""}, need{"party_type", p.Type != ""},
			need{"party_address", person || p.Address != ""}, need{"party_contact", person || p.Contact != ""})
		listed[p.ID] = true
	}
	for _, id := range r.Processing.Purposes[0].PIIControllers {
		needs = append(needs, need{"the party of pii_controllers", listed[id]})
	}
	return needs
}

// SignReceipt returns the receipt as a compact JWS by the active receipt key. A receipt that would not verify is not
// signed; the error is then that of Check.
func (k Keyset) SignReceipt(r Receipt) (string, error) {
	if err := r.Check(); err != nil {
		return "", err
	}
	return k.Sign(UseReceipt, TypReceipt, r)
}

// VerifyReceipt checks a JWS with public keys alone: the signature, the form, the hash over the entry's bytes, and that
// what the receipt says is what the entry says. It answers with the receipt, or with one of the ErrReceipt faults and
// nothing. Whether the consent is still in force only the backend knows.
func VerifyReceipt(jws string, keys *Verifier) (Receipt, error) {
	p, err := keys.open(UseReceipt, TypReceipt, jws)
	if err != nil {
		return Receipt{}, ErrReceiptSignature.Because(err)
	}
	var r Receipt
	if json.Unmarshal(p.raw, &r, json.RejectUnknownMembers(true)) != nil {
		return Receipt{}, ErrReceiptForm.Because(errClaims)
	}
	if err := r.Check(); err != nil {
		return Receipt{}, err
	}
	return r, nil
}

// VerifyFile checks a receipt as people keep it, with no server: data is the JWS, or a JSON object with a member `jws`;
// jwks is the published key set. Errors are those of ParseJWKS and VerifyReceipt.
func VerifyFile(data, jwks []byte) (Receipt, error) {
	keys, err := ParseJWKS(jwks)
	if err != nil {
		return Receipt{}, err
	}
	jws, err := jwsIn(data)
	if err != nil {
		return Receipt{}, err
	}
	return VerifyReceipt(jws, keys)
}

func jwsIn(data []byte) (string, error) {
	data = bytes.TrimSpace(data)
	if len(data) == 0 || len(data) > maxFile {
		return "", ErrReceiptForm.Because(errSize)
	}
	if data[0] != '{' {
		return string(data), nil
	}
	var envelope struct {
		JWS string `json:"jws"`
	}
	if err := json.Unmarshal(data, &envelope); err != nil || envelope.JWS == "" {
		return "", ErrReceiptForm.Because(errors.New("ledger: no JSON object with a member jws"))
	}
	return envelope.JWS, nil
}
