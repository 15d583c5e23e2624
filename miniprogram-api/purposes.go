package miniprogramapi

import (
	"context"

	"zhiqing/internal/purpose"
	"zhiqing/internal/web"
)

type dataItemWire struct {
	Code      string `json:"code"`
	Title     string `json:"title"`
	Sensitive bool   `json:"sensitive" doc:"敏感个人信息（个人信息保护法第二十八条） · Sensitive (PIPL art. 28)"`
	Optional  bool   `json:"optional"`
	Source    string `json:"source" enum:"person,wechat,system,staff,guardian"`
}

type retentionWire struct {
	Period     string `json:"period" doc:"ISO 8601" example:"P12M"`
	Starts     string `json:"starts" doc:"从哪件事起算 · The event that starts it"`
	Afterwards string `json:"afterwards" doc:"到期后如何处理 · What happens then"`
	Text       string `json:"text"`
}

type purposeWire struct {
	Code               string         `json:"code" example:"analytics.usage"`
	Title              string         `json:"title"`
	Description        string         `json:"description"`
	LegalBasis         string         `json:"legal_basis" enum:"consent,contract,hr,legal_duty,emergency,public_interest,public_information,other_law"`
	LegalBasisRef      string         `json:"legal_basis_ref"`
	ConsentKind        string         `json:"consent_kind,omitempty" enum:"general,explicit,separate,written" doc:"仅以同意为依据的目的 · Only where the basis is consent"`
	Necessity          string         `json:"necessity" enum:"required,optional"`
	Sensitive          bool           `json:"sensitive"`
	MinAge             int            `json:"min_age,omitempty" doc:"低于此年龄或未填写年龄者不开放 · Closed below this age, and while no age is stated"`
	ClosedTo           []string       `json:"closed_to,omitempty" doc:"永不对这些年龄段开放，监护人也不能同意 · Never open to these age bands, not by a guardian either"`
	DecidedBy          string         `json:"decided_by,omitempty" doc:"guardian：由监护人决定 · guardian: decided by a guardian"`
	Guests             bool           `json:"guests" doc:"访客可否决定 · Whether a guest may decide it"`
	PerRecipient       bool           `json:"per_recipient" doc:"须对每一接收方分别同意 · Decided for each recipient"`
	DataItems          []dataItemWire `json:"data_items"`
	Recipients         []string       `json:"recipients"`
	Retention          retentionWire  `json:"retention"`
	ValidFor           string         `json:"valid_for,omitempty" doc:"同意的有效期 · How long a consent counts" example:"P12M"`
	NoticeKind         string         `json:"notice_kind" doc:"同意前须展示的告知文本 · The notice to show before asking"`
	RefusalConsequence string         `json:"refusal_consequence,omitempty"`
	Enabled            bool           `json:"enabled"`
	Definition         string         `json:"definition_sha256" doc:"同意记录以此指认当时的目的 · How an entry pins the purpose as it was"`
}

func wirePurpose(p *purpose.Purpose, lang string) purposeWire {
	w := purposeWire{
		Code: p.Code, Title: p.Title.In(lang), Description: p.Description.In(lang), LegalBasis: string(p.LegalBasis),
		LegalBasisRef: p.LegalBasisRef.In(lang), ConsentKind: string(p.ConsentKind), Necessity: string(p.Necessity),
		Sensitive: p.Sensitive, MinAge: p.MinAge, ClosedTo: p.ClosedTo, DecidedBy: string(p.DecidedBy), Guests: p.Guests, PerRecipient: p.PerRecipient, Recipients: append([]string{}, p.Recipients...),
		Retention: retentionWire{Period: p.Retention.Period.String(), Starts: p.Retention.Starts, Afterwards: p.Retention.Afterwards, Text: p.Retention.Text.In(lang)},
		ValidFor:  p.ValidFor.String(), NoticeKind: p.NoticeKind, RefusalConsequence: p.RefusalConsequence.In(lang), Enabled: p.Enabled, Definition: p.Digest,
		DataItems: []dataItemWire{},
	}
	for _, i := range p.DataItems {
		w.DataItems = append(w.DataItems, dataItemWire{Code: i.Code, Title: i.Title.In(lang), Sensitive: i.Sensitive, Optional: i.Optional, Source: string(i.Source)})
	}
	return w
}

