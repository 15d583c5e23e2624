package ledger

import (
	"time"
)

// ReceiptSchema is the value of schema_version: the standard's record structure, with our `integrity` and `prc` beside
// it.
const ReceiptSchema = "ISO/IEC TS 27560:2023; zhiqing/1"

// UntilWithdrawn is the validity_duration of a consent without an end date.
const UntilWithdrawn = "until_withdrawn"

// Receipt is one consent entry as its holder gets it: a full copy of the record under the field names of ISO/IEC TS
// 27560:2023, in its four sections, with the entry that proves it and what Chinese law adds. The facts (who, what,
// when, upon which notice) are inside Integrity.Entry and repeated under the standard's names; VerifyReceipt makes sure
// that both say the same. Texts are in Processing.Language. A receipt holds a pseudonym and no other personal data.
type Receipt struct {
	Header     Header     `json:"header"`
	Processing Processing `json:"processing"`
	Parties    []Party    `json:"party_identification"`
	Events     []Event    `json:"event"` // exactly one: a receipt is for one decision
	Integrity  Integrity  `json:"integrity"`
	PRC        PRC        `json:"prc"`
}

// Header is the record's header section.
type Header struct {
	SchemaVersion  string    `json:"schema_version"`   // ReceiptSchema
	RecordID       string    `json:"record_id"`        // the entry id
	ReceiptID      string    `json:"receipt_id"`       // `rcp_` + the entry id without its prefix: one receipt per entry
	PIIPrincipalID string    `json:"pii_principal_id"` // the book: a pseudonym, never an openid
	IssuedAt       time.Time `json:"issued_at"`        // when this copy was signed, UTC
}

// Processing is the processing section (clauses 6.3.4.x).
type Processing struct {
	PrivacyNotice PrivacyNotice `json:"privacy_notice"`
	Language      string        `json:"language"` // of the texts below, e.g. zh-CN
	Purposes      []Purpose     `json:"purposes"` // exactly one
}

// PrivacyNotice is the text that was shown (6.3.4.1): its version, digest and where to read it.
type PrivacyNotice struct {
	Kind     string `json:"kind"`
	Version  string `json:"version"`
	Language string `json:"language"`
	SHA256   string `json:"sha256"`
	URL      string `json:"url"`
}

// Purpose is what the decision is about, as it was described to the person (6.3.4.3 to 6.3.4.22).
type Purpose struct {
	Purpose             string      `json:"purpose"` // its title
	PurposeCode         string      `json:"purpose_code"`
	PurposeDescription  string      `json:"purpose_description,omitzero"`
	PurposeDefinition   string      `json:"purpose_definition"` // SHA-256 (hex) of the definition in force
	PurposeType         string      `json:"purpose_type,omitzero"`
	LawfulBasis         string      `json:"lawful_basis,omitzero"` // PIPL art. 13, e.g. consent
	PIIInformation      []PII       `json:"pii_information"`
	PIIControllers      []string    `json:"pii_controllers"` // party_ids
	CollectionMethod    string      `json:"collection_method,omitzero"`
	ProcessingMethod    []string    `json:"processing_method,omitempty"`
	StorageLocations    []string    `json:"storage_locations"` // e.g. CN
	RetentionPeriod     Retention   `json:"retention_period"`
	ProcessingLocations []string    `json:"processing_locations,omitempty"`
	Jurisdiction        string      `json:"jurisdiction"`             // e.g. CN
	Recipients          []Recipient `json:"recipient_third_parties"`  // empty says: nobody; nil is a defect
	WithdrawalMethod    string      `json:"withdrawal_method"`        // how to take it back (PIPL art. 15)
	PrivacyRights       []string    `json:"privacy_rights,omitempty"` // PIPL art. 44 to 50
	AuthorityParty      string      `json:"authority_party,omitzero"` // a party_id
}

// PII is one kind of personal information (6.3.5.x).
type PII struct {
	Type      string `json:"pii_type"`
	Attribute string `json:"pii_attribute_id,omitzero"`
	Optional  bool   `json:"pii_optional"`
	Sensitive bool   `json:"sensitive_pii_category"` // PIPL art. 28
	Special   bool   `json:"special_pii_category"`
}

