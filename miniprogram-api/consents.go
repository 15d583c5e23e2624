package miniprogramapi

import (
	"context"
	"encoding/hex"
	"errors"
	"slices"
	"time"

	"zhiqing/internal/consent"
	"zhiqing/internal/fault"
	"zhiqing/internal/session"
	"zhiqing/internal/web"
)

type noticeRefWire struct {
	Kind     string `json:"kind" example:"privacy"`
	Version  string `json:"version" example:"1.0"`
	Language string `json:"language"`
	SHA256   string `json:"sha256"`
}

func wireNoticeRef(n consent.NoticeRef) *noticeRefWire {
	if n.Kind == "" {
		return nil
	}
	return &noticeRefWire{Kind: n.Kind, Version: n.Version, Language: n.Language, SHA256: n.SHA256}
}

type standingWire struct {
	Purpose    string         `json:"purpose" example:"analytics.usage"`
	Recipient  string         `json:"recipient,omitempty" doc:"须按接收方分别同意的目的 · Where consent is per recipient"`
	State      string         `json:"state" enum:"unknown,given,renewed,refused,withdrawn,revoked,expired,invalidated" doc:"只有 given 与 renewed 允许处理 · Only given and renewed allow processing"`
	Since      *time.Time     `json:"since,omitempty"`
	ValidUntil *time.Time     `json:"valid_until,omitempty" doc:"到期后须重新同意 · Needs consent again after this"`
	Notice     *noticeRefWire `json:"notice,omitempty" doc:"作出决定时所读的文本 · The text on which it was decided"`
	EntryID    string         `json:"entry_id,omitempty" doc:"可据此领取回执 · Ask for its receipt by this"`
	Paused     bool           `json:"paused,omitempty" doc:"应您的请求暂停处理，只保存 · Paused at your request: stored and nothing else"`
	Guardian   string         `json:"guardian_state,omitempty" doc:"未成年人：监护人的决定；state 是两者合起来的结果 · For minors: where the guardians stand; state is what both come to"`
}

type promptWire struct {
	Purpose     string        `json:"purpose"`
	Recipient   string        `json:"recipient,omitempty"`
	Title       string        `json:"title"`
	ConsentKind string        `json:"consent_kind" enum:"general,explicit,separate,written"`
	Reason      string        `json:"reason" enum:"new,expired,notice_changed,again,asked"`
	Notice      noticeRefWire `json:"notice" doc:"请先展示这个版本 · Show this version first"`
}

type consentsOut struct {
	Body struct {
		Items   []standingWire `json:"items"`
		Prompts []promptWire   `json:"prompts" doc:"现在可以询问的目的；拒绝后的冷却期内为空 · What may be asked now; silent for a while after a refusal"`
	}
}

func (a *API) consents(ctx context.Context, in *struct {
	Ask bool `query:"ask" doc:"本人主动要求时为 true：列出全部未开启的目的 · true when the person asks to see every open question"`
}) (*consentsOut, error) {
	lang := web.Lang(ctx)
	o, err := a.Consents.Overview(ctx, a.actor(ctx), lang, in.Ask)
	if err != nil {
		return nil, err
	}
	paused, err := a.pausedFor(ctx)
	if err != nil {
		return nil, err
	}
	out := &consentsOut{}
	out.Body.Items = make([]standingWire, 0, len(o.Standings))
	out.Body.Prompts = make([]promptWire, 0, len(o.Prompts))
	for _, s := range o.Standings {
		out.Body.Items = append(out.Body.Items, standingWire{
			Purpose: s.Purpose, Recipient: s.Recipient, State: string(s.State), Since: unlessZero(s.Since),
			ValidUntil: unlessZero(s.ValidUntil), Notice: wireNoticeRef(s.Notice), EntryID: s.EntryID, Paused: paused(s.Purpose), Guardian: string(s.Guardian),
		})
	}
	for _, p := range o.Prompts {
		out.Body.Prompts = append(out.Body.Prompts, promptWire{
			Purpose: p.Purpose.Code, Recipient: p.Recipient, Title: p.Purpose.Title.In(lang), ConsentKind: string(p.Purpose.ConsentKind),
			Reason: string(p.Reason), Notice: *wireNoticeRef(p.Notice),
		})
	}
	return out, nil
}

// pausedFor says what the caller has paused. A guest has nothing that could be.
func (a *API) pausedFor(ctx context.Context) (func(purpose string) bool, error) {
	p := principal(ctx)
	if p.Kind == session.Guest {
		return func(string) bool { return false }, nil
	}
	return a.Paused(ctx, p.Owner)
}

