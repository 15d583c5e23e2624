package purpose

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
)

var (
	codeForm     = regexp.MustCompile(`^[a-z][a-z_]*(\.[a-z][a-z_]*)+$`)
	itemForm     = regexp.MustCompile(`^[a-z][a-z_]{0,39}$`)
	categoryForm = regexp.MustCompile(`^dpv:[A-Z][A-Za-z]+$`)
	regionForm   = regexp.MustCompile(`^[A-Z]{2}$`)
)

// What a file may say where the law or the program knows a fixed set of answers.
var (
	bases      = []Basis{Consent, Contract, HR, LegalDuty, Emergency, PublicInterest, PublicInformation, OtherLaw}
	kinds      = []Kind{General, Explicit, Separate, Written}
	necessity  = []Necessity{Required, Optional}
	channels   = []Channel{MiniProgram, HRDepartment}
	sources    = []Source{FromPerson, FromWeChat, FromSystem, FromStaff, FromGuardian}
	roles      = []Role{Processor, Handler, Platform}
	afterwards = []string{"delete", "anonymise"}
	closable   = []string{"under_14", "14_17"}
	routes     = []string{"security_assessment", "certification", "standard_contract", "contract_necessity", "emergency", "other"}
	// starts are the events from which a retention period is counted.
	starts = []string{"last_used", "recorded", "answered", "completed", "service_ended", "account_closed", "consent_ended",
		"campaign_ended", "guardianship_ended", "relation_ended", "case_closed", "year_ended"}
)

// yearly is the longest that a consent to process sensitive information lives before it is asked for again, and whatDay
// a day to compare periods from.
var (
	yearly  = Period{text: "P12M", months: 12}
	whatDay = time.Date(2025, time.January, 1, 0, 0, 0, 0, china)
)

// checker reports problems with one entry of a file.
type checker struct {
	*source
	place []any  // where the entry stands
	name  string // how its problems are introduced
}

// wrong reports a problem with a field of the entry.
func (c checker) wrong(field, format string, args ...any) {
	name := c.name
	if name == "" {
		name = "an entry without a code"
	}
	c.at(append(slices.Clone(c.place), field), name+": "+field+" "+format, args...)
}

// need reports a field for which ok is false.
func (c checker) need(ok bool, field, format string, args ...any) {
	if !ok {
		c.wrong(field, format, args...)
	}
}

// text wants both languages; an optional text may be absent altogether.
func (c checker) text(field string, t Text, optional bool) {
	c.need(optional && t.IsZero() || strings.TrimSpace(t.ZH) != "" && strings.TrimSpace(t.EN) != "", field, "must be there in zh-CN and en")
}

// oneOf wants one of the known answers.
func oneOf[T ~string](c checker, field string, got T, known []T) {
	c.need(slices.Contains(known, got), field, "must be one of %v", known)
}

// period reads a period that may be absent.
func (c checker) period(field, text string) Period {
	if text == "" {
		return Period{}
	}
	p, err := ParsePeriod(text)
	c.need(err == nil, field, "%v", err)
	return p
}

// purpose checks one purpose in itself.
func (c checker) purpose(p *Purpose) {
	c.need(codeForm.MatchString(p.Code) && len(p.Code) <= 64, "code", "must be dotted lower-case words, like analytics.usage")
	c.text("title", p.Title, false)
	c.text("description", p.Description, false)
	c.text("legal_basis_ref", p.LegalBasisRef, false)
	c.text("retention", p.Retention.Basis, false)
	oneOf(c, "legal_basis", p.LegalBasis, bases)
	oneOf(c, "necessity", p.Necessity, necessity)
	oneOf(c, "channel", p.Channel, channels)
	c.need(itemForm.MatchString(p.NoticeKind), "notice_kind", "must be of a-z and _")
	c.need(categoryForm.MatchString(p.Category), "category", "must be a term like dpv:Marketing")
	c.need(slices.Contains([]int{0, 14, 18}, p.MinAge), "min_age", "must be 14 or 18, or absent: no other age is known")
	c.ages(p)
	hr := strings.HasPrefix(p.Code, "hr.") || p.LegalBasis == HR
	c.need(!hr || p.Channel != MiniProgram, "channel", "must not be miniprogram: HR has its own notice and its own system")
	c.data(p)
	c.retention(p.Retention)
	if p.NeedsConsent() {
		c.consent(p)
	} else {
		c.noConsent(p)
	}
	c.receivers(p)
}

