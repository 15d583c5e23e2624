package lookup

import (
	"context"
	"time"

	"zhiqing/internal/fault"
	"zhiqing/internal/holding"
	"zhiqing/internal/store"
)

// Holder answers for look-ups and for the audit as far as it is about a person. Both are pseudonymous. The chain is kept, and
// nothing is ever taken out of it: who looked at somebody's data stays provable after the account is gone.
func (d *Desk) Holder() holding.Holder { return holder{d} }

type holder struct{ d *Desk }

func (holder) Name() string          { return "lookups" }
func (holder) Collections() []string { return []string{"audit", "lookups"} }

// keptYears is how long the record of access stays (purpose evidence.access; 网络数据安全管理条例 art. 12).
const keptYears = 3

var (
	accessTitle = fault.Text{ZH: "工作人员查看您的信息的记录", EN: "Who of the staff looked at your data"}
	accessLaw   = fault.Text{ZH: "《个人信息保护法》第五十一条、第五十四条；《网络数据安全管理条例》第十二条", EN: "PIPL art. 51 and 54; Network Data Security Regulations art. 12"}
	serves      = []string{"evidence.access"}
)

const accessRecord = "access_record"

// Describe counts what staff did with the record.
func (h holder) Describe(ctx context.Context, subject string) ([]holding.Kind, error) {
	n := 0
	var newest time.Time
	err := h.each(ctx, subject, func(a Access) {
		if n++; a.At.After(newest) {
			newest = a.At
		}
	})
	if err != nil || n == 0 {
		return nil, err
	}
	return []holding.Kind{{Code: accessRecord, Title: accessTitle, Count: n, Purposes: serves, Source: "system", Until: newest.AddDate(keptYears, 0, 0)}}, nil
}

// Export gives the access log, as the person also sees it on the screen.
func (h holder) Export(ctx context.Context, subject string) ([]holding.File, error) {
	file := holding.File{
		Name: "access_log", Title: accessTitle, Schema: []byte(accessSchema), Purposes: serves, LegalBasis: "legal_duty",
		Columns: []string{"at", "role", "action", "reason", "reference", "result"}, Records: []any{},
	}
	err := h.each(ctx, subject, func(a Access) {
		fields := make([]any, len(a.Fields))
		for i, f := range a.Fields {
			fields[i] = f
		}
		file.Records = append(file.Records, map[string]any{
			"at": a.At.UTC().Format(time.RFC3339Nano), "role": a.Role, "action": a.Action, "reason": a.Reason, "reference": a.Reference,
			"result": a.Result, "fields": fields,
		})
	})
	return []holding.File{file}, err
}

const accessSchema = `{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","additionalProperties":false,
"required":["at","role","action","reason","reference","result","fields"],
"properties":{"at":{"type":"string","format":"date-time","title":"时间","x-title-en":"Time"},
"role":{"type":"string","title":"角色","x-title-en":"Role"},
"action":{"type":"string","title":"动作","x-title-en":"Action"},
"reason":{"type":"string","title":"理由","x-title-en":"Reason"},
"reference":{"type":"string","title":"工单或请求编号","x-title-en":"Ticket or request"},
"result":{"type":"string","title":"结果","x-title-en":"Result"},
"fields":{"type":"array","items":{"type":"string"},"title":"看到的内容","x-title-en":"What was seen"}}}`

// Erase ends the look-ups, so that no officer still has a way to the record, and names the chain, which stays.
func (h holder) Erase(ctx context.Context, subject string) (kept []holding.Kept, err error) {
	r := store.Prefix(subject)
	r.Limit = sweepBatch
	for {
		found, next, err := h.d.records.Find(ctx, bySubject, r)
		if err != nil {
			return nil, err
		}
		for _, f := range found {
			if _, err := h.d.records.Delete(ctx, f.ID, nil); err != nil {
				return nil, err
			}
		}
		if r.After = next; next == "" {
			break
		}
	}
	kinds, err := h.Describe(ctx, subject)
	for _, k := range kinds {
		kept = append(kept, holding.Kept{What: k.Code, Reason: "legal_duty", Article: accessLaw, Until: k.Until})
	}
	return kept, err
}

// Remains lists look-ups that could still be used.
func (h holder) Remains(ctx context.Context, subject string) ([]string, error) {
	r := store.Prefix(subject)
	r.Limit = 1
	found, _, err := h.d.records.Find(ctx, bySubject, r)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return []string{"lookups"}, nil
}

// each walks the access log, newest first.
func (h holder) each(ctx context.Context, subject string, f func(Access)) error {
	for after := ""; ; {
		list, next, err := h.d.AccessLog(ctx, subject, after, sweepBatch)
		if err != nil {
			return err
		}
		for _, a := range list {
			f(a)
		}
		if after = next; next == "" {
			return nil
		}
	}
}
