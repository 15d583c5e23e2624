package miniprogramapi

import (
	"context"
	"encoding/json"
	"mime"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"zhiqing/internal/rights"
	"zhiqing/internal/web"
)

// scopeWire is what a request is about: codes, or, of a transfer, the company.
type scopeWire struct {
	Codes     []string
	Recipient string
}

// UnmarshalJSON reads either form; Schema has said that it is one of them.
func (s *scopeWire) UnmarshalJSON(text []byte) error {
	if len(text) > 0 && text[0] == '[' {
		return json.Unmarshal(text, &s.Codes)
	}
	var to struct {
		Recipient string `json:"recipient"`
	}
	err := json.Unmarshal(text, &to)
	s.Recipient = to.Recipient
	return err
}

// Schema is both forms.
func (scopeWire) Schema(huma.Registry) *huma.Schema {
	codes := &huma.Schema{Type: huma.TypeArray, Items: &huma.Schema{Type: huma.TypeString}, MaxItems: new(50)}
	to := &huma.Schema{
		Type: huma.TypeObject, Required: []string{"recipient"}, AdditionalProperties: false,
		Properties: map[string]*huma.Schema{"recipient": {Type: huma.TypeString, MinLength: new(1), MaxLength: new(64)}},
	}
	codes.PrecomputeMessages()
	to.PrecomputeMessages()
	return &huma.Schema{
		OneOf: []*huma.Schema{codes, to},
		Description: "目的代号或资料项的列表，不填为全部；转移时为 {\"recipient\": 接收方代号} · " +
			"A list of codes of purposes or profile fields, none = everything; for a transfer {\"recipient\": code of the company}",
	}
}

type transferWire struct {
	Recipient   companyWire `json:"recipient" doc:"确认前请核对：谁会收到、为何、哪些信息 · To check before confirming: who receives, why, what"`
	ConfirmBy   *time.Time  `json:"confirm_by,omitempty" doc:"须在此前确认，否则自动取消 · To be confirmed by then, or it is cancelled"`
	ConfirmedAt *time.Time  `json:"confirmed_at,omitempty"`
	ReadyUntil  *time.Time  `json:"ready_until,omitempty" doc:"数据包等待取件至此时；取件码见 …/pickup · The package waits until then; …/pickup has its token"`
	PickedUpAt  *time.Time  `json:"picked_up_at,omitempty"`
}

type companyWire struct {
	Code    string `json:"code"`
	Name    string `json:"name"`
	Licence string `json:"licence" doc:"统一社会信用代码 · The number of its business licence"`
	Contact string `json:"contact"`
	Purpose string `json:"purpose"`
	Kinds   string `json:"kinds"`
}

func wireTransfer(r rights.Request, lang string) *transferWire {
	t := r.Transfer
	if t == nil {
		return nil
	}
	w := &transferWire{Recipient: wireCompany(t.Recipient, lang), ConfirmedAt: unlessZero(t.ConfirmedAt), PickedUpAt: unlessZero(t.PickedUpAt)}
	if r.State == rights.ConfirmationRequired {
		w.ConfirmBy = unlessZero(r.ReceivedAt.Add(rights.ConfirmWithin))
	}
	if r.State == rights.InProgress && r.Package != nil {
		w.ReadyUntil = unlessZero(r.Package.ExpiresAt)
	}
	return w
}

func wireCompany(c rights.Recipient, lang string) companyWire {
	return companyWire{c.Code, c.Name.In(lang), c.Licence, c.Contact.In(lang), c.Purpose.In(lang), c.Kinds.In(lang)}
}

type companiesOut struct {
	Body struct {
		Items []companyWire `json:"items"`
	}
}

// companies are those to which data may be transferred.
func (a *API) companies(ctx context.Context, _ *struct{}) (*companiesOut, error) {
	out := &companiesOut{}
	out.Body.Items = []companyWire{}
	for _, c := range a.Rights.Companies() {
		out.Body.Items = append(out.Body.Items, wireCompany(c, web.Lang(ctx)))
	}
	return out, nil
}

// confirmTransfer is the person's second word: they have seen who receives what. It gives data away, so it needs a fresh
// proof of the WeChat account.
func (a *API) confirmTransfer(ctx context.Context, in *numberIn) (*requestOut, error) {
	p := principal(ctx)
	if _, err := a.Rights.Find(ctx, p.Owner, in.Number); err != nil {
		return nil, err
	}
	if err := a.Fresh(p); err != nil {
		return nil, err
	}
	r, err := a.Rights.Confirm(ctx, p.Owner, in.Number)
	return oneRequest(ctx, r, err)
}

type pickupOut struct {
	CacheControl string `header:"Cache-Control"`
	Body         struct {
		Token     string      `json:"token" doc:"一次性取件码，请交给接收方 · To hand to the company; works once"`
		ExpiresAt time.Time   `json:"expires_at"`
		URL       string      `json:"url" doc:"接收方在此取件（POST） · Where the company fetches the package (POST)"`
		Recipient companyWire `json:"recipient"`
	}
}

// pickup gives the person the token to hand over. Whoever has it gets the data, so this too needs a fresh proof.
func (a *API) pickup(ctx context.Context, in *numberIn) (*pickupOut, error) {
	p := principal(ctx)
	if _, err := a.Rights.Find(ctx, p.Owner, in.Number); err != nil {
		return nil, err
	}
	if err := a.Fresh(p); err != nil {
		return nil, err
	}
	made, err := a.Rights.PickupOf(ctx, p.Owner, in.Number)
	if err != nil {
		return nil, err
	}
	out := &pickupOut{CacheControl: "private, no-store"}
	out.Body.Token, out.Body.ExpiresAt, out.Body.URL = made.Token, made.ExpiresAt, "/v1/transfers/pickup"
	out.Body.Recipient = wireCompany(made.Recipient, web.Lang(ctx))
	return out, nil
}

// collect gives a package to the company that shows its token. The token is in the body: an address would end up in logs.
func (a *API) collect(ctx context.Context, in *struct {
	Body struct {
		Token string `json:"token" minLength:"1" maxLength:"64"`
	}
}) (*fileOut, error) {
	name, data, err := a.Rights.Collect(ctx, in.Body.Token)
	if err != nil {
		return nil, err
	}
	return zipped(name, data), nil
}

// zipped is a package on its way out.
func zipped(name string, data []byte) *fileOut {
	return &fileOut{
		ContentType: "application/zip", CacheControl: "private, no-store",
		Disposition: mime.FormatMediaType("attachment", map[string]string{"filename": name}), Body: data,
	}
}
