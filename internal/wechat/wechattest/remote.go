package wechattest

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"testing"

	"zhiqing/internal/wechat"
)

// The paths of WeChat's API, as the sandbox counts them.
const (
	pathLogin   = "/sns/jscode2session"
	pathToken   = "/cgi-bin/stable_token"
	pathPhone   = "/wxa/business/getuserphonenumber"
	pathQRCode  = "/wxa/getwxacodeunlimit"
	pathMessage = "/cgi-bin/message/subscribe/send"
)

// calls asks the sandbox what it has been asked.
func (s *stage) calls(t *testing.T) map[string]int {
	t.Helper()
	var out map[string]int
	s.fetch(t, "/_sandbox/calls", &out)
	return out
}

func (s *stage) fetch(t *testing.T, path string, out any) {
	t.Helper()
	resp, err := http.Get(s.url + path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if err := json.NewDecoder(resp.Body).Decode(out); err != nil {
		t.Fatalf("GET %s: %v", path, err)
	}
}

// tell posts to one of the sandbox's own paths.
func (s *stage) tell(t *testing.T, path string, body map[string]any) {
	t.Helper()
	b, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.Post(s.url+path, "application/json", bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("POST %s: status %d", path, resp.StatusCode)
	}
}

// plan lets the next n calls of path fail.
func (s *stage) plan(t *testing.T, path string, n int, what string, value any) {
	t.Helper()
	s.tell(t, "/_sandbox/faults", map[string]any{"path": path, "n": n, what: value})
}

// openid is what the sandbox calls a person.
func (s *stage) openid(t *testing.T, person string) wechat.Secret {
	t.Helper()
	var p struct{ OpenID string }
	s.fetch(t, "/_sandbox/persons/"+person, &p)
	return wechat.Secret(p.OpenID)
}

func want(t *testing.T, err, failure error) {
	t.Helper()
	if !errors.Is(err, failure) {
		t.Errorf("got %v, want %v", err, failure)
	}
}

func succeed(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("got %v (%v), want success", err, errors.Unwrap(err))
	}
}
