package oidc

import (
	"context"
	"crypto/hmac"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"zhiqing/internal/staff"
)

// ahead is how far a token may come from the future: clocks differ.
const ahead = time.Minute

// Redeem is staff.Provider's.
func (p *Provider) Redeem(ctx context.Context, q staff.Inquiry, a staff.Answer) (staff.Identity, error) {
	k, err := p.discover(ctx)
	if err != nil {
		return staff.Identity{}, err
	}
	if a.Issuer != "" && a.Issuer != p.o.Issuer || a.Issuer == "" && k.names {
		return staff.Identity{}, refuse("the answer is another issuer's")
	}
	ctx = oidc.ClientContext(ctx, p.client)
	answer, err := p.oauth(k).Exchange(ctx, a.Code, oauth2.VerifierOption(q.Verifier))
	if err != nil {
		return staff.Identity{}, explain(err)
	}
	raw, ok := answer.Extra("id_token").(string)
	if !ok {
		return staff.Identity{}, refuse("there is no token of identity")
	}
	token, err := k.verifier.Verify(ctx, raw)
	var network *url.Error
	switch {
	case errors.As(err, &network): // the keys
		return staff.Identity{}, staff.ErrProvider.Because(plain("keys", err))
	case err != nil:
		return staff.Identity{}, refuse("the token is not signed by the issuer's keys, for this client, and in force")
	}
	who, c, err := p.believe(q, token)
	if err == nil && c.Email == "" && k.provider.UserInfoEndpoint() != "" {
		who.Email, err = k.address(ctx, answer, who.Subject)
	}
	return who, err
}

// address asks for what the token leaves out: with the code flow, providers may tell the address at the UserInfo endpoint alone
// (OpenID Connect Core 1.0 §5.4). Its answer counts for the token's subject only (§5.3.2).
func (k *known) address(ctx context.Context, answer *oauth2.Token, subject string) (string, error) {
	info, err := k.provider.UserInfo(ctx, oauth2.StaticTokenSource(answer))
	switch {
	case err != nil:
		return "", staff.ErrProvider.Because(plain("userinfo", err))
	case info.Subject != subject:
		return "", refuse("the userinfo is somebody else's")
	case !info.EmailVerified:
		return "", nil
	}
	return info.Email, nil
}

func refuse(why string) error { return staff.ErrJourney.Because(errors.New(why)) }

// explain tells a code that is wrong, used or late from a provider that does not work. The library's error quotes the answer.
func explain(err error) error {
	var failed *oauth2.RetrieveError
	if !errors.As(err, &failed) {
		return staff.ErrProvider.Because(plain("token", err))
	}
	if failed.ErrorCode == "invalid_grant" {
		return refuse("the provider does not take the code")
	}
	if failed.ErrorCode == "invalid_client" || failed.ErrorCode == "unauthorized_client" {
		return staff.ErrProvider.Because(errors.New("token: the provider does not take staff.oidc.client_id and client_secret"))
	}
	return staff.ErrProvider.Because(fmt.Errorf("token: the provider answered %d", failed.Response.StatusCode))
}

// claims are what we read of a token beyond what the library has checked.
type claims struct {
	Party    string      `json:"azp"`
	Email    string      `json:"email"`
	Verified lenientBool `json:"email_verified"`
	Proved   int64       `json:"auth_time"` // seconds
	ACR      string      `json:"acr"`
}

// lenientBool reads true and "true", which some providers send.
type lenientBool bool

// UnmarshalJSON is json.Unmarshaler's. What is neither is false.
func (b *lenientBool) UnmarshalJSON(text []byte) error {
	var yes bool
	var word string
	*b = lenientBool(json.Unmarshal(text, &yes) == nil && yes || json.Unmarshal(text, &word) == nil && word == "true")
	return nil
}

// believe checks what the library leaves to its callers (OpenID Connect Core 1.0 §3.1.3.7, steps 3 to 5 and 9 to 13).
func (p *Provider) believe(q staff.Inquiry, token *oidc.IDToken) (who staff.Identity, c claims, err error) {
	if err := token.Claims(&c); err != nil {
		return who, c, refuse("the token's claims cannot be read")
	}
	switch {
	case !hmac.Equal([]byte(token.Nonce), []byte(q.Nonce)):
		return who, c, refuse("the token is for another journey")
	case token.Subject == "" || len(token.Subject) > 255:
		return who, c, refuse("the token names nobody")
	case len(token.Audience) != 1 && c.Party == "", c.Party != "" && c.Party != p.o.ClientID:
		return who, c, refuse("the token was issued to another client")
	case token.IssuedAt.After(p.o.Now().Add(ahead)):
		return who, c, refuse("the token is from the future")
	case p.o.ACR != "" && c.ACR != p.o.ACR:
		return who, c, refuse("the sign-in was not as strong as staff.oidc.acr demands")
	}
	who.Subject = token.Subject
	if c.Verified {
		who.Email = c.Email
	}
	if c.Proved > 0 {
		who.ProvedAt = time.Unix(c.Proved, 0).UTC()
	}
	return who, c, nil
}
