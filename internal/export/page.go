package export

import (
	"bytes"
	"crypto/sha256"
	_ "embed" // the pages and their style
	"encoding/base64"
	"html/template"
	"strings"
	"time"

	"zhiqing/internal/fault"
)

const (
	pathReadme = "README.html"
	pathIndex  = "index.html"
)

//go:embed page.css
var pageStyle string

//go:embed page.html
var pageHTML string

var pageTemplates = template.Must(template.New("page").Parse(pageHTML))

// pageCSP lets a page show itself and nothing else: nothing loads, nothing runs, and the one style is known by its hash.
func pageCSP() string {
	sum := sha256.Sum256([]byte(pageStyle))
	return "default-src 'none'; base-uri 'none'; form-action 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// page is what the templates see.
type page struct {
	Package
	Sections []section
	Heading  string
}

// pages renders README.html and index.html.
func (p Package) pages(sections []section) ([]part, error) {
	var parts []part
	for path, heading := range map[string]fault.Text{
		pathReadme: {ZH: "您的个人信息副本", EN: "Your copy of your personal data"},
		pathIndex:  {ZH: "您的个人信息", EN: "Your personal data"},
	} {
		var b bytes.Buffer
		if err := pageTemplates.ExecuteTemplate(&b, path, page{p, sections, heading.In(p.lang())}); err != nil {
			return nil, err
		}
		parts = append(parts, part{ManifestFile{Path: path, MediaType: mediaHTML}, b.Bytes()})
	}
	return parts, nil
}

// T chooses between the two languages, which stand side by side in the templates.
func (p page) T(zh, en string) string { return fault.Text{ZH: zh, EN: en}.In(p.lang()) }

func (p page) Style() template.CSS { return template.CSS(pageStyle) } // our own file, embedded
func (p page) CSP() string         { return pageCSP() }

// Lang is the value of the lang attribute.
func (p page) Lang() string { return p.T("zh-CN", "en") }

// When writes an instant for people.
func (p page) When(t time.Time) string {
	return t.In(beijing).Format(p.T("2006年1月2日 15:04（北京时间）", "2 January 2006, 15:04 (UTC+8)"))
}

// Join writes a list of words.
func (p page) Join(words []string) string { return strings.Join(words, p.T("、", ", ")) }

// Receipted is the number of receipts; the templates see only methods of page.
func (p page) Receipted() int { return len(p.Receipts) }

// omitted is one line of what is kept and not in the package.
type omitted struct{ What, Reason, Article, Until string }

// Omissions are what the holders left out, by category.
func (p page) Omissions() []omitted {
	var list []omitted
	for _, f := range p.Files {
		for _, k := range f.Excluded {
			o := omitted{What: p.category(k.What), Reason: word(reasonWords, k.Reason, p.lang()), Article: k.Article.In(p.lang())}
			if !k.Until.IsZero() {
				o.Until = k.Until.In(beijing).Format(p.T("2006年1月2日", "2 January 2006"))
			}
			list = append(list, o)
		}
	}
	return list
}

// category names a category by Titles, or by the file of that name.
func (p page) category(code string) string {
	if text, ok := p.Titles[code]; ok {
		return text.In(p.lang())
	}
	for _, f := range p.Files {
		if f.Name == code {
			return f.Title.In(p.lang())
		}
	}
	return code
}
