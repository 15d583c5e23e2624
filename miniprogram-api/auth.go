package miniprogramapi

import (
	"context"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"zhiqing/internal/consent"
	"zhiqing/internal/session"
)

type principalKey struct{}

// authenticate lets a request through with its principal, within the account's rate. It reads the Authorization header
// only: a token in a URL would end up in logs.
func (a *API) authenticate(ctx huma.Context, next func(huma.Context)) {
	p, err := a.Sessions.Authenticate(ctx.Context(), bearer(ctx.Header("Authorization")))
	if err == nil {
		err = a.Edge.LimitAccount(p.Owner)
	}
	if err != nil {
		_ = huma.WriteErr(a.Edge.API(), ctx, http.StatusInternalServerError, "", err)
		return
	}
	next(huma.WithValue(ctx, principalKey{}, p))
}

func (a *API) usersOnly(ctx huma.Context, next func(huma.Context)) {
	if principal(ctx.Context()).Kind != session.User {
		_ = huma.WriteErr(a.Edge.API(), ctx, http.StatusInternalServerError, "", session.ErrUserOnly)
		return
	}
	next(ctx)
}

// bearer takes the token out of `Bearer <token>` (RFC 6750 §2.1); "" when the header is of another form.
func bearer(header string) string {
	scheme, token, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}

func principal(ctx context.Context) session.Principal {
	p, _ := ctx.Value(principalKey{}).(session.Principal)
	return p
}

// actor is the principal as the consent book sees it.
func actor(ctx context.Context) consent.Actor {
	p := principal(ctx)
	return consent.Actor{Book: p.Owner, Guest: p.Kind == session.Guest, Session: p.Session, Band: p.Band}
}

// operationID makes `get-v1-me-consents` of GET /v1/me/consents.
func operationID(method, path string) string {
	clean := strings.NewReplacer("/", "-", "{", "", "}", "", ".", "", "_", "-").Replace(path)
	return strings.ToLower(method) + clean
}
