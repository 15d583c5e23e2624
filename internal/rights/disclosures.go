package rights

import (
	"context"
	"time"
)

// Disclosure is one handing over of a person's data, for that person: who received what, when and why.
type Disclosure struct {
	At         time.Time
	Recipient  Recipient // as it was shown before the person confirmed
	LegalBasis string    // a code of PIPL art. 13
	Fields     []string  // what was handed over, by the names of the package's files
	Reference  string    // the number of the request
}

// byRequest is the legal basis of a transfer: the person asks, and art. 45(3) makes it our duty.
const byRequest = "legal_duty"

// Disclosures lists what companies have fetched of a person's data at the person's own request, newest first, like List.
// Package disclosure shows them beside what else has left.
func (d *Desk) Disclosures(ctx context.Context, who, after string, limit int) (list []Disclosure, next string, err error) {
	found, next, err := d.Delivered(ctx, who, after, limit)
	for _, r := range found {
		x := Disclosure{At: r.Transfer.PickedUpAt, Recipient: r.Transfer.Recipient, LegalBasis: byRequest, Reference: r.Number}
		if r.Package != nil {
			x.Fields = r.Package.Holds
		}
		list = append(list, x)
	}
	return list, next, err
}
