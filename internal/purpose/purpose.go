package purpose

import "slices"

// Basis is a legal basis of PIPL art. 13(1). There is no legitimate interest among them.
type Basis string

// The bases, in the order of the article's items.
const (
	Consent           Basis = "consent"            // (1)
	Contract          Basis = "contract"           // (2), to conclude or perform it
	HR                Basis = "hr"                 // (2), human resources under labour rules or a collective contract
	LegalDuty         Basis = "legal_duty"         // (3)
	Emergency         Basis = "emergency"          // (4)
	PublicInterest    Basis = "public_interest"    // (5)
	PublicInformation Basis = "public_information" // (6)
	OtherLaw          Basis = "other_law"          // (7)
)

// Kind is how strict a consent must be (PIPL art. 14, 23, 29; GB/T 42574).
type Kind string

// The kinds of consent. Separate and written consent cannot ride in a bundle with others.
const (
	General  Kind = "general"
	Explicit Kind = "explicit"
	Separate Kind = "separate"
	Written  Kind = "written"
)

// Necessity says whether the service can do without a purpose (PIPL art. 16).
type Necessity string

// A required purpose is part of what the person asked for, or the law demands it. Nothing may depend on an optional one.
const (
	Required Necessity = "required"
	Optional Necessity = "optional"
)

// Channel is where a purpose lives.
type Channel string

// The mini-program is what this backend serves. HR purposes have their own notice and their own system.
const (
	MiniProgram  Channel = "miniprogram"
	HRDepartment Channel = "hr"
)

// Purpose is one reason for processing personal data, as it is told to people. Purposes are shared: read them, never
// write to their slices. The JSON form is the definition that Digest is made of; what only switches a purpose on and off
// is not part of it.
type Purpose struct {
	Code               string      `json:"code"` // stable, dotted: analytics.usage
	Title              Text        `json:"title"`
	Description        Text        `json:"description"`
	LegalBasis         Basis       `json:"legal_basis"`
	LegalBasisRef      Text        `json:"legal_basis_ref"`       // law and article
	ConsentKind        Kind        `json:"consent_kind,omitzero"` // only for LegalBasis Consent
	Category           string      `json:"category"`              // a term of the Data Privacy Vocabulary: dpv:Marketing
	Necessity          Necessity   `json:"necessity"`
	Sensitive          bool        `json:"sensitive"`                     // some item is sensitive (PIPL art. 28)
	NecessityAndImpact Text        `json:"necessity_and_impact,omitzero"` // for Sensitive (PIPL art. 30)
	MinAge             int         `json:"min_age,omitzero"`              // years of age from which it may be granted; 0 = no limit
	ClosedTo           []string    `json:"closed_to,omitempty"`           // age bands for which it can never be granted, by nobody
	DecidedBy          Decider     `json:"decided_by,omitzero"`           // who gives this consent for a minor
	Guests             bool        `json:"guests"`                        // a guest may decide it, for the session
	PerRecipient       bool        `json:"per_recipient"`                 // decided for each recipient apart (PIPL art. 23)
	DataItems          []DataItem  `json:"data_items"`
	ToWhom             []Recipient `json:"recipients"` // the recipients, in the order of Recipients
	Recipients         []string    `json:"-"`          // their codes
	Retention          Retention   `json:"retention"`
	ValidFor           Period      `json:"valid_for,omitzero"` // how long a consent lives; zero = until withdrawn
	NoticeKind         string      `json:"notice_kind"`        // the notice that explains it
	Channel            Channel     `json:"channel"`
	CrossBorder        bool        `json:"cross_border"` // some recipient is abroad (PIPL art. 38, 39)
	RefusalConsequence Text        `json:"refusal_consequence,omitzero"`

	Enabled    bool   `json:"-"` // false stops it for everybody at once
	Digest     string `json:"-"` // SHA-256 of Definition, 64 lower-case hex digits
	Definition []byte `json:"-"` // the canonical JSON (RFC 8785) of the fields above
}

// Decider says whose consent a purpose rests on.
type Decider string

// The person decides, unless a purpose says that a guardian does: then the person can decide it only when confirming it
// at 14 or 18 (PIPL art. 31).
const (
	ByPerson   Decider = ""
	ByGuardian Decider = "guardian"
)

// MinorAccount is the purpose by which a guardian agrees to a minor's account as a whole. Nothing else that rests on
// consent is allowed for a minor without it. It is the only purpose that is ByGuardian.
const MinorAccount = "account.minor"

// DataItem is one kind of personal information.
type DataItem struct {
	Code      string `json:"code"`
	Title     Text   `json:"title"`
	Sensitive bool   `json:"sensitive"` // PIPL art. 28
	Optional  bool   `json:"optional"`  // the purpose works without it
	Source    Source `json:"source"`
}

// Source is where a data item comes from.
type Source string

// The sources.
const (
	FromPerson   Source = "person"
	FromWeChat   Source = "wechat"
	FromSystem   Source = "system"
	FromStaff    Source = "staff"
	FromGuardian Source = "guardian"
)

// Retention says how long the items of a purpose are kept and what happens then (PIPL art. 19; 网络数据安全管理条例
// art. 21(3)).
type Retention struct {
	Period     Period `json:"period"`
	Starts     string `json:"starts"`     // the event that starts the period: see starts in check.go
	Afterwards string `json:"afterwards"` // delete or anonymise
	Basis      Text   `json:"basis"`      // the law; PIPL art. 19 where no other is named
	Text       Text   `json:"text"`       // the same for people
}

// NeedsConsent reports whether the purpose rests on consent. Others can be neither granted nor withdrawn.
func (p *Purpose) NeedsConsent() bool { return p.LegalBasis == Consent }

// Separate reports whether consent must be given by an act of its own (PIPL art. 14(1), 23, 29, 39).
func (p *Purpose) Separate() bool { return p.ConsentKind == Separate || p.ConsentKind == Written }

// EachRecipient lists what is decided apart: the recipients' codes where consent is per recipient, otherwise "" alone.
func (p *Purpose) EachRecipient() []string {
	if p.PerRecipient {
		return p.Recipients
	}
	return []string{""}
}

// Grantable reports whether a grant for this recipient ("" where consent is not per recipient) can be accepted at
// present: neither the purpose nor the recipient is switched off or unknown.
func (p *Purpose) Grantable(recipient string) bool {
	if !p.Enabled || !p.PerRecipient {
		return p.Enabled && recipient == ""
	}
	i := slices.Index(p.Recipients, recipient)
	return i >= 0 && p.ToWhom[i].Enabled
}

// OpenTo reports whether the purpose can be granted for a person of this age band (under_14, 14_17, adult), by whomever:
// MinAge allows it and ClosedTo does not name it. An unknown band opens only what has no MinAge.
func (p *Purpose) OpenTo(band string) bool {
	from, known := map[string]int{"under_14": 0, "14_17": 14, "adult": 18}[band]
	return (p.MinAge == 0 || known && from >= p.MinAge) && !slices.Contains(p.ClosedTo, band)
}
