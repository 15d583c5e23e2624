// Package oidctest is an identity provider for tests: a server on the loopback that speaks OpenID Connect as providers do,
// with keys of its own, and lies on command.
//
// It checks what a provider checks: the client and its secret, the exact redirect, the code once, and the verifier of PKCE
// (RFC 7636). Whoever visits its authorization endpoint is signed in at once as the person that the test has set.
package oidctest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// The client that the provider knows.
const (
	ClientID = "zhiqing"
	Secret   = "a secret, & one with a %: /sign"
)

// Provider is a running server. Its fields may be changed between two journeys.
type Provider struct {
	URL      string // the issuer
	Subject  string
	Email    string
	Lie      func(claims map[string]any)                              // changes what a token says
	Sign     func(payload []byte) string                              // signs instead of the provider's key
	Describe func(description map[string]any)                         // changes the discovery document
	Info     func(claims map[string]any)                              // tells the address at the UserInfo endpoint, changed so; nil: in the token
	Token    func(w http.ResponseWriter, r *http.Request) (done bool) // answers instead of the token endpoint
	Back     string                                                   // where browsers are really sent back to; "" = as asked
	Asked    url.Values                                               // the last authorization request

	t     *testing.T
	now   func() time.Time
	key   *ecdsa.PrivateKey
	mu    sync.Mutex
	codes map[string]url.Values // by code: the request that it answers

	access string // the last access token
}

// Start runs a provider until the test ends. now is the clock of its tokens.
func Start(t *testing.T, now func() time.Time) *Provider {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p := &Provider{Subject: "u-1", Email: "li.hua@corp.example", t: t, now: now, key: key, codes: map[string]url.Values{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", p.describe)
	mux.HandleFunc("GET /keys", p.keys)
	mux.HandleFunc("GET /authorize", p.authorize)
	mux.HandleFunc("POST /token", p.token)
	mux.HandleFunc("GET /userinfo", p.info)
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	p.URL = strings.Replace(server.URL, "127.0.0.1", "localhost", 1) // another site than a program under 127.0.0.1
	return p
}

func (p *Provider) answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(body); err != nil {
		p.t.Error(err)
	}
}

func (p *Provider) describe(w http.ResponseWriter, _ *http.Request) {
	d := map[string]any{
		"issuer": p.URL, "authorization_endpoint": p.URL + "/authorize", "token_endpoint": p.URL + "/token", "jwks_uri": p.URL + "/keys",
		"response_types_supported": []string{"code"}, "subject_types_supported": []string{"public"}, "id_token_signing_alg_values_supported": []string{"ES256"},
		"authorization_response_iss_parameter_supported": true,
	}
	if p.Info != nil {
		d["userinfo_endpoint"] = p.URL + "/userinfo"
	}
	if p.Describe != nil {
		p.Describe(d)
	}
	p.answer(w, http.StatusOK, d)
}

func (p *Provider) keys(w http.ResponseWriter, _ *http.Request) {
	p.answer(w, http.StatusOK, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: p.key.Public(), KeyID: "k1", Algorithm: "ES256", Use: "sig"}}})
}

// authorize sends the browser back with a code.
func (p *Provider) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	code := rand.Text()
	p.mu.Lock()
	p.codes[code], p.Asked = q, q
	p.mu.Unlock()
	to := q.Get("redirect_uri")
	if p.Back != "" {
		to = p.Back
	}
	back := url.Values{"code": {code}, "state": {q.Get("state")}, "iss": {p.URL}}
	http.Redirect(w, r, to+"?"+back.Encode(), http.StatusFound)
}

// token trades a code for a token, once, for the client that asked.
func (p *Provider) token(w http.ResponseWriter, r *http.Request) {
	if p.Token != nil && p.Token(w, r) {
		return
	}
	id, secret, _ := r.BasicAuth()
	id, _ = url.QueryUnescape(id)
	secret, _ = url.QueryUnescape(secret)
	if id != ClientID || secret != Secret {
		p.answer(w, http.StatusUnauthorized, map[string]string{"error": "invalid_client"})
		return
	}
	code := r.PostFormValue("code")
	p.mu.Lock()
	q, known := p.codes[code]
	delete(p.codes, code)
	p.mu.Unlock()
	sum := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	if !known || q.Get("code_challenge_method") != "S256" || q.Get("code_challenge") != base64.RawURLEncoding.EncodeToString(sum[:]) ||
		r.PostFormValue("redirect_uri") != q.Get("redirect_uri") {
		p.answer(w, http.StatusBadRequest, map[string]string{"error": "invalid_grant"})
		return
	}
	access := rand.Text()
	p.mu.Lock()
	p.access = access
	p.mu.Unlock()
	p.answer(w, http.StatusOK, map[string]any{"access_token": access, "token_type": "Bearer", "expires_in": 300, "id_token": p.identity(q)})
}

// info tells the holder of the last access token about themselves.
func (p *Provider) info(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	known := p.access != "" && r.Header.Get("Authorization") == "Bearer "+p.access
	p.mu.Unlock()
	claims := map[string]any{"sub": p.Subject, "email": p.Email, "email_verified": true}
	if !known || p.Info == nil {
		p.answer(w, http.StatusUnauthorized, map[string]string{"error": "invalid_token"})
		return
	}
	p.Info(claims)
	p.answer(w, http.StatusOK, claims)
}

// identity is the token for the request q.
func (p *Provider) identity(q url.Values) string {
	now := p.now()
	claims := map[string]any{
		"iss": p.URL, "sub": p.Subject, "aud": q.Get("client_id"), "iat": now.Unix(), "exp": now.Add(5 * time.Minute).Unix(), "auth_time": now.Unix(),
		"nonce": q.Get("nonce"), "email": p.Email, "email_verified": true,
	}
	if p.Info != nil {
		delete(claims, "email")
		delete(claims, "email_verified")
	}
	if p.Lie != nil {
		p.Lie(claims)
	}
	maps.DeleteFunc(claims, func(_ string, v any) bool { return v == nil })
	payload, err := json.Marshal(claims)
	if err != nil {
		p.t.Error(err)
	}
	if p.Sign != nil {
		return p.Sign(payload)
	}
	return Signed(p.t, jose.ES256, jose.JSONWebKey{Key: p.key, KeyID: "k1"}, payload)
}

// Signed is payload as a compact JWS.
func Signed(t *testing.T, algorithm jose.SignatureAlgorithm, key any, payload []byte) string {
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: key}, nil)
	if err != nil {
		t.Error(err)
		return ""
	}
	signed, err := signer.Sign(payload)
	if err != nil {
		t.Error(err)
		return ""
	}
	text, err := signed.CompactSerialize()
	if err != nil {
		t.Error(err)
	}
	return text
}
