package notice

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
)

var (
	placeholder = regexp.MustCompile(`\{\{ ?([a-z][a-z_]*) ?\}\}`)
	varForm     = regexp.MustCompile(`^[a-z][a-z_]*$`)

	// ownVars are filled from the version itself, so that a text cannot contradict its metadata.
	ownVars = []string{"version", "effective_date"}

	// china is where the texts take effect; it has had no summer time since 1991.
	china = time.FixedZone("CST", 8*60*60)
)

// checkVars refuses values that would leave a hole in a text or break out of a table cell.
func (l *loader) checkVars() {
	for _, name := range slices.Sorted(maps.Keys(l.vars)) {
		value := l.vars[name]
		switch {
		case !varForm.MatchString(name):
			l.problem("{{"+name+"}}", "is not a name for a placeholder")
		case slices.Contains(ownVars, name):
			l.problem("{{"+name+"}}", "is filled from the version and cannot be set")
		case strings.TrimSpace(value) == "":
			l.problem("{{"+name+"}}", "has an empty value")
		case strings.ContainsAny(value, "\n\t|") || strings.ContainsFunc(value, unprintable) ||
			strings.Contains(value, "{{") || strings.Contains(value, "}}"):
			l.problem("{{"+name+"}}", "has a value with a line break, a |, braces or a control character")
		}
	}
}

// filler returns the function that renders one version's texts. An unknown placeholder is told once per text; braces that
// are left over (`{{Operator}}`, `{{ two words }}`) are told too, because people would read them.
func (l *loader) filler(n *Notice) func(file, template string) string {
	own := map[string]string{
		"version":        n.Version,
		"effective_date": n.EffectiveAt.In(china).Format(time.DateOnly),
	}
	return func(file, template string) string {
		var unknown []string
		text := placeholder.ReplaceAllStringFunc(template, func(match string) string {
			name := strings.Trim(match, "{} ")
			for _, vars := range []map[string]string{own, l.vars} {
				if value, ok := vars[name]; ok {
					return value
				}
			}
			if !slices.Contains(unknown, name) {
				unknown = append(unknown, name)
			}
			return ""
		})
		for _, name := range unknown {
			l.problem(file, "{{%s}} has no value", name)
		}
		if strings.Contains(text, "{{") || strings.Contains(text, "}}") {
			l.problem(file, "has braces {{ }} that name no placeholder")
		}
		return text
	}
}
