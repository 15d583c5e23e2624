package miniprogramapi

import (
	"context"
	"time"

	"zhiqing/internal/disclosure"
	"zhiqing/internal/web"
)

// Disclosed lists what others have received; package disclosure does.
type Disclosed interface {
	List(ctx context.Context, subject, after string, limit int) (list []disclosure.Told, next string, err error)
}

type disclosureWire struct {
	At         time.Time     `json:"at"`
	Recipient  recipientName `json:"recipient"`
	Purpose    string        `json:"purpose" doc:"接收方使用的目的；依法提供的，写明法律 · What the recipient wants it for; the law, where it was demanded"`
	LegalBasis string        `json:"legal_basis" example:"legal_duty"`
	Fields     []string      `json:"fields" doc:"提供的内容（资料项，或转移数据包中的文件名）· What was handed over: data items, or the names of a transfer's files"`
	Reference  string        `json:"reference" doc:"请求、披露或订单等的编号 · The number of the request, of the hand-over or of an order" example:"RQ-7ZK3-Q9MC"`
	Document   string        `json:"document,omitempty" doc:"有权机关法律文书的编号 · The number of the authority's legal document"`
	Consent    string        `json:"consent_entry_id,omitempty" doc:"据以提供的同意记录 · The consent entry that allowed it"`
}

type recipientName struct {
	Code string `json:"code"`
	Name string `json:"name"`
}

type disclosuresOut struct {
	Body struct {
		Items      []disclosureWire `json:"items"`
		NextCursor string           `json:"next_cursor,omitempty" doc:"还有更早的记录时给出 · Given while there are older ones"`
	}
}

// disclosures answers PIPL art. 44 and 45: who received the person's data, newest first. What a law wants secret is left out
// until it may be told (PIPL art. 18).
func (a *API) disclosures(ctx context.Context, in *struct {
	Cursor string `query:"cursor" maxLength:"2048"`
	Limit  int    `query:"limit" minimum:"1" maximum:"100" default:"20"`
}) (*disclosuresOut, error) {
	found, next, err := a.Disclosed.List(ctx, principal(ctx).Owner, in.Cursor, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &disclosuresOut{}
	out.Body.Items, out.Body.NextCursor = make([]disclosureWire, 0, len(found)), next
	for _, x := range found {
		out.Body.Items = append(out.Body.Items, wireDisclosure(x, web.Lang(ctx)))
	}
	return out, nil
}

func wireDisclosure(x disclosure.Told, lang string) disclosureWire {
	return disclosureWire{
		At: x.At, Recipient: recipientName{x.Code, x.Name.In(lang)}, Purpose: x.Purpose.In(lang), LegalBasis: x.LegalBasis,
		Fields: append([]string{}, x.Fields...), Reference: x.Reference, Document: x.Document, Consent: x.Consent,
	}
}
