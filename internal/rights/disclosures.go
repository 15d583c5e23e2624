package rights

import (
	"context"
	"time"

	"zhiqing/internal/fault"
	"zhiqing/internal/holding"
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

// Disclosures lists what others have received of a person's data, newest first, like List. Nothing leaves but what a company
// has fetched of a transfer.
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

// disclosed is the same as a file of a copy (requirements.md E2).
func (h holder) disclosed(ctx context.Context, subject string) (holding.File, error) {
	file := holding.File{
		Name: "disclosures", Title: fault.Text{ZH: "谁收到了您的信息", EN: "Who received your data"}, Schema: []byte(disclosureSchema),
		Columns: []string{"at", "recipient", "recipient_name", "purpose", "legal_basis", "reference"}, Purposes: []string{"evidence.requests"},
		LegalBasis: byRequest, Records: []any{},
	}
	for after := ""; ; {
		list, next, err := h.d.Disclosures(ctx, subject, after, 100)
		if err != nil {
			return file, err
		}
		for _, x := range list {
			fields := make([]any, len(x.Fields))
			for i, f := range x.Fields {
				fields[i] = f
			}
			file.Records = append(file.Records, map[string]any{
				"at": x.At.UTC().Format(time.RFC3339Nano), "recipient": x.Recipient.Code, "recipient_name": x.Recipient.Name.ZH,
				"purpose": x.Recipient.Purpose.ZH, "legal_basis": x.LegalBasis, "fields": fields, "reference": x.Reference,
			})
		}
		if after = next; next == "" {
			return file, nil
		}
	}
}

const disclosureSchema = `{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","additionalProperties":false,
"required":["at","recipient","recipient_name","purpose","legal_basis","fields","reference"],
"properties":{"at":{"type":"string","format":"date-time","title":"时间","x-title-en":"Time"},
"recipient":{"type":"string","title":"接收方代号","x-title-en":"Recipient"},
"recipient_name":{"type":"string","title":"接收方","x-title-en":"Name of the recipient"},
"purpose":{"type":"string","title":"目的","x-title-en":"Purpose"},
"legal_basis":{"type":"string","title":"合法性基础","x-title-en":"Legal basis"},
"fields":{"type":"array","items":{"type":"string"},"title":"内容","x-title-en":"What was handed over"},
"reference":{"type":"string","title":"请求编号","x-title-en":"Request"}}}`
