package lookup

import (
	"context"
	"errors"
	"slices"
	"time"

	"zhiqing/internal/consent"
	"zhiqing/internal/fault"
	"zhiqing/internal/ledger"
	"zhiqing/internal/purpose"
	"zhiqing/internal/staff"
	"zhiqing/internal/subject"
)

// Receipt renders an entry of the record in lang. verified says that the receipt matches its entry and that the person's whole
// chain holds; of an entry whose bytes no longer match their hash there is no receipt, and verified is false. Faults: those
// of Record, ErrNoEntry.
func (d *Desk) Receipt(ctx context.Context, s staff.Session, lookupID, entryID, lang string) (r ledger.Receipt, verified bool, err error) {
	l, person, err := d.open(ctx, s, lookupID)
	if err != nil {
		return r, false, err
	}
	found, err := d.o.Consents.Receipt(ctx, person.ID, entryID, lang)
	switch {
	case errors.Is(err, consent.ErrNoEntry):
		return r, false, ErrNoEntry
	case err != nil && !errors.Is(err, ledger.ErrReceiptIntegrity) && !errors.Is(err, ledger.ErrReceiptForm):
		return r, false, err
	}
	whole, failed := d.o.Consents.Whole(ctx, person.ID)
	if failed != nil {
		return r, false, failed
	}
	if noted := d.note(ctx, s, l, "staff.viewed", allowed, "receipt"); noted != nil {
		return r, false, noted
	}
	return found, err == nil && whole && found.Check() == nil, nil
}

// AllowedOn says whether processing for a purpose was allowed at a moment, from the verified chain as it was then, and names
// the entry that proves it. Where consent is given for each recipient apart, it says whether any was allowed. It does not know
// of pauses that are over. Faults: those of Record, ErrNoPurpose, ErrMoment; a chain that does not hold is a *ledger.Break.
func (d *Desk) AllowedOn(ctx context.Context, s staff.Session, lookupID, code string, at time.Time) (Answer, error) {
	l, person, err := d.open(ctx, s, lookupID)
	if err != nil {
		return Answer{}, err
	}
	at = at.UTC()
	p, known := d.o.Purposes.Get(code)
	switch {
	case !known:
		return Answer{}, ErrNoPurpose
	case at.IsZero() || at.After(d.o.Now()):
		return Answer{}, ErrMoment.At("query.at", "不晚于现在", "not later than now")
	}
	a, err := d.judge(ctx, person, &p, at)
	if err != nil {
		return Answer{}, err
	}
	if err := d.note(ctx, s, l, "staff.viewed", allowed, "consents"); err != nil {
		return Answer{}, err
	}
	return a, nil
}

func (d *Desk) judge(ctx context.Context, person subject.Subject, p *purpose.Purpose, at time.Time) (Answer, error) {
	a := Answer{Purpose: p.Code, Title: d.purposeTitle(p.Code), At: at, Basis: string(p.LegalBasis)}
	switch {
	case at.Before(person.CreatedAt):
		return a.because(WhyNoAccount, nil), nil
	case person.Erasure != nil && !at.Before(person.Erasure.At) && p.LegalBasis != purpose.LegalDuty:
		return a.because(WhyEnded, nil), nil
	case !p.NeedsConsent():
		return a.because(WhyBasis, nil), nil
	}
	who := consent.Actor{Book: person.ID, Band: d.bandAt(person, at)}
	who.Own, who.Guardian = d.o.Needs(who.Band)
	var best Answer
	for i, recipient := range p.EachRecipient() {
		standing, proof, err := d.o.Consents.At(ctx, who, p.Code, recipient, at)
		if err != nil {
			return Answer{}, err
		}
		var entry *Event
		if proof != nil {
			e := d.event(*proof)
			entry = &e
		}
		said := a.because(why(standing), entry)
		if i == 0 || said.Allowed && !best.Allowed || best.Entry == nil {
			best = said
		}
	}
	return best, nil
}

// whys tells each ground to people; allows marks those that allow.
var whys = map[Why]fault.Text{
	WhyBasis:     {ZH: "这一目的不以同意为依据。", EN: "This purpose does not rest on consent."},
	WhyConsent:   {ZH: "当时的同意有效。", EN: "A consent was in force."},
	WhyNever:     {ZH: "当时尚未作出任何决定，默认不允许。", EN: "Nothing had been decided; the default is no."},
	WhyNo:        {ZH: "当时已拒绝或撤回。", EN: "It had been refused or withdrawn."},
	WhyEnded:     {ZH: "当时同意已到期或已终止。", EN: "The consent had run out or had ended."},
	WhyNotice:    {ZH: "当时告知文本已有重大变更，须重新同意。", EN: "The notice had changed materially; consent was needed again."},
	WhyGuardian:  {ZH: "当时没有有效的监护人同意。", EN: "No guardian's consent was in force."},
	WhyNoAccount: {ZH: "当时还没有这个帐户。", EN: "The account did not exist yet."},
}

var allows = []Why{WhyBasis, WhyConsent}

func (a Answer) because(w Why, entry *Event) Answer {
	a.Why, a.Allowed, a.Text, a.Entry = w, slices.Contains(allows, w), whys[w], entry
	return a
}

func why(s consent.Standing) Why {
	switch {
	case s.State.Allows():
		return WhyConsent
	case s.Guardian == consent.Unknown && s.State == consent.Unknown:
		return WhyGuardian
	case s.State == consent.Unknown:
		return WhyNever
	case s.State == consent.Refused, s.State == consent.Withdrawn:
		return WhyNo
	case s.State == consent.Invalidated:
		return WhyNotice
	}
	return WhyEnded
}

// bandAt is the age band at a past moment, as far as it was known: nobody grows younger, and an age counts from when it was
// told. Of somebody who is an adult by now the birthday is no longer kept, so what they were before 18 is not known; the chain
// holds the guardians' entries of that time all the same.
func (d *Desk) bandAt(s subject.Subject, at time.Time) subject.Band {
	band, ends := d.o.Subjects.BandOf(s)
	switch {
	case at.Before(s.DeclaredAt):
		return subject.Unasked
	case band == subject.From14 && !ends.IsZero() && at.Before(ends.AddDate(-4, 0, 0)):
		return subject.Under14
	}
	return band
}