func unlessZero(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

type decisionWire struct {
	Purpose       string `json:"purpose" minLength:"1" maxLength:"64" example:"analytics.usage"`
	Recipient     string `json:"recipient,omitempty" maxLength:"64"`
	Decision      string `json:"decision" enum:"grant,refuse,withdraw"`
	NoticeVersion string `json:"notice_version,omitempty" maxLength:"32" doc:"同意时必填：本人已阅读的版本 · Required to grant: the version that was read" example:"1.0"`
}

type decideIn struct {
	IdempotencyKey string `header:"Idempotency-Key" maxLength:"255" doc:"重试时使用同一键值，不会重复记录 · The same key on a retry records nothing twice"`
	Body           struct {
		Decisions []decisionWire `json:"decisions" minItems:"1" maxItems:"50"`
		Method    string         `json:"method" minLength:"1" maxLength:"32" doc:"本人如何主动作出，例如 tap、switch · The active step by which it was expressed" example:"tap"`
	}
}

type entryWire struct {
	EntryID   string `json:"entry_id"`
	Seq       int64  `json:"seq" doc:"在本人记录链中的序号 · Place in the person's chain"`
	Hash      string `json:"hash" doc:"链上摘要（SHA-256，十六进制） · Chained hash, hex"`
	Purpose   string `json:"purpose"`
	Recipient string `json:"recipient,omitempty"`
	State     string `json:"state" enum:"given,renewed,refused,withdrawn"`
}

type decideOut struct {
	Body struct {
		BatchID string      `json:"batch_id"`
		Entries []entryWire `json:"entries"`
	}
}

func (a *API) decide(ctx context.Context, in *decideIn) (*decideOut, error) {
	b := consent.Batch{Method: in.Body.Method, Language: web.Lang(ctx), IdempotencyKey: in.IdempotencyKey}
	for _, d := range in.Body.Decisions {
		b.Decisions = append(b.Decisions, consent.Decision{
			Purpose: d.Purpose, Recipient: d.Recipient, Verb: consent.Verb(d.Decision), NoticeVersion: d.NoticeVersion,
		})
	}
	return a.record(ctx, b)
}

func (a *API) record(ctx context.Context, b consent.Batch) (*decideOut, error) {
	batch, entries, err := a.Consents.Decide(ctx, a.actor(ctx), b)
	if err != nil {
		return nil, err
	}
	out := &decideOut{}
	out.Body.BatchID = batch
	out.Body.Entries = make([]entryWire, 0, len(entries))
	for _, e := range entries {
		a.Observe.Consent(e.Purpose, string(e.State))
		out.Body.Entries = append(out.Body.Entries, entryWire{
			EntryID: e.EntryID, Seq: e.Seq, Hash: hex.EncodeToString(e.Hash), Purpose: e.Purpose, Recipient: e.Recipient, State: string(e.State),
		})
	}
	return out, nil
}

func (a *API) withdraw(ctx context.Context, in *struct {
	IdempotencyKey string `header:"Idempotency-Key" maxLength:"255"`
	Purpose        string `path:"purpose" maxLength:"64"`
	Recipient      string `query:"recipient" maxLength:"64"`
}) (*decideOut, error) {
	out, err := a.record(ctx, consent.Batch{
		Decisions: []consent.Decision{{Purpose: in.Purpose, Recipient: in.Recipient, Verb: consent.Withdraw}},
		Method:    "tap", Language: web.Lang(ctx), IdempotencyKey: in.IdempotencyKey,
	})
	return out, whereWithdrawn(err)
}

// whereWithdrawn names wrong fields where this operation has them: it has no body.
func whereWithdrawn(err error) error {
	var f *fault.Fault
	if !errors.As(err, &f) {
		return err
	}
	told := *f
	told.Fields = slices.Clone(f.Fields)
	for i, field := range told.Fields {
		switch field.Path {
		case "body.decisions[0].purpose":
			told.Fields[i].Path = "path.purpose"
		case "body.decisions[0].recipient":
			told.Fields[i].Path = "query.recipient"
		}
	}
	return &told
}

type historyWire struct {
	entryWire
	Time       time.Time      `json:"time"`
	Actor      string         `json:"actor" doc:"作出者（化名）：本人、监护关系或 system · Who decided, as a pseudonym: the person, a guardianship, or system"`
	Relation   string         `json:"relation,omitempty" doc:"监护人与本人的关系 · A guardian's relation to the person"`
	Capacity   string         `json:"capacity" enum:"self,guardian,system" doc:"以何身份作出 · In what capacity"`
	Method     string         `json:"method"`
	Notice     *noticeRefWire `json:"notice,omitempty"`
	ValidUntil *time.Time     `json:"valid_until,omitempty"`
	BatchID    string         `json:"batch_id,omitempty"`
}

func wireEntry(e consent.Entry) historyWire {
	w := historyWire{
		entryWire: entryWire{EntryID: e.ID, Seq: e.Seq, Hash: hex.EncodeToString(e.Hash), Purpose: e.Purpose, Recipient: e.Recipient, State: e.State},
		Time:      e.Time, Actor: e.Actor, Capacity: e.Capacity, Method: e.Method, Notice: wireNoticeRef(e.Notice), ValidUntil: unlessZero(e.ValidUntil), BatchID: e.Batch,
	}
	if e.Guardian != nil {
		w.Relation = e.Guardian.Relation
	}
	return w
}

type historyOut struct {
	Body struct {
		Items      []historyWire `json:"items"`
		NextCursor string        `json:"next_cursor,omitempty" doc:"还有更早的记录时给出 · Given while there are older entries"`
	}
}

func (a *API) history(ctx context.Context, in *struct {
	Cursor string `query:"cursor" maxLength:"256"`
	Limit  int    `query:"limit" minimum:"1" maximum:"100" default:"20"`
}) (*historyOut, error) {
	list := "history/" + principal(ctx).Owner
	before, err := a.openCursor(list, in.Cursor)
	if err != nil {
		return nil, err
	}
	entries, next, err := a.Consents.History(ctx, principal(ctx).Owner, before, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &historyOut{}
	out.Body.Items = make([]historyWire, 0, len(entries))
	for _, e := range entries {
		out.Body.Items = append(out.Body.Items, wireEntry(e))
	}
	if next > 0 {
		out.Body.NextCursor = a.sealCursor(list, next)
	}
	return out, nil
}
