package live

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"

	"zhiqing/internal/wechat"
)

// maxAnswer bounds what is read of an answer, in bytes. A code to scan of 1280 pixels stays far below.
const maxAnswer = 2 << 20

// An answer is what WeChat said, read to its end.
type answer struct {
	mediaType string
	body      []byte
}

// newClient keeps connections by gateway. It follows no redirect: the next host would learn the secret.
func newClient() *http.Client {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConnsPerHost, t.MaxConnsPerHost = 32, 128
	t.MaxResponseHeaderBytes = 64 << 10
	return &http.Client{Transport: t, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// exchange sends r, which carries the context of the call, and judges the answer. Every request to WeChat goes through
// here: the one place for the breaker, the size limit and the translation of failures.
func (g *Gateway) exchange(api string, r *http.Request) (answer, error) {
	a, err := g.guarded(r)
	g.observe(api, err)
	return a, err
}

func (g *Gateway) guarded(r *http.Request) (answer, error) {
	if err := r.Context().Err(); err != nil { // not WeChat's failure, so not the breaker's business
		return answer{}, ended(err)
	}
	if !g.breaker.TryAcquirePermit() {
		return answer{}, wechat.ErrUnavailable.Because(reasonBreaker)
	}
	a, err := g.ask(r)
	if err == nil {
		err = refusal(a)
	}
	g.record(err)
	return a, err
}

func (g *Gateway) ask(r *http.Request) (answer, error) {
	resp, err := g.client.Do(r)
	if err != nil {
		return answer{}, broken(r.Context(), err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return answer{}, wechat.ErrUnavailable.Because(reasonStatus)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	switch {
	case err != nil:
		return answer{}, broken(r.Context(), err)
	case len(body) > maxAnswer:
		return answer{}, wechat.ErrUnavailable.Because(reasonSize)
	}
	return answer{mediaType: resp.Header.Get("Content-Type"), body: body}, nil
}

// record tells the breaker. A caller who hung up says nothing about WeChat, but a trial call must end in a verdict, or the
// breaker would wait for it for ever.
func (g *Gateway) record(err error) {
	switch {
	case !errors.Is(err, wechat.ErrUnavailable) || refusesToken(err):
		g.breaker.RecordSuccess()
	case !errors.Is(err, context.Canceled) || g.breaker.IsHalfOpen():
		g.breaker.RecordFailure()
	}
}

// post sends body as JSON to path. token "" sends none; it is the only part of the query.
func (g *Gateway) post(ctx context.Context, api, path string, token wechat.Secret, body any) (answer, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(body); err != nil {
		return answer{}, wechat.ErrMisuse.Because(reasonRequest)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, g.base.JoinPath(path).String(), &b)
	if err != nil {
		return answer{}, wechat.ErrMisuse.Because(reasonRequest)
	}
	if token != "" {
		q := r.URL.Query()
		q.Set("access_token", token.Reveal())
		r.URL.RawQuery = q.Encode()
	}
	r.Header.Set("Content-Type", "application/json;charset=utf-8")
	return g.exchange(api, r)
}
