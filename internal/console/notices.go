package console

import (
	"bytes"
	"fmt"
	"html"
	"html/template"
	"strings"

	"github.com/sergi/go-diff/diffmatchpatch"
	"github.com/yuin/goldmark"

	"zhiqing/internal/notice"
)

// noticePage is one version of a notice, exactly as people got it, or what has changed since another.
type noticePage struct {
	notice.Notice
	Body     template.HTML
	Compared string   // the older version that it is compared with; "" = the text itself
	Versions []string // of this kind
}

func (k *Console) notice(a *ask) error {
	kind := a.param("kind")
	n, err := k.o.Notices.Get(kind, a.param("version"), a.lang)
	if err != nil {
		return err
	}
	page := noticePage{Notice: n, Compared: a.query.Get("compare")}
	for _, v := range k.o.Notices.Versions(kind, a.lang) {
		page.Versions = append(page.Versions, v.Version)
	}
	if page.Compared == "" {
		page.Body, err = render(n.Markdown)
	} else {
		var old notice.Notice
		if old, err = k.o.Notices.Get(kind, page.Compared, a.lang); err == nil {
			page.Body = changes(old.Markdown, n.Markdown)
		}
	}
	if err != nil {
		return err
	}
	return a.show("notice", page)
}

// render makes HTML of CommonMark. goldmark leaves raw HTML and dangerous addresses out.
func render(markdown string) (template.HTML, error) {
	var out bytes.Buffer
	if err := goldmark.Convert([]byte(markdown), &out); err != nil {
		return "", fmt.Errorf("console: a notice's text: %w", err)
	}
	return template.HTML(out.String()), nil
}

// changes marks what was added and what was taken away, in the words' own order.
func changes(old, new string) template.HTML {
	d := diffmatchpatch.New()
	var out strings.Builder
	for _, part := range d.DiffCleanupSemantic(d.DiffMain(old, new, true)) {
		text := html.EscapeString(part.Text)
		switch part.Type {
		case diffmatchpatch.DiffInsert:
			text = "<ins>" + text + "</ins>"
		case diffmatchpatch.DiffDelete:
			text = "<del>" + text + "</del>"
		}
		out.WriteString(text)
	}
	return template.HTML(out.String())
}
