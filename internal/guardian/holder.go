package guardian

import (
	"context"
	"errors"
	"time"

	"zhiqing/internal/fault"
	"zhiqing/internal/holding"
	"zhiqing/internal/subject"
)

// Holder answers for guardianships, from both sides. They lie in the minor's document, so a person may have some in their
// own and be named in those of others. The other side is never exported: neither who the guardian is, nor whose child.
func (d *Desk) Holder() holding.Holder { return holder{d} }

type holder struct{ d *Desk }

func (holder) Name() string          { return "guardian" }
func (holder) Collections() []string { return []string{subject.Collection} }

var title = fault.Text{ZH: "监护关系和监护人验证结果", EN: "Guardianships and the results of verifying guardians"}

const minorsPurpose = "minors.protect"

// tie is one guardianship from the person's side.
type tie struct {
	role Role
	link subject.Link
}

// ties are a person's guardianships, from both sides, also those that have ended and are still kept.
func (h holder) ties(ctx context.Context, id string) (list []tie, err error) {
	s, err := h.d.o.Subjects.Find(ctx, id)
	if errors.Is(err, subject.ErrUnknown) {
		err = nil
	}
	if err != nil {
		return nil, err
	}
	if s.Minority != nil {
		for _, l := range s.Minority.Links {
			list = append(list, tie{AsMinor, l})
		}
	}
	wards, err := h.d.o.Subjects.GuardedBy(ctx, id)
	for _, w := range wards {
		if w.Minority == nil {
			continue
		}
		for _, l := range w.Minority.Links {
			if l.Guardian == id {
				list = append(list, tie{AsGuardian, l})
			}
		}
	}
	return list, err
}

// Describe counts guardianships.
func (h holder) Describe(ctx context.Context, id string) ([]holding.Kind, error) {
	list, err := h.ties(ctx, id)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return []holding.Kind{{Code: "guardian_link", Title: title, Count: len(list), Purposes: []string{minorsPurpose}, Source: "guardian"}}, nil
}

// Export gives each guardianship with the other side masked.
func (h holder) Export(ctx context.Context, id string) ([]holding.File, error) {
	list, err := h.ties(ctx, id)
	if err != nil {
		return nil, err
	}
	f := holding.File{
		Name: "guardian", Title: title, Records: []any{}, Schema: []byte(guardianSchema), Purposes: []string{minorsPurpose}, LegalBasis: "legal_duty",
		Columns: []string{"role", "state", "relation", "verified_by", "claimed_at", "decided_at", "ended_at"},
	}
	for _, t := range list {
		f.Records = append(f.Records, t.record())
	}
	if len(list) > 0 {
		f.Excluded = []holding.Kept{{
			What: "guardian_link", Reason: "third_party_rights",
			Article: fault.Text{ZH: "《网络数据安全管理条例》第二十五条第四项：对方的身份属于他人的个人信息", EN: "Network Data Security Regulations art. 25(4): who the other side is, is their data"},
		}}
	}
	return []holding.File{f}, nil
}

func (t tie) record() map[string]any {
	l := t.link
	r := map[string]any{"role": string(t.role), "state": l.State, "other_party": "***", "relation": l.Relation, "verified_by": l.Verify}
	for name, at := range map[string]time.Time{"claimed_at": l.ClaimedAt, "verified_at": l.VerifiedAt, "decided_at": l.DecidedAt, "ended_at": l.EndedAt} {
		r[name] = ""
		if !at.IsZero() {
			r[name] = at.Format(time.RFC3339Nano)
		}
	}
	return r
}

const guardianSchema = `{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","additionalProperties":false,
"required":["role","state","other_party","relation","verified_by","claimed_at","verified_at","decided_at","ended_at"],
"properties":{
"role":{"type":"string","title":"您的身份","x-title-en":"Your side","oneOf":[
{"const":"minor","title":"未成年人","x-title-en":"The minor"},{"const":"guardian","title":"监护人","x-title-en":"The guardian"}]},
"state":{"type":"string","title":"状态","x-title-en":"State","oneOf":[
{"const":"reviewing","title":"待决定","x-title-en":"To be decided"},{"const":"active","title":"有效","x-title-en":"In force"},
{"const":"refused","title":"已拒绝","x-title-en":"Refused"},{"const":"withdrawn","title":"已撤回","x-title-en":"Withdrawn"},
{"const":"expired","title":"已过期","x-title-en":"Expired"},{"const":"lapsed","title":"监护人帐户已注销","x-title-en":"The guardian's account is closed"},
{"const":"invalid","title":"无效","x-title-en":"Not valid"},{"const":"closed","title":"已成年","x-title-en":"Come of age"}]},
"other_party":{"type":"string","title":"对方（遮盖）","x-title-en":"Other side (masked)"},
"relation":{"type":"string","title":"关系","x-title-en":"Relation"},
"verified_by":{"type":"string","title":"验证方式","x-title-en":"Verified by"},
"claimed_at":{"type":"string","title":"接受邀请","x-title-en":"Claimed"},
"verified_at":{"type":"string","title":"验证","x-title-en":"Verified"},
"decided_at":{"type":"string","title":"作出决定","x-title-en":"Decided"},
"ended_at":{"type":"string","title":"结束","x-title-en":"Ended"}}}`

// Erase ends every guardianship that the person holds; those over them end with their own account. What has ended stays in
// the other side's document for as long as the rules say, without anything that verified the adult.
func (h holder) Erase(ctx context.Context, id string) ([]holding.Kept, error) {
	if _, err := h.d.Settle(ctx, id); err != nil && !errors.Is(err, subject.ErrUnknown) {
		return nil, err
	}
	if err := h.d.abandon(ctx, id, LinkLapsed); err != nil {
		return nil, err
	}
	list, err := h.ties(ctx, id)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return []holding.Kept{{
		What: "guardian_link", Reason: "evidence", Until: h.d.o.Now().Add(h.d.o.Rules.Kept),
		Article: fault.Text{ZH: "《儿童个人信息网络保护规定》第九条：已结束的监护关系作为征得同意的证据，只留假名化编号", EN: "Provisions on Children's Personal Information Online art. 9: an ended guardianship is evidence of consent; only the pseudonym stays"},
	}}, nil
}

// Remains lists guardianships in force.
func (h holder) Remains(ctx context.Context, id string) (left []string, err error) {
	list, err := h.ties(ctx, id)
	for _, t := range list {
		if t.role == AsMinor || LinkState(t.link.State).live() {
			left = append(left, "guardianships")
		}
	}
	return left, err
}
