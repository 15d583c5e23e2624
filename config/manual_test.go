package config

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"
)

const example = "zhiqing.example.yaml"

func TestTheExampleIsTheDefaults(t *testing.T) {
	got, err := Load(example, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, Defaults()) {
		t.Errorf("the example says %+v", got)
	}
}

// The values are all changed first, so a key that the example leaves out shows.
func TestTheExampleNamesEveryKey(t *testing.T) {
	text, err := os.ReadFile(example)
	if err != nil {
		t.Fatal(err)
	}
	l := loader{origin: map[string]string{}}
	l.keys = keysOf(&l.config)
	l.yaml(example, text)
	for _, k := range l.keys {
		if l.origin[k.path] == "" {
			t.Errorf("the example does not show %s", k.path)
		}
	}
}

func TestTheExampleExplainsEveryKeyInBothLanguages(t *testing.T) {
	text, err := os.ReadFile(example)
	if err != nil {
		t.Fatal(err)
	}
	label, comment := regexp.MustCompile(`^ *[a-z_]+:`), ""
	for n, line := range strings.Split(string(text), "\n") {
		switch {
		case strings.HasPrefix(strings.TrimSpace(line), "#"):
			comment += line
		case label.MatchString(line) && !strings.HasSuffix(line, ":"):
			if !regexp.MustCompile(`\p{Han}|、`).MatchString(comment) || !regexp.MustCompile(`[a-z]{2,}`).MatchString(comment) {
				t.Errorf("line %d has no comment in Chinese and English", n+1)
			}
			if !strings.Contains(line, "push_token") { // one comment explains the pair
				comment = ""
			}
		}
	}
}

func TestEveryKeyCanBeSetByEnvironment(t *testing.T) {
	values := map[reflect.Type][2]string{
		reflect.TypeFor[string]():        {"some", "some"},
		reflect.TypeFor[Secret]():        {"some", redacted},
		reflect.TypeFor[bool]():          {"true", "true"},
		reflect.TypeFor[int]():           {"7", "7"},
		reflect.TypeFor[time.Duration](): {"7m", "7m0s"},
		reflect.TypeFor[[]string]():      {"a,b", "[a b]"},
	}
	var c Config
	for _, k := range keysOf(&c) {
		value, ok := values[k.field.Type()]
		if !ok {
			t.Fatalf("%s has a type that this test does not know", k.path)
		}
		l := loader{origin: map[string]string{}}
		l.keys = keysOf(&l.config)
		l.environment([]string{k.variable() + "=" + value[0]})
		got, _ := l.find(k.path)
		if len(l.problems) > 0 || got.field.IsZero() {
			t.Errorf("%s by %s: %v", k.path, k.variable(), l.problems)
		}
		if want := Prefix + strings.ToUpper(strings.ReplaceAll(k.path, ".", "_")); k.variable() != want {
			t.Errorf("%s has the variable %s", k.path, k.variable())
		}
		if s := sprint(got.field); s != value[1] {
			t.Errorf("%s = %s, want %s", k.path, s, value[1])
		}
	}
}

func TestNoTwoKeysShareAVariable(t *testing.T) {
	seen := map[string]string{}
	var c Config
	for _, k := range keysOf(&c) {
		if other := seen[k.variable()]; other != "" || strings.HasPrefix(k.variable(), testPrefix) {
			t.Errorf("%s of %s is taken by %q or kept for tests", k.variable(), k.path, other)
		}
		seen[k.variable()] = k.path
	}
}

// The comment on each field is its entry in the manual.
func TestEveryFieldHasItsManualEntry(t *testing.T) {
	parsed, err := parser.ParseFile(token.NewFileSet(), "config.go", nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	fields := 0
	ast.Inspect(parsed, func(n ast.Node) bool {
		if f, ok := n.(*ast.Field); ok && f.Tag != nil {
			fields++
			if !strings.HasPrefix(f.Doc.Text(), f.Names[0].Name+" ") {
				t.Errorf("%s has no comment that begins with its name", f.Names[0].Name)
			}
		}
		return true
	})
	if fields < 40 {
		t.Errorf("only %d fields found: the test looks in the wrong place", fields)
	}
}
