package canon

import (
	"bufio"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

func TestVectorsOfRFC8785(t *testing.T) {
	inputs, _ := filepath.Glob("testdata/*.in.json")
	if len(inputs) < 3 {
		t.Fatalf("only %d vectors found", len(inputs))
	}
	for _, name := range inputs {
		in, want := read(t, name), read(t, strings.Replace(name, ".in.", ".out.", 1))
		got, err := Form(in)
		if err != nil || string(got) != string(want) {
			t.Errorf("%s:\n got %s\nwant %s (%v)", name, got, want, err)
		}
		if err := Check(want); err != nil {
			t.Errorf("%s: the canonical form was refused: %v", name, err)
		}
		if err := Check(read(t, name)); !errors.Is(err, ErrNotCanonical) {
			t.Errorf("%s: the other form was taken for canonical: %v", name, err)
		}
	}
}

func TestNumbersOfRFC8785AppendixB(t *testing.T) {
	for _, line := range lines(t, "testdata/rfc8785_appendix_b.txt") {
		hex, want, _ := strings.Cut(line, " ")
		bits, err := strconv.ParseUint(hex, 16, 64)
		if err != nil {
			t.Fatal(err)
		}
		got, err := Form([]byte(strconv.FormatFloat(math.Float64frombits(bits), 'e', -1, 64)))
		if want == "error" && err != nil {
			continue
		}
		if err != nil || string(got) != want {
			t.Errorf("%s: got %s (%v), want %s", hex, got, err, want)
		}
	}
}

func TestWhatIsNotOneJSONValueIsRefused(t *testing.T) {
	for _, line := range lines(t, "testdata/refused.txt") {
		text, err := strconv.Unquote(line)
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		if err := Check([]byte(text)); !errors.Is(err, ErrNotJSON) {
			t.Errorf("%s: %v", line, err)
		}
		if got, err := Form([]byte(text)); got != nil || err == nil {
			t.Errorf("%s: returned %q beside %v", line, got, err)
		}
	}
}

func TestAnIntegerThatWouldChangeIsRefused(t *testing.T) {
	for value, want := range map[any]error{
		int64(1) << 53: nil, int64(1)<<53 + 1: ErrLossy, int64(math.MaxInt64): ErrLossy, int64(-1)<<53 - 1: ErrLossy,
		"9007199254740993": nil, int64(9007199254740991): nil,
	} {
		if b, err := Bytes(map[string]any{"n": value}); !errors.Is(err, want) {
			t.Errorf("%v: %s, %v", value, b, err)
		}
	}
}

func TestMapOrderDoesNotMatter(t *testing.T) {
	want := `{"a":1,"b":{"c":true,"d":"é"},"é":null}`
	for range 50 {
		got, err := Bytes(map[string]any{"é": nil, "b": map[string]any{"d": "é", "c": true}, "a": 1})
		if err != nil || string(got) != want {
			t.Fatalf("got %s, %v", got, err)
		}
	}
}

func TestWhatCannotBeWrittenIsAnError(t *testing.T) {
	for _, v := range []any{math.NaN(), math.Inf(1), "\xff", func() {}, map[string]any{"\xff": 1}} {
		if b, err := Bytes(v); err == nil || b != nil {
			t.Errorf("%T: %q, %v", v, b, err)
		}
	}
}

func FuzzCheckedBytesComeBackIdentical(f *testing.F) {
	for _, name := range []string{"testdata/nested.out.json", "testdata/rfc8785_3.2.2.in.json", "testdata/rfc8785_3.2.3.out.json"} {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		before := string(b)
		err := Check(b)
		if string(b) != before {
			t.Fatal("Check changed its input")
		}
		formed, formErr := Form(b)
		switch {
		case err == nil && (formErr != nil || string(formed) != before):
			t.Fatalf("%q is canonical, but forms to %q, %v", before, formed, formErr)
		case formErr != nil && formed != nil:
			t.Fatalf("%q: returned %q beside %v", before, formed, formErr)
		case formErr == nil && Check(formed) != nil:
			t.Fatalf("%q forms to %q, which is not canonical: %v", before, formed, Check(formed))
		}
	})
}

func BenchmarkBytes(b *testing.B) {
	type notice struct {
		Kind, Version, Language, SHA256 string
	}
	entry := struct {
		Actor, Batch, Book, Definition, ID, Method string
		Notice                                     notice
		Purpose, State, Time                       string
		Seq                                        int64
	}{"sub_00000000000000000000000000", "bat_00000000000000000000000000", "sub_00000000000000000000000000",
		strings.Repeat("ab", 32), "ent_s00000000000000000000000000-7", "tap", notice{"privacy", "2026-01", "zh-CN", strings.Repeat("cd", 32)},
		"marketing", "given", "2026-01-02T03:04:05.678Z", 7}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Bytes(entry); err != nil {
			b.Fatal(err)
		}
	}
}

func read(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// lines returns the lines of a vector file that are not comments.
func lines(t *testing.T, name string) (out []string) {
	t.Helper()
	for s := bufio.NewScanner(strings.NewReader(string(read(t, name)))); s.Scan(); {
		if line := s.Text(); line != "" && line[0] != '#' {
			out = append(out, line)
		}
	}
	return out
}