// Retention says how long, why, and what happens then (6.3.4.12; 网络数据安全管理条例 art. 21(3)).
type Retention struct {
	Period     string `json:"period"`
	Basis      string `json:"basis,omitzero"`
	Afterwards string `json:"afterwards,omitzero"`
}

// Recipient is a third party that receives the data (6.3.4.17; the five items of PIPL art. 23).
type Recipient struct {
	Code    string `json:"code,omitzero"`
	Name    string `json:"name"`
	Contact string `json:"contact,omitzero"`
	Purpose string `json:"purpose,omitzero"`
	Method  string `json:"method,omitzero"`
	Kinds   string `json:"kinds,omitzero"`
	Region  string `json:"region,omitzero"`
}

// PartyPrincipal is the party_type of the person concerned, who needs no address or contact in the record.
const PartyPrincipal = "pii_principal"

// Party is somebody named in the record (6.3.6.x).
type Party struct {
	ID      string `json:"party_id"`
	Name    string `json:"party_name"`
	Role    string `json:"party_role,omitzero"`
	Type    string `json:"party_type"`
	Address string `json:"party_address,omitzero"`
	Email   string `json:"party_email,omitzero"`
	URL     string `json:"party_url,omitzero"`
	Phone   string `json:"party_phone,omitzero"`
	Contact string `json:"party_contact,omitzero"`
}

// Event is the decision (6.3.7.x).
type Event struct {
	Time      time.Time `json:"event_time"`
	Validity  string    `json:"validity_duration"` // an ISO 8601 interval, or UntilWithdrawn
	EntityID  string    `json:"entity_id"`         // who decided
	Type      string    `json:"event_type"`        // always explicit: an implied consent is none here (PIPL art. 14)
	State     string    `json:"event_state"`       // one of States
	Capacity  string    `json:"capacity"`
	Method    string    `json:"indication_method"`
	Recipient string    `json:"recipient,omitzero"` // the recipient's code, where consent is per recipient
	Batch     string    `json:"batch_id,omitzero"`
}

// Integrity is the proof: the entry's own bytes and their place in the chain. Anybody can check that
// SHA-256("zhiqing/ledger/v1" ‖ prev_hash ‖ entry) = hash.
type Integrity struct {
	Alg      string `json:"alg"`   // IntegrityAlg
	Entry    string `json:"entry"` // base64url of the canonical bytes
	Seq      int64  `json:"seq"`
	Hash     string `json:"hash"`      // hex
	PrevHash string `json:"prev_hash"` // hex
}

// IntegrityAlg names the way the hash is made.
const IntegrityAlg = "SHA-256 over zhiqing/ledger/v1, prev_hash, entry"

// PRC is what Chinese law adds to the standard's record.
type PRC struct {
	Band               string       `json:"band,omitzero"`                 // age band
	ConsentKind        string       `json:"consent_kind"`                  // general, explicit, separate or written (PIPL art. 14, 23, 29)
	Guardian           *Guardian    `json:"guardian,omitempty"`            // PIPL art. 31
	NecessityAndImpact string       `json:"necessity_and_impact,omitzero"` // PIPL art. 30
	RefusalConsequence string       `json:"refusal_consequence,omitzero"`  // 儿童个人信息网络保护规定 art. 10(4)
	CrossBorder        *CrossBorder `json:"cross_border,omitempty"`        // PIPL art. 39
}

// Guardian is the link through which an adult decided for a minor (requirements.md D1): codes and a pseudonym, no name.
type Guardian struct {
	LinkID      string `json:"link_id"`
	Relation    string `json:"relation"`
	VerifyLevel string `json:"verify_level"`
}

// CrossBorder says on which route data leaves the country and how rights are exercised there.
type CrossBorder struct {
	Route             string `json:"route"`
	RightsAtRecipient string `json:"rights_at_recipient"`
}
