package report

import (
	"context"
	"time"

	"zhiqing/internal/fault"
	"zhiqing/internal/holding"
	"zhiqing/internal/store"
)

// Holder answers for reports on a person. What others wrote is not theirs to read (网络数据安全管理条例 art. 25(4)); that there is
// a report, and what became of it, is.
func (d *Desk) Holder() holding.Holder { return holder{d} }

type holder struct{ d *Desk }

func (holder) Name() string          { return "reports" }
func (holder) Collections() []string { return []string{"reports", "report_marks"} }

var (
	title    = fault.Text{ZH: "他人反映本帐户的记录", EN: "Reports by others on this account"}
	others   = fault.Text{ZH: "《网络数据安全管理条例》第二十五条第四项", EN: "Network Data Security Regulations art. 25(4)"}
	evidence = fault.Text{ZH: "《个人信息保护法》第六十五条；《民法典》第一百八十八条", EN: "PIPL art. 65; Civil Code art. 188"}
	serves   = []string{"evidence.requests"}
)

func (h holder) Describe(ctx context.Context, subject string) ([]holding.Kind, error) {
	list, err := h.all(ctx, subject)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return []holding.Kind{{Code: "report_record", Title: title, Count: len(list), Purposes: serves, Source: "third_party"}}, nil
}

func (h holder) Export(ctx context.Context, subject string) ([]holding.File, error) {
	file := holding.File{
		Name: "reports", Title: title, Schema: []byte(schema), Purposes: serves, LegalBasis: "legal_duty",
		Columns: []string{"number", "kind", "state", "received_at", "answered_at"}, Records: []any{},
	}
	list, err := h.all(ctx, subject)
	for _, r := range list {
		answered := ""
		if !r.AnsweredAt.IsZero() {
			answered = r.AnsweredAt.Format(time.RFC3339Nano)
		}
		file.Records = append(file.Records, map[string]any{
			"number": r.Number, "kind": string(r.Kind), "state": string(r.State),
			"received_at": r.ReceivedAt.Format(time.RFC3339Nano), "answered_at": answered,
		})
	}
	if len(list) > 0 {
		file.Excluded = []holding.Kept{{What: "report_text", Reason: "third_party_rights", Article: others}}
	}
	return []holding.File{file}, err
}

const schema = `{"type":"object","additionalProperties":false,"required":["number","kind","state","received_at","answered_at"],
"properties":{"number":{"type":"string"},"kind":{"type":"string"},"state":{"type":"string"},
"received_at":{"type":"string","format":"date-time"},"answered_at":{"type":"string"}}}`

// Erase cuts the links from reports to the person. What others wrote stays sealed, as evidence of how it was handled.
func (h holder) Erase(ctx context.Context, subject string) (kept []holding.Kept, err error) {
	list, err := h.all(ctx, subject)
	if err != nil {
		return nil, err
	}
	for _, r := range list {
		_, err := h.d.change(ctx, r.Number, func(r *Report) error {
			r.Subject, r.Band, r.Restricted = "", "", false
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	if len(list) > 0 {
		kept = []holding.Kept{{What: "report_record", Reason: "evidence", Article: evidence, Until: h.d.o.Now().AddDate(keptYears, 0, 0)}}
	}
	_, err = h.d.records.marks.Delete(ctx, subject, nil)
	return kept, err
}

func (h holder) Remains(ctx context.Context, subject string) (left []string, err error) {
	list, err := h.all(ctx, subject)
	if err != nil {
		return nil, err
	}
	if len(list) > 0 {
		left = append(left, "reports")
	}
	r := store.Exact(subject)
	r.Limit = 1
	found, _, err := h.d.records.marks.Find(ctx, store.ByID, r)
	if len(found) > 0 {
		left = append(left, "report_marks")
	}
	return left, err
}

// all lists the reports on a person, oldest first.
func (h holder) all(ctx context.Context, subject string) (list []Report, err error) {
	r := store.Prefix(subject)
	r.Limit = batch
	for {
		found, next, err := h.d.records.reports.Find(ctx, bySubject, r)
		if err != nil {
			return nil, err
		}
		for _, f := range found {
			list = append(list, f.Value)
		}
		if r.After = next; next == "" {
			return list, nil
		}
	}
}
