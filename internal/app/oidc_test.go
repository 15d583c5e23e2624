package app_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"zhiqing/config"
	"zhiqing/internal/app"
	"zhiqing/internal/app/apptest"
	"zhiqing/internal/audit"
	"zhiqing/internal/console"
	"zhiqing/internal/staff"
	"zhiqing/internal/staff/oidc/oidctest"
)

const journeyCookie = "__Host-zhiqing-journey"

// withProvider is a program whose staff may sign in at an identity provider.
func withProvider(t *testing.T, url string) (*apptest.Program, *oidctest.Provider) {
	t.Helper()
	clock := &apptest.Clock{}
	provider := oidctest.Start(t, clock.Now)
	p := apptest.Start(t, url, func(o *app.Options) {
		o.Now = clock.Now
		o.Config.Staff.OIDC = config.OIDC{Issuer: provider.URL, ClientID: oidctest.ClientID, ClientSecret: oidctest.Secret}
	})
	p.Clock = clock
	return p, provider
}

// enlist opens an account for who signs in at the provider.
func enlist(p *apptest.Program, name string, role staff.Role, who string) *clerk {
	p.T.Helper()
	err := p.App.Staff.Enlist(p.T.Context(), staff.System(), name, role, who)
	if err == nil {
		err = p.App.Staff.Train(p.T.Context(), staff.System(), name, p.Clock.Now().Add(300*24*time.Hour))
	}
	if err != nil {
		p.T.Fatal(err)
	}
	return &clerk{p: p, name: name, cookies: map[string]string{}}
}

// away follows a link to the provider, and returns the address at which the provider sends the browser back.
func (c *clerk) away(path string) string {
	c.p.T.Helper()
	a := c.get(path)
	if a.status != http.StatusSeeOther || c.cookies[journeyCookie] == "" {
		c.p.T.Fatalf("%s: %d to %s: %s", path, a.status, a.header.Get("Location"), a.body)
	}
	set := strings.ToLower(a.header.Get("Set-Cookie"))
	for _, want := range []string{"__host-", "secure", "httponly", "samesite=lax", "path=/"} {
		if !strings.Contains(set, want) {
			c.p.T.Errorf("%s lacks %s", set, want)
		}
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, Timeout: time.Minute}
	r, err := http.NewRequestWithContext(c.p.T.Context(), http.MethodGet, a.header.Get("Location"), nil)
	if err != nil {
		c.p.T.Fatal(err)
	}
	sent, err := client.Do(r)
	if err != nil {
		c.p.T.Fatal(err)
	}
	_ = sent.Body.Close()
	back, err := url.Parse(sent.Header.Get("Location"))
	if err != nil {
		c.p.T.Fatal(err)
	}
	return back.RequestURI()
}

func TestStaffSignInWhereTheirOrganisationDoes(t *testing.T) {
	apptest.OnEveryEngine(t, func(t *testing.T, url string) {
		p, provider := withProvider(t, url)
		c := enlist(p, "li.hua", staff.PrivacyOfficer, "Li.Hua@corp.example")
		c.wants(c.get("/console/sign-in?next=/console/me"), http.StatusOK, "单位统一登录", "/console/oidc/start?next=%2fconsole%2fme")
		back := c.away("/console/oidc/start?next=/console/me")
		c.wants(c.get(back), http.StatusOK, `content="0;url=/console/me"`)
		first := c.cookies[staffCookie]
		if first == "" || c.cookies[journeyCookie] != "" {
			t.Fatalf("cookies %v", c.cookies)
		}
		c.wants(c.get("/console/me"), http.StatusOK, "li.hua", "请在那里更改")

		// The step-up is a journey, too, with a fresh proof; the old token is dead afterwards.
		p.Clock.Advance(6 * time.Minute)
		c.wants(c.get("/console/step-up?next=/console/audit"), http.StatusOK, "/console/oidc/step-up?next=%2fconsole%2faudit")
		if a := c.post("/console/step-up", "proof", "123456"); a.status != http.StatusForbidden {
			t.Errorf("a step-up without the provider: %d", a.status)
		}
		if a := c.post("/console/me/password", "old", "x", "new", "a long new password", "again", "a long new password"); a.status != http.StatusForbidden {
			t.Errorf("a password for who has none: %d", a.status)
		}
		c.wants(c.get(c.away("/console/oidc/step-up?next=/console/audit")), http.StatusOK, "/console/audit")
		if provider.Asked.Get("prompt") != "login" || provider.Asked.Get("max_age") != "0" {
			t.Errorf("asked %v", provider.Asked)
		}
		c.wants(c.get("/console/me"), http.StatusOK)
		old := &clerk{p: p, cookies: map[string]string{staffCookie: first}}
		if a := old.get("/console/me"); a.status != http.StatusSeeOther {
			t.Errorf("the token from before the step-up: %d", a.status)
		}
		in := 0
		for _, r := range rowsOf(t, p, audit.Query{}) {
			if r.Action == "staff.signed_in" && strings.Join(r.Fields, "") == "oidc" || r.Action == "staff.stepped_up" {
				in++
			}
		}
		if in != 2 || strings.Contains(p.Log.String(), "corp.example") || strings.Contains(p.Log.String(), provider.Asked.Get("state")) {
			t.Errorf("%d rows; log: %s", in, p.Log.String())
		}
	})
}

