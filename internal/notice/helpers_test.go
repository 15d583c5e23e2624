package notice_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"zhiqing/internal/notice"
	"zhiqing/internal/store"
)

// day is midnight in China n days after the first version of the trees in these tests takes effect.
func day(n int) time.Time { return time.Date(2026, 1, 1+n, 0, 0, 0, 0, time.FixedZone("", 8*60*60)) }

// at is a clock that stands still.
func at(t time.Time) func() time.Time { return func() time.Time { return t } }

type files map[string]string

// version adds one well-formed version to a tree; extra lines go into its metadata.
func (f files) version(kind, version string, effective time.Time, material bool, extra string) files {
	base := kind + "/" + version
	f[base+".yaml"] = fmt.Sprintf("effective_at: %s\nmaterial: %v\ntitle: {zh-CN: 告知, en: Notice}\nsummary_of_changes: {zh-CN: 摘要, en: Summary}\n%s",
		effective.Format(time.RFC3339), material, extra)
	f[base+".zh-CN.md"] = "# 告知\n\n" + kind + "，版本 {{version}}，{{operator}}\n"
	f[base+".en.md"] = "# Notice\n\n" + kind + ", version {{version}}, {{operator}}\n"
	return f
}

// but returns a copy with some files replaced, or removed where the text is "".
func (f files) but(changes files) files {
	c := maps.Clone(f)
	for name, text := range changes {
		if c[name] = text; text == "" {
			delete(c, name)
		}
	}
	return c
}

func (f files) load() ([]notice.Notice, error) {
	return f.loadWith(map[string]string{"operator": "甲"})
}

func (f files) loadWith(vars map[string]string) ([]notice.Notice, error) {
	tree := fstest.MapFS{}
	for name, text := range f {
		tree[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return notice.Load(tree, vars)
}

func (f files) mustLoad(t *testing.T) []notice.Notice {
	t.Helper()
	loaded, err := f.load()
	if err != nil {
		t.Fatal(err)
	}
	return loaded
}

// open puts a tree on a shelf over e.
func open(t *testing.T, e store.Engine, f files, now func() time.Time) *notice.Shelf {
	t.Helper()
	s, err := notice.Open(context.Background(), e, f.mustLoad(t), now)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// wantProblems checks that an error tells every expected problem, and nothing beside.
func wantProblems(t *testing.T, err error, want ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error; want %q", want)
	}
	for _, w := range want {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("%q is not told in:\n%v", w, err)
		}
	}
	if got := len(strings.Split(err.Error(), "\n")); got != len(want) {
		t.Errorf("%d lines of problems, want %d:\n%v", got, len(want), err)
	}
}

func wantUnknown(t *testing.T, err error) {
	t.Helper()
	if !errors.Is(err, notice.ErrUnknown) {
		t.Errorf("error is %v, want notice.unknown", err)
	}
}
