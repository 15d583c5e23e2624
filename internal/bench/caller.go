package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"
)

// caller is one person with a mini-program: what it sends carries their access token.
type caller struct {
	at    *process
	token string
}

// maxAnswer bounds what is read of an answer, in bytes: an export is the largest.
const maxAnswer = 64 << 20

// do sends a request and gives the body of its answer. An answer that is no success is an error.
func (c caller) do(ctx context.Context, method, path string, body any, header ...string) (answer []byte, at http.Header, err error) {
	var sent io.Reader
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			return nil, nil, err
		}
		sent = bytes.NewReader(raw)
	}
	request, err := http.NewRequestWithContext(ctx, method, c.at.url+path, sent)
	if err != nil {
		return nil, nil, err
	}
	request.Header.Set("Content-Type", "application/json")
	if c.token != "" {
		request.Header.Set("Authorization", "Bearer "+c.token)
	}
	for i := 0; i+1 < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	r, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = r.Body.Close() }()
	if answer, err = io.ReadAll(io.LimitReader(r.Body, maxAnswer)); err == nil && r.StatusCode/100 != 2 {
		err = fmt.Errorf("%s %s: %d %s", method, path, r.StatusCode, answer)
	}
	return answer, r.Header, err
}

// ask sends a request and reads its answer into into.
func (c caller) ask(ctx context.Context, method, path string, body, into any) error {
	raw, _, err := c.do(ctx, method, path, body)
	if err != nil {
		return err
	}
	return json.Unmarshal(raw, into)
}

// lodged is what is looked at of a rights request.
type lodged struct {
	Number string `json:"number"`
	State  string `json:"state"`
	Answer struct {
		Kinds []struct {
			Count int `json:"count"`
		} `json:"kinds"`
	} `json:"answer"`
}

const (
	lookEvery = 5 * time.Millisecond // how often it is asked whether a request is done
	doneLimit = 2 * time.Minute      // after which it never will be
)

// fulfil lodges a request and waits until the system has fulfilled it.
func (c caller) fulfil(ctx context.Context, request map[string]any) (r lodged, err error) {
	ctx, cancel := context.WithTimeout(ctx, doneLimit)
	defer cancel()
	if err := c.ask(ctx, http.MethodPost, "/v1/me/requests", request, &r); err != nil {
		return r, err
	}
	for {
		if err := c.ask(ctx, http.MethodGet, "/v1/me/requests/"+r.Number, nil, &r); err != nil || r.State == "fulfilled" {
			return r, err
		}
		if r.State == "refused" || r.State == "cancelled" {
			return r, fmt.Errorf("%v is %s", request["type"], r.State)
		}
		if err := pause(ctx, lookEvery); err != nil {
			return r, fmt.Errorf("%v is still %s: %w", request["type"], r.State, err)
		}
	}
}

// pause waits, unless ctx ends.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
