// Package oidc asks the operator's identity provider who somebody is (OpenID Connect Core 1.0, authorization code with PKCE).
//
// It owns the protocol: discovery, the URL that a browser is sent to, the exchange of the code, and everything that a token
// must say before it is believed. It refuses to know accounts, roles and sessions: those are internal/staff's, which keeps the
// secrets of a journey and decides whether an identity opens anything.
//
// What it believes: a token signed with an asymmetric algorithm by a key that the issuer publishes, issued by that issuer to
// this client alone, for this journey's nonce, not expired and not from the future. An answer that names another issuer than
// the one that was asked is refused (RFC 9207), and one that names none where the provider promises to name itself. An address
// counts only when the provider has verified it.
//
// The provider is asked at the first sign-in and not at the start, so that the program starts while the provider is away. Calls
// last seconds at most, follow no redirect, and read a bounded answer. No error repeats a code, a token, a secret or a body.
//
// Start at New.
package oidc
