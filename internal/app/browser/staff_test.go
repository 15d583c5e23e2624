//go:build browser

package browser

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"zhiqing/internal/app/apptest"
	"zhiqing/internal/staff"
)

func TestSupportFindsARecordAndThePersonSeesIt(t *testing.T) {
	p := apptest.Start(t, "")
	who := adult(t, p, "lan")
	w := open(t, p, hire(t, p, "mei", staff.Support))
	w.visit("/console/")
	w.inspect("sign-in")
	w.signIn()
	w.inspect("lookup")
	w.lookUp(who.number)
	w.says(who.number)
	w.says("小*")
	w.inspect("record")
	log := p.Want(200, apptest.Call{Method: "GET", Path: "/v1/me/access-log", Token: who.token})
	if log.Str("items", 0, "role") != "support" {
		t.Fatalf("the person does not see the look-up: %s", log.Raw)
	}
	if strings.Contains(string(log.Raw), "mei") {
		t.Fatalf("the person sees the officer's name: %s", log.Raw)
	}
	w.do("ask whether it was allowed", chromedp.SetValue("[name=purpose]", "account.profile", chromedp.ByQuery), chromedp.Click("form[hx-select='#answer'] button", chromedp.ByQuery), chromedp.WaitVisible("#answer .callout", chromedp.ByQuery))
	w.says("允许")
	w.click("a[href*='/receipts/']")
	w.says("已验证")
	w.inspect("receipt")
	w.click("dd a[href^='/console/notices/']")
	w.inspect("notice")
}

func TestAFieldIsRevealedAfterAFreshProof(t *testing.T) {
	p := apptest.Start(t, "")
	who := adult(t, p, "lan")
	w := open(t, p, hire(t, p, "mei", staff.Support))
	w.signIn()
	w.lookUp(who.number)
	record := w.at()
	p.Clock.Advance(staff.StepUpLife)
	w.click("button[name=field][value=nickname]")
	w.inspect("step-up")
	w.prove()
	if w.at() != record {
		t.Fatalf("the proof led to %s, not back to %s", w.at(), record)
	}
	w.do("reveal", chromedp.Click("button[name=field][value=nickname]", chromedp.ByQuery), chromedp.WaitVisible("mark", chromedp.ByQuery))
	if value := w.text("mark"); value != "小兰<b>" {
		t.Errorf("revealed %q", value)
	}
}

func TestAnOfficerDecidesARequestAndThePersonReadsTheAnswer(t *testing.T) {
	p := apptest.Start(t, "")
	who := adult(t, p, "lan")
	number := asks(p, who, map[string]any{"type": "correct", "detail": "昵称写错了 <script>alert(1)</script>"})
	w := open(t, p, hire(t, p, "qiu", staff.PrivacyOfficer))
	w.signIn()
	w.visit("/console/requests")
	w.says(number)
	w.inspect("queue")
	w.click("a[href$='" + number + "']")
	w.says("<script>alert(1)</script>")
	w.click("form[action$='/take'] button")
	w.says("已领取")
	w.do("take a template", chromedp.SetValue("[name=template]", "corrected", chromedp.ByQuery), chromedp.Click("form[hx-select='#answer'] button", chromedp.ByQuery),
		chromedp.Poll(`document.querySelector('[name=text]').value !== ''`, nil))
	w.inspect("case")
	w.click("#answer button.primary")
	w.says("决定已送达本人")
	got := p.Want(200, apptest.Call{Method: "GET", Path: "/v1/me/requests/" + number, Token: who.token})
	if got.Str("state") != "fulfilled" {
		t.Errorf("the person reads %s", got.Raw)
	}
	w.inspect("case-done")
}

// A letter that closes an account takes two officers: one types it in, another proves who they are and vouches for its writer.
func TestALetterTakesTwoOfficers(t *testing.T) {
	p := apptest.Start(t, "")
	who := adult(t, p, "lan")
	first := open(t, p, hire(t, p, "qiu", staff.PrivacyOfficer))
	first.signIn()
	first.visit("/console/requests/new")
	first.inspect("offline")
	first.do("fill the form in", chromedp.SendKeys("[name=number]", who.number, chromedp.ByQuery),
		chromedp.SetValue("[name=type]", "cancel_account", chromedp.ByQuery), chromedp.SetValue("[name=channel]", "post", chromedp.ByQuery))
	first.click("form.look button.primary")
	first.says("请由其他人员核实")
	first.inspect("letter")
	second := open(t, p, hire(t, p, "shen", staff.ChildDataOfficer))
	second.signIn()
	second.visit("/console/requests/" + first.text("h1 .mono"))
	second.inspect("identity")
	p.Clock.Advance(staff.StepUpLife)
	const verified = "button[name=verified][value=yes]"
	second.click(verified)
	second.prove()
	second.click(verified)
	second.says("系统办理中")
}

