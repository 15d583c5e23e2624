package session

import (
	"context"
	"errors"
	"time"

	"zhiqing/internal/fault"
	"zhiqing/internal/holding"
	"zhiqing/internal/store"
	"zhiqing/internal/subject"
)

// Holder answers for sessions: that somebody is logged in, and since when. Guests have one each, and it goes with them.
func (d *Desk) Holder() holding.Holder { return holder{d} }

type holder struct{ d *Desk }

func (holder) Name() string          { return "session" }
func (holder) Collections() []string { return []string{"sessions"} }

const accountPurpose = "account.service"

var title = fault.Text{ZH: "登录会话", EN: "Login sessions"}

// Describe counts the sessions.
func (h holder) Describe(ctx context.Context, id string) ([]holding.Kind, error) {
	list, err := h.all(ctx, id)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return []holding.Kind{{Code: "session", Title: title, Count: len(list), Purposes: []string{accountPurpose}, Source: "system", Until: latest(list)}}, nil
}

func latest(list []store.Found[Session]) (until time.Time) {
	for _, s := range list {
		if s.Value.ExpiresAt.After(until) {
			until = s.Value.ExpiresAt
		}
	}
	return until
}

// Export says when each session began and when it ends unless it is used. What opens one is never exported.
func (h holder) Export(ctx context.Context, id string) ([]holding.File, error) {
	list, err := h.all(ctx, id)
	if err != nil {
		return nil, err
	}
	f := holding.File{
		Name: "sessions", Title: title, Records: []any{}, Schema: []byte(sessionSchema), Columns: []string{"started_at", "expires_at"},
		Purposes: []string{accountPurpose}, LegalBasis: "contract",
	}
	for _, s := range list {
		f.Records = append(f.Records, map[string]any{
			"started_at": s.Value.CreatedAt.Format(time.RFC3339Nano), "expires_at": s.Value.ExpiresAt.Format(time.RFC3339Nano),
		})
	}
	return []holding.File{f}, nil
}

const sessionSchema = `{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","additionalProperties":false,
"required":["started_at","expires_at"],
"properties":{
"started_at":{"type":"string","format":"date-time","title":"登录时间","x-title-en":"Started"},
"expires_at":{"type":"string","format":"date-time","title":"不再使用时的结束时间","x-title-en":"Ends, unless used"}}}`

// Erase ends all sessions; the one that asked to close the account stays for a day at most, and is named.
func (h holder) Erase(ctx context.Context, id string) ([]holding.Kept, error) {
	last, until, err := h.parting(ctx, id)
	if err != nil {
		return nil, err
	}
	if last == "" {
		return nil, h.d.EndAll(ctx, id)
	}
	kept := []holding.Kept{{
		What: "session", Reason: "evidence", Until: until,
		Article: fault.Text{ZH: "《个人信息保护法》第五十条：供您领取办理结果和删除证明", EN: "PIPL art. 50: so that you can fetch the outcome and the proof"},
	}}
	return kept, h.d.EndAllBut(ctx, id, last)
}

// Remains lists sessions that Erase has not named.
func (h holder) Remains(ctx context.Context, id string) (left []string, err error) {
	last, _, err := h.parting(ctx, id)
	if err != nil {
		return nil, err
	}
	list, err := h.all(ctx, id)
	for _, s := range list {
		if s.ID != last {
			left = append(left, "sessions")
		}
	}
	return left, err
}

// parting is the session that asked to close the account and may still fetch the proof, "" = none.
func (h holder) parting(ctx context.Context, id string) (session string, until time.Time, err error) {
	s, err := h.d.o.Subjects.Find(ctx, id)
	if errors.Is(err, subject.ErrUnknown) || err == nil && s.Erasure == nil {
		return "", time.Time{}, nil
	}
	if err != nil || !h.d.o.Now().Before(s.Erasure.PartsAt()) {
		return "", time.Time{}, err
	}
	return s.Erasure.Session, s.Erasure.PartsAt(), nil
}

func (h holder) all(ctx context.Context, id string) (list []store.Found[Session], err error) {
	r := store.Exact(id)
	r.Limit = sweepBatch
	for {
		found, next, err := h.d.sessions.Find(ctx, byOwner, r)
		list = append(list, found...)
		if r.After = next; err != nil || next == "" {
			return list, err
		}
	}
}
