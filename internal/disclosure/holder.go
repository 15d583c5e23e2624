package disclosure

import (
	"context"
	"time"

	"zhiqing/internal/fault"
	"zhiqing/internal/holding"
)

// Holder answers for the ledger: pseudonymous evidence that the law wants kept.
func (d *Desk) Holder() holding.Holder { return holder{d} }

type holder struct{ d *Desk }

func (holder) Name() string          { return "disclosures" }
func (holder) Collections() []string { return []string{"disclosures"} }

var (
	title  = fault.Text{ZH: "谁收到了您的信息", EN: "Who received your data"}
	law    = fault.Text{ZH: "《网络数据安全管理条例》第十二条", EN: "Network Data Security Regulations art. 12"}
	serves = []string{"evidence.access"}
)

// Describe counts what the person may know of.
func (h holder) Describe(ctx context.Context, subject string) ([]holding.Kind, error) {
	n := 0
	err := h.own(ctx, subject, func(Told) { n++ })
	if err != nil || n == 0 {
		return nil, err
	}
	return []holding.Kind{{Code: "access_record", Title: title, Count: n, Purposes: serves, Source: "system"}}, nil
}

// Export gives the whole list, transfers at the person's own request included (requirements.md E2).
func (h holder) Export(ctx context.Context, subject string) ([]holding.File, error) {
	file := holding.File{
		Name: "disclosures", Title: title, Schema: []byte(schema), Purposes: serves, LegalBasis: string(LegalDuty), Records: []any{},
		Columns: []string{"at", "recipient", "recipient_name", "purpose", "legal_basis", "reference"},
	}
	for after := ""; ; {
		list, next, err := h.d.List(ctx, subject, after, 100)
		if err != nil {
			return nil, err
		}
		for _, x := range list {
			file.Records = append(file.Records, record(x))
		}
		if after = next; next == "" {
			return []holding.File{file}, nil
		}
	}
}

func record(x Told) map[string]any {
	fields := make([]any, len(x.Fields))
	for i, f := range x.Fields {
		fields[i] = f
	}
	return map[string]any{
		"at": x.At.UTC().Format(time.RFC3339Nano), "recipient": x.Code, "recipient_name": x.Name.ZH, "purpose": x.Purpose.ZH,
		"legal_basis": x.LegalBasis, "fields": fields, "reference": x.Reference,
	}
}

const schema = `{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","additionalProperties":false,
"required":["at","recipient","recipient_name","purpose","legal_basis","fields","reference"],
"properties":{"at":{"type":"string","format":"date-time","title":"时间","x-title-en":"Time"},
"recipient":{"type":"string","title":"接收方代号","x-title-en":"Recipient"},
"recipient_name":{"type":"string","title":"接收方","x-title-en":"Name of the recipient"},
"purpose":{"type":"string","title":"目的","x-title-en":"Purpose"},
"legal_basis":{"type":"string","title":"合法性基础","x-title-en":"Legal basis"},
"fields":{"type":"array","items":{"type":"string"},"title":"内容","x-title-en":"What was handed over"},
"reference":{"type":"string","title":"编号","x-title-en":"Reference"}}}`

// Erase names the record that stays: that data was given, and to whom, is what the law wants kept.
func (h holder) Erase(ctx context.Context, subject string) (kept []holding.Kept, err error) {
	var until time.Time
	err = h.own(ctx, subject, func(x Told) {
		if end := x.At.AddDate(Kept, 0, 0); end.After(until) {
			until = end
		}
	})
	if err == nil && !until.IsZero() {
		kept = []holding.Kept{{What: "access_record", Reason: string(LegalDuty), Article: law, Until: until}}
	}
	return kept, err
}

// Remains is empty: an entry names fields and holds none.
func (holder) Remains(context.Context, string) ([]string, error) { return nil, nil }

// own walks what lies here and the person may see.
func (h holder) own(ctx context.Context, subject string, each func(Told)) error {
	for after := ""; ; {
		list, next, err := h.d.page(ctx, subject, after, 100)
		if err != nil {
			return err
		}
		for _, x := range list {
			each(x)
		}
		if after = next; next == "" {
			return nil
		}
	}
}
