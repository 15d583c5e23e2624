package notice

import (
	"regexp"
	"strings"
)

// Section is a numbered part of a notice.
type Section struct {
	Title    string // without its number
	Markdown string
}

// numbered is a heading such as `## 一、安全保障措施` or `## 3. Security measures`.
var numbered = regexp.MustCompile(`(?m)^## (?:[一二三四五六七八九十]+、|[0-9]+\. ?)(.+)$`)

var anyHeading = regexp.MustCompile(`(?m)^## `)

// Sections are the numbered parts of the text, in order: in the children's notice, the seven items that 儿童个人信息网络保护
// 规定 art. 10 wants told to a guardian.
func (n *Notice) Sections() []Section {
	var list []Section
	for _, at := range numbered.FindAllStringSubmatchIndex(n.Markdown, -1) {
		body := n.Markdown[at[1]:]
		if end := anyHeading.FindStringIndex(body); end != nil {
			body = body[:end[0]]
		}
		list = append(list, Section{Title: n.Markdown[at[2]:at[3]], Markdown: strings.TrimSpace(body)})
	}
	return list
}
