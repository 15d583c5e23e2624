package miniprogramapi

import (
	"bytes"
	"context"

	"github.com/gofiber/fiber/v2"

	"zhiqing/internal/wechat/push"
)

// Pushes receives what WeChat tells us by itself.
type Pushes interface {
	Handshake(q push.Query) (echo string, err error)
	Receive(ctx context.Context, q push.Query, body []byte) error
}

// PushPath is what the operator enters as the URL of message pushes in WeChat's console.
const PushPath = "/wechat/push"

// receivePushes registers the receiver. It is no JSON API: WeChat wants its own text back, byte for byte, sends XML or JSON
// under any Content-Type, and may add to the query, so the routes are plain ones and no part of the contract's document.
func (a *API) receivePushes() {
	a.Edge.Fiber().Get(PushPath, func(c *fiber.Ctx) error {
		echo, err := a.Pushes.Handshake(pushQuery(c))
		if err != nil {
			return err
		}
		return plain(c, echo)
	})
	a.Edge.Fiber().Post(PushPath, func(c *fiber.Ctx) error {
		// the raw body: c.Body() would unpack what is compressed, before any limit and any signature
		if err := a.Pushes.Receive(c.UserContext(), pushQuery(c), bytes.Clone(c.Request().Body())); err != nil {
			return err
		}
		return plain(c, "success")
	})
}

func pushQuery(c *fiber.Ctx) push.Query {
	return push.Query{
		Signature: c.Query("signature"), Timestamp: c.Query("timestamp"), Nonce: c.Query("nonce"), Echo: c.Query("echostr"),
		EncryptType: c.Query("encrypt_type"), MsgSignature: c.Query("msg_signature"),
	}
}

// plain answers text that no browser takes for a page: the echo is chosen by whoever asks.
func plain(c *fiber.Ctx, text string) error {
	c.Set(fiber.HeaderContentType, "text/plain; charset=utf-8")
	return c.SendString(text)
}
