package purpose

// purposesYAML is purposes.yaml as it is written: kinds of data are described once and named by the purposes.
type purposesYAML struct {
	DataItems map[string]itemYAML `yaml:"data_items"`
	Purposes  []purposeYAML       `yaml:"purposes"`
}

type itemYAML struct {
	Title     Text   `yaml:"title"`
	Sensitive bool   `yaml:"sensitive"`
	Source    Source `yaml:"source"`
}

type purposeYAML struct {
	Code          string    `yaml:"code"`
	Title         Text      `yaml:"title"`
	Description   Text      `yaml:"description"`
	LegalBasis    Basis     `yaml:"legal_basis"`
	LegalBasisRef Text      `yaml:"legal_basis_ref"`
	ConsentKind   Kind      `yaml:"consent_kind"`
	Category      string    `yaml:"category"`
	Necessity     Necessity `yaml:"necessity"`
	Sensitive     bool      `yaml:"sensitive"`
	Impact        Text      `yaml:"necessity_and_impact"`
	MinAge        int       `yaml:"min_age"`
	ClosedTo      []string  `yaml:"closed_to"`
	DecidedBy     Decider   `yaml:"decided_by"`
	Guests        bool      `yaml:"guests"`
	PerRecipient  bool      `yaml:"per_recipient"`
	DataItems     struct {
		Required []string `yaml:"required"`
		Optional []string `yaml:"optional"`
	} `yaml:"data_items"`
	Recipients         []string      `yaml:"recipients"`
	Retention          retentionYAML `yaml:"retention"`
	ValidFor           string        `yaml:"valid_for"`
	NoticeKind         string        `yaml:"notice_kind"`
	Channel            Channel       `yaml:"channel"`
	CrossBorder        bool          `yaml:"cross_border"`
	RefusalConsequence Text          `yaml:"refusal_consequence"`
	Enabled            *bool         `yaml:"enabled"` // must be said, never assumed
}

type retentionYAML struct {
	Period     string `yaml:"period"`
	Starts     string `yaml:"starts"`
	Afterwards string `yaml:"afterwards"`
	Basis      Text   `yaml:"basis"`
	Text       Text   `yaml:"text"`
}

type recipientsYAML struct {
	Recipients []Recipient `yaml:"recipients"`
}

// shortest is the basis of a retention that names no other.
var shortest = Text{"《个人信息保护法》第十九条（实现处理目的所必要的最短时间）", "PIPL art. 19 (the shortest time that the purpose needs)"}

// resolve turns what is written into purposes, with data items and recipients in place, and checks them. told
// reports whether there is a notice of a kind.
func (f *purposesYAML) resolve(s *source, recipients []Recipient, told func(kind string) bool) []Purpose {
	if len(f.Purposes) == 0 {
		s.add(1, "holds no purposes")
	}
	f.checkItems(s)
	known := make(map[string]Recipient, len(recipients))
	for _, r := range recipients {
		known[r.Code] = r
	}
	first := make(map[string]bool, len(f.Purposes))
	purposes := make([]Purpose, 0, len(f.Purposes))
	for i := range f.Purposes {
		c := checker{source: s, place: []any{"purposes", i}, name: f.Purposes[i].Code}
		if first[c.name] {
			c.wrong("code", "is there twice")
		}
		first[c.name] = true
		p := f.Purposes[i].build(c, f.DataItems, known)
		c.need(f.Purposes[i].Enabled != nil, "enabled", "must be true or false")
		c.need(!p.Enabled || p.Channel != MiniProgram || told(p.NoticeKind), "notice_kind",
			"names no folder of notices/: no purpose goes live before people are told")
		c.purpose(&p)
		purposes = append(purposes, p)
	}
	return purposes
}

func (y *purposeYAML) build(c checker, items map[string]itemYAML, recipients map[string]Recipient) Purpose {
	p := Purpose{
		Code: y.Code, Title: y.Title, Description: y.Description, LegalBasis: y.LegalBasis, LegalBasisRef: y.LegalBasisRef,
		ConsentKind: y.ConsentKind, Category: y.Category, Necessity: y.Necessity, Sensitive: y.Sensitive, NecessityAndImpact: y.Impact,
		MinAge: y.MinAge, ClosedTo: y.ClosedTo, DecidedBy: y.DecidedBy, Guests: y.Guests, PerRecipient: y.PerRecipient,
		Recipients: append([]string{}, y.Recipients...), ToWhom: make([]Recipient, 0, len(y.Recipients)),
		Retention: Retention{
			Period: c.period("retention", y.Retention.Period), Starts: y.Retention.Starts, Afterwards: y.Retention.Afterwards,
			Basis: y.Retention.Basis, Text: y.Retention.Text,
		},
		ValidFor: c.period("valid_for", y.ValidFor), NoticeKind: y.NoticeKind, Channel: y.Channel, CrossBorder: y.CrossBorder,
		RefusalConsequence: y.RefusalConsequence, Enabled: y.Enabled != nil && *y.Enabled,
	}
	if p.Retention.Basis.IsZero() {
		p.Retention.Basis = shortest
	}
	p.DataItems = append(c.items(items, y.DataItems.Required, false), c.items(items, y.DataItems.Optional, true)...)
	for _, code := range y.Recipients {
		r, ok := recipients[code]
		if !ok {
			c.wrong("recipients", "names %q, which %s does not have", code, recipientsFile)
		}
		p.ToWhom = append(p.ToWhom, r)
	}
	return p
}

// items gives the data items with these codes.
func (c checker) items(known map[string]itemYAML, codes []string, optional bool) (items []DataItem) {
	for _, code := range codes {
		y, ok := known[code]
		if !ok {
			c.wrong("data_items", "names %q, which data_items does not describe", code)
			continue
		}
		items = append(items, DataItem{Code: code, Title: y.Title, Sensitive: y.Sensitive, Optional: optional, Source: y.Source})
	}
	return items
}
