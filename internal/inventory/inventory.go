package inventory

import (
	"time"

	"zhiqing/internal/fault"
)

// Inventory is the whole record, as it is printed and handed to an auditor.
type Inventory struct {
	Controller  Controller   `json:"controller"`
	Made        time.Time    `json:"generated_at"`
	Storage     Storage      `json:"storage"`
	Purposes    []Purpose    `json:"purposes"`
	Recipients  []Recipient  `json:"recipients"`
	Collections []Collection `json:"collections"`
	Roles       []Permission `json:"permissions"`
	Safeguards  []Safeguard  `json:"safeguards"`
}

// Controller is who answers (PIPL art. 17(1), 52).
type Controller struct {
	Name    string `json:"name"`
	Address string `json:"address"`
	Contact string `json:"contact"`
	DPO     string `json:"dpo"`
}

// Storage is where everything is.
type Storage struct {
	Region string `json:"region"` // ISO 3166-1
	Engine string `json:"engine"` // sqlite, mongodb
}

// Text is one text in both languages.
type Text struct {
	ZH string `json:"zh-CN"`
	EN string `json:"en"`
}

func both(t fault.Text) Text { return Text{t.ZH, t.EN} }

// Purpose is one reason for processing.
type Purpose struct {
	Code        string   `json:"code"`
	Title       Text     `json:"title"`
	Basis       string   `json:"legal_basis"`
	Law         Text     `json:"legal_basis_ref"`
	ConsentKind string   `json:"consent_kind,omitempty"`
	Necessity   string   `json:"necessity"`
	Sensitive   bool     `json:"sensitive"`
	MinAge      int      `json:"min_age,omitempty"`
	Items       []Item   `json:"data_items"`
	Recipients  []string `json:"recipients"`
	Retention   Period   `json:"retention"`
	CrossBorder bool     `json:"cross_border"`
	Enabled     bool     `json:"enabled"`
}

// Item is one kind of data within a purpose.
type Item struct {
	Code      string `json:"code"`
	Title     Text   `json:"title"`
	Source    string `json:"source"`
	Required  bool   `json:"required"`
	Sensitive bool   `json:"sensitive"`
}

// Period is how long, and what then.
type Period struct {
	Length     string `json:"period"`
	Starts     string `json:"starts"`
	Afterwards string `json:"afterwards"`
	Law        Text   `json:"law"`
}

// Recipient is who may receive, with the five items of PIPL art. 23 and the contract.
type Recipient struct {
	Code     string `json:"code"`
	Role     string `json:"role"`
	Name     Text   `json:"name"`
	Contact  Text   `json:"contact"`
	Purpose  Text   `json:"purpose"`
	Method   Text   `json:"method"`
	Kinds    Text   `json:"kinds"`
	Region   string `json:"region"`
	Contract string `json:"contract_ref"`
	Sample   bool   `json:"sample,omitempty"`
	Enabled  bool   `json:"enabled"`
}

// Collection is one place where data lies.
type Collection struct {
	Name       string   `json:"name"`
	What       Text     `json:"what"`
	About      string   `json:"about,omitempty"` // users, guests, staff
	Personal   bool     `json:"personal"`
	Fields     []Field  `json:"fields"`
	Purposes   []string `json:"purposes"`             // codes, through the kinds of data
	Basis      *Text    `json:"legal_basis,omitzero"` // of what no purpose covers
	Protection Text     `json:"protection"`
	Holders    []string `json:"holders"` // who exports and erases it
}

// Field is one field of a collection's documents.
type Field struct {
	Name  string   `json:"name"`
	Items []string `json:"data_items"` // codes; none = a number, a time or a mark that only the program reads
}

// Permission is a line of the table of roles.
type Permission struct {
	Code     string   `json:"code"`
	Title    Text     `json:"title"`
	Roles    []string `json:"roles"`
	Personal bool     `json:"personal"`  // closed when training has lapsed
	StepUp   bool     `json:"step_up"`   // needs a fresh proof of identity
	FourEyes bool     `json:"four_eyes"` // needs another officer
	Law      string   `json:"law"`
}

// Safeguard is what the policy promises of security, and what proves it.
type Safeguard struct {
	Row    string   `json:"row"`
	What   Text     `json:"what"`
	Proved bool     `json:"proved"`
	Tests  []string `json:"tests"`
}
