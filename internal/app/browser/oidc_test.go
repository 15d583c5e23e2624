//go:build browser

package browser

import (
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"zhiqing/config"
	"zhiqing/internal/app"
	"zhiqing/internal/app/apptest"
	"zhiqing/internal/staff"
	"zhiqing/internal/staff/oidc/oidctest"
)

// The provider is another site for the browser, which therefore keeps its strict cookies back on the way home.
func TestStaffSignInAndProveThemselvesAtTheirProvider(t *testing.T) {
	clock := &apptest.Clock{}
	provider := oidctest.Start(t, clock.Now)
	p := apptest.Start(t, "", func(o *app.Options) {
		o.Now = clock.Now
		o.Config.Staff.OIDC = config.OIDC{Issuer: provider.URL, ClientID: oidctest.ClientID, ClientSecret: oidctest.Secret}
	})
	p.Clock, provider.Back = clock, p.API+staff.CallbackPath
	if err := p.App.Staff.Enlist(t.Context(), staff.System(), "li.hua", staff.Support, provider.Email); err != nil {
		t.Fatal(err)
	}
	if err := p.App.Staff.Train(t.Context(), staff.System(), "li.hua", clock.Now().Add(300*24*time.Hour)); err != nil {
		t.Fatal(err)
	}
	who := adult(t, p, "lan")
	w := open(t, p, officer{name: "li.hua"})
	w.visit("/console/me")
	w.inspect("sign-in-oidc")
	w.travel("a[href^='/console/oidc/start']", "/console/me", ".who")
	w.says("请在那里更改")
	w.inspect("me-oidc")
	w.lookUp(who.number)
	record := w.at()
	p.Clock.Advance(staff.StepUpLife)
	w.click("button[name=field][value=nickname]")
	w.inspect("step-up-oidc")
	w.travel("a[href^='/console/oidc/step-up']", record, "button[name=field]")
	w.do("reveal", chromedp.Click("button[name=field][value=nickname]", chromedp.ByQuery), chromedp.WaitVisible("mark", chromedp.ByQuery))

	provider.Subject, provider.Email = "u-9", "somebody@corp.example"
	stranger := open(t, p, officer{})
	stranger.visit("/console/")
	stranger.click("a[href^='/console/oidc/start']")
	stranger.says("没有与您的统一登录对应的帐户")
	stranger.inspect("sign-in-oidc-unknown")
}