// The matrix of roles and routes is made without a provider; these are the routes that one adds.
func TestAProviderAddsThreeRoutesAndNoPermission(t *testing.T) {
	p, _ := withProvider(t, "")
	with, without := p.App.Console.Routes(), apptest.Start(t, "").App.Console.Routes()
	added := slices.DeleteFunc(with, func(r console.Route) bool { return slices.Contains(without, r) })
	if want := []console.Route{
		{Method: http.MethodGet, Path: "/console/oidc/start", Open: true}, {Method: http.MethodGet, Path: "/console/oidc/step-up"},
		{Method: http.MethodGet, Path: staff.CallbackPath, Open: true},
	}; !slices.Equal(added, want) {
		t.Errorf("added %v", added)
	}
	nobody := &clerk{p: p, cookies: map[string]string{}}
	if a := nobody.get("/console/oidc/step-up"); !strings.HasPrefix(a.header.Get("Location"), "/console/sign-in?next=") {
		t.Errorf("a step-up of nobody: %d to %s", a.status, a.header.Get("Location"))
	}
	local := hire(p, "mei", staff.Support).signIn()
	local.wants(local.get("/console/oidc/step-up"), http.StatusForbidden, "staff.forbidden")
}

func TestNobodyElseComesInThroughTheProvider(t *testing.T) {
	p, provider := withProvider(t, "")
	c := enlist(p, "li.hua", staff.Support, provider.Email)
	nobody := func(a seen, status int, words string) {
		t.Helper()
		c.wants(a, status, words)
		if c.cookies[staffCookie] != "" {
			t.Fatal("somebody is in")
		}
	}
	// No ticket, another's ticket, a ticket twice, another state, a refusal at the provider.
	back := c.away("/console/oidc/start")
	ticket := c.cookies[journeyCookie]
	nobody((&clerk{p: p, cookies: map[string]string{}}).get(back), http.StatusUnauthorized, "没有完成")
	victim := &clerk{p: p, cookies: map[string]string{}}
	victim.away("/console/oidc/start")
	nobody(victim.get(back), http.StatusUnauthorized, "没有完成")
	nobody(c.get(strings.Replace(back, "state=", "state=x", 1)), http.StatusUnauthorized, "没有完成")
	c.cookies[journeyCookie] = ticket
	nobody(c.get(back), http.StatusUnauthorized, "没有完成")
	c.away("/console/oidc/start")
	nobody(c.get("/console/oidc/callback?error=access_denied"), http.StatusUnauthorized, "没有完成")

	// Too late.
	back = c.away("/console/oidc/start")
	p.Clock.Advance(staff.JourneyLife)
	nobody(c.get(back), http.StatusUnauthorized, "没有完成")

	// Somebody of the organisation without an account; an address that nobody has verified; a proof from yesterday.
	provider.Subject, provider.Email = "u-9", "wang@corp.example"
	nobody(c.get(c.away("/console/oidc/start")), http.StatusForbidden, "没有与您的统一登录对应的帐户")
	provider.Subject, provider.Email = "u-1", "li.hua@corp.example"
	provider.Lie = func(claims map[string]any) { claims["email_verified"] = false }
	nobody(c.get(c.away("/console/oidc/start")), http.StatusForbidden, "没有与您的统一登录对应的帐户")
	provider.Lie = func(claims map[string]any) { claims["auth_time"] = p.Clock.Now().Add(-24 * time.Hour).Unix() }
	nobody(c.get(c.away("/console/oidc/start")), http.StatusUnauthorized, "没有完成")
	provider.Lie = nil

	// The account's own door is closed to passwords, and does not tell.
	nobody(c.post("/console/sign-in", "name", "li.hua", "password", "", "code", ""), http.StatusUnauthorized, "wrong")

	// The first who used the address owns the account: a successor with the address does not get it.
	c.wants(c.get(c.away("/console/oidc/start")), http.StatusOK, "已登录")
	c.cookies = map[string]string{}
	provider.Subject = "u-2"
	nobody(c.get(c.away("/console/oidc/start")), http.StatusForbidden, "没有与您的统一登录对应的帐户")

	// A step-up by a colleague moves nothing.
	provider.Subject = "u-1"
	c.get(c.away("/console/oidc/start"))
	enlist(p, "zhao", staff.Support, "u-3")
	provider.Subject, provider.Email = "u-3", ""
	before := c.cookies[staffCookie]
	c.wants(c.get(c.away("/console/oidc/step-up")), http.StatusForbidden, "没有与您的统一登录对应的帐户")
	if c.cookies[staffCookie] != before {
		t.Error("the session has moved")
	}
	// A proof from before the step-up began is none, nor is one that the provider does not date.
	provider.Subject, provider.Email = "u-1", "li.hua@corp.example"
	for _, at := range []any{p.Clock.Now().Add(-5 * time.Minute).Unix(), nil} {
		provider.Lie = func(claims map[string]any) { claims["auth_time"] = at }
		c.wants(c.get(c.away("/console/oidc/step-up")), http.StatusUnauthorized, "没有完成")
	}
	provider.Lie = nil

	// A closed account is closed here, whatever the provider says.
	must(t, p.App.Staff.Disable(t.Context(), staff.System(), "li.hua"))
	c.cookies = map[string]string{}
	nobody(c.get(c.away("/console/oidc/start")), http.StatusForbidden, "没有与您的统一登录对应的帐户")
	if got := counted(rowsOf(t, p, audit.Query{}), "staff.sign_in_failed"); got < 6 {
		t.Errorf("%d failures in the audit", got)
	}
}

