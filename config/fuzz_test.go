package config

import (
	"os"
	"testing"
)

// Whatever stands in the file, it is read or refused with reasons.
func FuzzAnyFileIsReadOrRefused(f *testing.F) {
	text, err := os.ReadFile(example)
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{string(text), "", "---", "a: *b", "server: [", "mode: &a development\nlog: {level: *a}", "store: {url: 'mongodb://[::1'}", "? {}\n: {}", "!!binary x: y", "server: {addr: !!null ''}"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		l := loader{config: Defaults(), origin: map[string]string{}}
		l.keys = keysOf(&l.config)
		l.yaml("f.yaml", text)
		l.check()
		for _, p := range l.problems {
			if p.Want == "" || p.Where == "" {
				t.Errorf("a problem without a place or an expectation: %+v", p)
			}
		}
		if len(l.problems) == 0 && l.config.Check() != nil {
			t.Error("accepted, but does not hold")
		}
	})
}
