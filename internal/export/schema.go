package export

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// draft is the only dialect that a package uses.
const draft = "https://json-schema.org/draft/2020-12/schema"

//go:embed schemas/*.schema.json
var ownSchemas embed.FS

// errRemote refuses every reference that leaves the document: a check works offline and asks nobody.
var errRemote = errors.New("export: a schema refers to another document")

// errDialect says that a schema is not of 2020-12.
var errDialect = errors.New("export: the schema is not an object of JSON Schema 2020-12")

type noLoader struct{}

func (noLoader) Load(string) (any, error) { return nil, errRemote }

func schemaPath(name string) string { return "schemas/" + name + ".schema.json" }

// schemaID names a schema and its version. It is a name, not an address: nobody needs to answer there.
func schemaID(name string) string { return "urn:zhiqing:export:" + name + ":" + FormatVersion }

// wrap makes the schema of a data file, which is a list, from the schema of one record. A record schema without $id gets
// one, so that its own references (#/$defs/…) still begin at the record.
func wrap(name, title string, record []byte) ([]byte, error) {
	var one map[string]jsontext.Value
	if err := json.Unmarshal(record, &one); err != nil {
		return nil, errDialect
	}
	if dialect, said := one["$schema"]; said && string(dialect) != `"`+draft+`"` {
		return nil, errDialect
	}
	if _, named := one["$id"]; !named {
		one["$id"] = jsontext.Value(`"` + schemaID(name+":record") + `"`)
	}
	return encode(map[string]any{"$schema": draft, "$id": schemaID(name), "title": title, "type": "array", "items": one})
}

// compile reads one self-contained schema. Formats (date-time, …) are asserted.
func compile(schema []byte) (*jsonschema.Schema, error) {
	tree, err := parse(schema)
	if err != nil {
		return nil, err
	}
	if one, ok := tree.(map[string]any); !ok || one["$schema"] != draft {
		return nil, errDialect
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	c.UseLoader(noLoader{})
	c.AssertFormat()
	const here = "urn:zhiqing:schema"
	if err := c.AddResource(here, tree); err != nil {
		return nil, err
	}
	return c.Compile(here)
}

// own compiles one of the schemas that every package carries.
func own(name string) (*jsonschema.Schema, error) {
	text, err := ownSchemas.ReadFile(schemaPath(name))
	if err != nil {
		return nil, err
	}
	return compile(text)
}

// parse reads JSON with numbers as they are written.
func parse(text []byte) (any, error) { return jsonschema.UnmarshalJSON(bytes.NewReader(text)) }

// maxPlaces bounds how many violations of one file are told.
const maxPlaces = 5

// places says where a value breaks its schema, as JSON pointers with the rule: never the value, which is personal.
func places(err error) (list []string) {
	var v *jsonschema.ValidationError
	if !errors.As(err, &v) {
		return nil
	}
	for _, cause := range v.Causes {
		if list = append(list, places(cause)...); len(list) >= maxPlaces {
			return list[:maxPlaces]
		}
	}
	if len(v.Causes) == 0 {
		list = append(list, fmt.Sprintf("%q: %s", pointer(v.InstanceLocation), strings.Join(v.ErrorKind.KeywordPath(), "/")))
	}
	return list
}

func pointer(tokens []string) string {
	var b strings.Builder
	escape := strings.NewReplacer("~", "~0", "/", "~1")
	for _, token := range tokens {
		b.WriteString("/" + escape.Replace(token))
	}
	return b.String()
}
