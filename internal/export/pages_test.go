package export

import (
	"html"
	"regexp"
	"strings"
	"testing"

	"zhiqing/internal/fault"
	"zhiqing/internal/holding"
)

func pageOf(t *testing.T, p Package, name string) string {
	t.Helper()
	return html.UnescapeString(string(unpack(t, build(t, p, keyset(1)))[name]))
}

func TestTheReadmeSaysWhatWhenByWhomAndHowToCheckAndComplain(t *testing.T) {
	for lang, want := range map[string][]string{
		"zh-CN": {`lang="zh-CN"`, "RQ-7K2M-9XQ4", "2026年3月1日 16:30（北京时间）", "示例科技有限公司", "privacy@example.com", "个人资料", "data/orders.csv", "data/receipts/",
			"支付风险记录", "《反洗钱法》第四十二条", "2031年1月20日", "zhiqing verify package export-RQ-7K2M-9XQ4-20260301.zip", "/.well-known/jwks.json", "sha256sum -c", "投诉", "12377", "人民法院"},
		"en": {`lang="en"`, "1 March 2026, 16:30 (UTC+8)", "Payment risk records", "The law wants it kept", "complain", "go to court"},
	} {
		p := full(t, keyset(1))
		p.Language = lang
		page := pageOf(t, p, pathReadme)
		for _, text := range want {
			if !strings.Contains(page, text) {
				t.Errorf("%s: %q is not on the page", lang, text)
			}
		}
	}
}

func TestTheIndexShowsEveryCategoryInWords(t *testing.T) {
	page := pageOf(t, example(), pathIndex)
	for _, text := range []string{"昵称", "小满", "2026-01-05 10:03:04", "收货信息", "示例路 12 号", "徒步", "向他人提供的记录", "没有记录", "展示个人资料", "订立、履行合同所必需", "请放在门口，\n不要按门铃。"} {
		if !strings.Contains(page, text) {
			t.Errorf("%q is not on the page", text)
		}
	}
	for _, code := range []string{"nickname", "updated_at", "legal_duty"} {
		if strings.Contains(page, code) {
			t.Errorf("%q is a code, where words are known", code)
		}
	}
	if !regexp.MustCompile(`(?s)项目.*内容.*来源.*更新时间`).MatchString(page) {
		t.Error("the columns do not stand in the order of the schema")
	}
}

func TestTheEnglishPagesAreNotHalfTranslated(t *testing.T) {
	p := example()
	p.Language, p.Controller = "en", Controller{"Example Ltd", "privacy@example.com"}
	for i := range p.Files {
		p.Files[i].Records = nil
	}
	for _, name := range []string{pathReadme, pathIndex} {
		page := pageOf(t, p, name)
		if han := regexp.MustCompile(`\p{Han}+`).FindString(page[strings.Index(page, "<body>"):]); han != "" {
			t.Errorf("Chinese in the English %s: %s", name, han)
		}
	}
}

func TestWithoutTitlesCodesAreShownAsTheyAre(t *testing.T) {
	p := example()
	p.Titles = nil
	p.Files = []holding.File{{Name: "notes", Title: fault.Text{ZH: "笔记"}, Schema: []byte(`{}`), Records: []any{map[string]any{"text": "x"}}, Purposes: []string{"some_purpose"}, LegalBasis: "some_basis",
		Excluded: []holding.Kept{{What: "some_kind", Reason: "some_reason"}}}}
	pages := pageOf(t, p, pathIndex) + pageOf(t, p, pathReadme)
	for _, code := range []string{"some_purpose", "some_basis", "some_kind", "some_reason"} {
		if !strings.Contains(pages, code) {
			t.Errorf("%s is hidden", code)
		}
	}
}

// Data nested without end is shown, not walked without end.
func TestDeepNestingIsShownAsJSON(t *testing.T) {
	var deep any = "bottom"
	for range 200 {
		deep = map[string]any{"in": deep}
	}
	p := example()
	p.Files = []holding.File{{Name: "deep", Schema: []byte(`{}`), Records: []any{deep}}}
	if page := pageOf(t, p, pathIndex); !strings.Contains(page, `{"in":{"in":"bottom"}}`) || strings.Count(page, "<dl>") > deepest {
		t.Error("not shown, or walked to the bottom")
	}
}
