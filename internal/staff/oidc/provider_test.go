package oidc_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"zhiqing/config"
	"zhiqing/internal/staff"
	"zhiqing/internal/staff/oidc"
	"zhiqing/internal/staff/oidc/oidctest"
)

const redirect = "https://privacy.example.cn" + staff.CallbackPath

func options(p *oidctest.Provider) oidc.Options {
	return oidc.Options{Issuer: p.URL, ClientID: oidctest.ClientID, Secret: config.Secret(oidctest.Secret), Redirect: redirect, Now: time.Now}
}

func inquiry() staff.Inquiry {
	return staff.Inquiry{State: rand.Text(), Nonce: rand.Text(), Verifier: rand.Text() + rand.Text()}
}

// visit goes to the provider as a browser does, and returns what comes back.
func visit(t *testing.T, to string) staff.Answer {
	t.Helper()
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, Timeout: 10 * time.Second}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, to, nil)
	if err != nil {
		t.Fatal(err)
	}
	a, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = a.Body.Close()
	back, err := url.Parse(a.Header.Get("Location"))
	if err != nil || !strings.HasPrefix(back.String(), redirect+"?") {
		t.Fatalf("sent back to %s: %v", back, err)
	}
	q := back.Query()
	return staff.Answer{State: q.Get("state"), Code: q.Get("code"), Issuer: q.Get("iss"), Error: q.Get("error")}
}

// journey is the whole way.
func journey(t *testing.T, o oidc.Options, q staff.Inquiry, change ...func(*staff.Answer)) (staff.Identity, error) {
	t.Helper()
	p := oidc.New(o)
	to, err := p.Send(t.Context(), q)
	if err != nil {
		return staff.Identity{}, err
	}
	a := visit(t, to)
	for _, f := range change {
		f(&a)
	}
	who, err := p.Redeem(t.Context(), q, a)
	if err != nil && strings.Contains(err.Error()+fmt.Sprintf("%+v", p), a.Code) {
		t.Errorf("the code is told: %v", err)
	}
	return who, err
}

func TestAnIdentityIsWhatTheProviderHasSigned(t *testing.T) {
	p := oidctest.Start(t, time.Now)
	q := inquiry()
	who, err := journey(t, options(p), q)
	if err != nil || who.Subject != p.Subject || who.Email != p.Email || time.Since(who.ProvedAt) > time.Minute {
		t.Fatalf("%+v %v", who, err)
	}
	asked := p.Asked
	for name, want := range map[string]string{"response_type": "code", "client_id": oidctest.ClientID, "redirect_uri": redirect, "state": q.State, "nonce": q.Nonce,
		"code_challenge_method": "S256", "max_age": "28800", "prompt": "", "scope": "openid email"} {
		if asked.Get(name) != want {
			t.Errorf("%s is %q, want %q", name, asked.Get(name), want)
		}
	}
	if strings.Contains(asked.Encode(), q.Verifier) || strings.Contains(asked.Encode(), url.QueryEscape(oidctest.Secret)) {
		t.Error("the address tells a secret")
	}
	q.Afresh = true
	if _, err := journey(t, options(p), q); err != nil || p.Asked.Get("prompt") != "login" || p.Asked.Get("max_age") != "0" {
		t.Errorf("%v %v", p.Asked, err)
	}
	p.Lie = func(c map[string]any) { c["email_verified"], c["auth_time"] = "true", nil }
	if who, err = journey(t, options(p), inquiry()); err != nil || who.Email == "" || !who.ProvedAt.IsZero() {
		t.Errorf("%+v %v", who, err)
	}
	for _, no := range []any{false, nil, "false", 1, "yes"} {
		p.Lie = func(c map[string]any) { c["email_verified"] = no }
		if who, err = journey(t, options(p), inquiry()); err != nil || who.Email != "" {
			t.Errorf("an address that is verified %v counts: %v %v", no, who, err)
		}
	}
}

