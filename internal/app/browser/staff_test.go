//go:build browser

package browser

import (
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"zhiqing/internal/app/apptest"
	"zhiqing/internal/staff"
)

func awaited(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }

// adult makes a person with a profile and some consents, and returns the privacy number.
func adult(t *testing.T, p *apptest.Program, person string) (token, number string) {
	t.Helper()
	in := p.Login(person)
	token, number = in.Str("access_token"), in.Str("subject", "privacy_number")
	p.Want(200, apptest.Call{Method: "PUT", Path: "/v1/me/birth-date", Token: token, Body: map[string]any{"date": "1990-05-01"}})
	return token, number
}

func TestSupportFindsARecordAndThePersonSeesIt(t *testing.T) {
	p := apptest.Start(t, "")
	token, number := adult(t, p, "lan")
	w := open(t, p, hire(t, p, "mei", staff.Support))
	w.visit("/console/")
	w.inspect("sign-in")
	w.signIn()
	w.inspect("lookup")
	w.lookUp(number)
	w.says(number)
	w.inspect("record")
	log := p.Want(200, apptest.Call{Method: "GET", Path: "/v1/me/access-log", Token: token})
	if log.Str("items", 0, "role") != "support" {
		t.Fatalf("the person does not see the look-up: %s", log.Raw)
	}
	if strings.Contains(string(log.Raw), "mei") {
		t.Fatalf("the person sees the officer's name: %s", log.Raw)
	}
}

func TestTheConsoleWorksWithoutJavaScript(t *testing.T) {
	p := apptest.Start(t, "")
	_, number := adult(t, p, "ping")
	w := open(t, p, hire(t, p, "mei", staff.Support))
	w.do("switch scripts off", emulation.SetScriptExecutionDisabled(true))
	w.signIn()
	w.lookUp(number)
	w.says(number)
}

func TestTheLanguageSwitchStaysOnThePage(t *testing.T) {
	p := apptest.Start(t, "")
	w := open(t, p, hire(t, p, "mei", staff.Support))
	w.signIn()
	w.visit("/console/me")
	w.says("更改密码")
	w.click("footer button")
	w.says("Change my password")
	if w.at() != "/console/me" {
		t.Fatalf("the switch led to %s", w.at())
	}
	_ = chromedp.Run
}
