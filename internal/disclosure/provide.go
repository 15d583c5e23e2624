package disclosure

import (
	"context"
	"errors"
	"regexp"
	"slices"

	"zhiqing/internal/audit"
	"zhiqing/internal/fault"
	"zhiqing/internal/purpose"
	"zhiqing/internal/staff"
)

// Provision is what a service of the operator wants to give a recipient of the policy.
type Provision struct {
	Service   string // whose key asks: a code
	Subject   string // sub_…
	Purpose   string // code
	Recipient string // code
	Fields    []string
	Reference string // the service's own number, such as an order's; no personal data
}

// Given is what may be passed on: the entry that says so, and the values of those fields that are kept here. The service has
// the others itself.
type Given struct {
	Disclosure
	Values map[string]any // by field
}

var referenceForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._/#-]{0,63}$`)

// maxFields bounds what one call names.
const maxFields = 32

// Provide gives a recipient what a purpose needs (PIPL art. 21, 23). Everything that is not allowed is refused, and the
// refusal is a row of the audit; what is allowed is a row and an entry before it is returned. Faults: ErrUnlisted,
// ErrStopped, ErrAbroad, ErrContract, ErrFields, ErrConsent, ErrPerson, ErrOrder for a reference that is none.
func (d *Desk) Provide(ctx context.Context, p Provision) (Given, error) {
	if !referenceForm.MatchString(p.Reference) {
		return Given{}, ErrOrder.At("body.reference", "请填写编号，不含个人信息。", "A number without personal data is needed.")
	}
	x, err := d.weigh(ctx, p)
	if err != nil {
		var why *fault.Fault
		if errors.As(err, &why) && why.Kind == fault.Forbidden {
			err = errors.Join(err, d.write(ctx, p, "disclosure.refused", denied))
		}
		return Given{}, err
	}
	values, err := d.o.People.Values(ctx, p.Subject, p.Fields)
	if err != nil {
		return Given{}, err
	}
	if err := d.write(ctx, p, "disclosure.sent", allowed); err != nil {
		return Given{}, err
	}
	if err := d.records.Insert(ctx, x.ID, x); err != nil {
		return Given{}, err
	}
	return Given{x, values}, nil
}

// write tells the audit of a call. Its actor is no officer, so the person's access log, which is of staff, leaves it out; the
// list of disclosures has it.
func (d *Desk) write(ctx context.Context, p Provision, action, result string) error {
	return d.note(ctx, staff.Officer{ID: "svc_" + p.Service, Role: "service"}, audit.Row{
		Action: action, Subject: p.Subject, Reason: "provision", Reference: p.Reference, Fields: d.codes(p), Result: result,
	})
}

// codes are what a call names, for the audit: whatever is no code of the policy stays out of it.
func (d *Desk) codes(p Provision) []string {
	list := []string{"recipient.unlisted"}
	if _, ok := d.o.Purposes.Recipient(p.Recipient); ok {
		list[0] = "recipient." + p.Recipient
	}
	why, _ := d.o.Purposes.Get(p.Purpose)
	for _, f := range p.Fields[:min(len(p.Fields), maxFields)] {
		if names(why, f) {
			list = append(list, f)
		}
	}
	return list
}

// weigh is everything that stands between data and a recipient. It makes the entry.
func (d *Desk) weigh(ctx context.Context, p Provision) (Disclosure, error) {
	why, ok := d.o.Purposes.Get(p.Purpose)
	to := slices.IndexFunc(why.ToWhom, func(r purpose.Recipient) bool { return r.Code == p.Recipient })
	if !ok || to < 0 {
		return Disclosure{}, ErrUnlisted
	}
	r := why.ToWhom[to]
	stopped, err := d.o.Stopped(ctx, r.Code)
	switch {
	case err != nil:
		return Disclosure{}, err
	case stopped || !r.Enabled || !why.Enabled:
		return Disclosure{}, ErrStopped
	case r.Region != purpose.Home && !ready(why, r):
		return Disclosure{}, ErrAbroad
	case !r.Contracted(d.o.Now()):
		return Disclosure{}, ErrContract
	case !needs(why, p.Fields):
		return Disclosure{}, ErrFields
	}
	entry, err := d.o.People.Lets(ctx, p.Subject, why, r.Code)
	if err != nil {
		return Disclosure{}, err
	}
	now := d.o.Now()
	return Disclosure{
		ID: d.o.IDs.New("dsc"), Subject: p.Subject, State: Sent, Basis: Basis(why.LegalBasis), Recipient: snapshot(r), Purpose: why.Code, Consent: entry,
		Fields: p.Fields, Reference: p.Reference, AskedAt: now, SentAt: now, ToldAt: now,
	}, nil
}

// ready reports whether everything is there for a recipient abroad (PIPL art. 38, 39, 55): a route, an assessment, the need
// told, and separate consent.
func ready(p purpose.Purpose, r purpose.Recipient) bool {
	c := r.CrossBorder
	return c != nil && c.Route != "" && c.PIARef != "" && !c.Necessity.IsZero() && !c.Rights.IsZero() && p.CrossBorder && (!p.NeedsConsent() || p.Separate())
}

// needs reports whether a purpose names every field. None, a repetition and an unknown one are no.
func needs(p purpose.Purpose, fields []string) bool {
	for i, f := range fields {
		if !names(p, f) || slices.Contains(fields[:i], f) {
			return false
		}
	}
	return len(fields) > 0 && len(fields) <= maxFields
}

func names(p purpose.Purpose, field string) bool {
	return slices.ContainsFunc(p.DataItems, func(x purpose.DataItem) bool { return x.Code == field })
}

// snapshot is a recipient as it stands in the policy today.
func snapshot(r purpose.Recipient) Recipient {
	text := func(t purpose.Text) fault.Text { return fault.Text{ZH: t.ZH, EN: t.EN} }
	return Recipient{
		Code: r.Code, Name: text(r.Name), Contact: text(r.Contact), Purpose: text(r.Purpose), Method: text(r.Method), Kinds: text(r.Kinds), Region: r.Region,
	}
}
