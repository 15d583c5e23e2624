package disclosure

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"time"
	"unicode"
	"unicode/utf8"

	"zhiqing/internal/audit"
	"zhiqing/internal/fault"
	"zhiqing/internal/staff"
)

// Order is what an officer wants to hand over because the law demands it, or because somebody is in danger.
type Order struct {
	Person       string // a privacy number, or an exact phone number; not kept
	Basis        Basis
	Authority    string // code of Authorities
	Organ        string // the organ's full name
	Contact      string // how to reach it: the case officer's official telephone or address
	Jurisdiction string // ISO 3166-1; all but CN are refused
	Document     string // number of its document; an emergency may have none yet
	Fields       []string
	Secrecy      string    // the law that wants it secret (PIPL art. 18(1)); "" = none
	SecretUntil  time.Time // with Secrecy: when the person is told
	Later        bool      // of an emergency: the person cannot be told at once (PIPL art. 18(2))
}

// jurisdictionForm is a country's code.
var jurisdictionForm = regexp.MustCompile(`^[A-Z]{2}$`)

// Request writes an order down and puts it before the other officers. Nothing is read for it but who the person is. A
// foreign authority is refused with ErrForeign, and that is a row of the audit. It counts as a look-up. Faults: those of
// staff's Allow, Ask and Spend, ErrForeign, ErrOrder, ErrPerson.
func (d *Desk) Request(ctx context.Context, s staff.Session, o Order) (Disclosure, error) {
	if err := d.o.Staff.Allow(ctx, s, staff.DisclosureOrder); err != nil {
		return Disclosure{}, err
	}
	now := d.o.Now()
	if err := o.check(d.o.Fields, now); err != nil {
		if errors.Is(err, ErrForeign) {
			err = errors.Join(err, d.note(ctx, s.Officer, audit.Row{Action: "disclosure.refused", Fields: []string{"foreign_authority"}, Result: denied}))
		}
		return Disclosure{}, err
	}
	if err := d.o.Staff.Spend(ctx, s.Officer, staff.Lookups); err != nil { // whether it finds somebody or not
		return Disclosure{}, err
	}
	x := o.entry(now)
	x.ID, x.AskedBy = d.o.IDs.New("dsc"), s.Officer.ID
	person, nobody := d.o.People.Person(ctx, o.Person)
	row := x.row("disclosure.requested")
	if nobody != nil {
		row.Result = "not_found"
	}
	if err := errors.Join(d.note(ctx, s.Officer, row), nobody); err != nil {
		return Disclosure{}, err
	}
	x.Subject = person
	if err := d.records.Insert(ctx, x.ID, x); err != nil {
		return Disclosure{}, err
	}
	_, err := d.ask(ctx, s, x)
	return x, err
}

// AskAgain puts an order before the other officers once more, after a question has lapsed. Faults: those of Request,
// ErrUnknown, ErrNotNow.
func (d *Desk) AskAgain(ctx context.Context, s staff.Session, id string) error {
	if err := d.o.Staff.Allow(ctx, s, staff.DisclosureOrder); err != nil {
		return err
	}
	x, err := d.open(ctx, s, id)
	if err == nil {
		_, err = d.ask(ctx, s, x)
	}
	return err
}

// ask puts an order before the other officers.
func (d *Desk) ask(ctx context.Context, s staff.Session, x Disclosure) (staff.Approval, error) {
	return d.o.Staff.Ask(ctx, s, staff.Question{Permission: staff.DisclosureOrder, Record: x.ID, Reason: string(x.Basis), Reference: x.ID})
}

// open is an order of this officer that has not been released.
func (d *Desk) open(ctx context.Context, s staff.Session, id string) (Disclosure, error) {
	x, err := d.get(ctx, id)
	switch {
	case err != nil:
		return Disclosure{}, err
	case x.AskedBy != s.Officer.ID:
		return Disclosure{}, ErrUnknown
	case x.State != Requested || !d.o.Now().Before(x.Expires):
		return Disclosure{}, ErrNotNow
	}
	return x, nil
}

