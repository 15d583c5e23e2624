package miniprogramapi

import (
	"context"
	"time"

	"zhiqing/internal/message"
	"zhiqing/internal/web"
)

// Messages is a person's inbox, and what they have allowed WeChat to send.
type Messages interface {
	List(ctx context.Context, subject, after string, limit int) ([]message.Message, string, error)
	Read(ctx context.Context, subject, id string) (message.Message, error)
	Offers(ctx context.Context, subject string) ([]message.Offer, error)
	Subscribe(ctx context.Context, subject, template, result, retry string) (left int, err error)
}

type messageWire struct {
	ID           string     `json:"id" example:"msg_4rv1…"`
	Kind         string     `json:"kind" example:"request_done"`
	Title        string     `json:"title" doc:"可直接展示 · May be shown as it is"`
	Text         string     `json:"text"`
	Number       string     `json:"number,omitempty" doc:"有关的请求或反映 · The request or report that it is about" example:"RQ-7ZK3-Q9MC"`
	Guardianship string     `json:"guardianship_id,omitempty"`
	Notice       string     `json:"notice_kind,omitempty"`
	At           time.Time  `json:"at"`
	ReadAt       *time.Time `json:"read_at" doc:"未读为 null · null until it is read"`
	ExpiresAt    time.Time  `json:"expires_at"`
}

func wireMessage(m message.Message, lang string) messageWire {
	text := m.In(lang)
	return messageWire{
		ID: m.ID, Kind: string(m.Kind), Title: text.Title, Text: text.Body, Number: m.Refs.Request, Guardianship: m.Refs.Guardianship,
		Notice: m.Refs.Notice, At: m.At, ReadAt: unlessZero(m.ReadAt), ExpiresAt: m.Expires,
	}
}

type messagesOut struct {
	Body struct {
		Items      []messageWire `json:"items"`
		NextCursor string        `json:"next_cursor,omitempty"`
	}
}

func (a *API) messages(ctx context.Context, in *struct {
	Cursor string `query:"cursor" maxLength:"1024"`
	Limit  int    `query:"limit" minimum:"1" maximum:"100" default:"20"`
}) (*messagesOut, error) {
	found, next, err := a.Messages.List(ctx, principal(ctx).Owner, in.Cursor, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &messagesOut{}
	out.Body.Items, out.Body.NextCursor = []messageWire{}, next
	for _, m := range found {
		out.Body.Items = append(out.Body.Items, wireMessage(m, web.Lang(ctx)))
	}
	return out, nil
}

type messageOut struct{ Body messageWire }

func (a *API) readMessage(ctx context.Context, in *struct {
	ID string `path:"message_id" maxLength:"64" example:"msg_4rv1…"`
}) (*messageOut, error) {
	m, err := a.Messages.Read(ctx, principal(ctx).Owner, in.ID)
	if err != nil {
		return nil, err
	}
	return &messageOut{wireMessage(m, web.Lang(ctx))}, nil
}

type offerWire struct {
	Template string   `json:"template" doc:"用于 wx.requestSubscribeMessage 的模板 · A template for wx.requestSubscribeMessage"`
	Kinds    []string `json:"kinds" doc:"用它发送的消息 · What is sent by it"`
	Left     int      `json:"left" doc:"还可发送几条；每次同意一条 · How many more may be sent; one per acceptance"`
}

type offersOut struct {
	Body struct {
		Items []offerWire `json:"items"`
	}
}

func (a *API) subscriptions(ctx context.Context, _ *struct{}) (*offersOut, error) {
	offers, err := a.Messages.Offers(ctx, principal(ctx).Owner)
	if err != nil {
		return nil, err
	}
	out := &offersOut{}
	out.Body.Items = []offerWire{}
	for _, o := range offers {
		w := offerWire{Template: o.Template, Left: o.Left}
		for _, k := range o.Kinds {
			w.Kinds = append(w.Kinds, string(k))
		}
		out.Body.Items = append(out.Body.Items, w)
	}
	return out, nil
}

type subscribeIn struct {
	IdempotencyKey string `header:"Idempotency-Key" maxLength:"255" doc:"没收到回答时，以同一键值重试只算一次 · A retry with the same key counts once"`
	Body           struct {
		Template string `json:"template" minLength:"1" maxLength:"64"`
		Result   string `json:"result" enum:"accept,reject" doc:"wx.requestSubscribeMessage 的结果 · What wx.requestSubscribeMessage answered"`
	}
}

type subscribeOut struct {
	Body struct {
		Template string `json:"template"`
		Left     int    `json:"left"`
	}
}

func (a *API) subscribe(ctx context.Context, in *subscribeIn) (*subscribeOut, error) {
	left, err := a.Messages.Subscribe(ctx, principal(ctx).Owner, in.Body.Template, in.Body.Result, in.IdempotencyKey)
	if err != nil {
		return nil, err
	}
	out := &subscribeOut{}
	out.Body.Template, out.Body.Left = in.Body.Template, left
	return out, nil
}