func TestAnAddressMayBeToldByTheUserInfoEndpointAlone(t *testing.T) {
	p := oidctest.Start(t, time.Now)
	for name, row := range map[string]struct {
		info func(map[string]any)
		mail string
		want error
	}{
		"verified":          {func(map[string]any) {}, p.Email, nil},
		"verified, in text": {func(c map[string]any) { c["email_verified"] = "true" }, p.Email, nil},
		"not verified":      {func(c map[string]any) { c["email_verified"] = false }, "", nil},
		"not said":          {func(c map[string]any) { delete(c, "email_verified") }, "", nil},
		"none":              {func(c map[string]any) { delete(c, "email") }, "", nil},
		"somebody else's":   {func(c map[string]any) { c["sub"] = "u-2" }, "", staff.ErrJourney},
		"nobody's":          {func(c map[string]any) { delete(c, "sub") }, "", staff.ErrJourney},
		"no JSON for us":    {func(c map[string]any) { c["email"] = 7 }, "", staff.ErrProvider},
	} {
		p.Info = row.info
		who, err := journey(t, options(p), inquiry())
		if !errors.Is(err, row.want) || who.Email != row.mail && err == nil {
			t.Errorf("%s: %+v %v", name, who, err)
		}
	}
}

func TestATokenForSomebodyElseIsNotBelieved(t *testing.T) {
	p := oidctest.Start(t, time.Now)
	lies := map[string]func(c map[string]any){
		"another nonce":        func(c map[string]any) { c["nonce"] = "other" },
		"no nonce":             func(c map[string]any) { c["nonce"] = nil },
		"another client":       func(c map[string]any) { c["aud"] = "other" },
		"two clients, no azp":  func(c map[string]any) { c["aud"] = []string{"other", oidctest.ClientID} },
		"another azp":          func(c map[string]any) { c["azp"] = "other" },
		"another issuer":       func(c map[string]any) { c["iss"] = "https://evil.example" },
		"expired":              func(c map[string]any) { c["exp"] = time.Now().Add(-time.Minute).Unix() },
		"no expiry":            func(c map[string]any) { c["exp"] = nil },
		"from the future":      func(c map[string]any) { c["iat"] = time.Now().Add(time.Hour).Unix() },
		"nobody":               func(c map[string]any) { c["sub"] = "" },
		"a subject beyond 255": func(c map[string]any) { c["sub"] = strings.Repeat("x", 256) },
	}
	for name, lie := range lies {
		p.Lie = lie
		if who, err := journey(t, options(p), inquiry()); !errors.Is(err, staff.ErrJourney) || who != (staff.Identity{}) {
			t.Errorf("%s: %+v %v", name, who, err)
		}
	}
	p.Lie = nil
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signers := map[string]func([]byte) string{
		"another key": func(b []byte) string {
			return oidctest.Signed(t, jose.ES256, jose.JSONWebKey{Key: other, KeyID: "k1"}, b)
		},
		"the client's secret": func(b []byte) string {
			return oidctest.Signed(t, jose.HS256, []byte(strings.Repeat(oidctest.Secret, 2)), b)
		},
		"none": func(b []byte) string {
			parts := strings.Split(oidctest.Signed(t, jose.HS256, []byte(strings.Repeat("x", 32)), b), ".")
			return "eyJhbGciOiJub25lIn0." + parts[1] + "."
		},
		"no token":  func([]byte) string { return "" },
		"a garbage": func([]byte) string { return "a.b.c" },
	}
	for name, sign := range signers {
		p.Sign = sign
		if _, err := journey(t, options(p), inquiry()); !errors.Is(err, staff.ErrJourney) {
			t.Errorf("signed with %s: %v", name, err)
		}
	}
}

