package notice_test

import (
	_ "embed"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"zhiqing/internal/notice"
	"zhiqing/internal/register/prove"
)

const builtIn = "../../config/policy/notices"

var operator = map[string]string{"operator": "〔名称〕", "operator_address": "〔地址〕", "contact": "〔联系方式〕", "dpo": "〔负责人〕"}

func loadBuiltIn(t *testing.T) []notice.Notice {
	t.Helper()
	loaded, err := notice.Load(os.DirFS(builtIn), operator)
	if err != nil {
		t.Fatal(err)
	}
	return loaded
}

func text(t *testing.T, kind, lang string) string {
	t.Helper()
	loaded := loadBuiltIn(t)
	i := slices.IndexFunc(loaded, func(n notice.Notice) bool { return n.Kind == kind && n.Language == lang })
	if i < 0 {
		t.Fatalf("no %s in %s", kind, lang)
	}
	return loaded[i].Markdown
}

func TestTheBuiltInNoticesAreThereInForceAndComplete(t *testing.T) {
	s, err := notice.Open(ctx, newMemory(), loadBuiltIn(t), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range []string{"privacy", "children", "marketing", "third_party", "cross_border"} {
		for _, lang := range []string{"zh-CN", "en"} {
			n, err := s.Current(kind, lang)
			if err != nil {
				t.Errorf("%s in %s: %v", kind, lang, err)
				continue
			}
			for name, value := range operator {
				if !strings.Contains(n.Markdown, value) {
					t.Errorf("%s in %s does not say {{%s}} (PIPL 17(1)(1))", kind, lang, name)
				}
			}
		}
	}
	if err := notice.Lint(loadBuiltIn(t)); err != nil {
		t.Error(err)
	}
}

//go:embed testdata/statements.txt
var statements string

func TestEveryStatementOfThePolicyIsKept(t *testing.T) {
	privacy, kept := text(t, "privacy", "zh-CN"), 0
	for line := range strings.Lines(statements) {
		row, words, ok := strings.Cut(strings.TrimSpace(line), "\t")
		if !ok {
			continue
		}
		if kept++; !strings.Contains(privacy, words) {
			t.Errorf("%s: the privacy notice no longer says %q", row, words)
		}
	}
	if kept != 109 {
		t.Errorf("%d statements checked, want the 109 rows of part A", kept)
	}
}

func TestTheNoticesNameNoOtherCompanyAndNoEmailAddress(t *testing.T) {
	banned := map[string]*regexp.Regexp{
		"an e-mail address":   regexp.MustCompile(`@|＠|(?i)mailto:`),
		"a company":           regexp.MustCompile(`(?i)乐斯福|燕子|lesaffre|phileo|tencent|腾讯|有限公司|股份公司|集团|\b(ltd|inc|llc|gmbh|co\.|corp)\b`),
		"legitimate interest": regexp.MustCompile(`(?i)合法利益|正当利益|legitimate interest`),
		"a web address":       regexp.MustCompile(`https?://|www\.`),
	}
	for _, n := range loadBuiltIn(t) {
		for what, form := range banned {
			for _, found := range form.FindAllString(n.Markdown+n.Title+n.SummaryOfChanges, -1) {
				if what == "legitimate interest" && saysThatWeDoNot(n) {
					continue
				}
				t.Errorf("%s/%s in %s names %s: %q", n.Kind, n.Version, n.Language, what, found)
			}
		}
	}
}

// saysThatWeDoNot: the privacy notice names the basis once, to rule it out (requirements.md 0.1, row 1).
func saysThatWeDoNot(n notice.Notice) bool {
	return strings.Count(n.Markdown, "我们不以“合法利益”或笼统的“合法目的”为依据") == 1 && strings.Count(n.Markdown, "合法利益") == 1 ||
		strings.Count(n.Markdown, `We do not rely on "legitimate interests"`) == 1 && strings.Count(strings.ToLower(n.Markdown), "legitimate interest") == 1
}

func TestBothLanguagesSayTheSameNumberOfThings(t *testing.T) {
	shape := func(markdown string) (s [3]int) {
		for line := range strings.Lines(markdown) {
			for i, mark := range []string{"#", "|", "- "} {
				if strings.HasPrefix(line, mark) {
					s[i]++
				}
			}
		}
		return s
	}
	for _, kind := range []string{"privacy", "children", "marketing", "third_party", "cross_border"} {
		if zh, en := shape(text(t, kind, "zh-CN")), shape(text(t, kind, "en")); zh != en {
			t.Errorf("%s: headings, table rows and points are %v in Chinese and %v in English", kind, zh, en)
		}
	}
}

func TestTheRightsAndNumbersThatTheLawNamesAreTold(t *testing.T) {
	rules := prove.Row(t, "F-13")
	for kind, words := range map[string][]string{
		"privacy": {"查阅", "复制", "转移", "更正", "补充", "删除", "限制处理", "注销帐户", "撤回同意", "解释", "逝者",
			"15 个工作日内", "30 日", "三年", "24 小时", "48 小时", "单独同意", "书面说明理由", "人民法院", "访客", "监护人", "默认关闭"},
		"children":     {"不满 14 周岁", "14 至 17 周岁", "同样方便", "儿童个人信息保护负责人", "撤回", "15 个工作日", "12 个月", "敏感个人信息", "用户协议"},
		"marketing":    {"单独同意", "取消订阅", "撤回", "未满 18 周岁", "兴趣标签", "默认关闭"},
		"third_party":  {"单独同意", "名称", "联系方式", "处理目的", "处理方式", "种类", "撤回"},
		"cross_border": {"单独同意", "名称", "联系方式", "处理目的", "处理方式", "种类", "行使权利的方式和程序", "默认不向境外提供"},
	} {
		markdown := text(t, kind, "zh-CN")
		for _, w := range words {
			rules.That(strings.Contains(markdown, w), "%s does not say %q", kind, w)
		}
	}
}

func TestEveryRetentionCategorySaysWhatHappensAtTheEnd(t *testing.T) {
	_, after, _ := strings.Cut(text(t, "privacy", "zh-CN"), "## 七、")
	section, _, _ := strings.Cut(after, "\n## ")
	rows := 0
	for line := range strings.Lines(section) {
		if !strings.HasPrefix(line, "| ") || strings.HasPrefix(line, "| 信息类别") {
			continue
		}
		rows++
		for i, cell := range strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|") {
			if strings.TrimSpace(cell) == "" {
				t.Errorf("column %d is empty in %q", i, line)
			}
		}
	}
	if rows < 14 {
		t.Errorf("%d categories, want at least 14", rows)
	}
}
