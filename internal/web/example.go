package web

import (
	"bytes"
	"encoding/json"

	"github.com/danielgtaylor/huma/v2"
)

// object is a JSON object that keeps the order of its members, for examples.
type object []member

type member struct {
	name  string
	value any
}

// MarshalJSON writes the members in order.
func (o object) MarshalJSON() ([]byte, error) {
	var out bytes.Buffer
	out.WriteByte('{')
	for i, m := range o {
		if i > 0 {
			out.WriteByte(',')
		}
		name, _ := json.Marshal(m.name)
		value, err := json.Marshal(m.value)
		if err != nil {
			return nil, err
		}
		out.Write(name)
		out.WriteByte(':')
		out.Write(value)
	}
	out.WriteByte('}')
	return out.Bytes(), nil
}

// placeholders stand in where a schema of text gives no example.
var placeholders = map[string]string{
	"date-time": "2026-01-31T08:00:00Z", "date": "2026-01-31", "uri": "https://example.com/", "email": "someone@example.com",
}

// example makes a value that fits the schema, out of the examples of its parts.
func (d describer) example(s *huma.Schema, depth int) any {
	s = d.resolve(s)
	switch {
	case len(s.Examples) > 0:
		return s.Examples[0]
	case len(s.Enum) > 0:
		return s.Enum[0]
	case depth > maxSchemaDepth:
		return nil
	}
	switch s.Type {
	case huma.TypeObject:
		o := object{}
		for _, name := range members(s) {
			o = append(o, member{name, d.example(s.Properties[name], depth+1)})
		}
		return o
	case huma.TypeArray:
		return []any{d.example(s.Items, depth+1)}
	case huma.TypeInteger, huma.TypeNumber:
		if s.Minimum != nil {
			return *s.Minimum
		}
		return 1
	case huma.TypeBoolean:
		return true
	case huma.TypeString:
		if text, ok := placeholders[s.Format]; ok {
			return text
		}
		return "…"
	}
	return nil
}