func TestAnAnswerBelongsToItsInquiry(t *testing.T) {
	p := oidctest.Start(t, time.Now)
	for name, change := range map[string]func(*staff.Answer){
		"another issuer's answer": func(a *staff.Answer) { a.Issuer = "https://evil.example" },
		"an answer without one":   func(a *staff.Answer) { a.Issuer = "" },
		"a code that is none":     func(a *staff.Answer) { a.Code += "x" },
	} {
		if _, err := journey(t, options(p), inquiry(), change); !errors.Is(err, staff.ErrJourney) {
			t.Errorf("%s: %v", name, err)
		}
	}
	client, q := oidc.New(options(p)), inquiry()
	to, err := client.Send(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	a := visit(t, to)
	stolen := q
	stolen.Verifier = rand.Text() + rand.Text()
	if _, err := client.Redeem(t.Context(), stolen, a); !errors.Is(err, staff.ErrJourney) {
		t.Errorf("a code without its verifier: %v", err)
	}
	if _, err := client.Redeem(t.Context(), q, a); !errors.Is(err, staff.ErrJourney) {
		t.Errorf("a code works twice: %v", err)
	}
	o := options(p)
	o.ACR = "mfa"
	if _, err := journey(t, o, inquiry()); !errors.Is(err, staff.ErrJourney) {
		t.Errorf("too weak a sign-in: %v", err)
	}
	p.Lie = func(c map[string]any) { c["acr"] = "mfa" }
	if _, err := journey(t, o, inquiry()); err != nil || p.Asked.Get("acr_values") != "mfa" {
		t.Error(err)
	}
}

// A provider that does not work is not the officer's fault; what it answers is repeated nowhere.
func TestAProviderThatFailsIsSaidToFail(t *testing.T) {
	p := oidctest.Start(t, time.Now)
	const body = "a body with somebody's name"
	faults := map[string]func(o *oidc.Options){
		"wrong secret": func(o *oidc.Options) { o.Secret = "wrong" },
		"away":         func(o *oidc.Options) { o.Issuer = "http://127.0.0.1:1" },
		"another issuer's description": func(*oidc.Options) {
			p.Describe = func(d map[string]any) { d["issuer"] = "https://evil.example" }
		},
		"no token endpoint": func(*oidc.Options) { p.Describe = func(d map[string]any) { delete(d, "token_endpoint") } },
		"failing": func(*oidc.Options) {
			p.Token = func(w http.ResponseWriter, _ *http.Request) bool {
				http.Error(w, body, http.StatusInternalServerError)
				return true
			}
		},
		"redirecting": func(*oidc.Options) {
			p.Token = func(w http.ResponseWriter, r *http.Request) bool {
				http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
				return true
			}
		},
		"endless": func(*oidc.Options) {
			p.Token = func(w http.ResponseWriter, _ *http.Request) bool {
				w.Header().Set("Content-Type", "application/json")
				for range 40 {
					if _, err := w.Write([]byte(strings.Repeat(" ", 1<<16))); err != nil {
						break
					}
				}
				return true
			}
		},
	}
	for name, change := range faults {
		o := options(p)
		change(&o)
		_, err := journey(t, o, inquiry())
		if !errors.Is(err, staff.ErrProvider) {
			t.Errorf("%s: %v", name, err)
		}
		if said := fmt.Sprintf("%+v", err); strings.Contains(said, body) || strings.Contains(said, "wrong") {
			t.Errorf("%s: %s", name, said)
		}
		p.Describe, p.Token = nil, nil
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		if strings.Contains(fmt.Sprintf(verb, oidc.New(options(p))), "sign") {
			t.Error("the secret prints")
		}
	}
}

// The provider may be away at first: the next who asks finds it.
func TestAProviderThatComesBackIsFound(t *testing.T) {
	p := oidctest.Start(t, time.Now)
	client := oidc.New(options(p))
	p.Describe = func(d map[string]any) { d["issuer"] = "x" }
	if _, err := client.Send(t.Context(), inquiry()); !errors.Is(err, staff.ErrProvider) {
		t.Fatal(err)
	}
	p.Describe = nil
	if _, err := client.Send(t.Context(), inquiry()); err != nil {
		t.Fatal(err)
	}
}
