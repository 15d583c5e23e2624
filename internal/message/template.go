package message

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Template is one subscribe message template as the operator has chosen it in WeChat's console: its id, and what is
// written into each of its fields (the console numbers them: character_string1, phrase2, time3).
type Template struct {
	ID     string
	Fields map[string]string // field → number, state, title or time
}

// The things that may be written into a template. None is personal data.
const (
	theNumber = "number" // of the request or report; "-" where there is none
	theState  = "state"  // at most five Han characters
	theTitle  = "title"
	theTime   = "time"
)

// usual are the fields of a template for which the operator has named none.
var usual = map[string]string{"character_string1": theNumber, "phrase2": theState, "time3": theTime}

// rule is one type of field with WeChat's limit (wechat.md 2.7), in characters and not in bytes.
type rule struct {
	most  int
	fits  func(rune) bool
	takes []string
}

var rules = map[string]rule{
	"thing":            {20, unicode.IsPrint, []string{theNumber, theState, theTitle}},
	"character_string": {32, func(r rune) bool { return r > ' ' && r < 0x7f }, []string{theNumber}},
	"phrase":           {5, func(r rune) bool { return unicode.Is(unicode.Han, r) }, []string{theState}},
	"time":             {32, unicode.IsPrint, []string{theTime}},
	"date":             {32, unicode.IsPrint, []string{theTime}},
}

var (
	templateID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)
	fieldName  = regexp.MustCompile(`^([a-z_]+)([0-9]{1,2})$`)
)

var errTemplate = errors.New(`expected a template id, or an id and its fields such as "ID character_string1=number phrase2=state time3=time"`)

// ParseTemplate reads a template as the configuration writes it: `ID` or `ID field=value …`.
func ParseTemplate(text string) (Template, error) {
	parts := strings.Fields(text)
	if len(parts) == 0 || !templateID.MatchString(parts[0]) {
		return Template{}, errTemplate
	}
	t := Template{ID: parts[0], Fields: usual}
	if len(parts) > 1 {
		t.Fields = map[string]string{}
	}
	for _, part := range parts[1:] {
		field, value, ok := strings.Cut(part, "=")
		if _, twice := t.Fields[field]; !ok || twice {
			return Template{}, errTemplate
		}
		t.Fields[field] = value
	}
	return t, t.check()
}

func (t Template) check() error {
	for field, value := range t.Fields {
		r, known := ruleOf(field)
		if !known || !slices.Contains(r.takes, value) {
			return fmt.Errorf("template field %q cannot be given %q", field, value)
		}
	}
	return nil
}

func ruleOf(field string) (rule, bool) {
	m := fieldName.FindStringSubmatch(field)
	if m == nil {
		return rule{}, false
	}
	r, known := rules[m[1]]
	return r, known
}

// checkTemplates writes every kind once, so that what WeChat would refuse is refused at start.
func checkTemplates(all map[Kind]Template) error {
	for kind, t := range all {
		if t.ID == "" {
			continue
		}
		if !kind.Known() {
			return fmt.Errorf("message: a template for %q: no such kind of message", kind)
		}
		if err := t.check(); err != nil {
			return fmt.Errorf("message: %s: %w", kind, err)
		}
		if _, err := t.values(Message{Kind: kind, Refs: Refs{Request: "RQ-0000-0000"}, At: time.Unix(0, 0)}); err != nil {
			return fmt.Errorf("message: %s: %w", kind, err)
		}
	}
	return nil
}

// values fills a template in. What does not keep a field's limit is an error: WeChat would refuse the whole message (47003).
func (t Template) values(m Message) (map[string]string, error) {
	v := make(map[string]string, len(t.Fields))
	for field, what := range t.Fields {
		text := m.value(what)
		r, _ := ruleOf(field)
		if n := utf8.RuneCountInString(text); n == 0 || n > r.most || strings.ContainsFunc(text, func(c rune) bool { return !r.fits(c) }) {
			return nil, fmt.Errorf("template field %q does not hold the %s", field, what)
		}
		v[field] = text
	}
	return v, nil
}

var china = time.FixedZone("CST", 8*60*60)

// wechatTime is the form that both of WeChat's fields for times take.
const wechatTime = "2006年01月02日 15:04"

func (m Message) value(what string) string {
	switch what {
	case theNumber:
		if m.Refs.Request == "" {
			return "-"
		}
		return m.Refs.Request
	case theState:
		return said[m.Kind].Phrase
	case theTitle:
		return said[m.Kind].Title.ZH
	default:
		return m.At.In(china).Format(wechatTime)
	}
}

// ParseTemplates reads the configuration's list: `kind=TEMPLATE`, each kind once, TEMPLATE as ParseTemplate reads it.
func ParseTemplates(list []string) (map[Kind]Template, error) {
	all := make(map[Kind]Template, len(list))
	for _, entry := range list {
		kind, text, ok := strings.Cut(entry, "=")
		t, err := ParseTemplate(text)
		_, twice := all[Kind(kind)]
		switch {
		case !ok || twice || !Kind(kind).Known():
			return nil, fmt.Errorf("wechat.templates: %q: expected a kind of message, each once", kind)
		case err != nil:
			return nil, fmt.Errorf("wechat.templates: %s: %w", kind, err)
		}
		all[Kind(kind)] = t
	}
	return all, nil
}
