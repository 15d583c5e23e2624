package console

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"zhiqing/internal/fault"
	"zhiqing/internal/staff"
	"zhiqing/internal/web"
)

var (
	errNoPage = fault.Define(fault.Missing, "console.no_page", "没有这个页面。", "There is no such page.")
	errForm   = fault.Define(fault.Forbidden, "console.form", "表单已失效，请返回上一页刷新后重试。", "This form is no longer valid. Please go back, reload the page and try again.")
	errDay    = fault.Define(fault.Invalid, "console.day", "日期格式为 2026-01-31。", "A date looks like 2026-01-31.")
	errBody   = fault.Define(fault.Invalid, "console.body", "请从页面上的表单提交。", "Please use the form on the page.")
)

// ask is one request of a page, read once: nothing else in this package reads the request.
type ask struct {
	context.Context // ends at the deadline
	c               *fiber.Ctx
	k               *Console
	lang            string
	token           string        // of the session; never shown
	session         staff.Session // zero before sign-in
	query, form     url.Values
}

// The cookies. Both are of this host alone; `__Host-` makes browsers insist on it (RFC 6265bis §4.1.3.2). On a loopback
// address browsers take secure cookies without TLS.
const (
	sessionCookie  = "__Host-zhiqing-staff"
	languageCookie = "__Host-zhiqing-language"
)

func (k *Console) read(c *fiber.Ctx) (*ask, error) {
	a := &ask{Context: c.UserContext(), c: c, k: k, token: c.Cookies(sessionCookie), lang: web.Lang(c.UserContext())}
	if chosen := c.Cookies(languageCookie); chosen == web.Chinese || chosen == web.English {
		a.lang = chosen
	}
	var err error
	if a.query, err = url.ParseQuery(string(c.Context().QueryArgs().QueryString())); err != nil {
		return a, errBody
	}
	if c.Method() != post {
		return a, nil
	}
	if kind, _, _ := strings.Cut(c.Get(fiber.HeaderContentType), ";"); kind != fiber.MIMEApplicationForm {
		return a, errBody
	}
	if a.form, err = url.ParseQuery(string(c.Body())); err != nil {
		return a, errBody
	}
	return a, nil
}

// answer takes one request through the door and the table, and whatever goes wrong to the page that says so.
func (k *Console) answer(c *fiber.Ctx, r route) error {
	a, err := k.read(c)
	if err == nil {
		err = k.admit(a, r)
	}
	if err == nil {
		err = r.do(a)
	}
	if err == nil {
		return nil
	}
	return k.fail(a, err)
}

// admit lets a request through: its session lives, its form is ours, and its role has the route's permission.
func (k *Console) admit(a *ask, r route) error {
	if r.method == post && !sameSite(a.c) {
		return errForm
	}
	if r.open {
		return nil
	}
	var err error
	if a.session, err = k.o.Staff.Authenticate(a, a.token); err != nil {
		return err
	}
	if err := k.o.Edge.LimitAccount(a.session.Officer.ID); err != nil {
		return err
	}
	if r.method == post && !a.session.SameCSRF(a.field("csrf")) {
		return errForm
	}
	if r.needs != "" && !k.o.Staff.Roles().May(a.session.Officer.Role, r.needs) {
		return k.o.Staff.Allow(a, a.session, r.needs) // which refuses, and writes it down
	}
	return nil
}

// sameSite says that a form was not sent by another site's page. Browsers tell where a request comes from (Fetch Metadata,
// or Origin); what tells neither is no browser, and carries nobody's cookies.
func sameSite(c *fiber.Ctx) bool {
	if site := c.Get("Sec-Fetch-Site"); site != "" {
		return site == "same-origin"
	}
	origin := c.Get(fiber.HeaderOrigin)
	if origin == "" {
		return true
	}
	from, err := url.Parse(origin)
	return err == nil && from.Host == c.Get(fiber.HeaderHost)
}

// field is one value of the form, without blanks around it.
func (a *ask) field(name string) string { return strings.TrimSpace(a.form.Get(name)) }

// param is one part of the path.
func (a *ask) param(name string) string { return a.c.Params(name) }

// say chooses between the languages.
func (a *ask) say(zh, en string) string { return fault.Text{ZH: zh, EN: en}.In(a.lang) }

// may reports whether the officer's role has a permission.
func (a *ask) may(p staff.Permission) bool {
	return a.k.o.Staff.Roles().May(a.session.Officer.Role, p)
}

// to sends the browser on after a change. done is a word of the table `done`, shown once on the next page; "" for none.
func (a *ask) to(path, done string) error {
	if done != "" {
		path += "?done=" + done
	}
	return a.c.Redirect(path, http.StatusSeeOther)
}

// fail shows what went wrong: the door to who is not signed in, the step-up to who must prove who they are, a page to the rest.
func (k *Console) fail(a *ask, err error) error {
	switch {
	case errors.Is(err, staff.ErrSession):
		return a.away(signIn + "?next=" + url.QueryEscape(a.here()))
	case errors.Is(err, staff.ErrStepUp):
		return a.away(stepUp + "?next=" + url.QueryEscape(a.here()))
	}
	p := k.o.Edge.Explain(a, err, a.lang, a.c.Set)
	a.c.Status(p.Status)
	return a.show("problem", p)
}

// away sends the browser to another page, also when only a part of this one was asked for: htmx would put that page into
// the part.
func (a *ask) away(path string) error {
	if a.c.Get("HX-Request") != "" {
		a.c.Set("HX-Redirect", path)
		return a.c.SendStatus(http.StatusNoContent)
	}
	return a.c.Redirect(path, http.StatusSeeOther)
}

// here is where the browser should come back to: this page, or for a form the page that it stood on.
func (a *ask) here() string {
	path := a.c.Path()
	if a.c.Method() == get {
		if q := string(a.c.Context().QueryArgs().QueryString()); q != "" {
			path += "?" + q
		}
		return local(path)
	}
	if from, err := url.Parse(a.c.Get(fiber.HeaderReferer)); err == nil && from.Path != "" {
		return local(from.Path)
	}
	return home
}

// local is a path if it leads to a page of the console, and the home page if it leads anywhere else. To a browser a backslash
// is a slash and %2e%2e goes up like two dots (WHATWG URL §4.4), so the path is looked at as written and as meant.
func local(path string) string {
	u, err := url.Parse(path)
	if err != nil || u.Scheme != "" || u.Host != "" || u.Opaque != "" || !strings.HasPrefix(path, home) || len(path) > maxNext || strays(path) || strays(u.Path) {
		return home
	}
	return path
}

func strays(path string) bool {
	return strings.ContainsAny(path, "\\\r\n\t") || strings.Contains(path, "//") || strings.Contains(path, "..")
}

const maxNext = 512

// cookie sets one of ours; life 0 ends it with the browser's session, below 0 now.
func (a *ask) cookie(name, value string, life time.Duration) {
	c := fiber.Cookie{Name: name, Value: value, Path: "/", Secure: true, HTTPOnly: true, SameSite: fiber.CookieSameSiteStrictMode}
	switch {
	case life > 0:
		c.MaxAge = int(life / time.Second)
	case life < 0:
		c.Expires = time.Unix(1, 0)
	default:
		c.SessionOnly = true
	}
	a.c.Cookie(&c)
}

// sentence is what is wrong, with what each wrong field should be.
func sentence(p *web.Problem) string {
	said := p.Detail
	for _, field := range p.Errors {
		said += " " + field.Message
	}
	return said
}
