package prove

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// fake is a test under observation: it notes what is reported instead of failing.
type fake struct {
	testing.TB
	name     string
	failed   bool
	reported []string
	cleanups []func()
}

func (f *fake) Helper()          {}
func (f *fake) Name() string     { return f.name }
func (f *fake) Failed() bool     { return f.failed }
func (f *fake) Cleanup(c func()) { f.cleanups = append(f.cleanups, c) }
func (f *fake) Errorf(format string, args ...any) {
	f.failed = true
	f.reported = append(f.reported, fmt.Sprintf(format, args...))
}

// run runs test as zhiqing/internal/a.TestX/sub under the register below, with its cleanups, and returns what it reports.
func run(id, name string, files fs.FS, test func(*Proof)) []string {
	f := &fake{name: name}
	test(begin(f, id, files, "internal/a"))
	for _, c := range slices.Backward(f.cleanups) {
		c()
	}
	return f.reported
}

var files = fstest.MapFS{"statements.yaml": {Data: []byte(`rows:
  - {id: A-L2.1, line: 2, quote: 甲, capability: {zh-CN: 乙, en: B}, state: proved, tests: [internal/a.TestX]}
  - {id: A-L3.1, line: 3, quote: 甲, capability: {zh-CN: 乙, en: B}, state: proved, tests: [internal/b.TestX]}
  - {id: A-L4.1, line: 4, quote: 甲, capability: {zh-CN: 乙, en: B}, state: planned}
`)}}

func TestAProofCanFail(t *testing.T) {
	holds := func(p *Proof) { p.That(true, "") }
	for _, c := range []struct {
		what, id, name string
		files          fs.FS
		test           func(*Proof)
		want           string // "" = the test passes
	}{
		{"a condition that holds", "A-L2.1", "TestX", files, holds, ""},
		{"in a subtest", "A-L2.1", "TestX/sub/case", files, holds, ""},
		{"equal values", "A-L2.1", "TestX", files, func(p *Proof) { p.Equal([]int{1}, []int{1}) }, ""},
		{"no error", "A-L2.1", "TestX", files, func(p *Proof) { p.NoError(nil) }, ""},
		{"a condition that does not hold", "A-L2.1", "TestX", files, func(p *Proof) { p.That(false, "saw %d", 7) }, "A-L2.1: saw 7"},
		{"different values", "A-L2.1", "TestX", files, func(p *Proof) { p.Equal(1, int64(1)) }, "A-L2.1: got 1, want 1"},
		{"an error", "A-L2.1", "TestX", files, func(p *Proof) { p.NoError(errors.New("no")) }, "A-L2.1: unexpected error: no"},
		{"no assertion", "A-L2.1", "TestX", files, func(*Proof) {}, "ended without an assertion for row A-L2.1"},
		{"an unknown row", "A-L9.1", "TestX", files, holds, "no row A-L9.1"},
		{"a row that names another test", "A-L2.1", "TestY", files, holds, "row A-L2.1 does not name internal/a.TestY"},
		{"a row that names another package", "A-L3.1", "TestX", files, holds, "row A-L3.1 does not name internal/a.TestX"},
		{"a planned row", "A-L4.1", "TestX", files, holds, "row A-L4.1 does not name internal/a.TestX"},
		{"a register that does not load", "A-L2.1", "TestX", fstest.MapFS{}, holds, "statements.yaml"},
	} {
		reported := run(c.id, c.name, c.files, c.test)
		switch {
		case c.want == "" && len(reported) > 0:
			t.Errorf("%s: reported %q", c.what, reported)
		case c.want != "" && (len(reported) != 1 || !strings.Contains(reported[0], c.want)):
			t.Errorf("%s: reported %q, want %q", c.what, reported, c.want)
		}
	}
}

func TestAnAssertionSaysWhetherItHolds(t *testing.T) {
	run("A-L2.1", "TestX", files, func(p *Proof) {
		if !p.That(true, "") || p.That(false, "") || !p.Equal(1, 1) || p.Equal(1, 2) || !p.NoError(nil) || p.NoError(errors.ErrUnsupported) {
			t.Error("an assertion answers the opposite")
		}
	})
}

func TestTheBinaryKnowsWhichPackageItTests(t *testing.T) {
	if got := binary(); got != "internal/register/prove" {
		t.Errorf("got %q", got)
	}
}

func TestRowUsesTheOperatorsRegister(t *testing.T) {
	f := &fake{name: t.Name()}
	Row(f, "A-L99.9").That(true, "")
	if len(f.reported) != 1 || !strings.Contains(f.reported[0], "no row A-L99.9") {
		t.Errorf("reported %q", f.reported)
	}
}
