package notice

import (
	"errors"
	"fmt"
	"strings"
)

// item is one thing that the law demands of a kind of notice. A text has it when some section's heading names it (one of
// the words, in the text's language) and that section says something.
type item struct {
	law    string
	zh, en []string
}

// mandatory lists the items per kind. Words, not numbers, are looked for, so an operator may order the sections freely.
var mandatory = map[string][]item{
	"privacy": {
		{"PIPL 17(1)(1): who we are and how to reach us", []string{"我们是谁", "个人信息处理者", "联系我们"}, []string{"who we are", "contact us"}},
		{"PIPL 13: legal bases", []string{"依据"}, []string{"legal bas"}},
		{"PIPL 17(1)(2): purposes, methods and kinds", []string{"处理哪些信息", "收集的信息", "处理目的"}, []string{"what we process", "we collect", "purposes"}},
		{"PIPL 30: sensitive information", []string{"敏感个人信息"}, []string{"sensitive"}},
		{"PIPL 17(1)(2), 网数条例 21(3): retention and what happens at the end", []string{"保存多久", "保存期限"}, []string{"how long", "retention"}},
		{"PIPL 17(1)(3), 网数条例 21(4): rights and how to use them", []string{"权利"}, []string{"rights"}},
		{"网数条例 21: third parties as a list", []string{"委托", "第三方清单", "共享"}, []string{"processors", "third parties", "recipients"}},
		{"PIPL 39: cross-border provision", []string{"跨境", "境外"}, []string{"cross-border", "abroad"}},
		{"PIPL 51: security", []string{"怎样保护", "安全措施"}, []string{"protect your information", "security measures"}},
		{"PIPL 57: incidents", []string{"安全事件"}, []string{"incident"}},
		{"PIPL 31: minors", []string{"未成年人", "儿童"}, []string{"minors", "children"}},
		{"PIPL 17(2): changes", []string{"更新", "变更"}, []string{"changes"}},
		{"网数条例 20: complaints", []string{"投诉"}, []string{"complain"}},
	},
	"children": {
		{"规定 10: the option to refuse", []string{"也可以不同意", "拒绝选项"}, []string{"may refuse", "option to refuse"}},
		{"规定 10(1): purposes, methods, scope", []string{"目的、方式和范围"}, []string{"purposes, methods and scope"}},
		{"规定 10(2): place, period, end of storage", []string{"地点、期限和到期后的处理方式"}, []string{"place and period"}},
		{"规定 10(3): security measures", []string{"安全保障措施"}, []string{"security measures"}},
		{"规定 10(4): consequences of refusing", []string{"拒绝的后果"}, []string{"consequences of refusing"}},
		{"规定 10(5): complaints and reports", []string{"投诉、举报的渠道和方式"}, []string{"complain or report"}},
		{"规定 10(6): correction and deletion", []string{"更正、删除"}, []string{"correct and delete"}},
		{"规定 10(7): other matters", []string{"其他应当告知的事项"}, []string{"other matters"}},
	},
}

// Lint reports what the law demands of the privacy and the children's notice and a text lacks, all of it, by file. It
// sees that a section is there and not empty; whether what it says is right, a lawyer sees. Other kinds pass.
func Lint(notices []Notice) error {
	var problems []error
	for i := range notices {
		n := &notices[i]
		sections := sectionsOf(n.Markdown)
		for _, item := range mandatory[n.Kind] {
			if !item.in(sections, n.Language) {
				problems = append(problems, fmt.Errorf("%s: no section on %s", n.textFile(), item.law))
			}
		}
	}
	return errors.Join(problems...)
}

func (it item) in(sections []section, lang string) bool {
	words := it.zh
	if lang == English {
		words = it.en
	}
	for _, s := range sections {
		for _, word := range words {
			if s.filled && strings.Contains(s.heading, word) {
				return true
			}
		}
	}
	return false
}

type section struct {
	heading string // lower case
	filled  bool   // has text of its own or in a section below it
}

// sectionsOf splits Markdown at its ATX headings below the title.
func sectionsOf(markdown string) (sections []section) {
	var open []int // the chain of sections that the current line lies in, by index; depth d at open[d-2]
	for line := range strings.Lines(markdown) {
		line = strings.TrimSpace(line)
		depth := len(line) - len(strings.TrimLeft(line, "#"))
		switch {
		case depth >= 2 && strings.HasPrefix(line[depth:], " "):
			open = append(open[:min(depth-2, len(open))], len(sections))
			sections = append(sections, section{heading: strings.ToLower(line[depth+1:])})
		case depth == 1:
			open = open[:0]
		case line != "":
			for _, i := range open {
				sections[i].filled = true
			}
		}
	}
	return sections
}