// ages: only known bands are shut out, and only the minor's account is a guardian's to decide.
func (c checker) ages(p *Purpose) {
	for i, band := range p.ClosedTo {
		c.need(slices.Contains(closable, band), "closed_to", "must name age bands of %v", closable)
		c.need(!slices.Contains(p.ClosedTo[:i], band), "closed_to", "names %s twice", band)
	}
	c.need(len(p.ClosedTo) == 0 || p.NeedsConsent(), "closed_to", "must be absent: the basis is not consent")
	c.need(p.DecidedBy == ByPerson || p.DecidedBy == ByGuardian, "decided_by", "must be %s or absent", ByGuardian)
	c.need((p.DecidedBy == ByGuardian) == (p.Code == MinorAccount), "decided_by", "must be %s for %s and for nothing else", ByGuardian, MinorAccount)
	if p.DecidedBy == ByGuardian {
		c.need(p.NeedsConsent() && p.Separate(), "consent_kind", "must be separate: a guardian agrees to it by itself")
		c.need(p.Sensitive, "sensitive", "must be true: whatever is known of a child is (PIPL art. 28)")
		c.need(!p.Guests && !p.PerRecipient, "guests", "and per_recipient must be false: it is about an account")
		c.need(p.MinAge == 0 && len(p.ClosedTo) == 0, "min_age", "and closed_to must be absent: it is for minors")
	}
}

// data: every kind of data is named once, and sensitive data makes a sensitive purpose (PIPL art. 28, 30).
func (c checker) data(p *Purpose) {
	c.need(len(p.DataItems) > 0, "data_items", "must name at least one kind of data")
	seen, sensitive := map[string]bool{}, false
	for _, d := range p.DataItems {
		c.need(!seen[d.Code], "data_items", "names %s twice", d.Code)
		seen[d.Code] = true
		sensitive = sensitive || d.Sensitive
	}
	c.need(!sensitive || p.Sensitive, "sensitive", "must be true: some of its data_items are sensitive")
	c.text("necessity_and_impact", p.NecessityAndImpact, !p.Sensitive)
}

// retention: nothing is kept without an end (PIPL art. 17(1), 19; 网络数据安全管理条例 art. 21(3)).
func (c checker) retention(r Retention) {
	c.need(!r.Period.IsZero(), "retention", "needs a period, like P3Y; P0D ends at once")
	c.need(slices.Contains(starts, r.Starts), "retention", "needs starts, one of %v", starts)
	c.need(slices.Contains(afterwards, r.Afterwards), "retention", "needs afterwards, one of %v", afterwards)
	c.need(strings.TrimSpace(r.Text.ZH) != "" && strings.TrimSpace(r.Text.EN) != "", "retention", "needs its text in zh-CN and en")
}

// consent: what rests on consent is optional (PIPL art. 16), tells what refusing means, and is asked for again in time.
func (c checker) consent(p *Purpose) {
	oneOf(c, "consent_kind", p.ConsentKind, kinds)
	c.need(p.Necessity == Optional, "necessity", "must be optional: what the service needs does not rest on consent (PIPL art. 16)")
	c.text("refusal_consequence", p.RefusalConsequence, false)
	c.need(p.ValidFor.IsZero() || p.ValidFor.AddTo(whatDay).After(whatDay), "valid_for", "must not end at once")
	c.need(!p.PerRecipient || len(p.Recipients) > 0, "recipients", "must name whom consent is asked for")
	c.need(!p.PerRecipient || p.Separate(), "consent_kind", "must be separate: consent per recipient is (PIPL art. 23)")
	c.need(!p.PerRecipient || !p.Guests, "guests", "must be false: nothing of a guest goes to anybody")
	if p.Sensitive {
		c.need(p.Separate(), "consent_kind", "must be separate: its data is sensitive (PIPL art. 29)")
		c.need(!p.ValidFor.IsZero() && !p.ValidFor.AddTo(whatDay).After(yearly.AddTo(whatDay)), "valid_for", "must be at most P12M: its data is sensitive")
	}
	if automatedMarketing(p.Code) {
		c.need(p.MinAge >= 18, "min_age", "must be 18: no automated marketing to minors (未成年人网络保护条例 art. 24(3))")
		c.need(p.Separate(), "consent_kind", "must be separate: marketing is asked for by itself")
	}
}

func automatedMarketing(code string) bool {
	return strings.HasPrefix(code, "ads.") || strings.HasPrefix(code, "marketing.")
}

