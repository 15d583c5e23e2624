package console

import (
	"encoding/json"
	"fmt"
	"html/template"
	"strconv"
	"strings"
	"time"

	"zhiqing/internal/casework"
	"zhiqing/internal/fault"
	"zhiqing/internal/ledger"
	"zhiqing/internal/lookup"
	"zhiqing/internal/staff"
	"zhiqing/internal/web"
)

// china is the time that staff live in. It has had no other offset since 1991.
var china = time.FixedZone("CST", 8*60*60)

// functions are what templates may call, in one language.
func (k *Console) functions(lang string) template.FuncMap {
	return template.FuncMap{
		"say":   func(zh, en string) string { return fault.Text{ZH: zh, EN: en}.In(lang) },
		"text":  func(t fault.Text) string { return t.In(lang) },
		"asset": func(name string) string { return k.files[name].path },
		"icon":  k.icon,
		"when":  func(t time.Time) template.HTML { return momentOf(t, k.o.Now(), lang).html() },
		"badge": badge,
		"day":   func(t time.Time) string { return t.In(china).Format(time.DateOnly) },
		"clock": func(t time.Time) string { return t.In(china).Format("2006-01-02 15:04:05") },
		"title": func(r staff.Role) fault.Text { return k.o.Staff.Roles().Title(r) },
		"code":  codeOf,
		"status": func(group string, value any) template.HTML {
			c := codeOf(group, value)
			return badge(c.Mood, c.In(lang))
		},
		"may": func(p staff.Permission, r staff.Role) bool { return k.o.Staff.Roles().May(r, p) },
		"reason": func(code string) string {
			if title, known := lookup.ReasonTitle(code); known {
				return title.In(lang)
			}
			return code
		},
		"deed": func(action string) string {
			title, _ := lookup.ActionTitle(action)
			return title.In(lang)
		},
		"basis":    func(code string) string { return ledger.BasisWords.In(code, lang) },
		"notice":   func(code string) string { return ledger.NoticeWords.In(code, lang) },
		"method":   func(code string) string { return ledger.MethodWords.In(code, lang) },
		"relation": func(code string) string { return ledger.RelationWords.In(code, lang) },
		"level":    func(code string) string { return ledger.LevelWords.In(code, lang) },
		"step":     func(s casework.NextStep) string { return casework.StepTitle(s).In(lang) },
		"role": func(code string) string {
			if title := k.o.Staff.Roles().Title(staff.Role(code)); title.ZH != "" {
				return title.In(lang)
			}
			if code == string(staff.System().Role) {
				return fault.Text{ZH: "系统", EN: "System"}.In(lang)
			}
			return code
		},
		"brief": func(id string) string { return id[:min(len(id), 12)] + "…" },
		"minus": func(n int) int { return -n },
		"permission": func(p staff.Permission) string {
			for _, rule := range k.o.Staff.Roles().Rules() {
				if rule.Permission == p {
					return rule.Title.In(lang)
				}
			}
			return string(p)
		},
		"json":   indented,
		"colour": func(i int) int { return i%chartColours + 1 },
	}
}

// What many pages show many times is written here and not in a template, which takes ten times as long for it.

// moment is a time for people: how long ago, and exactly on hover.
type moment struct{ Machine, Exact, Short string }

func momentOf(t, now time.Time, lang string) moment {
	if t.IsZero() {
		return moment{Short: "—"}
	}
	zone := fault.Text{ZH: "（北京时间）", EN: " (China time)"}.In(lang)
	return moment{t.UTC().Format(time.RFC3339), t.In(china).Format("2006-01-02 15:04:05") + zone, relative(t, now, lang)}
}

func (m moment) html() template.HTML {
	if m.Machine == "" {
		return template.HTML(template.HTMLEscapeString(m.Short))
	}
	return markup(`<time datetime="`, m.Machine, `" title="`, m.Exact, `">`, m.Short, `</time>`)
}

// badge is a word with a mood: ok, warn, bad or idle.
func badge(mood, text string) template.HTML {
	return markup(`<span class="badge `, mood, `">`, text, `</span>`)
}

// icon is a name from icons.svg, drawn with a class.
func (k *Console) icon(name, class string) template.HTML {
	return markup(`<svg class="`, class, `" aria-hidden="true"><use href="`, k.files["icons.svg"].path+"#"+name, `"></use></svg>`)
}

// markup takes markup of ours and values of anybody's in turn; values are escaped for text and for quoted attributes.
func markup(parts ...string) template.HTML {
	var out strings.Builder
	for i, part := range parts {
		if i%2 == 1 {
			part = template.HTMLEscapeString(part)
		}
		out.WriteString(part)
	}
	return template.HTML(out.String())
}

// relative says a time as people do: within a month by distance, beyond it by date.
func relative(t, now time.Time, lang string) string {
	d, zh := now.Sub(t), lang == web.Chinese
	ahead := d < 0
	if ahead {
		d = -d
	}
	const day = 24 * time.Hour
	var n int
	var unitZH, unitEN string
	switch {
	case d < time.Minute:
		if zh {
			return "刚刚"
		}
		return "just now"
	case d < time.Hour:
		n, unitZH, unitEN = int(d/time.Minute), "分钟", "minute"
	case d < day:
		n, unitZH, unitEN = int(d/time.Hour), "小时", "hour"
	case d < 30*day:
		n, unitZH, unitEN = int(d/day), "天", "day"
	default:
		return t.In(china).Format(time.DateOnly)
	}
	if zh {
		return strconv.Itoa(n) + " " + unitZH + map[bool]string{false: "前", true: "后"}[ahead]
	}
	if n != 1 {
		unitEN += "s"
	}
	if ahead {
		return fmt.Sprintf("in %d %s", n, unitEN)
	}
	return fmt.Sprintf("%d %s ago", n, unitEN)
}

// indented is a value as JSON for people.
func indented(v any) (string, error) {
	out, err := json.MarshalIndent(v, "", "  ")
	return string(out), err
}
