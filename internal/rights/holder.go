package rights

import (
	"context"
	"time"

	"zhiqing/internal/fault"
	"zhiqing/internal/holding"
	"zhiqing/internal/store"
)

// Holder answers for requests and packages. Requests are pseudonymous evidence that the law wants kept; what was written in
// them is sealed and goes with the person's key.
func (d *Desk) Holder() holding.Holder { return holder{d} }

type holder struct{ d *Desk }

func (holder) Name() string          { return "rights" }
func (holder) Collections() []string { return []string{"requests", "request_slots", "package_parts"} }

// evidence is why requests stay (requirements.md B9, consent evidence and requests: relation + 3 years).
var evidence = fault.Text{ZH: "《个人信息保护法》第六十九条；《民法典》第一百八十八条", EN: "PIPL art. 69; Civil Code art. 188"}

const evidenceYears = 3

func (h holder) Describe(ctx context.Context, subject string) ([]holding.Kind, error) {
	n := 0
	err := h.each(ctx, subject, func(Request) error { n++; return nil })
	if err != nil || n == 0 {
		return nil, err
	}
	return []holding.Kind{{
		Code: "request_record", Title: fault.Text{ZH: "权利请求、投诉及其处理记录", EN: "Rights requests and complaints and their handling"},
		Count: n, Purposes: []string{"evidence.requests"}, Source: "person",
	}}, nil
}

func (h holder) Export(ctx context.Context, subject string) ([]holding.File, error) {
	file := holding.File{
		Name: "requests", Title: fault.Text{ZH: "权利请求和投诉", EN: "Rights requests and complaints"}, Schema: []byte(requestSchema),
		Columns: []string{"number", "type", "state", "received_at", "due_at", "detail", "outcome"}, Purposes: []string{"evidence.requests"}, LegalBasis: "legal_duty",
		Records: []any{},
	}
	err := h.each(ctx, subject, func(r Request) error {
		detail, err := h.d.Detail(ctx, r)
		if err != nil {
			return err
		}
		outcome := ""
		if r.Outcome != nil {
			outcome = r.Outcome.Ground
		}
		file.Records = append(file.Records, map[string]any{
			"number": r.Number, "type": string(r.Type), "state": string(r.State), "received_at": r.ReceivedAt.Format(time.RFC3339Nano),
			"due_at": r.DueAt.Format(time.RFC3339Nano), "detail": detail, "outcome": outcome,
		})
		return nil
	})
	if err != nil {
		return nil, err
	}
	return []holding.File{file}, nil
}

const requestSchema = `{"type":"object","additionalProperties":false,
"required":["number","type","state","received_at","due_at","detail","outcome"],
"properties":{"number":{"type":"string"},"type":{"type":"string"},"state":{"type":"string"},
"received_at":{"type":"string","format":"date-time"},"due_at":{"type":"string","format":"date-time"},
"detail":{"type":"string"},"outcome":{"type":"string"}}}`

// Erase deletes the packages and names the record that stays.
func (h holder) Erase(ctx context.Context, subject string) ([]holding.Kept, error) {
	if err := h.d.dropPartsOf(ctx, subject); err != nil {
		return nil, err
	}
	return []holding.Kept{{What: "request_record", Reason: "evidence", Article: evidence, Until: h.d.o.Now().AddDate(evidenceYears, 0, 0)}}, nil
}

// Remains lists packages, and anything in a request that could still be read.
func (h holder) Remains(ctx context.Context, subject string) (left []string, err error) {
	exact := store.Exact(subject)
	exact.Limit = 1
	found, _, err := h.d.records.parts.Find(ctx, byOwner, exact)
	if err != nil {
		return nil, err
	}
	if len(found) > 0 {
		left = append(left, "package_parts")
	}
	s, err := h.d.o.Subjects.Find(ctx, subject)
	if err != nil || len(s.Key) == 0 {
		return left, ignoreUnknown(err)
	}
	err = h.each(ctx, subject, func(r Request) error {
		if len(r.Detail) > 0 {
			left = append(left, "requests")
		}
		return nil
	})
	return left, err
}

// each walks a person's requests, newest first.
func (h holder) each(ctx context.Context, subject string, f func(Request) error) error {
	after := ""
	for {
		list, next, err := h.d.List(ctx, subject, after, 100)
		if err != nil {
			return err
		}
		for _, r := range list {
			if err := f(r); err != nil {
				return err
			}
		}
		if after = next; next == "" {
			return nil
		}
	}
}

func ignoreUnknown(err error) error {
	if fault.KindOf(err) == fault.Missing {
		return nil
	}
	return err
}
