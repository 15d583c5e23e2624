package staff

import (
	"context"
	"time"

	"zhiqing/internal/fault"
)

// What can go wrong with a sign-in at the operator's identity provider.
var (
	ErrNoProvider  = fault.Define(fault.Missing, "staff.no_provider", "没有配置统一登录。", "No identity provider is configured.")
	ErrProvider    = fault.Define(fault.Unavailable, "staff.provider", "统一登录暂时无法使用，请稍后再试。", "The identity provider cannot be reached; please try again later.")
	ErrJourney     = fault.Define(fault.Unauthenticated, "staff.journey", "统一登录没有完成，请重新开始。", "The sign-in at the identity provider was not completed; please start again.")
	ErrNotEnlisted = fault.Define(fault.Forbidden, "staff.not_enlisted", "没有与您的统一登录对应的帐户，请联系管理员。", "No account here belongs to you; please ask an administrator.")
)

// CallbackPath is where the provider sends browsers back, below the operator's public address.
const CallbackPath = "/console/oidc/callback"

// Provider is the operator's identity provider (OpenID Connect Core 1.0, authorization code with PKCE). It proves who somebody
// is; what they may do is the account's role, here.
type Provider interface {
	// Issuer is the provider's name, as in its tokens.
	Issuer() string
	// Send is where the browser goes. Fault: ErrProvider.
	Send(ctx context.Context, q Inquiry) (url string, err error)
	// Redeem trades the code of an answer for an identity that the provider has signed for this inquiry and nobody else.
	// Faults: ErrJourney, ErrProvider.
	Redeem(ctx context.Context, q Inquiry, a Answer) (Identity, error)
}

// Inquiry is what goes to the provider, and what its answer must fit.
type Inquiry struct {
	State    string // comes back beside the code
	Nonce    string // comes back inside the token
	Verifier string // of PKCE (RFC 7636): the provider sees its hash first, and itself with the code
	Afresh   bool   // whoever answers must prove who they are now, even if the provider remembers them
}

// Answer is what the provider's redirect carries in its query.
type Answer struct{ State, Code, Issuer, Error string }

// Identity is who the provider says it is.
type Identity struct {
	Subject  string    // never given to anybody else at this provider
	Email    string    // "" unless the provider has verified it
	ProvedAt time.Time // the last proof, zero when the provider does not say
}
