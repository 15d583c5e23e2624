//go:build browser

package browser

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/pquerna/otp/totp"

	"zhiqing/internal/app/apptest"
	"zhiqing/internal/staff"
)

// patience is how long one step in the browser may take. The machine may be busy; nothing is measured here.
const patience = 45 * time.Second

// screenshots is where pictures go. Git ignores it.
const screenshots = "../../../artifacts/screenshots"

// officer is a member of staff with what they need to sign in.
type officer struct {
	name, password, secret string
}

// hire opens an account with a second factor and this year's training.
func hire(t *testing.T, p *apptest.Program, name string, role staff.Role) officer {
	t.Helper()
	ctx := t.Context()
	password, uri, err := p.App.Staff.Add(ctx, staff.System(), name, role)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.App.Staff.Train(ctx, staff.System(), name, p.Clock.Now().Add(300*24*time.Hour)); err != nil {
		t.Fatal(err)
	}
	_, query, _ := strings.Cut(uri, "secret=")
	secret, _, _ := strings.Cut(query, "&")
	return officer{name, password, secret}
}

// window is one officer's browser.
type window struct {
	t    *testing.T
	p    *apptest.Program
	ctx  context.Context
	who  officer
	used time.Time // of the last code
}

// open opens a browser with nothing in it.
func open(t *testing.T, p *apptest.Program, who officer, options ...chromedp.ExecAllocatorOption) *window {
	t.Helper()
	all := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.Flag("lang", "zh-CN"),
		chromedp.Flag("accept-lang", "zh-CN"), chromedp.Flag("disable-dev-shm-usage", true), chromedp.WindowSize(1280, 900))
	allocator, stopAll := chromedp.NewExecAllocator(t.Context(), append(all, options...)...)
	ctx, stop := chromedp.NewContext(allocator)
	t.Cleanup(func() { stop(); stopAll() })
	w := &window{t: t, p: p, ctx: ctx, who: who}
	if err := chromedp.Run(ctx); err != nil { // on the whole context: the browser lives as long as the one it starts with
		t.Fatal(err)
	}
	return w
}

// do runs steps and fails the test with what the page says when one does not work out.
func (w *window) do(what string, steps ...chromedp.Action) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.ctx, patience)
	defer cancel()
	if err := chromedp.Run(ctx, steps...); err != nil {
		var text, at string
		_ = chromedp.Run(w.ctx, chromedp.Location(&at), chromedp.Text("body", &text, chromedp.ByQuery))
		w.t.Fatalf("%s: %v\nat %s the page says:\n%s", what, err, at, text)
	}
}

// visit goes to a page.
func (w *window) visit(path string) {
	w.t.Helper()
	w.do("visit "+path, chromedp.Navigate(w.p.API+path), chromedp.WaitVisible("#main", chromedp.ByQuery))
}

// text is what an element says.
func (w *window) text(selector string) (text string) {
	w.t.Helper()
	w.do("read "+selector, chromedp.Text(selector, &text, chromedp.ByQuery))
	return strings.TrimSpace(text)
}

// says fails the test unless the page has the words.
func (w *window) says(words string) {
	w.t.Helper()
	if text := w.text("#main"); !strings.Contains(text, words) {
		w.t.Fatalf("the page does not say %q, but:\n%s", words, text)
	}
}

// at is the page's path.
func (w *window) at() string {
	w.t.Helper()
	var url string
	w.do("where am I", chromedp.Location(&url))
	return strings.TrimPrefix(url, w.p.API)
}

// click clicks and waits for the page that follows.
func (w *window) click(selector string) {
	w.t.Helper()
	w.do("click "+selector, follow(chromedp.Click(selector, chromedp.ByQuery)))
}

// follow does a step and waits until the page that it leads to has loaded.
func follow(step chromedp.Action) chromedp.Action {
	return chromedp.ActionFunc(func(ctx context.Context) error {
		_, err := chromedp.RunResponse(ctx, step)
		return err
	})
}

// code is the one-time code of now. Each opens once, so time moves on to the next when it has been used.
func (w *window) code() string {
	w.t.Helper()
	const step = 30 * time.Second
	for !w.p.Clock.Now().Truncate(step).After(w.used) {
		w.p.Clock.Advance(step)
	}
	w.used = w.p.Clock.Now().Truncate(step)
	code, err := totp.GenerateCode(w.who.secret, w.p.Clock.Now())
	if err != nil {
		w.t.Fatal(err)
	}
	return code
}

