package miniprogramapi

import (
	"context"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"zhiqing/internal/consent"
	"zhiqing/internal/guardian"
	"zhiqing/internal/session"
	"zhiqing/internal/subject"
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
	if err := a.settle(ctx.Context(), &p); err != nil {
		_ = huma.WriteErr(a.Edge.API(), ctx, http.StatusInternalServerError, "", err)
		return
	}
	next(huma.WithValue(ctx, principalKey{}, p))
}

// settle brings a minor's account up to the present before anything is done with it: a birthday, a timer or a new notice
// counts from its own moment on, not from the next job.
func (a *API) settle(ctx context.Context, p *session.Principal) error {
	if p.Minority == "" {
		return nil
	}
	s, err := a.Guardians.Settle(ctx, p.Owner)
	switch {
	case err != nil:
		return err
	case s.State.Over():
		return session.ErrBadToken
	}
	p.State, p.Minority = s.State, ""
	if s.Minority != nil {
		p.Minority = s.Minority.State
	}
	return nil
}

// openAccounts refuses the last session of an account that is closed.
func (a *API) openAccounts(ctx huma.Context, next func(huma.Context)) {
	if principal(ctx.Context()).State.Over() {
		_ = huma.WriteErr(a.Edge.API(), ctx, http.StatusInternalServerError, "", subject.ErrOver)
		return
	}
	next(ctx)
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
func (a *API) actor(ctx context.Context) consent.Actor {
	p := principal(ctx)
	who := consent.Actor{Book: p.Owner, Guest: p.Kind == session.Guest, Session: p.Session, Band: p.Band}
	who.Own, who.Guardian = a.Minors.Needs(p.Band)
	who.Closed, who.Confirming = guardian.Gate(p.State, guardian.State(p.Minority))
	return who
}

// operationID makes `get-v1-me-consents` of GET /v1/me/consents.
func operationID(method, path string) string {
	clean := strings.NewReplacer("/", "-", "{", "", "}", "", ".", "", "_", "-").Replace(path)
	return strings.ToLower(method) + clean
}
