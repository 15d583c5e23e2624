//go:build browser

package browser

import (
	"testing"

	"github.com/chromedp/chromedp"

	"zhiqing/internal/app/apptest"
	"zhiqing/internal/staff"
)

// One officer orders, another reads and approves; every page of it passes axe.
func TestOfficersHandOverWhatACourtDemands(t *testing.T) {
	p := apptest.Start(t, "")
	who := adult(t, p, "ping")
	first := open(t, p, hire(t, p, "mei", staff.PrivacyOfficer))
	first.signIn()
	first.visit("/console/disclosures")
	first.inspect("disclosures-empty")
	first.visit("/console/disclosures/new")
	first.inspect("order")
	for field, value := range map[string]string{"person": who.number, "organ": "上海市浦东新区人民法院", "contact": "立案庭", "document": "（2026）沪0115民初1号"} {
		first.do("fill in "+field, chromedp.SendKeys("[name="+field+"]", value, chromedp.ByQuery))
	}
	first.do("choose", chromedp.Click("[name=fields][value=nickname]", chromedp.ByQuery))
	first.click("form.look button.primary")
	first.says("待批准")
	first.inspect("disclosure")
	second := open(t, p, hire(t, p, "tong", staff.ChildDataOfficer))
	second.signIn()
	second.visit("/console/approvals")
	second.inspect("approvals-disclosure")
	second.click("a[href^='/console/disclosures/dsc_']")
	second.says("（2026）沪0115民初1号")
	second.visit("/console/approvals")
	second.click("button[value=approve]")
	second.says("已批准")
	first.visit("/console/disclosures")
	first.says("上海市浦东新区人民法院")
	first.inspect("disclosures")
}

// An officer stops a recipient; the page passes axe, empty and full.
func TestAnOfficerStopsARecipient(t *testing.T) {
	p := apptest.Start(t, "")
	w := open(t, p, hire(t, p, "mei", staff.PrivacyOfficer))
	w.signIn()
	w.visit("/console/halts")
	w.inspect("halts-empty")
	w.do("fill in", chromedp.SendKeys("[name=reference]", "T-1", chromedp.ByQuery))
	w.click("button.danger")
	w.says("已停用")
	w.inspect("halts")
}
