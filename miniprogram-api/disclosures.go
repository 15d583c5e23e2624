package miniprogramapi

import (
	"context"
	"time"

	"zhiqing/internal/rights"
	"zhiqing/internal/web"
)

type disclosureWire struct {
	At         time.Time     `json:"at"`
	Recipient  recipientName `json:"recipient"`
	Purpose    string        `json:"purpose" doc:"接收方使用的目的 · What the recipient wants it for"`
	LegalBasis string        `json:"legal_basis" example:"legal_duty"`
	Fields     []string      `json:"fields" doc:"交出的内容（数据包中的文件名）· What was handed over, by the names of the package's files"`
	Reference  string        `json:"reference" doc:"请求编号 · The number of the request" example:"RQ-7ZK3-Q9MC"`
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

// disclosures answers PIPL art. 44 and 45: who received the person's data, newest first.
func (a *API) disclosures(ctx context.Context, in *struct {
	Cursor string `query:"cursor" maxLength:"1024"`
	Limit  int    `query:"limit" minimum:"1" maximum:"100" default:"20"`
}) (*disclosuresOut, error) {
	found, next, err := a.Rights.Disclosures(ctx, principal(ctx).Owner, in.Cursor, in.Limit)
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

func wireDisclosure(x rights.Disclosure, lang string) disclosureWire {
	return disclosureWire{
		At: x.At, Recipient: recipientName{x.Recipient.Code, x.Recipient.Name.In(lang)}, Purpose: x.Recipient.Purpose.In(lang),
		LegalBasis: x.LegalBasis, Fields: append([]string{}, x.Fields...), Reference: x.Reference,
	}
}