// row tells the audit of an order by its number. It never names the person: their access log shows each row that does, also
// while the law wants the order secret.
func (x *Disclosure) row(action string) audit.Row {
	return audit.Row{Action: action, Reason: string(x.Basis), Reference: x.ID, Fields: append([]string{"authority." + x.Recipient.Code}, x.Fields...), Result: allowed}
}

func (o *Order) entry(now time.Time) Disclosure {
	a, _ := authority(o.Authority)
	x := Disclosure{
		State: Requested, Basis: o.Basis, Fields: o.Fields, Document: o.Document, Secrecy: o.Secrecy, AskedAt: now, Expires: now.Add(approveWithin),
		Recipient: Recipient{Code: o.Authority, Name: same(o.Organ), Contact: same(o.Contact), Purpose: a.why(o.Basis), Region: o.Jurisdiction,
			Method: fault.Text{ZH: "凭法律文书，由工作人员交付", EN: "Handed over by an officer upon a legal document"}},
	}
	switch {
	case o.Secrecy != "":
		x.TellAt = o.SecretUntil.UTC().Truncate(time.Millisecond)
	case !o.Later:
		x.TellAt = now
	}
	return x
}

// same is a name that has no translation.
func same(text string) fault.Text { return fault.Text{ZH: text, EN: text} }

// check names everything that is wrong with an order at once, after the one thing that no correction mends.
func (o *Order) check(fields map[string]fault.Text, now time.Time) error {
	if jurisdictionForm.MatchString(o.Jurisdiction) && o.Jurisdiction != home {
		return ErrForeign
	}
	f := ErrOrder
	need := func(ok bool, field, zh, en string) {
		if !ok {
			f = f.At("body."+field, zh, en)
		}
	}
	a, known := authority(o.Authority)
	need(o.Jurisdiction == home, "jurisdiction", "只能是 CN。", "Must be CN.")
	need(o.Basis == LegalDuty || o.Basis == Emergency, "basis", "只能是法定义务或紧急情况。", "A legal duty or an emergency, nothing else.")
	need(known && (!a.Rescue || o.Basis == Emergency), "authority", "请选择有权机关。", "Choose a competent authority.")
	need(line(o.Organ, 100), "organ", "请填写机关全称。", "The organ's full name is needed.")
	need(line(o.Contact, 200), "contact", "请填写机关的联系方式。", "How to reach the organ is needed.")
	need(line(o.Document, 100) || o.Basis == Emergency && o.Document == "", "document", "请填写法律文书编号。", "The number of the legal document is needed.")
	need(scoped(o.Fields, fields), "fields", "请逐项选择文书所要求的信息，不多选。", "Choose item by item what the document demands, and no more.")
	need(o.Secrecy == "" || o.Basis == LegalDuty && line(o.Secrecy, 100), "secrecy", "请写明要求保密的法律条款。", "Name the article that wants it secret.")
	need((o.Secrecy != "") == !o.SecretUntil.IsZero(), "secret_until", "保密须有期限，不保密则不填。", "Secrecy has an end; without secrecy there is none.")
	need(o.SecretUntil.IsZero() || o.SecretUntil.After(now) && !o.SecretUntil.After(now.Add(longestSecret)), "secret_until", "须在一年之内。", "Must be within a year.")
	need(!o.Later || o.Basis == Emergency, "later", "只有紧急情况可以延后告知。", "Only an emergency can be told later.")
	if len(f.Fields) > 0 {
		return f
	}
	return nil
}

// scoped reports whether a scope names known fields, each once, and at least one.
func scoped(scope []string, fields map[string]fault.Text) bool {
	for i, f := range scope {
		if _, ok := fields[f]; !ok || slices.Contains(scope[:i], f) {
			return false
		}
	}
	return len(scope) > 0
}

// line reports whether a text is one printed line of at most most characters.
func line(text string, most int) bool {
	n := utf8.RuneCountInString(text)
	return n > 0 && n <= most && utf8.ValidString(text) && !slices.ContainsFunc([]rune(text), func(r rune) bool { return !unicode.IsPrint(r) })
}
