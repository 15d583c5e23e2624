package consent

import (
	"context"
	"slices"
	"strings"

	"zhiqing/internal/ident"
	"zhiqing/internal/ledger"
	"zhiqing/internal/purpose"
)

// Party is the operator as receipts name it (PIPL art. 17(1): name and contact).
type Party struct {
	Name, Address, Contact string
	URL                    string // base of the public API, where notices and withdrawal are reached
}

// The party ids within a receipt.
const (
	partyOperator  = "operator"
	partyPrincipal = "principal"
	partyAuthority = "authority"
)

// Receipt renders the entry with this id, from the holder's own book, with everything that was agreed to as it was told
// then: the purpose comes from its pinned definition, not from today's catalogue. Texts are in lang. An entry of another
// book is ErrNoEntry, the same as one that does not exist.
func (d *Desk) Receipt(ctx context.Context, book, entryID, lang string) (ledger.Receipt, error) {
	owner, seq, ok := ident.ParseEntryID(entryID)
	if !ok || owner != book {
		return ledger.Receipt{}, ErrNoEntry
	}
	b, err := d.book(ctx, book)
	if err != nil {
		return ledger.Receipt{}, err
	}
	e, prev, err := d.entry(ctx, book, &b, seq)
	if err != nil {
		return ledger.Receipt{}, err
	}
	r, err := ledger.NewReceipt(e, prev, d.o.Now())
	if err != nil {
		return ledger.Receipt{}, err
	}
	p, err := d.o.Purposes.ByDigest(ctx, r.Processing.Purposes[0].PurposeDefinition)
	if err != nil {
		return ledger.Receipt{}, err
	}
	d.describe(&r, p, lang)
	return r, nil
}

// describe adds the texts, the parties and what Chinese law wants to know.
func (d *Desk) describe(r *ledger.Receipt, p purpose.Purpose, lang string) {
	r.Processing.Language = lang
	r.Processing.PrivacyNotice.URL = d.o.Party.URL + "/v1/notices/by-digest/" + r.Processing.PrivacyNotice.SHA256
	said := &r.Processing.Purposes[0]
	said.Purpose, said.PurposeDescription, said.PurposeType = p.Title.In(lang), p.Description.In(lang), p.Category
	said.LawfulBasis = string(p.LegalBasis)
	for _, item := range p.DataItems {
		said.PIIInformation = append(said.PIIInformation, ledger.PII{
			Type: item.Title.In(lang), Attribute: item.Code, Optional: item.Optional, Sensitive: item.Sensitive,
		})
	}
	said.PIIControllers = []string{partyOperator}
	said.CollectionMethod = collection(p.DataItems, lang)
	said.StorageLocations, said.ProcessingLocations, said.Jurisdiction = []string{purpose.Home}, []string{purpose.Home}, "CN"
	said.RetentionPeriod = ledger.Retention{
		Period: p.Retention.Text.In(lang), Basis: p.Retention.Basis.In(lang), Afterwards: afterwards[p.Retention.Afterwards].In(lang),
	}
	said.Recipients = recipients(p, r.Events[0].Recipient, lang)
	said.WithdrawalMethod = withdrawal.In(lang) + " DELETE " + d.o.Party.URL + "/v1/me/consents/" + p.Code
	if g := r.PRC.Guardian; g != nil {
		said.WithdrawalMethod = guardianWithdrawal.In(lang) + " POST " + d.o.Party.URL + "/v1/guardianships/" + g.LinkID + "/withdraw"
	}
	for _, right := range rights {
		said.PrivacyRights = append(said.PrivacyRights, right.In(lang))
	}
	said.AuthorityParty = partyAuthority
	r.Parties = d.parties(lang)
	r.PRC.ConsentKind = string(p.ConsentKind)
	r.PRC.CrossBorder = abroad(p, r.Events[0].Recipient, lang)
	r.PRC.NecessityAndImpact, r.PRC.RefusalConsequence = p.NecessityAndImpact.In(lang), p.RefusalConsequence.In(lang)
}

// collection names where the items come from, each source once.
func collection(items []purpose.DataItem, lang string) string {
	var words []string
	for _, item := range items {
		if word := sources[item.Source].In(lang); !slices.Contains(words, word) {
			words = append(words, word)
		}
	}
	return strings.Join(words, "; ")
}

// recipients lists who receives data: the one that the entry is about, or all of the purpose. Never nil: empty says nobody.
func recipients(p purpose.Purpose, only, lang string) []ledger.Recipient {
	list := []ledger.Recipient{}
	for _, x := range p.ToWhom {
		if only != "" && x.Code != only {
			continue
		}
		list = append(list, ledger.Recipient{
			Code: x.Code, Name: x.Name.In(lang), Contact: x.Contact.In(lang), Purpose: x.Purpose.In(lang), Method: x.Method.In(lang),
			Kinds: x.Kinds.In(lang), Region: x.Region,
		})
	}
	return list
}

// abroad says on which route data goes to the recipient that the entry is about, or to the first one that is abroad, and how
// rights are used there (PIPL art. 39); nil when all stays at home.
func abroad(p purpose.Purpose, only, lang string) *ledger.CrossBorder {
	for _, x := range p.ToWhom {
		if x.CrossBorder != nil && (only == "" || x.Code == only) {
			return &ledger.CrossBorder{Route: x.CrossBorder.Route, RightsAtRecipient: x.CrossBorder.Rights.In(lang)}
		}
	}
	return nil
}

// parties are the operator, the person under the pseudonym, and the authority that hears complaints (PIPL art. 65).
func (d *Desk) parties(lang string) []ledger.Party {
	person, authority := "本人", "国家互联网信息办公室"
	if lang == "en" {
		person, authority = "the person concerned", "Cyberspace Administration of China"
	}
	return []ledger.Party{
		{ID: partyOperator, Name: d.o.Party.Name, Role: "controller", Type: "organisation", Address: d.o.Party.Address, Contact: d.o.Party.Contact, URL: d.o.Party.URL},
		{ID: partyPrincipal, Name: person, Role: "pii_principal", Type: ledger.PartyPrincipal},
		{ID: partyAuthority, Name: authority, Role: "authority", Type: "authority", Address: "www.12377.cn", Contact: "12377"},
	}
}
