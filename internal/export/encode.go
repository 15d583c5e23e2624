package export

import (
	"bytes"
	"encoding/csv"
	stdjson "encoding/json" // json.Number
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"zhiqing/internal/canon"
)

// encode writes v as every JSON file of a package is written: members in the order of RFC 8785, times in UTC, indented,
// one line end. An integer that a double cannot hold is refused: 64-bit ids are strings.
func encode(v any) ([]byte, error) {
	special := json.WithMarshalers(json.JoinMarshalers(
		json.MarshalFunc(func(t time.Time) ([]byte, error) { return t.UTC().MarshalJSON() }),
		json.MarshalFunc(func(n stdjson.Number) ([]byte, error) { return []byte(n), nil }),
	))
	raw, err := json.Marshal(v, special, jsontext.AllowInvalidUTF8(true)) // U+FFFD: one bad byte must not cost the person the copy
	if err != nil {
		return nil, err
	}
	formed, err := canon.Form(raw)
	if err != nil {
		return nil, err
	}
	text := jsontext.Value(formed)
	if err := text.Indent(jsontext.WithIndent("  ")); err != nil {
		return nil, err
	}
	return append(text, '\n'), nil
}

// byteOrderMark tells a spreadsheet that the text is UTF-8.
const byteOrderMark = "\uFEFF"

// table writes records as CSV (RFC 4180) with a header row. Every record must be an object; what is nested becomes JSON
// in its cell.
func table(columns []string, records []any) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString(byteOrderMark)
	w := csv.NewWriter(&b)
	w.UseCRLF = true
	row := make([]string, len(columns))
	for i, column := range columns {
		row[i] = inert(column)
	}
	_ = w.Write(row) // into memory; Flush tells
	for i, record := range records {
		object, ok := record.(map[string]any)
		if !ok {
			return nil, fmt.Errorf("record %d is no object, so it makes no row", i)
		}
		for c, column := range columns {
			row[c] = inert(plain(object[column]))
		}
		_ = w.Write(row)
	}
	w.Flush()
	return b.Bytes(), w.Error()
}

// formulas are the characters with which a spreadsheet begins to compute, in full width too, or to strip.
const formulas = "=+-@\t\r\n＝＋－＠"

// inert puts a quote before what a spreadsheet would take for a formula. The JSON beside it has the value as it is.
func inert(cell string) string {
	first, _ := utf8.DecodeRuneInString(cell)
	if cell != "" && strings.ContainsRune(formulas, first) {
		return "'" + cell
	}
	return cell
}

// plain is a parsed JSON value as one text: nothing for null, a text as it is, all else as compact JSON.
func plain(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	}
	b, err := stdjson.Marshal(v) // it was parsed from JSON, so it is JSON
	if err != nil {
		return ""
	}
	return string(b)
}
