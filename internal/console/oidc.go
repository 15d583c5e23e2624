package console

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"zhiqing/internal/staff"
)

// The way in through the operator's identity provider. There are links and no forms: browsers hold a form's redirects against
// form-action. A link from another site starts a sign-in at most; a step-up needs the session's cookie, which no other site's
// link carries.

const (
	oidcStart  = "/console/oidc/start"
	oidcStepUp = "/console/oidc/step-up"
)

// oidcRoutes are there when there is a provider.
func (k *Console) oidcRoutes() []route {
	if !k.o.Staff.HasProvider() {
		return nil
	}
	return []route{
		{method: get, path: oidcStart, open: true, do: func(a *ask) error { return k.depart(a, "") }},
		{method: get, path: oidcStepUp, do: func(a *ask) error { return k.depart(a, a.token) }},
		{method: get, path: staff.CallbackPath, open: true, do: k.arrive},
	}
}

// journeyCookie holds the ticket of a browser that is away at the provider, and where it wanted to go. It is Lax, because the
// way back begins at another site.
const journeyCookie = "__Host-zhiqing-journey"

// depart sends the browser to the provider; token is the session's for a step-up, "" for a sign-in.
func (k *Console) depart(a *ask, token string) error {
	if err := k.o.Edge.LimitClient(a); err != nil {
		return err
	}
	next := local(a.query.Get("next"))
	to, ticket, err := k.o.Staff.StartOIDC(a, token)
	if err != nil {
		return k.turnedAway(a, next, err)
	}
	a.journey(ticket+"."+url.QueryEscape(next), staff.JourneyLife)
	return a.c.Redirect(to, http.StatusSeeOther)
}

// arrive lets in who comes back. The answer is a page that goes on by itself and no redirect: after a way that began at another
// site, browsers do not send a strict cookie along a redirect.
func (k *Console) arrive(a *ask) error {
	ticket, next, _ := strings.Cut(a.c.Cookies(journeyCookie), ".")
	a.journey("", -1)
	if path, err := url.QueryUnescape(next); err == nil {
		next = local(path)
	} else {
		next = home
	}
	q := a.query
	token, _, err := k.o.Staff.FinishOIDC(a, ticket, staff.Answer{State: q.Get("state"), Code: q.Get("code"), Issuer: q.Get("iss"), Error: q.Get("error")})
	if err != nil {
		return k.turnedAway(a, next, err)
	}
	a.cookie(sessionCookie, token, 0)
	return a.show("onward", door{Next: next})
}

// turnedAway shows the door again, with what went wrong on the way.
func (k *Console) turnedAway(a *ask, next string, err error) error {
	for _, known := range []error{staff.ErrJourney, staff.ErrNotEnlisted, staff.ErrProvider, staff.ErrSession} {
		if errors.Is(err, known) {
			p := k.o.Edge.Explain(a, err, a.lang, a.c.Set)
			a.c.Status(p.Status)
			return a.show("signin", door{Next: next, Wrong: sentence(p), OIDC: true})
		}
	}
	return err
}

// journey sets the cookie of a way to the provider; life below 0 ends it.
func (a *ask) journey(value string, life time.Duration) {
	a.c.Cookie(&fiber.Cookie{
		Name: journeyCookie, Value: value, Path: "/", Secure: true, HTTPOnly: true, SameSite: fiber.CookieSameSiteLaxMode,
		Expires: a.k.o.Now().Add(life),
	})
}
