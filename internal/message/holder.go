package message

import (
	"context"
	"time"

	"zhiqing/internal/fault"
	"zhiqing/internal/holding"
	"zhiqing/internal/store"
)

// Holder answers for messages and permissions. Nothing of them outlives the account.
func (d *Desk) Holder() holding.Holder { return holder{d} }

type holder struct{ d *Desk }

func (holder) Name() string          { return "messages" }
func (holder) Collections() []string { return []string{"messages", "message_permissions"} }

var (
	messagesTitle    = fault.Text{ZH: "站内消息（不含个人信息的编号和状态）", EN: "In-app messages (numbers and states, no personal data)"}
	permissionsTitle = fault.Text{ZH: "微信订阅消息的许可次数", EN: "How many WeChat messages you have allowed"}
)

// serves is why both are kept: answering requests is a legal duty (PIPL art. 50).
var serves = []string{"evidence.requests"}

func (h holder) Describe(ctx context.Context, subject string) (kinds []holding.Kind, err error) {
	n, permissions := 0, 0
	var until time.Time
	if err = h.messages(ctx, subject, func(m Message) error { n++; until = later(until, m.Expires); return nil }); err != nil {
		return nil, err
	}
	if err = h.permissions(ctx, subject, func(permission) error { permissions++; return nil }); err != nil {
		return nil, err
	}
	if n > 0 {
		kinds = append(kinds, holding.Kind{Code: "message", Title: messagesTitle, Count: n, Purposes: serves, Source: "system", Until: until})
	}
	if permissions > 0 {
		kinds = append(kinds, holding.Kind{Code: "message_permission", Title: permissionsTitle, Count: permissions, Purposes: serves, Source: "person"})
	}
	return kinds, nil
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

func (h holder) Export(ctx context.Context, subject string) ([]holding.File, error) {
	inbox := holding.File{
		Name: "messages", Title: messagesTitle, Schema: []byte(messageSchema), Purposes: serves, LegalBasis: "legal_duty",
		Columns: []string{"at", "kind", "number", "title", "read_at"}, Records: []any{},
	}
	err := h.messages(ctx, subject, func(m Message) error {
		inbox.Records = append(inbox.Records, map[string]any{
			"at": stamp(m.At), "kind": string(m.Kind), "number": m.Refs.Request, "title": m.In("zh-CN").Title, "read_at": stamp(m.ReadAt),
		})
		return nil
	})
	if err != nil {
		return nil, err
	}
	allowed := holding.File{
		Name: "message_permissions", Title: permissionsTitle, Schema: []byte(permissionSchema), Purposes: serves, LegalBasis: "legal_duty",
		Columns: []string{"template", "left", "at"}, Records: []any{},
	}
	err = h.permissions(ctx, subject, func(p permission) error {
		allowed.Records = append(allowed.Records, map[string]any{"template": p.Template, "left": p.Left, "at": stamp(p.At)})
		return nil
	})
	return []holding.File{inbox, allowed}, err
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

const (
	messageSchema = `{"type":"object","additionalProperties":false,"required":["at","kind","number","title","read_at"],
"properties":{"at":{"type":"string","format":"date-time"},"kind":{"type":"string"},"number":{"type":"string"},"title":{"type":"string"},"read_at":{"type":"string"}}}`
	permissionSchema = `{"type":"object","additionalProperties":false,"required":["template","left","at"],
"properties":{"template":{"type":"string"},"left":{"type":"integer"},"at":{"type":"string","format":"date-time"}}}`
)

// Erase deletes everything; the law wants nothing of it kept.
func (h holder) Erase(ctx context.Context, subject string) ([]holding.Kept, error) {
	err := h.messages(ctx, subject, func(m Message) error {
		_, err := h.d.records.messages.Delete(ctx, m.ID, nil)
		return err
	})
	if err != nil {
		return nil, err
	}
	return nil, h.permissions(ctx, subject, func(p permission) error {
		_, err := h.d.records.permissions.Delete(ctx, permissionID(subject, p.Template), nil)
		return err
	})
}

func (h holder) Remains(ctx context.Context, subject string) (left []string, err error) {
	of := store.Prefix(subject)
	of.Limit = 1
	messages, _, err := h.d.records.messages.Find(ctx, bySubject, of)
	if err != nil {
		return nil, err
	}
	if len(messages) > 0 {
		left = append(left, "messages")
	}
	mine := ofSubject(subject)
	mine.Limit = 1
	permissions, _, err := h.d.records.permissions.Find(ctx, store.ByID, mine)
	if err != nil {
		return nil, err
	}
	if len(permissions) > 0 {
		left = append(left, "message_permissions")
	}
	return left, nil
}

func (h holder) messages(ctx context.Context, subject string, f func(Message) error) error {
	r := store.Prefix(subject)
	r.Limit = sweepBatch
	for {
		found, next, err := h.d.records.messages.Find(ctx, bySubject, r)
		if err != nil {
			return err
		}
		for _, m := range found {
			if err := f(m.Value); err != nil {
				return err
			}
		}
		if r.After = next; next == "" {
			return nil
		}
	}
}

func (h holder) permissions(ctx context.Context, subject string, f func(permission) error) error {
	r := ofSubject(subject)
	for {
		found, next, err := h.d.records.permissions.Find(ctx, store.ByID, r)
		if err != nil {
			return err
		}
		for _, p := range found {
			if err := f(p.Value); err != nil {
				return err
			}
		}
		if r.After = next; next == "" {
			return nil
		}
	}
}
