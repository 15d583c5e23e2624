package retention

import (
	"context"
	"slices"
	"time"

	"zhiqing/internal/fault"
	"zhiqing/internal/holding"
	"zhiqing/internal/store"
)

// Holder answers for the clocks and holds. It answers for the times alone: what they are about belongs to other holders and
// other systems.
func (d *Desk) Holder() holding.Holder { return holder{d} }

type holder struct{ d *Desk }

func (holder) Name() string          { return "retention" }
func (holder) Collections() []string { return []string{"events", "legal_holds"} }

var (
	clocksTitle = fault.Text{ZH: "保存期限的起算记录", EN: "When periods of retention began"}
	holdLaw     = fault.Text{ZH: "《个人信息保护法》第十三条第一款第七项、第四十七条第二款", EN: "PIPL art. 13(1)(7) and 47(2)"}
)

// Describe implements holding.Holder.
func (h holder) Describe(ctx context.Context, subject string) (kinds []holding.Kind, err error) {
	n, until := 0, time.Time{}
	err = h.things(ctx, subject, func(_ string, t thing) error {
		n++
		if t.Due.After(until) && t.Due.Before(NoEnd) {
			until = t.Due.UTC()
		}
		return nil
	})
	if n == 0 || err != nil {
		return nil, err
	}
	return []holding.Kind{{Code: "retention_clock", Title: clocksTitle, Count: n, Source: "system", Until: until}}, nil
}

const clockSchema = `{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","additionalProperties":false,` +
	`"required":["category","reference","events"],"properties":{"category":{"type":"string"},"reference":{"type":"string"},` +
	`"events":{"type":"object","additionalProperties":{"type":"string","format":"date-time"}}}}`

// Export implements holding.Holder. Holds are left out: they are about a dispute, and the answer to the request names them.
func (h holder) Export(ctx context.Context, subject string) ([]holding.File, error) {
	file := holding.File{
		Name: "retention", Title: clocksTitle, Schema: []byte(clockSchema), Purposes: []string{"evidence.requests"}, LegalBasis: "legal_duty", Records: []any{},
	}
	err := h.things(ctx, subject, func(_ string, t thing) error {
		events := map[string]any{}
		for name, at := range t.Events {
			events[name] = at.UTC().Format(time.RFC3339)
		}
		file.Records = append(file.Records, map[string]any{"category": t.Category, "reference": t.Reference, "events": events})
		return nil
	})
	return []holding.File{file}, err
}

// Erase forgets the clocks of what nothing keeps any more. What a purpose or a hold still keeps is named with its end; its
// clock goes on, and the sweep ends it.
func (h holder) Erase(ctx context.Context, subject string) (kept []holding.Kept, err error) {
	life, err := h.d.o.Life(ctx, subject)
	if err != nil {
		return nil, err
	}
	err = h.things(ctx, subject, func(id string, t thing) error {
		why, err := h.keeps(ctx, t, life)
		if err != nil {
			return err
		}
		if why == nil {
			_, err = h.d.records.things.Delete(ctx, id, nil)
			return err
		}
		if !slices.Contains(h.d.o.Own, t.Category) {
			kept = append(kept, *why)
		}
		return h.d.look(ctx, id, func(t *thing) { t.Due, t.Tries = h.d.due(*t, life), 0 })
	})
	return kept, err
}

// keeps is why a thing stays although its subject wants it gone; nil when nothing keeps it.
func (h holder) keeps(ctx context.Context, t thing, life Life) (*holding.Kept, error) {
	holds, err := h.d.Held(ctx, t.Subject, t.Category)
	if err != nil {
		return nil, err
	}
	if len(holds) > 0 {
		return &holding.Kept{What: t.Category, Reason: "legal_hold", Article: holdLaw}, nil
	}
	until, why := h.d.o.Policy.until(t, life)
	if !h.d.o.Now().Before(until) {
		return nil, nil
	}
	if until.Equal(NoEnd) {
		until = time.Time{}
	}
	return &holding.Kept{What: t.Category, Reason: "legal_duty", Article: why.Winner.Rule.Law, Until: until}, nil
}

// Remains implements holding.Holder: clocks that nothing keeps.
func (h holder) Remains(ctx context.Context, subject string) (left []string, err error) {
	life, err := h.d.o.Life(ctx, subject)
	if err != nil {
		return nil, err
	}
	err = h.things(ctx, subject, func(id string, t thing) error {
		why, err := h.keeps(ctx, t, life)
		if err == nil && why == nil {
			left = append(left, "events/"+t.Category)
		}
		return err
	})
	return left, err
}

func (h holder) things(ctx context.Context, subject string, f func(id string, t thing) error) error {
	return each(ctx, h.d.records.things, bySubject, store.Exact(subject), f)
}
