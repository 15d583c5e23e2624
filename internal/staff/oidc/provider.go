package oidc

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"zhiqing/config"
	"zhiqing/internal/staff"
)

// Options say which provider, and who we are there.
type Options struct {
	Issuer   string // the provider's name, an URL; discovery begins there
	ClientID string
	Secret   config.Secret
	Redirect string // the exact URL to which the provider sends browsers back
	ACR      string // what the provider must call the sign-in (claim acr); "" = anything
	Now      func() time.Time
}

// Provider implements staff.Provider. It may be shared by goroutines.
type Provider struct {
	o      Options
	client *http.Client
	turn   chan struct{} // held by who discovers
	known  *known        // nil before discovery; guarded by turn
}

// known is what discovery has found.
type known struct {
	provider *oidc.Provider
	endpoint oauth2.Endpoint
	verifier *oidc.IDTokenVerifier
	names    bool // the provider promises to name itself in its answers
}

var _ staff.Provider = (*Provider)(nil)

// algorithms are those that a token may be signed with: never none, and none with a shared secret.
var algorithms = []string{oidc.RS256, oidc.RS384, oidc.RS512, oidc.PS256, oidc.PS384, oidc.PS512, oidc.ES256, oidc.ES384, oidc.ES512, oidc.EdDSA}

const (
	callTimeout = 5 * time.Second
	mostAnswer  = 1 << 20 // bytes of one answer
)

// New makes a provider; it asks nobody yet.
func New(o Options) *Provider {
	return &Provider{o: o, client: newClient(), turn: make(chan struct{}, 1)}
}

func newClient() *http.Client {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.DisableKeepAlives = true // sign-ins are rare
	t.MaxResponseHeaderBytes = 64 << 10
	return &http.Client{
		Transport: bounded{t}, Timeout: callTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// bounded cuts answers off.
type bounded struct{ next http.RoundTripper }

// RoundTrip is http.RoundTripper's.
func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	a, err := b.next.RoundTrip(r)
	if err == nil {
		a.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(a.Body, mostAnswer), a.Body}
	}
	return a, err
}

// Format prints a placeholder for every verb of fmt: the options hold a secret.
func (*Provider) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "[oidc]") }

// Issuer is staff.Provider's.
func (p *Provider) Issuer() string { return p.o.Issuer }

// Reach reads the provider's description, as the first sign-in would. Fault: staff.ErrProvider.
func (p *Provider) Reach(ctx context.Context) error {
	_, err := p.discover(ctx)
	return err
}

// Send is staff.Provider's.
func (p *Provider) Send(ctx context.Context, q staff.Inquiry) (string, error) {
	k, err := p.discover(ctx)
	if err != nil {
		return "", err
	}
	options := []oauth2.AuthCodeOption{oidc.Nonce(q.Nonce), oauth2.S256ChallengeOption(q.Verifier)}
	if p.o.ACR != "" {
		options = append(options, oauth2.SetAuthURLParam("acr_values", p.o.ACR))
	}
	age := fmt.Sprintf("%.0f", staff.Absolute.Seconds())
	if q.Afresh {
		age = "0"
		options = append(options, oauth2.SetAuthURLParam("prompt", "login"))
	}
	return p.oauth(k).AuthCodeURL(q.State, append(options, oauth2.SetAuthURLParam("max_age", age))...), nil
}

func (p *Provider) oauth(k *known) *oauth2.Config {
	return &oauth2.Config{
		ClientID: p.o.ClientID, ClientSecret: p.o.Secret.Reveal(), Endpoint: k.endpoint, RedirectURL: p.o.Redirect,
		Scopes: []string{oidc.ScopeOpenID, "email"},
	}
}

// discover reads the provider's description once; a failure is tried again by the next who asks.
func (p *Provider) discover(ctx context.Context) (*known, error) {
	select {
	case p.turn <- struct{}{}:
		defer func() { <-p.turn }()
	case <-ctx.Done():
		return nil, staff.ErrProvider.Because(ctx.Err())
	}
	if p.known != nil {
		return p.known, nil
	}
	found, err := oidc.NewProvider(oidc.ClientContext(ctx, p.client), p.o.Issuer)
	if err != nil {
		return nil, staff.ErrProvider.Because(plain("discovery", err))
	}
	k, err := p.read(found)
	if err != nil {
		return nil, staff.ErrProvider.Because(err)
	}
	p.known = k
	return k, nil
}

func (p *Provider) read(found *oidc.Provider) (*known, error) {
	var says struct {
		Keys    string   `json:"jwks_uri"`
		Methods []string `json:"token_endpoint_auth_methods_supported"`
		Names   bool     `json:"authorization_response_iss_parameter_supported"`
	}
	if err := found.Claims(&says); err != nil {
		return nil, errors.New("discovery: the description cannot be read")
	}
	end := found.Endpoint()
	for _, at := range []string{end.AuthURL, end.TokenURL, says.Keys, cmp.Or(found.UserInfoEndpoint(), says.Keys)} {
		if !p.safe(at) {
			return nil, errors.New("discovery: an endpoint is missing, or is no https where the issuer is")
		}
	}
	end.AuthStyle = oauth2.AuthStyleInHeader // what holds when the description is silent; guessing would spend the code
	if len(says.Methods) > 0 && !slices.Contains(says.Methods, "client_secret_basic") {
		end.AuthStyle = oauth2.AuthStyleInParams
	}
	verifier := found.Verifier(&oidc.Config{ClientID: p.o.ClientID, SupportedSigningAlgs: algorithms, Now: p.o.Now})
	return &known{provider: found, endpoint: end, verifier: verifier, names: says.Names}, nil
}

// safe reports whether an endpoint is as private as the issuer.
func (p *Provider) safe(endpoint string) bool {
	u, err := url.Parse(endpoint)
	return err == nil && u.Host != "" && (u.Scheme == "https" || u.Scheme == "http" && strings.HasPrefix(p.o.Issuer, "http:"))
}

// plain is what may be said of an error: whether the network failed, or that something else was wrong, and never a body.
func plain(step string, err error) error {
	var network *url.Error
	var issuer *oidc.IssuerMismatchError
	switch {
	case errors.As(err, &network):
		return fmt.Errorf("%s: %w", step, network.Err)
	case errors.As(err, &issuer):
		return fmt.Errorf("%s: the description is another issuer's", step)
	}
	return fmt.Errorf("%s: the provider's answer cannot be used", step)
}
