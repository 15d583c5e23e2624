package live

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"sync"

	mini "github.com/silenceper/wechat/v2/miniprogram/config"
	sdk "github.com/silenceper/wechat/v2/miniprogram/context"
	"github.com/silenceper/wechat/v2/util"

	"zhiqing/internal/wechat"
)

// The SDK sends every request through one global http.Client, has constants for URLs, takes no context for messages and
// codes, and puts URLs into its errors. So it gets no appid, secret or token at all, but a ticket: the number of one call.
// The global client, set once, looks the ticket up and sends the request as that call's own: with its context, to its
// gateway's base URL, with the real credentials. Gateways in one process cannot mix, and the SDK has nothing to leak.

// A call is one use of the SDK, and how it went.
type call struct {
	ctx     context.Context
	gateway *Gateway
	api     string
	token   wechat.Secret // "" where the API takes appid and secret
	answer  answer
	err     error
}

// desk knows the calls that are under way; it is this package's only state, because the SDK's client is the process's.
var desk = newTickets()

type tickets struct {
	install sync.Once
	mu      sync.Mutex
	last    uint64
	open    map[string]*call
}

func newTickets() *tickets { return &tickets{open: map[string]*call{}} }

// takeOverSDK makes the desk the SDK's only way out. It happens before the first call of the first gateway.
func takeOverSDK() {
	desk.install.Do(func() { util.DefaultHTTPClient = &http.Client{Transport: desk} })
}

func (t *tickets) issue(c *call) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.last++
	ticket := "ticket-" + strconv.FormatUint(t.last, 10)
	t.open[ticket] = c
	return ticket
}

func (t *tickets) cancel(ticket string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.open, ticket)
}

// find takes the ticket from where the SDK puts an appid or a token.
func (t *tickets) find(r *http.Request) *call {
	q := r.URL.Query()
	t.mu.Lock()
	defer t.mu.Unlock()
	if c := t.open[q.Get("access_token")]; c != nil {
		return c
	}
	return t.open[q.Get("appid")]
}

var errNoTicket = errors.New("live: a request of the SDK that belongs to no call")

// RoundTrip implements http.RoundTripper for the SDK's client. What the call's caller learns is kept in the call.
func (t *tickets) RoundTrip(r *http.Request) (*http.Response, error) {
	c := t.find(r)
	if c == nil {
		return nil, errNoTicket
	}
	c.answer, c.err = c.gateway.exchange(c.api, c.rewrite(r))
	if c.err != nil {
		return nil, c.err
	}
	return &http.Response{
		StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r,
		Header: http.Header{"Content-Type": {c.answer.mediaType}}, Body: io.NopCloser(bytes.NewReader(c.answer.body)),
	}, nil
}

// rewrite puts the real address, context and credentials into a copy of what the SDK wants to send.
func (c *call) rewrite(r *http.Request) *http.Request {
	out := r.Clone(c.ctx)
	q := out.URL.Query()
	if c.token != "" {
		q.Set("access_token", c.token.Reveal())
	} else {
		q.Set("appid", c.gateway.appID)
		q.Set("secret", c.gateway.secret.Reveal())
	}
	out.URL = c.gateway.base.JoinPath(r.URL.Path)
	out.URL.RawQuery = q.Encode()
	out.Host, out.RequestURI = "", ""
	if out.Body == nil { // net/http sends a GET without a body again if a kept connection breaks, but a code works once
		out.Body = io.NopCloser(bytes.NewReader(nil))
	}
	return out
}

// use runs the SDK for one call. Of its error only the fact survives.
func (g *Gateway) use(ctx context.Context, api string, token wechat.Secret, do func(*sdk.Context) error) (answer, error) {
	c := &call{ctx: ctx, gateway: g, api: api, token: token}
	ticket := desk.issue(c)
	defer desk.cancel(ticket)
	err := do(&sdk.Context{Config: &mini.Config{AppID: ticket}, AccessTokenContextHandle: handle(ticket)})
	switch {
	case c.err != nil:
		return answer{}, c.err
	case err != nil:
		return answer{}, misread()
	}
	return c.answer, nil
}

// handle gives the SDK a ticket where it asks for an access token.
type handle string

func (h handle) GetAccessToken() (string, error)                       { return string(h), nil }
func (h handle) GetAccessTokenContext(context.Context) (string, error) { return string(h), nil }
