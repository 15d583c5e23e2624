package consent

import (
	"context"
	"encoding/hex"
	"fmt"
	"time"

	"zhiqing/internal/fault"
	"zhiqing/internal/holding"
	"zhiqing/internal/ledger"
)

// Holder answers for consent books. What a person decided is evidence that the law wants kept: it names a pseudonym and holds
// no personal data, so an erasure takes every consent out of force and leaves the chain.
func (d *Desk) Holder() holding.Holder { return holder{d} }

type holder struct{ d *Desk }

func (holder) Name() string          { return "consent" }
func (holder) Collections() []string { return []string{"book_pages", "books"} }

const evidencePurpose = "evidence.consent"

var title = fault.Text{ZH: "同意记录（假名化）", EN: "Consent records (pseudonymous)"}

// Describe counts the entries.
func (h holder) Describe(ctx context.Context, id string) ([]holding.Kind, error) {
	book, err := h.d.book(ctx, id)
	if err != nil || book.Log.Head.Seq == 0 {
		return nil, err
	}
	return []holding.Kind{{
		Code: "consent_record", Title: title, Count: int(book.Log.Head.Seq), Purposes: []string{evidencePurpose}, Source: "system",
	}}, nil
}

// exportPage is how many entries are read at a time.
const exportPage = 100

// Export gives every entry, oldest last, in the words of ISO/IEC TS 27560.
func (h holder) Export(ctx context.Context, id string) ([]holding.File, error) {
	f := holding.File{
		Name: "consents", Title: title, Records: []any{}, Schema: []byte(consentSchema), Purposes: []string{evidencePurpose}, LegalBasis: "legal_duty",
		Columns: []string{"record_id", "seq", "event_time", "event_type", "purpose", "recipient", "given_by", "privacy_notice", "valid_until", "hash"},
	}
	for before := int64(0); ; {
		entries, next, err := h.d.History(ctx, id, before, exportPage)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			f.Records = append(f.Records, record(e))
		}
		if before = next; next == 0 {
			return []holding.File{f}, nil
		}
	}
}

// record is an entry with the names of ISO/IEC TS 27560: the record, its subject, the event, what it is about. Who the
// guardian is stays out of it: even the pseudonym is another person's.
func record(e Entry) map[string]any {
	r := map[string]any{
		"schema_version": ledger.ReceiptSchema, "record_id": e.ID, "pii_principal_id": e.Book, "seq": e.Seq, "hash": hex.EncodeToString(e.Hash),
		"event_type": e.State, "event_time": e.Time.Format(time.RFC3339Nano), "given_by": e.Capacity, "method": e.Method,
		"purpose": e.Purpose, "recipient": e.Recipient, "purpose_definition": e.Definition, "valid_until": "",
		"privacy_notice": e.Notice.Kind + " " + e.Notice.Version, "privacy_notice_sha256": e.Notice.SHA256, "privacy_notice_language": e.Notice.Language,
	}
	if !e.ValidUntil.IsZero() {
		r["valid_until"] = e.ValidUntil.Format(time.RFC3339Nano)
	}
	return r
}

const consentSchema = `{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","additionalProperties":false,
"required":["schema_version","record_id","pii_principal_id","seq","hash","event_type","event_time","given_by","method","purpose","recipient","purpose_definition","valid_until","privacy_notice","privacy_notice_sha256","privacy_notice_language"],
"properties":{
"record_id":{"type":"string","title":"记录编号","x-title-en":"Record"},
"event_time":{"type":"string","format":"date-time","title":"时间","x-title-en":"Time"},
"event_type":{"type":"string","title":"决定","x-title-en":"Decision","oneOf":[
{"const":"given","title":"同意","x-title-en":"Given"},{"const":"renewed","title":"再次同意","x-title-en":"Renewed"},
{"const":"refused","title":"拒绝","x-title-en":"Refused"},{"const":"withdrawn","title":"撤回","x-title-en":"Withdrawn"},
{"const":"revoked","title":"由他人终止","x-title-en":"Revoked"},{"const":"expired","title":"到期","x-title-en":"Expired"},
{"const":"invalidated","title":"因告知变更失效","x-title-en":"Invalidated"}]},
"purpose":{"type":"string","title":"目的","x-title-en":"Purpose"},
"recipient":{"type":"string","title":"接收方","x-title-en":"Recipient"},
"given_by":{"type":"string","title":"作出者","x-title-en":"Decided by","oneOf":[
{"const":"self","title":"本人","x-title-en":"The person"},{"const":"guardian","title":"监护人","x-title-en":"A guardian"},
{"const":"system","title":"系统","x-title-en":"The system"}]},
"method":{"type":"string","title":"方式","x-title-en":"Method"},
"valid_until":{"type":"string","title":"有效至","x-title-en":"Valid until"},
"privacy_notice":{"type":"string","title":"所读的告知","x-title-en":"Notice that was read"},
"privacy_notice_sha256":{"type":"string","title":"告知摘要","x-title-en":"Digest of the notice"},
"privacy_notice_language":{"type":"string","title":"告知语言","x-title-en":"Language of the notice"},
"purpose_definition":{"type":"string","title":"目的定义摘要","x-title-en":"Digest of the purpose"},
"seq":{"type":"integer","title":"序号","x-title-en":"Number"},
"hash":{"type":"string","title":"链上摘要","x-title-en":"Chained hash"},
"pii_principal_id":{"type":"string","title":"假名","x-title-en":"Pseudonym"},
"schema_version":{"type":"string","title":"格式","x-title-en":"Format"}}}`

// evidence is why the chain stays (requirements.md B9: the relation and three years).
var evidence = fault.Text{ZH: "《个人信息保护法》第六十九条：证明已依法取得同意", EN: "PIPL art. 69: the proof that consent was lawfully obtained"}

const evidenceYears = 3

// Erase takes what is still agreed to out of force and names the chain that stays.
func (h holder) Erase(ctx context.Context, id string) ([]holding.Kept, error) {
	book, err := h.d.book(ctx, id)
	if err != nil || book.Log.Head.Seq == 0 {
		return nil, err
	}
	if book.live() {
		if err := h.d.RevokeAll(ctx, id, fmt.Sprintf("holding:%d", book.Log.Head.Seq)); err != nil {
			return nil, err
		}
	}
	return []holding.Kept{{What: "consent_record", Reason: "legal_duty", Article: evidence, Until: h.d.o.Now().AddDate(evidenceYears, 0, 0)}}, nil
}

// Remains lists consents that are still in force: everything else in a book is pseudonymous evidence.
func (h holder) Remains(ctx context.Context, id string) ([]string, error) {
	book, err := h.d.standings(ctx, id)
	if err != nil || !book.live() {
		return nil, err
	}
	return []string{"books: consents in force"}, nil
}

// live reports whether anybody's yes is stored as standing.
func (b *Book) live() bool {
	for _, s := range b.Standings {
		if s.State.Allows() {
			return true
		}
	}
	return false
}
