package subject

import (
	"context"
	"errors"
	"strings"
	"time"

	"zhiqing/internal/fault"
	"zhiqing/internal/holding"
	"zhiqing/internal/store"
)

// Holder answers for the account itself: how WeChat names the person, the privacy number, the state and the age band. The
// profile in the same document is package profile's, the guardianships are package guardian's.
func (r *Register) Holder() holding.Holder { return holder{r} }

type holder struct{ r *Register }

func (holder) Name() string { return "subject" }
func (holder) Collections() []string {
	return []string{"age_markers", "identities", "privacy_numbers", Collection}
}

const accountPurpose = "account.service"

// Describe counts what the account holds. Somebody unknown has nothing here.
func (h holder) Describe(ctx context.Context, id string) ([]holding.Kind, error) {
	s, err := h.r.Find(ctx, id)
	if err != nil {
		return nil, unlessUnknown(err)
	}
	account := func(code, source string, n int, title fault.Text) holding.Kind {
		return holding.Kind{Code: code, Title: title, Count: n, Purposes: []string{accountPurpose}, Source: source}
	}
	kinds := []holding.Kind{
		account("account_state", "system", 1, fault.Text{ZH: "帐户状态", EN: "Account state"}),
		account("privacy_number", "system", 1, fault.Text{ZH: "隐私编号", EN: "Privacy number"}),
	}
	if n := present(s.OpenID, s.UnionID); n > 0 {
		kinds = append(kinds, account("wechat_ids", "wechat", n, fault.Text{ZH: "微信用户标识（openid、unionid）", EN: "WeChat user identifiers (openid, unionid)"}))
	}
	if s.Band != Unasked {
		kinds = append(kinds, holding.Kind{
			Code: "age_band", Title: fault.Text{ZH: "年龄段及其下一次变化的日期", EN: "Age band and the date on which it changes"},
			Count: 1, Purposes: []string{"minors.protect"}, Source: "person",
		})
	}
	return kinds, nil
}

func present(values ...[]byte) (n int) {
	for _, v := range values {
		if len(v) > 0 {
			n++
		}
	}
	return n
}

// Export gives the account's facts. The WeChat identifiers are the person's own and are shown in part, enough to recognise
// them: whoever finds the file later must not be able to use them.
func (h holder) Export(ctx context.Context, id string) ([]holding.File, error) {
	s, err := h.r.Find(ctx, id)
	if err != nil || s.State.Over() {
		return nil, unlessUnknown(err)
	}
	who, err := h.r.Identity(s)
	if err != nil && !errors.Is(err, errNoIdentity) {
		return nil, err
	}
	band, changes := h.r.BandOf(s)
	record := map[string]any{
		"id": s.ID, "privacy_number": s.PrivacyNumber, "state": string(s.State), "created_at": s.CreatedAt.Format(time.RFC3339Nano),
		"age_band": string(band), "openid": masked(who.OpenID.Reveal()), "unionid": masked(who.UnionID.Reveal()),
	}
	if !changes.IsZero() {
		record["age_band_changes_at"] = changes.Format(time.RFC3339Nano)
	}
	return []holding.File{{
		Name: "account", Title: fault.Text{ZH: "帐户", EN: "Account"}, Records: []any{record}, Schema: []byte(accountSchema),
		Purposes: []string{accountPurpose}, LegalBasis: "contract",
	}}, nil
}

// masked shows the first and the last four characters of something long, and nothing of something short.
func masked(v string) string {
	if len(v) < 16 {
		return strings.Repeat("*", len(v))
	}
	return v[:4] + strings.Repeat("*", len(v)-8) + v[len(v)-4:]
}

const accountSchema = `{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","additionalProperties":false,
"required":["id","privacy_number","state","created_at","age_band","openid","unionid"],
"properties":{
"id":{"type":"string","title":"帐户编号","x-title-en":"Account id"},
"privacy_number":{"type":"string","title":"隐私编号","x-title-en":"Privacy number"},
"state":{"type":"string","title":"状态","x-title-en":"State","oneOf":[
{"const":"active","title":"正常","x-title-en":"Active"},
{"const":"pending_guardian","title":"等待监护人同意","x-title-en":"Waiting for a guardian"},
{"const":"restricted","title":"只保存、不使用","x-title-en":"Stored and not used"}]},
"created_at":{"type":"string","format":"date-time","title":"创建时间","x-title-en":"Created"},
"age_band":{"type":"string","title":"年龄段","x-title-en":"Age band","oneOf":[
{"const":"","title":"未填写","x-title-en":"Not asked"},
{"const":"under_14","title":"未满 14 周岁","x-title-en":"Under 14"},
{"const":"14_17","title":"14 至 17 周岁","x-title-en":"14 to 17"},
{"const":"adult","title":"成年","x-title-en":"Adult"}]},
"age_band_changes_at":{"type":"string","format":"date-time","title":"年龄段变化的时间","x-title-en":"When the band changes"},
"openid":{"type":"string","title":"openid（部分遮盖）","x-title-en":"openid (masked)"},
"unionid":{"type":"string","title":"unionid（部分遮盖）","x-title-en":"unionid (masked)"}}}`

