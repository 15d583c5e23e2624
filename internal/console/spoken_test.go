package console

import (
	"html/template"
	"strings"
	"testing"

	"zhiqing/internal/fault"
	"zhiqing/internal/web"
)

// A page whose words were put in beforehand is the page that would have said them.
func TestWordsPutInBeforehandAreThoseThatThePageWouldSay(t *testing.T) {
	const text = `<p title="{{say "读 & 写" "read & write"}}">{{say "<甲>" "it's"}}</p>{{say .A "computed"}}{{with say "\"引\"" "\"q\""}}{{.}}{{end}}`
	for _, lang := range []string{web.Chinese, web.English} {
		said := template.FuncMap{"say": func(zh, en string) string { return fault.Text{ZH: zh, EN: en}.In(lang) }}
		var pages [2]strings.Builder
		for i, text := range []string{text, spoken(text, lang)} {
			page, err := template.New("page").Funcs(said).Parse(text)
			if err == nil {
				err = page.Execute(&pages[i], struct{ A string }{"算"})
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if pages[0].String() != pages[1].String() {
			t.Errorf("%s: %s\ninstead of %s", lang, pages[1].String(), pages[0].String())
		}
		if left := strings.Count(spoken(text, lang), "{{say"); left != 1 {
			t.Errorf("%s: %d calls are left", lang, left)
		}
	}
}
