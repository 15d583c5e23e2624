package web

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// describer turns schemas into lines that a person can read.
type describer struct {
	lang    string
	schemas huma.Registry
}

// docsField is one line of a table: a parameter or a member, nested ones by their full path.
type docsField struct {
	Name, In, Type, Doc, Rule, Example string
	Required                           bool
	Depth                              int
}

// maxSchemaDepth bounds nesting, so that a recursive schema ends.
const maxSchemaDepth = 6

// say takes the page's language out of a text that holds both.
func (d describer) say(text string) string {
	zh, en, both := strings.Cut(text, " · ")
	if both && d.lang == English {
		return en
	}
	return zh
}

func (d describer) parameter(p *huma.Param) docsField {
	s := d.resolve(p.Schema)
	return docsField{
		Name: p.Name, In: p.In, Type: d.typeOf(s), Required: p.Required, Rule: d.rule(s),
		Doc: d.say(cmp.Or(p.Description, s.Description)), Example: exampleText(cmp.Or(p.Example, first(s.Examples))),
	}
}

// content describes a body; of several media types the first by name. It is never nil: an answer may have no body.
func (d describer) content(status string, types map[string]*huma.MediaType) *docsContent {
	names := slices.Sorted(maps.Keys(types))
	if len(names) == 0 {
		return &docsContent{Status: status}
	}
	c := &docsContent{Status: status, Type: names[0]}
	if s := types[c.Type].Schema; s != nil {
		c.Fields = d.fields(s, 0)
		if strings.HasSuffix(c.Type, "json") {
			raw, _ := json.MarshalIndent(d.example(s, 0), "", "  ")
			c.Example = string(raw)
		}
	}
	return c
}

func (d describer) resolve(s *huma.Schema) *huma.Schema {
	if s != nil && s.Ref != "" {
		s = d.schemas.SchemaFromRef(s.Ref)
	}
	if s == nil {
		return &huma.Schema{}
	}
	return s
}

// fields lists the members of an object, or of the objects in a list, depth first.
func (d describer) fields(s *huma.Schema, depth int) (lines []docsField) {
	s = d.resolve(s)
	if s.Type == huma.TypeArray {
		return d.fields(s.Items, depth)
	}
	if depth >= maxSchemaDepth {
		return nil
	}
	for _, name := range members(s) {
		declared := s.Properties[name]
		p := d.resolve(declared)
		lines = append(lines, docsField{
			Name: name, Type: d.typeOf(p), Required: slices.Contains(s.Required, name), Rule: d.rule(p), Depth: depth,
			Doc: d.say(cmp.Or(declared.Description, p.Description)), Example: exampleText(first(p.Examples)),
		})
		lines = append(lines, d.fields(p, depth+1)...)
	}
	if values, ok := s.AdditionalProperties.(*huma.Schema); ok {
		lines = append(lines, d.fields(values, depth)...)
	}
	return lines
}

// members are the required ones as declared, then the others by name: a schema keeps no other order.
func members(s *huma.Schema) []string {
	optional := slices.Sorted(maps.Keys(s.Properties))
	return append(slices.Clone(s.Required), slices.DeleteFunc(optional, func(name string) bool { return slices.Contains(s.Required, name) })...)
}

func (d describer) typeOf(s *huma.Schema) string {
	name := s.Type
	switch {
	case s.Type == huma.TypeArray:
		name = d.typeOf(d.resolve(s.Items)) + "[]"
	case s.Format != "" && s.Type == huma.TypeString:
		name = s.Format
	case name == "":
		name = "any"
	}
	if s.Nullable {
		name += " | null"
	}
	return name
}

// rule says what a value must satisfy beyond its type.
func (d describer) rule(s *huma.Schema) string {
	var rules []string
	if len(s.Enum) > 0 {
		values := make([]string, len(s.Enum))
		for i, v := range s.Enum {
			values[i] = fmt.Sprint(v)
		}
		rules = append(rules, strings.Join(values, " | "))
	}
	rules = append(rules, span(s.MinLength, s.MaxLength, d.say("个字符 · characters")), span(s.MinItems, s.MaxItems, d.say("项 · items")), span(s.Minimum, s.Maximum, ""))
	if s.Pattern != "" {
		rules = append(rules, s.Pattern)
	}
	return strings.Join(slices.DeleteFunc(rules, func(r string) bool { return r == "" }), " · ")
}

// span writes a range with either end open.
func span[N int | float64](low, high *N, unit string) string {
	switch {
	case low != nil && high != nil && *low == *high:
		return strings.TrimSpace(fmt.Sprintf("%v %s", *low, unit))
	case low != nil && high != nil:
		return strings.TrimSpace(fmt.Sprintf("%v–%v %s", *low, *high, unit))
	case low != nil:
		return strings.TrimSpace(fmt.Sprintf("≥ %v %s", *low, unit))
	case high != nil:
		return strings.TrimSpace(fmt.Sprintf("≤ %v %s", *high, unit))
	}
	return ""
}

func first(values []any) any {
	if len(values) > 0 {
		return values[0]
	}
	return nil
}

func exampleText(v any) string {
	if v == nil {
		return ""
	}
	if text, ok := v.(string); ok {
		return text
	}
	raw, _ := json.Marshal(v)
	return string(raw)
}
