package export

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/csv"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"zhiqing/internal/fault"
	"zhiqing/internal/holding"
)

// attacks are what a page or a spreadsheet could fall for.
var attacks = []string{
	`<script>alert(1)</script>`, `</style><script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `' onmouseover='alert(1)`,
	`<svg/onload=alert(1)>`, `</title><iframe src=//example.com>`, `javascript:alert(1)`, `{{.Style}}`, `<!--`, `]]>`, `<base href=//example.com>`,
	`<meta http-equiv=refresh content=0;url=//example.com>`, "\u202e\u2066reversed", "\x00\x1b[2J", `<a href="data:text/html,x">`, `&lt;script&gt;`,
	`=1+1`, `+1`, `-1+cmd|' /C calc'!A0`, `@SUM(1)`, "\t=1", "\r=1", "\n=1", `＝1+1`, `＋1`, `－1`, `＠SUM(1)`, `=HYPERLINK("//example.com","x")`, `","=1`, "\"\r\n=1",
}

// hostile puts an attack into every text of a package, also those of the operator.
func hostile(t *testing.T, attack, lang string) Package {
	t.Helper()
	text := fault.Text{ZH: attack, EN: attack}
	said, err := json.Marshal(strings.ToValidUTF8(attack, "?"))
	if err != nil {
		t.Fatal(err)
	}
	schema := []byte(`{"title":` + string(said) + `,"properties":{"value":{"title":` + string(said) + `,"oneOf":[{"const":` + string(said) + `,"title":` + string(said) + `}]},
	  "when":{"format":"date-time","title":` + string(said) + `}}}`)
	nested := map[string]any{attack: []any{attack, map[string]any{attack: attack}}, "value": attack}
	p := example()
	p.Subject, p.NoticeVersion, p.Language, p.Controller = attack, attack, lang, Controller{attack, attack}
	p.Titles = map[string]fault.Text{"p": text, attack: text}
	p.Files = []holding.File{
		{Name: "few", Title: text, Schema: schema, Columns: []string{"value", attack}, Purposes: []string{"p", attack}, LegalBasis: attack,
			Records: []any{nested, map[string]any{"value": attack}}, Excluded: []holding.Kept{{What: attack, Reason: attack, Article: text}}},
		{Name: "many", Title: text, Schema: []byte(`{}`), Records: []any{map[string]any{"a": attack, "b": attack, "c": attack, "d": attack, "e": attack, "f": attack, "g": nested}}},
		{Name: "plain", Title: text, Schema: []byte(`{}`), Records: []any{attack, []any{attack}, nil, true, 1.5}},
	}
	return p
}

// tags are all that the pages need.
var tags = regexp.MustCompile(`^/?(html|head|meta|title|style|body|main|header|p|h1|h2|span|a|nav|ul|ol|li|section|div|table|thead|tbody|tr|th|td|dl|dt|dd|time|code|pre|footer|br)$`)

var attributes = []string{"lang", "charset", "name", "content", "http-equiv", "class", "href", "scope", "data-label", "datetime", "id", "aria-label"}

var (
	tag           = regexp.MustCompile(`<([^\s>]*)`)
	closing       = regexp.MustCompile(`</[a-z0-9]+>`)
	opening       = regexp.MustCompile(`<[a-z0-9]+((?:\s+[a-z-]+(?:="[^"<>]*")?)*)\s*>`)
	attributeName = regexp.MustCompile(`\s+([a-z-]+)(?:="[^"<>]*")?`)
)

// foreign says what in a page is not ours; "" when all of it is.
func foreign(page string) string {
	page = strings.TrimPrefix(page, "<!doctype html>")
	for _, m := range tag.FindAllStringSubmatch(page, -1) {
		if !tags.MatchString(m[1]) {
			return "<" + m[1]
		}
	}
	if strings.Contains(closing.ReplaceAllString(opening.ReplaceAllString(page, ""), ""), "<") {
		return "a tag of another form"
	}
	for _, m := range opening.FindAllStringSubmatch(page, -1) {
		for _, name := range attributeName.FindAllStringSubmatch(m[1], -1) {
			if !slices.Contains(attributes, name[1]) {
				return "the attribute " + name[1]
			}
		}
		if strings.Contains(m[1], `href="javascript`) || strings.Contains(m[1], `href="data:`) {
			return m[1]
		}
	}
	if strings.Count(page, "</style>") != 1 || strings.Count(page, "<meta ") != 4 {
		return "another head"
	}
	return ""
}