// noConsent: what does not rest on consent must not look as if it did.
func (c checker) noConsent(p *Purpose) {
	c.need(p.ConsentKind == "", "consent_kind", "must be absent: the basis is not consent")
	c.need(p.ValidFor.IsZero(), "valid_for", "must be absent: the basis is not consent")
	c.need(!p.PerRecipient, "per_recipient", "must be false: the basis is not consent")
	c.need(!automatedMarketing(p.Code), "legal_basis", "must be consent: marketing has no other (PIPL art. 13, 24)")
}

// receivers: another handler needs a separate consent for itself (PIPL art. 23), and data stays in China unless
// everything for the way abroad is there (art. 38, 39).
func (c checker) receivers(p *Purpose) {
	abroad := false
	for i, r := range p.ToWhom {
		c.need(!slices.Contains(p.Recipients[:i], p.Recipients[i]), "recipients", "names %s twice", r.Code)
		c.need(r.Role != Handler || p.PerRecipient || !p.NeedsConsent(), "per_recipient", "must be true: %s decides for itself what it does with the data (PIPL art. 23)", r.Code)
		abroad = abroad || r.Region != Home && r.Code != ""
	}
	c.need(abroad == p.CrossBorder, "cross_border", "must be true exactly when a recipient is outside %s", Home)
	c.need(!abroad || !p.NeedsConsent() || p.Separate(), "consent_kind", "must be separate: a recipient is abroad (PIPL art. 39)")
}

// checkItems checks the kinds of data, and that each is used: a kind without a purpose has no basis and no retention.
func (f *purposesYAML) checkItems(s *source) {
	used := map[string]bool{}
	for i := range f.Purposes {
		for _, code := range append(slices.Clone(f.Purposes[i].DataItems.Required), f.Purposes[i].DataItems.Optional...) {
			used[code] = true
		}
	}
	for _, code := range slices.Sorted(maps.Keys(f.DataItems)) {
		c := checker{source: s, place: []any{"data_items", code}, name: "data_items." + code}
		item := f.DataItems[code]
		c.need(itemForm.MatchString(code), "code", "must be of a-z and _")
		c.text("title", item.Title, false)
		oneOf(c, "source", item.Source, sources)
		c.need(used[code], "title", "names data that no purpose uses: it has no basis and no retention")
	}
}

// check checks the recipients.
func (f *recipientsYAML) check(s *source) {
	first := map[string]bool{}
	for i, r := range f.Recipients {
		c := checker{source: s, place: []any{"recipients", i}, name: r.Code}
		c.need(itemForm.MatchString(r.Code), "code", "must be of a-z and _")
		c.need(!first[r.Code], "code", "is there twice")
		first[r.Code] = true
		c.recipient(&r)
	}
}

func (c checker) recipient(r *Recipient) {
	c.text("name", r.Name, false)
	c.text("contact", r.Contact, false)
	c.text("purpose", r.Purpose, false)
	c.text("method", r.Method, false)
	c.text("kinds", r.Kinds, false)
	oneOf(c, "role", r.Role, roles)
	c.need(strings.TrimSpace(r.ContractRef) != "", "contract_ref", "must name the contract (PIPL art. 21, 23)")
	_, day := time.Parse(time.DateOnly, r.ContractUntil)
	c.need(r.ContractUntil == "" || day == nil, "contract_until", "must be a day like 2027-12-31")
	c.need(r.ContractUntil != "" || r.Region == Home, "contract_until", "must say until when the contract with a recipient abroad holds")
	c.need(strings.HasPrefix(r.PolicyURL, "https://"), "policy_url", "must begin with https://")
	c.need(regionForm.MatchString(r.Region), "region", "must be a country code like %s", Home)
	if r.Region != Home {
		c.abroad(r.CrossBorder)
	} else {
		c.need(r.CrossBorder == nil, "cross_border", "must be absent: the recipient is in %s", Home)
	}
}

// abroad wants every element without which data may not leave (PIPL art. 38, 39, 55).
func (c checker) abroad(b *CrossBorder) {
	if b == nil {
		c.wrong("region", "is not %s: data stays there unless cross_border says everything that PIPL art. 38, 39 and 55 ask for", Home)
		return
	}
	oneOf(c, "cross_border", b.Route, routes)
	c.need(b.FilingRef != "", "cross_border", "needs filing_ref")
	c.need(b.PIARef != "", "cross_border", "needs pia_ref (PIPL art. 55)")
	c.text("cross_border", b.Necessity, false)
	c.text("cross_border", b.Rights, false)
}