func TestAProviderThatIsAwayLeavesTheOtherDoorOpen(t *testing.T) {
	p := apptest.Start(t, "", func(o *app.Options) {
		o.Config.Staff.OIDC = config.OIDC{Issuer: "http://127.0.0.1:1", ClientID: oidctest.ClientID, ClientSecret: oidctest.Secret}
	})
	c := hire(p, "mei", staff.Support)
	c.wants(c.get("/console/oidc/start?next=//evil.example"), http.StatusServiceUnavailable, "统一登录暂时无法使用", `name="password"`)
	c.signIn()
}

// An administrator enlists from the page; Reset leads back to a password, and a link to the provider again.
func TestAnAccountMovesBetweenTheTwoDoors(t *testing.T) {
	p, provider := withProvider(t, "")
	root := hire(p, "root", staff.Administrator).signIn()
	if a := root.post("/console/staff", "name", "li.hua", "role", "support", "oidc", provider.Email); a.status != http.StatusSeeOther {
		t.Fatalf("%d %s", a.status, a.body)
	}
	root.wants(root.get("/console/staff"), http.StatusOK, "统一登录")
	root.wants(root.post("/console/staff", "name", "li.hua", "role", "support", "oidc", "x@corp.example"), http.StatusConflict, "已有同名帐户")
	root.wants(root.post("/console/staff", "name", "other", "role", "support", "oidc", provider.Email), http.StatusUnprocessableEntity, "已有帐户对应")
	root.wants(root.post("/console/staff", "name", "other", "role", "support", "oidc", "a b"), http.StatusUnprocessableEntity, "ASCII")
	c := &clerk{p: p, name: "li.hua", cookies: map[string]string{}}
	c.wants(c.get(c.away("/console/oidc/start")), http.StatusOK, "已登录")
	root.wants(root.post("/console/staff/li.hua/reset"), http.StatusOK, "otpauth")
	if a := c.get("/console/me"); a.status != http.StatusSeeOther {
		t.Errorf("the session outlives the reset: %d", a.status)
	}
	c.wants(c.get(c.away("/console/oidc/start")), http.StatusForbidden, "没有与您的统一登录对应的帐户")
	must(t, p.App.Staff.Relist(t.Context(), staff.System(), "li.hua", provider.Subject))
	c.wants(c.get(c.away("/console/oidc/start")), http.StatusOK, "已登录")
}
