package miniprogramapi

import (
	"bytes"
	"context"
	_ "embed"
	"html/template"
	"net/http"
	"net/url"

	"github.com/gofiber/fiber/v2"

	"zhiqing/internal/fault"
	"zhiqing/internal/web"
)

// Unsubscriber makes and honours the links that stop advertising over a channel, for whoever holds one: no session, no
// question, no end (requirements A-L39.5; RFC 8058).
type Unsubscriber interface {
	Link(subject, channel string) (token string)
	// Channel is the channel of a token of ours; ok is false for any other.
	Channel(token string) (channel string, ok bool)
	// Stop withdraws what a token is about. Again, and for an account that is gone, is no error.
	Stop(ctx context.Context, token, language string) error
}

// ErrLink is the answer to every token that is none of ours.
var ErrLink = fault.Define(fault.Missing, "unsubscribe.unknown", "这个退订链接不完整，请从邮件或短信中重新打开。", "This link is not complete. Please open it again from the message.")

// UnsubscribePath is where the links lead.
const UnsubscribePath = "/unsubscribe"

type linksOut struct {
	Body struct {
		Items []linkWire `json:"items"`
	}
}

type linkWire struct {
	Channel string `json:"channel" enum:"email,sms,post,phone,wechat"`
	Purpose string `json:"purpose" example:"marketing.email"`
	Path    string `json:"path" example:"/unsubscribe?t=…" doc:"放入每封推广邮件的退订链接，长期有效 · The link for every advertising message; it does not end"`
}

// advertised are the channels that have a purpose of advertising of their own.
var advertised = []string{"email", "sms", "post", "phone", "wechat"}

func (a *API) unsubscribeLinks(ctx context.Context, _ *struct{}) (*linksOut, error) {
	out := &linksOut{}
	for _, channel := range advertised {
		path := UnsubscribePath + "?t=" + url.QueryEscape(a.Unsubscribe.Link(principal(ctx).Owner, channel))
		out.Body.Items = append(out.Body.Items, linkWire{channel, "marketing." + channel, path})
	}
	return out, nil
}

//go:embed unsubscribe.html
var unsubscribePage string

var unsubscribeTemplate = template.Must(template.New("unsubscribe").Parse(unsubscribePage))

// unsubscribePages adds the page behind the links. Looking at it changes nothing, because mail programs fetch links by
// themselves; one tap does, and so does a mail program's own button (RFC 8058 posts to the same address).
func (a *API) unsubscribePages() {
	app := a.Edge.Fiber()
	app.Get(UnsubscribePath, func(c *fiber.Ctx) error { return a.unsubscribePage(c, false) })
	app.Post(UnsubscribePath, func(c *fiber.Ctx) error {
		if err := a.Edge.LimitClient(c.UserContext()); err != nil {
			return err
		}
		if err := a.Unsubscribe.Stop(c.UserContext(), c.Query("t"), web.Lang(c.UserContext())); err != nil {
			return err
		}
		return a.unsubscribePage(c, true)
	})
}

func (a *API) unsubscribePage(c *fiber.Ctx, done bool) error {
	channel, ok := a.Unsubscribe.Channel(c.Query("t"))
	if !ok {
		return ErrLink
	}
	lang := web.Lang(c.UserContext())
	var out bytes.Buffer
	err := unsubscribeTemplate.Execute(&out, struct {
		Lang, Channel string
		Chinese, Done bool
	}{lang, channelWords[channel].In(lang), lang == web.Chinese, done})
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderContentSecurityPolicy, "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'")
	c.Set(fiber.HeaderContentLanguage, lang)
	c.Set(fiber.HeaderContentType, fiber.MIMETextHTMLCharsetUTF8)
	return c.Status(http.StatusOK).Send(out.Bytes())
}

var channelWords = map[string]fault.Text{
	"email": {ZH: "推广邮件", EN: "advertising e-mails"}, "sms": {ZH: "推广短信", EN: "advertising text messages"},
	"post": {ZH: "推广邮寄", EN: "advertising letters"}, "phone": {ZH: "推广电话", EN: "advertising calls"}, "wechat": {ZH: "微信推广消息", EN: "advertising in WeChat"},
}
