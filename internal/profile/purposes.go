package profile

import (
	"slices"

	"zhiqing/internal/fault"
	"zhiqing/internal/guardian"
	"zhiqing/internal/purpose"
	"zhiqing/internal/subject"
)

// bases lists for each field the purposes that it may be collected and kept for: those of consent or contract that name it
// among their data items.
func bases(purposes []purpose.Purpose) map[string][]*purpose.Purpose {
	byField := make(map[string][]*purpose.Purpose, len(fields))
	for i := range purposes {
		p := &purposes[i]
		if p.LegalBasis != purpose.Consent && p.LegalBasis != purpose.Contract {
			continue
		}
		for _, item := range p.DataItems {
			if find(item.Code) != nil {
				byField[item.Code] = append(byField[item.Code], p)
			}
		}
	}
	return byField
}

// person is what decides, beside the field, whether a purpose covers it.
type person struct {
	band subject.Band
	live func(purpose string) bool
}

func (d *Desk) person(s *subject.Subject, live func(string) bool) person {
	band, _ := d.o.Subjects.BandOf(*s)
	return person{band, live}
}

// lets reports whether a purpose is in force for the person, leaving aside whether the operator has it switched off.
func (who person) lets(p *purpose.Purpose) bool {
	return p.OpenTo(string(who.band)) && (!p.NeedsConsent() || who.live(p.Code))
}

// closed reports whether the field is one that a person of this age may not have at all.
func (d *Desk) closed(name string, who person) bool {
	return who.band.Minor() && !d.o.Rules.MayHave(name)
}

// on reports whether a purpose is switched on at this moment.
func (d *Desk) on(p *purpose.Purpose) bool { return d.o.Purposes.On(p.Code) }

// covering lists the purposes that cover a field now.
func (d *Desk) covering(name string, who person) (codes []string) {
	if d.closed(name, who) {
		return nil
	}
	for _, p := range d.bases[name] {
		if d.on(p) && who.lets(p) {
			codes = append(codes, p.Code)
		}
	}
	return codes
}

// lost reports whether nothing covers a field any more. A purpose that the operator has switched off is stopped, not ended:
// the field stays, unread, until the person or the clock ends the purpose.
func (d *Desk) lost(name string, who person) bool {
	return d.closed(name, who) || !slices.ContainsFunc(d.bases[name], who.lets)
}

// admit is everything that stands between a person and a change of these fields. It runs within the compare-and-swap, so
// that neither the account's state nor the revision can change between the check and the change. It returns under which
// purpose each wanted field will be kept.
func (d *Desk) admit(s *subject.Subject, match Match, wanted []string, live func(string) bool) (map[string]string, error) {
	switch {
	case s.State.Over():
		return nil, subject.ErrOver
	case s.State == subject.PendingGuardian:
		return nil, guardian.ErrNeeded
	case s.State == subject.Restricted:
		return nil, guardian.ErrRestricted
	case match != nil && !match(s.Rev):
		return nil, ErrStale
	}
	return d.allowed(wanted, d.person(s, live))
}

// allowed says under which purpose each field may be kept, or refuses with every field that may not.
func (d *Desk) allowed(wanted []string, who person) (map[string]string, error) {
	kept := make(map[string]string, len(wanted))
	var closed, uncovered []string
	for _, name := range wanted {
		codes := d.covering(name, who)
		switch {
		case d.closed(name, who):
			closed = append(closed, name)
		case len(codes) == 0:
			uncovered = append(uncovered, name)
		default:
			kept[name] = codes[0]
		}
	}
	switch {
	case len(closed) > 0:
		return nil, naming(ErrMinors, closed, fault.Text{ZH: "不对未满 18 周岁的人开放", EN: "not open to people under 18"})
	case len(uncovered) > 0:
		f := naming(ErrConsent, uncovered, fault.Text{ZH: "须先同意相应的用途", EN: "needs consent to a purpose first"})
		return nil, f.With("purposes", d.would(uncovered, who))
	}
	return kept, nil
}

func naming(f *fault.Fault, names []string, text fault.Text) *fault.Fault {
	for _, name := range names {
		f = f.At("body."+name, text.ZH, text.EN)
	}
	return f
}

// would lists the purposes to which the person could agree so that one of the fields is covered: never nil.
func (d *Desk) would(names []string, who person) []string {
	codes := []string{}
	for _, name := range names {
		for _, p := range d.bases[name] {
			if d.on(p) && p.NeedsConsent() && p.OpenTo(string(who.band)) && !slices.Contains(codes, p.Code) {
				codes = append(codes, p.Code)
			}
		}
	}
	return codes
}
