package console

import (
	"net/http"
	"net/url"
	"time"

	"zhiqing/internal/web"
)

// Where the door's pages are.
const (
	home   = "/console/"
	signIn = "/console/sign-in"
	stepUp = "/console/step-up"
)

// languageLife is how long a browser remembers the language.
const languageLife = 365 * 24 * time.Hour

func (k *Console) doorRoutes() []route {
	return []route{
		{method: get, path: signIn, open: true, do: k.doorPage},
		{method: post, path: signIn, open: true, do: k.signIn},
		{method: post, path: "/console/sign-out", do: k.signOut},
		{method: get, path: stepUp, do: k.stepUpPage},
		{method: post, path: stepUp, do: k.stepUp},
		{method: post, path: "/console/language", open: true, do: k.language},
	}
}

// door is what the sign-in and the step-up show. What was typed as a password or code is never shown again.
type door struct {
	Next, Name string
	Wrong      string // what was wrong with the last try
	Coded      bool   // step-up asks for a code, not the password
	OIDC       bool   // there is an identity provider
	Elsewhere  bool   // step-up leads there
}

func (k *Console) doorPage(a *ask) error {
	if s, err := k.o.Staff.Authenticate(a, a.token); err == nil && s.Officer.ID != "" {
		return a.c.Redirect(local(a.query.Get("next")), http.StatusSeeOther)
	}
	return a.show("signin", door{Next: local(a.query.Get("next")), OIDC: k.o.Staff.HasProvider()})
}

func (k *Console) signIn(a *ask) error {
	next := local(a.field("next"))
	if err := k.o.Edge.LimitClient(a); err != nil {
		return a.again("signin", door{Next: next, OIDC: k.o.Staff.HasProvider()}, err)
	}
	token, _, err := k.o.Staff.SignIn(a, a.field("name"), a.form.Get("password"), a.field("code"))
	if err != nil {
		return a.again("signin", door{Next: next, Name: a.field("name"), OIDC: k.o.Staff.HasProvider()}, err)
	}
	a.cookie(sessionCookie, token, 0)
	return a.c.Redirect(next, http.StatusSeeOther)
}

// again shows a form once more with what was wrong, for faults that its reader can do something about.
func (a *ask) again(page string, d door, err error) error {
	if !answerable(err) {
		return err
	}
	p := a.k.o.Edge.Explain(a, err, a.lang, a.c.Set)
	d.Wrong = sentence(p)
	a.c.Status(p.Status)
	return a.show(page, d)
}

func (k *Console) signOut(a *ask) error {
	if err := k.o.Staff.SignOut(a, a.token); err != nil {
		return err
	}
	a.cookie(sessionCookie, "", -1)
	a.c.Set("Clear-Site-Data", `"cache"`)
	return a.to(signIn, "signed_out")
}

func (k *Console) stepUpPage(a *ask) error {
	return a.show("stepup", door{Next: local(a.query.Get("next")), Coded: a.session.Coded, Elsewhere: a.session.Elsewhere})
}

func (k *Console) stepUp(a *ask) error {
	next := local(a.field("next"))
	token, _, err := k.o.Staff.StepUp(a, a.token, a.form.Get("proof"))
	if err != nil {
		return a.again("stepup", door{Next: next, Coded: a.session.Coded}, err)
	}
	a.cookie(sessionCookie, token, 0)
	return a.c.Redirect(next, http.StatusSeeOther)
}

// language remembers a choice and goes back.
func (k *Console) language(a *ask) error {
	if chosen := a.field("language"); chosen == web.Chinese || chosen == web.English {
		a.cookie(languageCookie, chosen, languageLife)
	}
	back, err := url.PathUnescape(a.field("back"))
	if err != nil {
		back = home
	}
	return a.c.Redirect(local(back), http.StatusSeeOther)
}
