package ledger

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"html"
	"regexp"
	"strings"
	"testing"
)

func rendered(t *testing.T, r Receipt, lang string) string {
	t.Helper()
	var b strings.Builder
	if err := RenderReceipt(&b, r, lang); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestTheReadablePageSaysWhatTheReceiptSays(t *testing.T) {
	for lang, want := range map[string][]string{
		"zh": {"<!doctype html>", `lang="zh-CN"`, "个性化广告", "已同意", "2026年3月1日 16:30:15（北京时间）", "至 2027年3月1日", "单独同意", "主动点击", "本人",
			"行踪轨迹", "敏感个人信息", "6 个月", "示例广告有限公司", "隐私中心 › 同意管理", "北京市示例路 1 号", "隐私政策", "中国境内", "不出境", "成年人",
			"并非必需", "不影响使用其他功能", "查阅、复制、更正、补充、删除"},
		"en": {`lang="en"`, "Given", "1 March 2026, 16:30:15 (UTC+8)", "Separate consent", "The person", "Mainland China", "sensitive"},
	} {
		r := example(t)
		page := html.UnescapeString(rendered(t, r, lang))
		want = append(want, r.Header.ReceiptID, r.Header.RecordID, r.Header.PIIPrincipalID, r.Integrity.Hash, r.Integrity.PrevHash,
			r.Processing.PrivacyNotice.SHA256, r.Processing.Purposes[0].PurposeDefinition)
		for _, text := range want {
			if !strings.Contains(page, text) {
				t.Errorf("%s: %q is not on the page", lang, text)
			}
		}
	}
}

func TestChineseIsTheDefaultAndNothingIsHalfTranslated(t *testing.T) {
	zh := rendered(t, example(t), "zh")
	if rendered(t, example(t), "") != zh || rendered(t, example(t), "fr") != zh {
		t.Error("another language than English must give Chinese")
	}
	r := example(t) // with English content, the English page has no Chinese left
	r.Parties, r.PRC = nil, PRC{ConsentKind: "explicit", Band: "14_17"}
	r.Processing.Purposes[0] = Purpose{Purpose: "Ads", Recipients: []Recipient{}, StorageLocations: []string{"CN"}, LawfulBasis: "consent"}
	if han := regexp.MustCompile(`\p{Han}+`).FindString(rendered(t, r, "en")[strings.Index(rendered(t, r, "en"), "<body>"):]); han != "" {
		t.Errorf("Chinese in the English page: %s", han)
	}
}

func TestEveryStateHasWords(t *testing.T) {
	for state := range States {
		if text := stateWords[state]; text.ZH == "" || text.EN == "" {
			t.Errorf("%s has no words", state)
		}
	}
}

func TestThePageLoadsNothingAndRunsNothing(t *testing.T) {
	page := rendered(t, example(t), "zh")
	for _, banned := range []string{"<script", "<link", "<img", "<iframe", "<form", " style=", " on", "javascript:", "@import", "url("} {
		where := page
		if banned == " on" { // an event handler is an attribute
			where = strings.Join(regexp.MustCompile(` on[a-z]+=`).FindAllString(page, -1), "")
		}
		if strings.Contains(where, banned) {
			t.Errorf("the page has %q", banned)
		}
	}
	style := regexp.MustCompile(`(?s)<style>(.*?)</style>`).FindStringSubmatch(page)
	if style == nil {
		t.Fatal("no style")
	}
	sum := sha256.Sum256([]byte(style[1]))
	if !strings.Contains(ReceiptCSP(), "'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'") {
		t.Error("the policy does not know the style that the page has")
	}
	if !strings.Contains(page, "prefers-color-scheme: dark") || !strings.Contains(page, "@media print") || !strings.Contains(page, "width=device-width") {
		t.Error("the page must suit the dark, paper and phones")
	}
}

func TestHostileTextsStayText(t *testing.T) {
	r := example(t)
	const attack = `</style><script>alert(1)</script>"'><img src=x onerror=y>`
	p := &r.Processing.Purposes[0]
	p.Purpose, p.PurposeDescription, p.WithdrawalMethod = attack, attack, attack
	r.Processing.PrivacyNotice.URL, r.Parties[1].URL = "javascript:alert(1)", "javascript:alert(1)"
	p.Recipients[0].Name, r.Events[0].State, r.Processing.PrivacyNotice.Kind = attack, attack, attack
	page := rendered(t, r, "zh")
	for _, banned := range []string{"<script", "<img", `href="javascript:`} {
		if strings.Contains(page, banned) {
			t.Errorf("%s came through", banned)
		}
	}
	if strings.Count(page, "<style>") != 1 || strings.Count(page, "</style>") != 1 {
		t.Error("the style was closed early")
	}
}

func TestAReceiptWithoutItsPurposeIsNotRendered(t *testing.T) {
	var b strings.Builder
	if err := RenderReceipt(&b, Receipt{}, "zh"); !errors.Is(err, ErrReceiptForm) || b.Len() != 0 {
		t.Fatal(err)
	}
}
