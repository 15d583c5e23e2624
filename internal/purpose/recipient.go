package purpose

import "time"

// Role is what a recipient is to the operator.
type Role string

// A processor acts for the operator (PIPL art. 21), a handler decides for itself and needs the person's separate consent
// (art. 23), a platform carries the mini-program.
const (
	Processor Role = "processor"
	Handler   Role = "handler"
	Platform  Role = "platform"
)

// Recipient is somebody who receives personal data, with the five items that PIPL art. 23 wants told: name, contact,
// purpose, method, kinds.
type Recipient struct {
	Code        string       `yaml:"code" json:"code"`
	Name        Text         `yaml:"name" json:"name"`
	Role        Role         `yaml:"role" json:"role"`
	Contact     Text         `yaml:"contact" json:"contact"`
	Purpose     Text         `yaml:"purpose" json:"purpose"`
	Method      Text         `yaml:"method" json:"method"`
	Kinds       Text         `yaml:"kinds" json:"kinds"`
	Region      string       `yaml:"region" json:"region"` // ISO 3166-1: CN, or CrossBorder is complete
	PolicyURL   string       `yaml:"policy_url" json:"policy_url,omitzero"`
	CrossBorder *CrossBorder `yaml:"cross_border" json:"cross_border,omitempty"`

	ContractRef   string `yaml:"contract_ref" json:"-"`   // where the operator files the contract; not public
	ContractUntil string `yaml:"contract_until" json:"-"` // its last day in China, 2027-12-31; "" = it has none, which no recipient abroad may have
	Sample        bool   `yaml:"sample" json:"-"`         // an example to replace: nobody real
	Enabled       bool   `yaml:"enabled" json:"-"`        // false stops it for everybody at once
}

// CrossBorder holds what must be there before data may leave the country (PIPL art. 38, 39, 55; 网络数据安全管理条例
// art. 35).
type CrossBorder struct {
	Route     string `yaml:"route" json:"route"`         // see routes in check.go
	FilingRef string `yaml:"filing_ref" json:"-"`        // the authority's reference
	PIARef    string `yaml:"pia_ref" json:"-"`           // the impact assessment
	Necessity Text   `yaml:"necessity" json:"necessity"` // why it is needed
	Rights    Text   `yaml:"rights" json:"rights"`       // how rights are exercised at the recipient
}

// Contracted reports whether the contract with the recipient is in force: nothing is provided after its last day.
func (r Recipient) Contracted(at time.Time) bool {
	last, err := time.ParseInLocation(time.DateOnly, r.ContractUntil, china)
	return r.ContractUntil == "" && r.Region == Home || err == nil && at.Before(last.AddDate(0, 0, 1))
}

// Home is the region where data stays unless everything for another is in order.
const Home = "CN"