// signIn signs the officer in, by keyboard.
func (w *window) signIn() {
	w.t.Helper()
	w.visit("/console/")
	w.do("sign in", chromedp.SendKeys("[name=name]", w.who.name, chromedp.ByQuery), chromedp.SendKeys("[name=password]", w.who.password, chromedp.ByQuery),
		chromedp.SendKeys("[name=code]", w.code(), chromedp.ByQuery), follow(chromedp.Submit("[name=code]", chromedp.ByQuery)))
	w.do("be in", chromedp.WaitVisible(".who", chromedp.ByQuery))
}

// prove answers the page that asks for a fresh proof of identity.
func (w *window) prove() {
	w.t.Helper()
	if !strings.HasPrefix(w.at(), "/console/step-up") {
		w.t.Fatalf("nobody asks who I am at %s", w.at())
	}
	w.do("prove", chromedp.SendKeys("[name=proof]", w.code(), chromedp.ByQuery), follow(chromedp.Submit("[name=proof]", chromedp.ByQuery)))
}

// travel follows a link that leads by way of another site to a page of the console that has an element.
func (w *window) travel(selector, to, element string) {
	w.t.Helper()
	w.do("travel to "+to, chromedp.Click(selector, chromedp.ByQuery), chromedp.WaitVisible(element, chromedp.ByQuery))
	if at := w.at(); at != to {
		w.t.Fatalf("the way led to %s, not to %s", at, to)
	}
}

// lookUp looks a person up.
func (w *window) lookUp(term string) {
	w.t.Helper()
	w.visit("/console/")
	w.do("look up", chromedp.SetValue("[name=reason]", "support_ticket", chromedp.ByQuery), chromedp.SendKeys("[name=reference]", "T-1024", chromedp.ByQuery),
		chromedp.SendKeys("[name=term]", term, chromedp.ByQuery), follow(chromedp.Submit("[name=term]", chromedp.ByQuery)))
}

// looks are the ways in which a page is looked at.
var looks = []struct {
	name   string
	scheme string
	width  int64
}{{"light", "light", 1280}, {"dark", "dark", 1280}, {"phone", "light", 390}, {"phone-dark", "dark", 390}}

// inspect takes pictures of the page as it is, and lets axe-core look for what keeps people out (WCAG 2.2 AA).
func (w *window) inspect(name string) {
	w.t.Helper()
	for _, look := range looks {
		var picture []byte
		var wide bool
		w.do("look at "+name,
			chromedp.EmulateViewport(look.width, 900), emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: look.scheme}}),
			chromedp.FullScreenshot(&picture, 100), chromedp.Evaluate(`document.documentElement.scrollWidth > window.innerWidth`, &wide))
		w.keep(name+"-"+look.name+".png", picture)
		if wide {
			w.t.Errorf("%s (%s): the page is wider than the window", name, look.name)
		}
		for _, v := range w.violations() {
			w.t.Errorf("%s (%s): %s", name, look.name, v)
		}
	}
	w.do("as before", chromedp.EmulateViewport(1280, 900), emulation.SetEmulatedMedia())
}

func (w *window) keep(name string, picture []byte) {
	w.t.Helper()
	if err := os.MkdirAll(screenshots, 0o755); err != nil {
		w.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(screenshots, name), picture, 0o644); err != nil {
		w.t.Fatal(err)
	}
}

func awaited(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }

// violations are what axe-core finds wrong.
func (w *window) violations() []string {
	w.t.Helper()
	axe, err := os.ReadFile("node_modules/axe-core/axe.min.js")
	if err != nil {
		w.t.Fatalf("axe-core is missing (npm ci in internal/app/browser): %v", err)
	}
	var found []struct {
		ID, Impact, Help string
		Nodes            []struct {
			HTML    string `json:"html"`
			Summary string `json:"failureSummary"`
		}
	}
	var raw json.RawMessage
	w.do("axe", chromedp.Evaluate(string(axe)+"; 0", nil),
		chromedp.Evaluate(`axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']}).then(r => r.violations)`, &raw, chromedp.EvalAsValue, awaited))
	if err := json.Unmarshal(raw, &found); err != nil {
		w.t.Fatal(err)
	}
	var said []string
	for _, f := range found {
		for _, n := range f.Nodes {
			said = append(said, fmt.Sprintf("%s (%s): %s: %s", f.ID, f.Impact, n.HTML, n.Summary))
		}
	}
	return said
}
