package workday_test

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"zhiqing/config/policy"
	"zhiqing/internal/workday"
)

func TestAYearNamesItsNotice(t *testing.T) {
	years := shipped(t).Years()
	if len(years) < 2 || years[0].Year != 2025 {
		t.Fatalf("%d years", len(years))
	}
	for _, y := range years {
		if y.Notice == "" || len(y.SHA256) != 64 {
			t.Errorf("%d: notice %q, digest %q", y.Year, y.Notice, y.SHA256)
		}
	}
}

func TestATableThatCannotBeRightIsRefused(t *testing.T) {
	text, err := fs.ReadFile(policy.FS, "calendar/2026.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ old, bad, want string }{
		{"year: 2026", "year: 2027", "says year 2027"},
		{"year: 2026", "years: 2026", "years"},
		{"notice: 国办发明电〔2025〕7号", "notice: ''", "where the days come from"},
		{"source: https://", "source: http://", "where the days come from"},
		{"to: 2026-02-23", "to: 2026-02-30", "is no day of 2026"},
		{"to: 2026-02-23", "to: 2026-02-14", "in order"},
		{"to: 2026-02-23", "to: 2026-03-23", "at most 15 days"},
		{"from: 2026-01-01", "from: 2025-11-30", "is no day of 2026"},
		{"from: 2026-10-01", "from: 2026-10-02", "2026-10-01 must be off"},
		{"2026-05-09", "2026-05-11", "is no weekend"},
		{"2026-05-09", "2026-05-03", "is there twice"},
		{"work:", "---\nwork:", "one YAML document"},
	} {
		if !strings.Contains(string(text), c.old) {
			t.Fatalf("the file has no %q", c.old)
		}
		files := fstest.MapFS{"calendar/2026.yaml": {Data: []byte(strings.Replace(string(text), c.old, c.bad, 1))}}
		_, err := workday.Load(files)
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "calendar/2026.yaml") {
			t.Errorf("%s: %v, want %s", c.bad, err, c.want)
		}
	}
}

func TestEveryProblemOfEveryFileIsTold(t *testing.T) {
	_, err := workday.Load(fstest.MapFS{"calendar/2031.yaml": {Data: []byte("year: 2031")}, "calendar/readme": {}, "calendar/.hidden": {}})
	if err == nil || !strings.Contains(err.Error(), "2031-10-03 must be off") || !strings.Contains(err.Error(), "calendar/readme") || strings.Contains(err.Error(), "hidden") {
		t.Error(err)
	}
	if _, err := workday.Load(fstest.MapFS{"notices/x": {}}); err == nil {
		t.Error("no folder is no calendar")
	}
	if _, err := workday.Load(fstest.MapFS{"calendar": {Mode: fs.ModeDir}}); err == nil {
		t.Error("an empty folder is no calendar")
	}
}