type purposesOut struct {
	Body struct {
		Items []purposeWire `json:"items"`
	}
}

func (a *API) purposes(ctx context.Context, _ *struct{}) (*purposesOut, error) {
	out := &purposesOut{}
	out.Body.Items = []purposeWire{}
	for _, p := range a.Purposes.All() {
		out.Body.Items = append(out.Body.Items, wirePurpose(&p, web.Lang(ctx)))
	}
	return out, nil
}

type recipientWire struct {
	Code        string           `json:"code"`
	Name        string           `json:"name"`
	Role        string           `json:"role" enum:"processor,handler,platform" doc:"受托人、独立处理者、平台 · Acts for us, decides itself, carries the mini-program"`
	Contact     string           `json:"contact"`
	Purpose     string           `json:"purpose"`
	Method      string           `json:"method"`
	Kinds       string           `json:"kinds"`
	Region      string           `json:"region" example:"CN"`
	PolicyURL   string           `json:"policy_url,omitempty"`
	Sample      bool             `json:"sample" doc:"示例，并非真实接收方 · An example, nobody real"`
	Enabled     bool             `json:"enabled"`
	CrossBorder *crossBorderWire `json:"cross_border,omitempty" doc:"境外接收方：法定路径、必要性、如何向其行使权利 · Of a recipient abroad: the route, the need, and how rights are used there"`
}

type crossBorderWire struct {
	Route     string `json:"route" example:"standard_contract"`
	Necessity string `json:"necessity"`
	Rights    string `json:"rights"`
}

type recipientsOut struct {
	Body struct {
		Items []recipientWire `json:"items"`
	}
}

func (a *API) recipients(ctx context.Context, _ *struct{}) (*recipientsOut, error) {
	lang := web.Lang(ctx)
	out := &recipientsOut{}
	out.Body.Items = []recipientWire{}
	for _, r := range a.Purposes.Recipients() {
		item := recipientWire{
			Code: r.Code, Name: r.Name.In(lang), Role: string(r.Role), Contact: r.Contact.In(lang), Purpose: r.Purpose.In(lang),
			Method: r.Method.In(lang), Kinds: r.Kinds.In(lang), Region: r.Region, PolicyURL: r.PolicyURL, Sample: r.Sample, Enabled: r.Enabled,
		}
		if x := r.CrossBorder; x != nil {
			item.CrossBorder = &crossBorderWire{x.Route, x.Necessity.In(lang), x.Rights.In(lang)}
		}
		out.Body.Items = append(out.Body.Items, item)
	}
	return out, nil
}

type contactOut struct {
	Body struct {
		Operator      string `json:"operator" doc:"个人信息处理者 · Who is responsible"`
		Address       string `json:"address"`
		Contact       string `json:"contact"`
		DPO           string `json:"dpo" doc:"个人信息保护负责人 · Who is in charge of protection (PIPL art. 52)"`
		ComplaintDays int    `json:"complaint_working_days" doc:"投诉在多少个工作日内答复 · Working days until a complaint is answered"`
		Authority     string `json:"authority" doc:"也可以向主管部门投诉 · Complaints may also go to the authority"`
	}
}

func (a *API) contact(ctx context.Context, _ *struct{}) (*contactOut, error) {
	out := &contactOut{}
	b := &out.Body
	b.Operator, b.Address, b.Contact, b.DPO, b.ComplaintDays = a.Contact.Operator, a.Contact.Address, a.Contact.Contact, a.Contact.DPO, a.Contact.ComplaintDays
	b.Authority = "国家互联网信息办公室违法和不良信息举报中心 12377"
	if web.Lang(ctx) == "en" {
		b.Authority = "Cyberspace Administration of China, reporting centre, phone 12377"
	}
	return out, nil
}
