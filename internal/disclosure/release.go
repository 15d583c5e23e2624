package disclosure

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"time"

	"zhiqing/internal/audit"
	"zhiqing/internal/fault"
	"zhiqing/internal/staff"
)

// packed is the file that is handed over: what the document demands and nothing else.
type packed struct {
	Number    string         `json:"number"` // of the order
	Authority string         `json:"authority"`
	Document  string         `json:"document,omitempty"`
	Basis     string         `json:"legal_basis"`
	Law       string         `json:"law"`
	Made      time.Time      `json:"generated_at"`
	Fields    map[string]any `json:"fields"`
	NotKept   []string       `json:"not_kept"` // asked for, and we have none
}

// Release hands an approved order's data to the officer who asked for it. Again, within the approval's time, gives the same
// fields again, and is written down again. The row of the audit and the ledger come before the data. The person is told at
// once unless the order says otherwise. Faults: ErrUnknown, ErrNotNow, ErrPerson, those of staff's Allow and Use: ErrApproval.
func (d *Desk) Release(ctx context.Context, s staff.Session, id string) (x Disclosure, data []byte, err error) {
	if err := d.o.Staff.Allow(ctx, s, staff.DisclosureOrder); err != nil {
		return x, nil, err
	}
	x, err = d.get(ctx, id)
	switch {
	case err != nil:
		return x, nil, err
	case x.AskedBy != s.Officer.ID:
		return x, nil, ErrUnknown
	case x.State == Lapsed || x.State == Requested && !d.o.Now().Before(x.Expires):
		return x, nil, ErrNotNow
	}
	approval, err := d.o.Staff.Use(ctx, s, staff.DisclosureOrder, id)
	if err != nil {
		return x, nil, err
	}
	data, err = d.pack(ctx, x)
	if err != nil {
		return x, nil, err
	}
	if err := d.note(ctx, s.Officer, x.row("disclosure.sent")); err != nil {
		return x, nil, err
	}
	if x, err = d.send(ctx, x, approval, data); err != nil {
		return x, nil, err
	}
	if !x.TellAt.IsZero() && !x.TellAt.After(d.o.Now()) {
		err = d.tell(ctx, x)
	}
	return x, data, err
}

// send marks an order as handed over.
func (d *Desk) send(ctx context.Context, x Disclosure, approval staff.Approval, data []byte) (Disclosure, error) {
	sum := sha256.Sum256(data)
	return d.change(ctx, x.ID, func(x *Disclosure) error {
		now := d.o.Now()
		if x.State == Lapsed {
			return ErrNotNow
		}
		if x.State == Requested {
			x.State, x.SentAt = Sent, now
			if x.TellAt.IsZero() {
				x.TellDue = now.Add(tellWithin)
			}
		}
		x.AllowBy, x.Digest = approval.AnsweredBy, hex.EncodeToString(sum[:])
		return nil
	})
}

func (d *Desk) pack(ctx context.Context, x Disclosure) ([]byte, error) {
	values, err := d.o.People.Values(ctx, x.Subject, x.Fields)
	if err != nil {
		return nil, err
	}
	a, _ := authority(x.Recipient.Code)
	p := packed{
		Number: x.ID, Authority: x.Recipient.Name.ZH, Document: x.Document, Basis: string(x.Basis), Law: a.Law.ZH, Made: d.o.Now(),
		Fields: map[string]any{}, NotKept: []string{},
	}
	for _, f := range x.Fields {
		if v, ok := values[f]; ok {
			p.Fields[f] = v
		} else {
			p.NotKept = append(p.NotKept, f)
		}
	}
	return json.MarshalIndent(p, "", "  ")
}

// See shows an order to an officer, without any value. That it was seen is a row first. Faults:
// those of staff's Allow, ErrUnknown.
func (d *Desk) See(ctx context.Context, s staff.Session, id string) (Disclosure, error) {
	if err := d.o.Staff.Allow(ctx, s, staff.DisclosureRead); err != nil {
		return Disclosure{}, err
	}
	x, err := d.get(ctx, id)
	if err == nil && !x.ordered() {
		err = ErrUnknown
	}
	if err != nil {
		return Disclosure{}, err
	}
	return x, d.note(ctx, s.Officer, audit.Row{Action: "disclosure.viewed", Reason: string(x.Basis), Reference: id, Result: allowed})
}

// Title is what a field of an order is called.
func (d *Desk) Title(field string) fault.Text { return d.o.Fields[field] }

// Fields lists what an order may ask for, sorted.
func (d *Desk) Fields() []string {
	var names []string
	for f := range d.o.Fields {
		names = append(names, f)
	}
	slices.Sort(names)
	return names
}
