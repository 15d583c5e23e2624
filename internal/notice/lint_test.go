package notice_test

import (
	"strings"
	"testing"

	"zhiqing/internal/notice"
	"zhiqing/internal/register/prove"
)

// TestLintMissesNothing takes each top section out of each real text; the lint must notice wherever the law asks for it.
func TestLintMissesNothing(t *testing.T) {
	row := prove.Row(t, "F-3")
	for _, c := range []struct {
		kind, lang, without string
		want                string
	}{
		{"privacy", "zh-CN", "## 一、", "PIPL 17(1)(1)"},
		{"privacy", "zh-CN", "## 二、", "PIPL 13"},
		{"privacy", "zh-CN", "## 三、", "PIPL 17(1)(2): purposes"},
		{"privacy", "zh-CN", "### （四）", "PIPL 30"},
		{"privacy", "zh-CN", "## 六、", "as a list"},
		{"privacy", "zh-CN", "## 七、", "retention"},
		{"privacy", "zh-CN", "## 八、", "rights"},
		{"privacy", "zh-CN", "## 九、", "PIPL 39"},
		{"privacy", "zh-CN", "## 十、", "PIPL 51"},
		{"privacy", "zh-CN", "## 十一、", "PIPL 57"},
		{"privacy", "zh-CN", "## 十二、", "PIPL 31"},
		{"privacy", "zh-CN", "## 十四、", "PIPL 17(2)"},
		{"privacy", "zh-CN", "## 十五、", "complaints"},
		{"privacy", "en", "## 7. ", "retention"},
		{"privacy", "en", "## 8. ", "rights"},
		{"children", "zh-CN", "## 您可以同意", "the option to refuse"},
		{"children", "zh-CN", "## 一、", "规定 10(1)"},
		{"children", "zh-CN", "## 二、", "规定 10(2)"},
		{"children", "zh-CN", "## 三、", "规定 10(3)"},
		{"children", "zh-CN", "## 四、", "规定 10(4)"},
		{"children", "zh-CN", "## 五、", "规定 10(5)"},
		{"children", "zh-CN", "## 六、", "规定 10(6)"},
		{"children", "zh-CN", "## 七、", "规定 10(7)"},
		{"children", "en", "## You may agree", "the option to refuse"},
		{"children", "en", "## 1. ", "规定 10(1)"},
		{"children", "en", "## 4. ", "规定 10(4)"},
		{"children", "en", "## 6. ", "规定 10(6)"},
	} {
		n := notice.Notice{Kind: c.kind, Version: "1.0", Language: c.lang, Markdown: without(t, text(t, c.kind, c.lang), c.without)}
		err := notice.Lint([]notice.Notice{n})
		row.That(err != nil && strings.Contains(err.Error(), c.want) && strings.Contains(err.Error(), c.kind+"/1.0."+c.lang+".md"),
			"%s in %s without %q: %v; want %q", c.kind, c.lang, c.without, err, c.want)
	}
}

// without removes the section under the heading that starts so, with those below it.
func without(t *testing.T, markdown, heading string) string {
	t.Helper()
	depth := strings.IndexByte(heading, ' ')
	var kept strings.Builder
	removing, removed := false, false
	for line := range strings.Lines(markdown) {
		if d := strings.IndexByte(line, ' '); strings.HasPrefix(line, "#") && d <= depth {
			removing = strings.HasPrefix(line, heading)
			removed = removed || removing
		}
		if !removing {
			kept.WriteString(line)
		}
	}
	if !removed {
		t.Fatalf("no section %q", heading)
	}
	return kept.String()
}

func TestAnEmptySectionSaysNothing(t *testing.T) {
	full := text(t, "children", "zh-CN")
	_, rest, _ := strings.Cut(full, "## 四、拒绝的后果\n")
	_, after, _ := strings.Cut(rest, "\n## ")
	before, _, _ := strings.Cut(full, "## 四、拒绝的后果\n")
	n := notice.Notice{Kind: "children", Version: "1.0", Language: "zh-CN", Markdown: before + "## 四、拒绝的后果\n\n## " + after}
	wantProblems(t, notice.Lint([]notice.Notice{n}), "规定 10(4)")
}

func TestOtherKindsPassTheLint(t *testing.T) {
	if err := notice.Lint([]notice.Notice{{Kind: "marketing", Language: "en", Markdown: "x"}}); err != nil {
		t.Error(err)
	}
}
