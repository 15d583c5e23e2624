package live

import (
	"bytes"
	"context"

	sdk "github.com/silenceper/wechat/v2/miniprogram/context"
	"github.com/silenceper/wechat/v2/miniprogram/subscribe"

	"zhiqing/internal/wechat"
)

// Send implements wechat.Gateway by subscribeMessage.send. The retry after a refused token cannot send twice: WeChat
// refuses the token before it looks at the message.
func (g *Gateway) Send(ctx context.Context, m wechat.Message) error {
	if m.To == "" || m.Template == "" {
		return wechat.ErrMisuse.Because(reasonInput)
	}
	ctx, cancel := g.bounded(ctx)
	defer cancel()
	return g.withToken(ctx, func(token wechat.Secret) error {
		a, err := g.use(ctx, "send", token, func(s *sdk.Context) error { return subscribe.NewSubscribe(s).Send(message(m)) })
		if err == nil && !bytes.Contains(a.body, []byte(`"errcode"`)) { // the SDK takes {} for a success
			err = misread()
		}
		return err
	})
}

func message(m wechat.Message) *subscribe.Message {
	data := make(map[string]*subscribe.DataItem, len(m.Values))
	for name, value := range m.Values {
		data[name] = &subscribe.DataItem{Value: value}
	}
	return &subscribe.Message{
		ToUser: m.To.Reveal(), TemplateID: m.Template, Page: m.Page, Data: data,
		MiniprogramState: "formal", Lang: "zh_CN",
	}
}