var errAlive = errors.New("subject: an account is erased by closing it")

// Erase destroys what could still lead to a closed account, and names what stays: the pseudonymous number, so that nobody
// else is ever called by it, the proof, and a minor's marker under another hash. An account that is still in use is closed by
// package guardian first, which shreds it; here that is an error.
func (h holder) Erase(ctx context.Context, id string) ([]holding.Kept, error) {
	s, err := h.r.Find(ctx, id)
	if err != nil {
		return nil, unlessUnknown(err)
	}
	if !s.State.Over() {
		return nil, errAlive
	}
	if err := h.r.unlinkAll(ctx, id); err != nil {
		return nil, err
	}
	kept := []holding.Kept{{
		What: "privacy_number", Reason: "evidence", Article: fault.Text{ZH: "《个人信息保护法》第六十九条：假名化的编号和删除证明", EN: "PIPL art. 69: the pseudonymous number and the proof of the erasure"},
	}}
	if s.Erasure != nil && s.Erasure.Minor {
		kept = append(kept, holding.Kept{
			What: "age_band", Reason: "legal_duty", Article: fault.Text{ZH: "《个人信息保护法》第三十一条：防止改报年龄的标记，到期删除，不指向本帐户", EN: "PIPL art. 31: a mark against stating another age, deleted when its time is over, which does not lead to this account"},
		})
	}
	return kept, nil
}

// Remains lists what of the account lies in the store in a form that somebody could read: after an erasure nothing.
func (h holder) Remains(ctx context.Context, id string) ([]string, error) {
	exact := store.Exact(id)
	exact.Limit = 1
	links, _, err := h.r.records.identities.Find(ctx, bySubject, exact)
	if err != nil {
		return nil, err
	}
	var left []string
	if len(links) > 0 {
		left = append(left, "identities")
	}
	s, err := h.r.Find(ctx, id)
	if err != nil {
		return left, unlessUnknown(err)
	}
	return append(left, s.readable()...), nil
}

// readable names what in a document can be read, or leads to somebody. An erased one holds none of it.
func (s *Subject) readable() (left []string) {
	for _, x := range []struct {
		what string
		kept bool
	}{
		{"key", len(s.Key) > 0}, {"openid", len(s.OpenID) > 0}, {"unionid", len(s.UnionID) > 0 || s.Union != ""}, {"fields", len(s.Fields) > 0},
		{"age_band", s.Band != Unasked}, {"guardianships", s.Minority != nil}, {"pauses", len(s.Pauses) > 0},
	} {
		if x.kept {
			left = append(left, Collection+": "+x.what)
		}
	}
	return left
}

// unlinkAll deletes every link that leads to a subject: there is one, or after a crash none.
func (r *Register) unlinkAll(ctx context.Context, id string) error {
	exact := store.Exact(id)
	exact.Limit = sweepBatch
	found, _, err := r.records.identities.Find(ctx, bySubject, exact)
	for _, link := range found {
		if err == nil {
			err = r.unlink(ctx, link.ID, id)
		}
	}
	return err
}

// VerifyErased walks all subjects and names the erased ones of which something can still be read, with what it is. It
// returns how many are erased. For zhiqing verify; it changes nothing.
func (r *Register) VerifyErased(ctx context.Context, wrong func(line string)) (erased int64, err error) {
	err = r.Each(ctx, func(id string, s *Subject, err error) error {
		switch {
		case err != nil:
			wrong(err.Error())
			return nil
		case s.State != Erased:
			return nil
		}
		erased++
		if left := s.readable(); len(left) > 0 {
			wrong("subject " + id + " is erased and still keeps " + strings.Join(left, ", "))
		}
		return nil
	})
	return erased, err
}

func unlessUnknown(err error) error {
	if errors.Is(err, ErrUnknown) {
		return nil
	}
	return err
}
