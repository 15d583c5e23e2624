package miniprogramapi

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"zhiqing/internal/disclosure"
	"zhiqing/internal/web"
)

// Services says whose key a call carries; package service does.
type Services interface {
	Authenticate(ctx context.Context, key string) (name string, err error)
}

// Provider is the one way by which data goes to a recipient; package disclosure is it.
type Provider interface {
	Provide(ctx context.Context, p disclosure.Provision) (disclosure.Given, error)
}

type serviceKey struct{}

// authenticateService lets the operator's other systems in, each within its rate.
func (a *API) authenticateService(ctx huma.Context, next func(huma.Context)) {
	name, err := a.Services.Authenticate(ctx.Context(), bearer(ctx.Header("Authorization")))
	if err == nil {
		err = a.Edge.LimitAccount("svc_" + name)
	}
	if err != nil {
		_ = huma.WriteErr(a.Edge.API(), ctx, http.StatusInternalServerError, "", err)
		return
	}
	next(huma.WithValue(ctx, serviceKey{}, name))
}

type provisionIn struct {
	Body struct {
		Subject   string   `json:"subject" pattern:"^sub_[0-9a-z]{26}$" doc:"主体编号 · The subject"`
		Purpose   string   `json:"purpose" maxLength:"64" doc:"目的代号 · A purpose's code" example:"order.fulfil"`
		Recipient string   `json:"recipient" maxLength:"64" doc:"接收方代号 · A recipient's code" example:"sample_logistics"`
		Fields    []string `json:"fields" minItems:"1" maxItems:"32" doc:"信息种类代号，不得超出该目的 · Data items, none beyond the purpose" example:"[\"delivery\"]"`
		Reference string   `json:"reference" maxLength:"64" doc:"贵系统的编号，不含个人信息 · The calling system's own number, without personal data" example:"O-1001"`
	}
}

type recipientTold struct {
	Code    string `json:"code"`
	Name    string `json:"name"`
	Contact string `json:"contact"`
	Purpose string `json:"purpose"`
	Method  string `json:"method"`
	Kinds   string `json:"kinds"`
	Region  string `json:"region"`
}

type provisionOut struct {
	Body struct {
		ID         string         `json:"disclosure_id" doc:"对外提供记录的编号，保存三年 · The entry in the ledger, kept for three years"`
		At         time.Time      `json:"at"`
		Recipient  recipientTold  `json:"recipient" doc:"提供时的接收方信息 · The recipient as of now"`
		LegalBasis string         `json:"legal_basis"`
		Consent    string         `json:"consent_entry_id,omitempty" doc:"据以提供的同意记录 · The consent entry that allows it"`
		Fields     []string       `json:"fields"`
		Values     map[string]any `json:"values" doc:"保存在本系统的内容；其余由贵系统自行提供 · What is kept here of them; the calling system has the rest"`
	}
}

// provide says whether data may go to a recipient now, writes that down, and gives what is kept here.
func (a *API) provide(ctx context.Context, in *provisionIn) (*provisionOut, error) {
	name, _ := ctx.Value(serviceKey{}).(string)
	given, err := a.Provider.Provide(ctx, disclosure.Provision{
		Service: name, Subject: in.Body.Subject, Purpose: in.Body.Purpose, Recipient: in.Body.Recipient, Fields: in.Body.Fields, Reference: in.Body.Reference,
	})
	if err != nil {
		return nil, err
	}
	out, lang, r := &provisionOut{}, web.Lang(ctx), given.Recipient
	b := &out.Body
	b.ID, b.At, b.LegalBasis, b.Consent, b.Fields, b.Values = given.ID, given.SentAt, string(given.Basis), given.Consent, given.Fields, given.Values
	b.Recipient = recipientTold{r.Code, r.Name.In(lang), r.Contact.In(lang), r.Purpose.In(lang), r.Method.In(lang), r.Kinds.In(lang), r.Region}
	return out, nil
}
