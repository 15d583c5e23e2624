package export

import (
	"bytes"
	stdjson "encoding/json" // json.Number
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"zhiqing/internal/holding"
)

// section is one category as index.html shows it.
type section struct {
	Name, Title, Basis string
	Purposes           []string
	CSV                bool
	Columns            []string // titles; empty where records are no objects
	Rows               [][]cell // a record each, one cell for every column
	Wide               bool     // too many columns for a table: each record becomes a card
}

// cell is a value for people: a text, a list or an object; none of them where there is no value.
type cell struct {
	Label   string // its name inside an object, and the column's title in a row
	Text    string
	Instant string // of a time: as the data has it
	Items   []cell // of a list
	Members []cell // of an object
}

const (
	wideFrom = 7  // columns
	deepest  = 16 // nesting, below which JSON is shown as it is
)

// beijing is the one legal time of the mainland; a fixed zone needs no time-zone database.
var beijing = time.FixedZone("UTC+8", 8*60*60)

// section shapes the parsed records of f. Titles of fields and of codes come from the schema; see annotated.
func (p Package) section(f holding.File, records []any) (section, error) {
	tree, err := parse(f.Schema)
	if err != nil {
		return section{}, err
	}
	root := annotated{root: tree, node: tree, lang: p.lang()}
	s := section{Name: f.Name, Title: f.Title.In(p.lang()), Basis: word(basisWords, f.LegalBasis, p.lang()), CSV: f.Columns != nil}
	for _, code := range f.Purposes {
		s.Purposes = append(s.Purposes, word(p.Titles, code, p.lang()))
	}
	columns := columns(append(slices.Clone(f.Columns), order(f.Schema)...), records)
	for _, c := range columns {
		s.Columns = append(s.Columns, root.property(c).title(c))
	}
	for _, r := range records {
		s.Rows = append(s.Rows, root.row(columns, r))
	}
	s.Wide = len(columns) >= wideFrom
	return s, nil
}

// columns are the members that some record has: the preferred ones in their order, then the others by name.
func columns(preferred []string, records []any) []string {
	present := map[string]bool{}
	for _, r := range records {
		object, _ := r.(map[string]any)
		for name := range object {
			present[name] = true
		}
	}
	var list []string
	for _, name := range append(preferred, slices.Sorted(maps.Keys(present))...) {
		if present[name] {
			list = append(list, name)
			delete(present, name)
		}
	}
	return list
}

// order is the order in which a schema names its properties: that of its author, which people can read.
func order(schema []byte) (names []string) {
	var s struct {
		Properties jsontext.Value `json:"properties"`
	}
	if json.Unmarshal(schema, &s) != nil || s.Properties.Kind() != '{' {
		return nil
	}
	d := jsontext.NewDecoder(bytes.NewReader(s.Properties))
	_, err := d.ReadToken() // {
	for err == nil && d.PeekKind() == '"' {
		var name jsontext.Token
		if name, err = d.ReadToken(); err == nil {
			names, err = append(names, name.String()), d.SkipValue()
		}
	}
	return names
}

func (a annotated) row(columns []string, record any) []cell {
	object, ok := record.(map[string]any)
	if !ok {
		return []cell{a.cell(record, 0)}
	}
	row := make([]cell, len(columns))
	for i, c := range columns {
		row[i] = a.property(c).named(c, object[c], 0)
	}
	return row
}

func (a annotated) named(name string, v any, depth int) cell {
	c := a.cell(v, depth)
	c.Label = a.title(name)
	return c
}

// cell shapes one value.
func (a annotated) cell(v any, depth int) cell {
	if depth == deepest {
		return cell{Text: plain(v)}
	}
	switch v := v.(type) {
	case string:
		return a.text(v)
	case bool:
		return cell{Text: a.choose(map[bool]string{true: "是", false: "否"}[v], map[bool]string{true: "yes", false: "no"}[v])}
	case stdjson.Number:
		return cell{Text: v.String()}
	case []any:
		var c cell
		for _, item := range v {
			c.Items = append(c.Items, a.items().cell(item, depth+1))
		}
		return c
	case map[string]any:
		var c cell
		for _, name := range slices.Sorted(maps.Keys(v)) {
			c.Members = append(c.Members, a.property(name).named(name, v[name], depth+1))
		}
		return c
	}
	return cell{}
}

// text is a code by its title, an instant by Beijing's clock, and otherwise itself.
func (a annotated) text(v string) cell {
	if title, ok := a.code(v); ok {
		return cell{Text: title}
	}
	if t, err := time.Parse(time.RFC3339, v); err == nil && a.says("format") == "date-time" {
		return cell{Text: t.In(beijing).Format("2006-01-02 15:04:05"), Instant: v}
	}
	return cell{Text: v}
}

// annotated is a place in a schema, as far as titles need it: properties, items, additionalProperties and references
// inside the schema. A holder names a field by `title` (and `x-title-en`), and a code by `oneOf: [{const, title}]`.
type annotated struct {
	root, node any
	lang       string
}

func (a annotated) choose(zh, en string) string {
	if a.lang == "en" {
		return en
	}
	return zh
}

// at goes to a member of the schema and follows one reference.
func (a annotated) at(names ...string) annotated {
	for _, name := range names {
		object, _ := a.node.(map[string]any)
		a.node = object[name]
	}
	object, _ := a.node.(map[string]any)
	ref, _ := object["$ref"].(string)
	name, inside := strings.CutPrefix(ref, "#/$defs/")
	if !inside {
		return a
	}
	defs, _ := a.root.(map[string]any)
	target, _ := defs["$defs"].(map[string]any)
	a.node = target[name]
	return a
}

func (a annotated) items() annotated { return a.at("items") }

func (a annotated) property(name string) annotated {
	if p := a.at("properties", name); p.node != nil {
		return p
	}
	return a.at("additionalProperties")
}

func (a annotated) says(keyword string) string {
	object, _ := a.node.(map[string]any)
	text, _ := object[keyword].(string)
	return text
}

// title is the place's title, or name where the schema gives none.
func (a annotated) title(name string) string {
	if en := a.says("x-title-en"); a.lang == "en" && en != "" {
		return en
	}
	if title := a.says("title"); title != "" {
		return title
	}
	return name
}

// code is the title of a value that is one of a list of codes.
func (a annotated) code(v string) (string, bool) {
	object, _ := a.node.(map[string]any)
	list, _ := object["oneOf"].([]any)
	for _, one := range list {
		choice := annotated{root: a.root, node: one, lang: a.lang}
		if choice.says("const") == v {
			return choice.title(v), true
		}
	}
	return "", false
}
