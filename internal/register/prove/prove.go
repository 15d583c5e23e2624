// Package prove lets a test say which statement of the privacy policy it proves, and keeps it to its word.
//
//	p := prove.Row(t, "A-L24.4")
//	p.Equal(calls, 0)
//
// The test fails when the register (config/policy/statements.yaml) has no such row, when the row does not name this test,
// and when the test ends without one assertion through p. So a row that names a test was proved by the last green run,
// and a proof cannot be emptied unnoticed.
//
// It refuses to be a library of assertions: what it offers is enough to say that something holds. The register itself
// belongs to package register; only tests import this package.
package prove

import (
	"io/fs"
	"reflect"
	"runtime/debug"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"zhiqing/config/policy"
	"zhiqing/internal/register"
)

// Proof is one test's proof of one row. Its methods may be called by several goroutines.
type Proof struct {
	t     testing.TB
	id    string
	count atomic.Int64
}

// Row begins the proof of the row with this id. id is written out where Row is called, so that the tree can be searched
// for it. Call it in the test itself, before what it proves.
func Row(t testing.TB, id string) *Proof {
	t.Helper()
	return begin(t, id, policy.FS, binary())
}

// begin is Row with its surroundings: the folder of the register, and the package that the running binary tests.
func begin(t testing.TB, id string, files fs.FS, tested string) *Proof {
	t.Helper()
	p := &Proof{t: t, id: id}
	r, err := register.Load(files)
	if err != nil {
		t.Errorf("prove: %v", err)
		return p
	}
	top, _, _ := strings.Cut(t.Name(), "/")
	name := tested + "." + top
	row, known := r.Row(id)
	switch {
	case !known:
		t.Errorf("prove: the register has no row %s", id)
	case !slices.Contains(row.Tests, name):
		t.Errorf("prove: row %s does not name %s; add it to its tests in config/policy/statements.yaml", id, name)
	}
	t.Cleanup(func() {
		if p.count.Load() == 0 && !t.Failed() {
			t.Errorf("prove: %s ended without an assertion for row %s", name, id)
		}
	})
	return p
}

// module is the name of the module, which the register leaves out.
const module = "zhiqing/"

// binary is the package that the running test binary tests, relative to the module. (The stack does not tell: a subtest
// that another package starts has none of the test's frames.)
func binary() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	return strings.TrimPrefix(strings.TrimSuffix(info.Path, ".test"), module)
}

// That asserts that cond holds. It reports whether it does.
func (p *Proof) That(cond bool, format string, args ...any) bool {
	p.t.Helper()
	p.count.Add(1)
	if !cond {
		p.t.Errorf(p.id+": "+format, args...)
	}
	return cond
}

// Equal asserts that got and want are deeply equal. It reports whether they are.
func (p *Proof) Equal(got, want any) bool {
	p.t.Helper()
	return p.That(reflect.DeepEqual(got, want), "got %v, want %v", got, want)
}

// NoError asserts that err is nil. It reports whether it is.
func (p *Proof) NoError(err error) bool {
	p.t.Helper()
	return p.That(err == nil, "unexpected error: %v", err)
}