func TestAMinorsRecordOpensAfterASecondOfficerApproves(t *testing.T) {
	p := apptest.Start(t, "")
	who := minor(t, p, "xiao")
	first := open(t, p, hire(t, p, "mei", staff.Support))
	first.signIn()
	first.lookUp(who.number)
	first.says("这是未成年人的记录")
	if strings.Contains(first.text("#main"), who.number) {
		t.Error("the closed page shows the number")
	}
	first.inspect("closed")
	first.click("form[action$='/ask'] button")
	record := first.at()
	second := open(t, p, hire(t, p, "tong", staff.ChildDataOfficer))
	second.signIn()
	second.visit("/console/approvals")
	second.inspect("approvals")
	second.click("button[value=approve]")
	second.says("已批准")
	first.visit(strings.TrimSuffix(record, "?done=asked"))
	first.says(who.number)
	second.visit("/console/disputes")
	second.inspect("disputes")
}

func TestTheConsoleWorksWithoutJavaScript(t *testing.T) {
	p := apptest.Start(t, "")
	who := adult(t, p, "ping")
	number := asks(p, who, map[string]any{"type": "correct", "detail": "昵称写错了"})
	w := open(t, p, hire(t, p, "qiu", staff.PrivacyOfficer))
	w.do("switch scripts off", emulation.SetScriptExecutionDisabled(true))
	w.signIn()
	w.lookUp(who.number)
	w.says(who.number)
	w.do("choose", chromedp.SetValue("[name=purpose]", "account.profile", chromedp.ByQuery))
	w.click("form[hx-select='#answer'] button")
	w.says("允许")
	w.visit("/console/requests?type=correct")
	w.click("a[href$='" + number + "']")
	w.do("choose", chromedp.SetValue("[name=template]", "corrected", chromedp.ByQuery))
	w.click("form[hx-select='#answer'] button")
	w.click("#answer button.primary")
	w.says("决定已送达本人")
}

func TestTheLanguageSwitchStaysOnThePage(t *testing.T) {
	p := apptest.Start(t, "")
	w := open(t, p, hire(t, p, "mei", staff.Support))
	w.signIn()
	w.visit("/console/me")
	w.says("更改密码")
	w.inspect("me")
	w.click("footer button")
	w.says("Change my password")
	if w.at() != "/console/me" {
		t.Fatalf("the switch led to %s", w.at())
	}
	w.visit("/console/")
	w.inspect("lookup-english")
}

func TestAnAdministratorOpensAnAccountAndAuditorsSeeIt(t *testing.T) {
	p := apptest.Start(t, "")
	who := adult(t, p, "lan")
	for i := range 14 { // enough for numbers that are not hidden
		adult(t, p, fmt.Sprintf("visitor%d", i))
	}
	w := open(t, p, hire(t, p, "root", staff.Administrator))
	w.signIn()
	w.lookUp(who.number)
	w.visit("/console/staff")
	w.inspect("staff")
	w.do("open an account", chromedp.SendKeys("form[action='/console/staff'] [name=name]", "bai", chromedp.ByQuery), follow(chromedp.Submit("form[action='/console/staff'] [name=name]", chromedp.ByQuery)))
	w.says("请立即交给本人")
	w.inspect("staff-made")
	w.visit("/console/audit")
	w.says("staff.added")
	w.says("staff.lookup")
	w.click("form[action='/console/audit/check'] button")
	w.says("链条完整")
	w.inspect("audit")
	if _, err := p.App.Tally.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.visit("/console/overview")
	w.says("15")
	w.inspect("overview")
	w.visit("/console/nowhere")
	w.says("没有这个页面")
	w.inspect("problem")
}

func TestReportsAreReadAndAnswered(t *testing.T) {
	p := apptest.Start(t, "")
	sent := p.Want(202, apptest.Call{Method: "POST", Path: "/v1/reports", Body: map[string]any{"kind": "complaint", "text": "收到了没有同意的短信"}})
	w := open(t, p, hire(t, p, "qiu", staff.PrivacyOfficer))
	w.signIn()
	w.visit("/console/reports")
	w.says(sent.Str("number"))
	w.inspect("reports")
	w.click("a[href$='" + sent.Str("number") + "']")
	w.says("收到了没有同意的短信")
	w.click("form[action$='/take'] button")
	w.inspect("report")
	w.click("button[value=unfounded]")
	w.says("决定已送达本人")
}
