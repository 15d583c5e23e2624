package profile

import (
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// FuzzAKeptValueIsTakenAgainUnchanged: what a client reads it can send back, and nothing that is taken is too long or of
// another type.
func FuzzAKeptValueIsTakenAgainUnchanged(f *testing.F) {
	for _, s := range []string{"小明", " a ", "A@EXAMPLE.com", "a@İ.com", "https://example.com/a", "data:image/png;base64,iVBORw0KGgo=", "1990-05-01", "02-29", "other", "\u202e", "某市某区某路"} {
		f.Add(s)
	}
	at := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, s string) {
		sent, err := json.Marshal(s)
		if err != nil {
			return // no text that JSON can carry
		}
		for _, field := range fields {
			value, wrong := parseOne(field.name, sent, at)
			if len(wrong) > 0 {
				continue
			}
			kept, ok := value.(string)
			if !ok || len(kept) > maxPicture {
				t.Fatalf("%s keeps %T of %d bytes", field.name, value, len(kept))
			}
			again, err := json.Marshal(kept)
			if err != nil {
				t.Fatal(err)
			}
			if same, wrong := parseOne(field.name, again, at); len(wrong) > 0 || same != value {
				t.Fatalf("%s: %q is kept and not taken again", field.name, kept)
			}
		}
	})
}

func TestAPatchThatIsNoJSONIsRefusedAndNeverQuoted(t *testing.T) {
	for _, raw := range []string{"", "{", "\"\xff\"", `{"a":1,"a":2}`, "nul"} {
		changes, err := parse(map[string]jsontext.Value{"nickname": jsontext.Value(raw)}, time.Time{})
		if err == nil || changes != nil {
			t.Errorf("%q: %v", raw, changes)
		}
	}
}