func TestNothingInTheDataBecomesMarkupOrAFormula(t *testing.T) {
	for _, attack := range attacks {
		data := build(t, hostile(t, attack, "zh-CN"), keyset(1))
		files := unpack(t, data)
		for _, name := range []string{pathReadme, pathIndex} {
			if what := foreign(string(files[name])); what != "" {
				t.Errorf("%q: %s has %s", attack, name, what)
			}
		}
		noFormula(t, attack, files["data/few.csv"])
		var got []map[string]any // the spreadsheet's mark must not reach other systems
		if err := json.Unmarshal(files["data/few.json"], &got); err != nil || got[1]["value"] != attack {
			t.Errorf("%q: %v, and the JSON has %q", attack, err, got[1]["value"])
		}
		if r := check(t, data, keyset(1).Verifier()); !r.Sound() {
			t.Errorf("%q: %v", attack, found(r))
		}
	}
}

func noFormula(t *testing.T, attack string, text []byte) {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(text), byteOrderMark))).ReadAll()
	if err != nil || len(rows) != 3 {
		t.Fatalf("%q: %v, %d rows", attack, err, len(rows))
	}
	for _, cell := range slices.Concat(rows...) {
		if strings.IndexAny(cell, formulas) == 0 {
			t.Errorf("%q: a cell begins with %q", attack, cell[0])
		}
	}
	if rows[2][0] != attack && !strings.HasPrefix(rows[2][0], "'") && !strings.ContainsAny(attack, "\r\n") {
		t.Errorf("%q became %q", attack, rows[2][0])
	}
}

// The check itself must be able to fail.
func TestForeignMarkupIsSeen(t *testing.T) {
	for _, page := range []string{"<script>", "<p onclick=\"x\">", "<p x=y>", "<a href=\"javascript:x\">", "<img>", "<!--", ""} {
		if foreign(page) == "" {
			t.Errorf("%s passes", page)
		}
	}
}

func TestACellIsMarkedOnlyWhereNeeded(t *testing.T) {
	for cell, want := range map[string]string{"": "", "a=1": "a=1", "小满": "小满", "'x": "'x", "=1": "'=1", "-5": "'-5", "\t": "'\t", "＝1": "'＝1"} {
		if got := inert(cell); got != want {
			t.Errorf("%q became %q", cell, got)
		}
	}
}

func TestThePagesLoadNothingAndRunNothing(t *testing.T) {
	files := unpack(t, build(t, full(t, keyset(1)), keyset(1)))
	for _, name := range []string{pathReadme, pathIndex} {
		page := string(files[name])
		style := regexp.MustCompile(`(?s)<style>(.*?)</style>`).FindStringSubmatch(page)
		if style == nil {
			t.Fatal("no style")
		}
		sum := sha256.Sum256([]byte(style[1]))
		if !strings.Contains(pageCSP(), "default-src 'none'") || !strings.Contains(pageCSP(), "'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'") {
			t.Error("the policy does not know the style that the page has")
		}
		for _, banned := range []string{"<script", "<link", "<img", "<iframe", "<form", " style=", "javascript:", "@import", "url(", `="http`, `="//`} {
			if strings.Contains(page, banned) {
				t.Errorf("%s has %q", name, banned)
			}
		}
		for _, needed := range []string{"prefers-color-scheme: dark", "@media print", "max-width: 40rem", "width=device-width", "Content-Security-Policy"} {
			if !strings.Contains(page, needed) {
				t.Errorf("%s lacks %q", name, needed)
			}
		}
		for _, m := range regexp.MustCompile(`href="([^"#]+)`).FindAllStringSubmatch(page, -1) {
			if _, there := files[m[1]]; !there {
				t.Errorf("%s links to %s, which is not there", name, m[1])
			}
		}
	}
}
