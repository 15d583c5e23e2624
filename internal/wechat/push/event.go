package push

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"strings"
)

var errFormat = errors.New("push: neither XML nor a JSON object")

// fields reads the flat members of a push, XML or JSON by its first byte, whatever the Content-Type says. WeChat's own
// examples have numbers as text, text as numbers and blanks in names (wechat.md 1.11), so it is lenient: names and values are
// trimmed, numbers become text, anything nested is left out. Names are compared in lower case.
func fields(body []byte) (map[string]string, error) {
	body = bytes.TrimSpace(body)
	switch {
	case bytes.HasPrefix(body, []byte("<")):
		return xmlFields(body)
	case bytes.HasPrefix(body, []byte("{")):
		return jsonFields(body)
	}
	return nil, errFormat
}

func jsonFields(body []byte) (map[string]string, error) {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var members map[string]any
	if err := d.Decode(&members); err != nil {
		return nil, errFormat // without a cause: it would quote the body
	}
	out := make(map[string]string, len(members))
	for name, v := range members {
		switch v := v.(type) {
		case string:
			put(out, name, v)
		case json.Number:
			put(out, name, v.String())
		}
	}
	return out, nil
}

func xmlFields(body []byte) (map[string]string, error) {
	d := xml.NewDecoder(bytes.NewReader(body))
	out := map[string]string{}
	var names []string
	var text strings.Builder
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, errFormat
		}
		switch token := token.(type) {
		case xml.StartElement:
			names = append(names, token.Name.Local)
			text.Reset()
		case xml.CharData:
			text.Write(token)
		case xml.EndElement:
			if len(names) == 2 { // <xml><Name>text</Name></xml>
				put(out, names[1], text.String())
			}
			names = names[:len(names)-1]
			text.Reset()
		}
	}
}

func put(out map[string]string, name, value string) {
	out[strings.ToLower(strings.TrimSpace(name))] = strings.TrimSpace(value)
}

// The events that are acted upon (wechat.md 2.5). Others are answered and forgotten.
const (
	revoked   = "user_authorization_revoke"
	cancelled = "user_authorization_cancellation"
	modified  = "user_info_modified"
)

// covered says which profile fields each code of RevokeInfo stands for. Codes that are not here name what we never keep.
var covered = map[string][]string{
	"2":  {"postal_address"},
	"6":  {"nickname", "avatar"},
	"8":  {"phone"},
	"16": {"email"},
	"19": {"nickname"},
	"20": {"avatar"},
}

// erases lists the profile fields that an event wants gone, each once. RevokeInfo holds one code in WeChat's examples; a list
// is read too.
func erases(event, revokeInfo string) (names []string) {
	codes := []string{"6"}
	if event == revoked {
		codes = strings.FieldsFunc(revokeInfo, func(r rune) bool { return r < '0' || r > '9' })
	}
	seen := map[string]bool{}
	for _, code := range codes {
		for _, name := range covered[code] {
			if !seen[name] {
				seen[name], names = true, append(names, name)
			}
		}
	}
	return names
}
