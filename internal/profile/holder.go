package profile

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/go-json-experiment/json"

	"zhiqing/internal/fault"
	"zhiqing/internal/holding"
	"zhiqing/internal/purpose"
	"zhiqing/internal/subject"
)

// Holder answers for the profile, which lies sealed in the subject's document. It tells and exports everything that is kept,
// also what no purpose lets anybody read at present.
func (d *Desk) Holder() holding.Holder { return holder{d} }

type holder struct{ d *Desk }

func (holder) Name() string          { return "profile" }
func (holder) Collections() []string { return []string{subject.Collection} }

// Describe names each field that is kept, with what it is kept for.
func (h holder) Describe(ctx context.Context, id string) ([]holding.Kind, error) {
	s, err := h.find(ctx, id)
	if err != nil {
		return nil, err
	}
	var kinds []holding.Kind
	for _, f := range s.Fields {
		kinds = append(kinds, holding.Kind{
			Code: f.Name, Title: h.title(f.Name), Count: 1, Purposes: []string{f.Purpose}, Source: f.Source,
		})
	}
	return kinds, nil
}

// find is the person, or nobody with nothing.
func (h holder) find(ctx context.Context, id string) (subject.Subject, error) {
	s, err := h.d.o.Subjects.Find(ctx, id)
	if errors.Is(err, subject.ErrUnknown) {
		err = nil
	}
	return s, err
}

// title is how the catalogue calls a field.
func (h holder) title(name string) fault.Text {
	for _, p := range h.d.bases[name] {
		if i := slices.IndexFunc(p.DataItems, func(x purpose.DataItem) bool { return x.Code == name }); i >= 0 {
			t := p.DataItems[i].Title
			return fault.Text{ZH: t.In("zh-CN"), EN: t.In("en")}
		}
	}
	return fault.Text{ZH: name, EN: name}
}

// Export gives each value with its purpose, source and time, and the switches of contact apart.
func (h holder) Export(ctx context.Context, id string) ([]holding.File, error) {
	s, err := h.find(ctx, id)
	if err != nil {
		return nil, err
	}
	profile := holding.File{
		Name: "profile", Title: fault.Text{ZH: "资料", EN: "Profile"}, Records: []any{}, Schema: []byte(profileSchema),
		Columns: []string{"field", "value", "purpose", "source", "updated_at"}, LegalBasis: string(purpose.Contract),
	}
	switches := holding.File{
		Name: "preferences", Title: fault.Text{ZH: "各联系渠道的偏好", EN: "Preferences for each channel of contact"}, Records: []any{},
		Schema: []byte(preferencesSchema), Columns: []string{"channel", "allowed", "purpose", "source", "updated_at"}, LegalBasis: string(purpose.Contract),
	}
	for _, f := range s.Fields {
		to := &profile
		if f.Name == preferences {
			to = &switches
		}
		if err := h.add(&s, f, to); err != nil {
			return nil, err
		}
	}
	return []holding.File{profile, switches}, nil
}

// add opens a field and appends its records.
func (h holder) add(s *subject.Subject, f subject.Field, to *holding.File) error {
	plain, err := h.d.o.Subjects.Open(s, f.Name, f.Sealed)
	if err != nil {
		return err
	}
	var value any
	if err := json.Unmarshal(plain, &value); err != nil {
		return errUnreadable
	}
	if !slices.Contains(to.Purposes, f.Purpose) {
		to.Purposes = append(to.Purposes, f.Purpose)
		to.LegalBasis = h.basis(to.Purposes[0])
	}
	record := func(more map[string]any) {
		more["purpose"], more["source"], more["updated_at"] = f.Purpose, f.Source, f.At.Format(time.RFC3339Nano)
		to.Records = append(to.Records, more)
	}
	switch v := value.(type) {
	case map[string]any:
		for _, channel := range slices.Sorted(maps.Keys(v)) {
			record(map[string]any{"channel": channel, "allowed": v[channel]})
		}
	default:
		record(map[string]any{"field": f.Name, "value": v})
	}
	return nil
}

func (h holder) basis(code string) string {
	p, _ := h.d.o.Purposes.Get(code)
	return string(p.LegalBasis)
}

const profileSchema = `{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","additionalProperties":false,
"required":["field","value","purpose","source","updated_at"],
"properties":{
"field":{"type":"string","title":"资料项","x-title-en":"Field","oneOf":[
{"const":"avatar","title":"头像","x-title-en":"Avatar"},{"const":"birth_date","title":"出生日期","x-title-en":"Birth date"},
{"const":"email","title":"电子邮箱","x-title-en":"E-mail address"},{"const":"gender","title":"性别","x-title-en":"Gender"},
{"const":"nickname","title":"昵称","x-title-en":"Nickname"},{"const":"phone","title":"手机号","x-title-en":"Phone number"},
{"const":"postal_address","title":"通信地址","x-title-en":"Postal address"},{"const":"reminder_date","title":"提醒日期","x-title-en":"Date to be reminded of"}]},
"value":{"type":"string","title":"内容","x-title-en":"Value"},
"purpose":{"type":"string","title":"目的","x-title-en":"Purpose"},` + originSchema

const preferencesSchema = `{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","additionalProperties":false,
"required":["channel","allowed","purpose","source","updated_at"],
"properties":{
"channel":{"type":"string","title":"渠道","x-title-en":"Channel","oneOf":[
{"const":"email","title":"电子邮件","x-title-en":"E-mail"},{"const":"phone","title":"电话","x-title-en":"Phone"},
{"const":"post","title":"邮寄","x-title-en":"Post"},{"const":"sms","title":"短信","x-title-en":"SMS"},{"const":"wechat","title":"微信","x-title-en":"WeChat"}]},
"allowed":{"type":"boolean","title":"允许","x-title-en":"Allowed"},
"purpose":{"type":"string","title":"目的","x-title-en":"Purpose"},` + originSchema

const originSchema = `
"source":{"type":"string","title":"来源","x-title-en":"Source","oneOf":[
{"const":"person","title":"您填写","x-title-en":"You"},{"const":"wechat","title":"微信","x-title-en":"WeChat"},
{"const":"guardian","title":"监护人","x-title-en":"A guardian"},{"const":"staff","title":"工作人员","x-title-en":"Staff"}]},
"updated_at":{"type":"string","format":"date-time","title":"更新时间","x-title-en":"Updated"}}}`

// Erase erases every field. Nothing of a profile is kept by law.
func (h holder) Erase(ctx context.Context, id string) ([]holding.Kept, error) {
	return nil, h.d.EraseFields(ctx, id, nil)
}

// Remains lists the fields that are stored.
func (h holder) Remains(ctx context.Context, id string) (left []string, err error) {
	s, err := h.find(ctx, id)
	for _, f := range s.Fields {
		left = append(left, subject.Collection+": "+f.Name)
	}
	return left, err
}
