package register_test

import (
	_ "embed"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"zhiqing/config/policy"
	"zhiqing/internal/register"
)

// tree is a small file system.
type tree map[string]string

func (t tree) fs() fstest.MapFS {
	m := fstest.MapFS{}
	for name, text := range t {
		m[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return m
}

func loadBuiltIn(t *testing.T) *register.Register {
	t.Helper()
	r, err := register.Load(policy.FS)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

//go:embed testdata/rows.txt
var expected string

func TestNoStatementOfThePolicyIsLeftOut(t *testing.T) {
	var want, got []string
	for line := range strings.Lines(expected) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			want = append(want, line)
		}
	}
	for _, row := range loadBuiltIn(t).Rows() {
		got = append(got, row.ID)
	}
	for _, id := range want {
		if !slices.Contains(got, id) {
			t.Errorf("row %s is missing", id)
		}
	}
	for _, id := range got {
		if !slices.Contains(want, id) {
			t.Errorf("row %s is no statement of the policy; see testdata/rows.txt", id)
		}
	}
	if len(want) != 111+2+15 {
		t.Errorf("%d rows expected: part A has 111, B3 two for the console, part F 15", len(want))
	}
}

func TestEveryRowIsProvedByTheTestsThatItNames(t *testing.T) {
	found, err := audit(os.DirFS("../.."), loadBuiltIn(t).Rows())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found {
		t.Error(f)
	}
}

const good = `rows:
  - id: A-L2.1
    line: 2
    quote: 甲
    capability: {zh-CN: 登记, en: Register}
    state: planned
  - id: A-L33-36
    line: 33
    quote: 乙…丙
    capability: {zh-CN: 期限, en: Retention}
    state: proved
    tests: [internal/a.TestX, internal/b/c.FuzzY]
  - id: A-L27.minors
    line: 27
    law: 条例 24(3)
    capability: {zh-CN: “未成年人”, en: Minors}
    state: proved
    tests: [internal/a.TestX]
`

func load(text string) (*register.Register, error) {
	return register.Load(tree{"statements.yaml": text}.fs())
}

func TestLoadTellsWhatIsWrongAndWhere(t *testing.T) {
	for _, c := range []struct{ old, new, want string }{
		{"state: planned", "state: done", "statements.yaml:2: A-L2.1: state must be proved or planned"},
		{"state: planned", "state: proved", "statements.yaml:2: A-L2.1: is proved, but names no test"},
		{"state: proved", "state: planned", "statements.yaml:7: A-L33-36: is planned, but names tests"},
		{"line: 2\n", "line: 3\n", "statements.yaml:2: A-L2.1: line must be the one that the id names"},
		{"quote: 甲", "quote: ''", "statements.yaml:2: A-L2.1: needs a quote"},
		{"law: 条例", "quote: 条例\n    law: 条例", "statements.yaml:13: A-L27.minors: needs a quote"},
		{", en: Register", "", "statements.yaml:2: A-L2.1: capability must be there"},
		{"id: A-L2.1", "id: 2.1", "statements.yaml:2: 2.1: id must be like"},
		{"id: A-L2.1", "id: F-2", "statements.yaml:2: F-2: line must be the one that the id names"},
		{"id: A-L2.1\n    line: 2", "id: F-2", "statements.yaml:2: F-2: is no statement of the policy"},
		{"A-L33-36\n    line: 33", "A-L2.1\n    line: 2", "statements.yaml:7: A-L2.1: is there twice"},
		{"FuzzY", "benchY", `statements.yaml:7: A-L33-36: test "internal/b/c.benchY" must be like`},
		{"internal/b/c.FuzzY", "internal/a.TestX", `test "internal/a.TestX" is named twice`},
		{"quote: 甲", "quoted: 甲", "statements.yaml:4: unknown key quoted"},
		{"line: 2\n", "line: two\n", "statements.yaml:3: cannot unmarshal"},
		{"rows:", "rows: [", "statements.yaml:"},
		{good, "rows: []\n", "statements.yaml:1: holds no rows"},
		{good, "", "statements.yaml:1:"},
		{good, good + "---\n" + good, "statements.yaml:1: expected one YAML document"},
		{good, good + "#" + strings.Repeat("x", 1<<20), "statements.yaml: larger than 1024 KiB"},
	} {
		if _, err := load(strings.Replace(good, c.old, c.new, 1)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%.40q → %.40q: error %v, want %q", c.old, c.new, err, c.want)
		}
	}
	if _, err := register.Load(tree{}.fs()); err == nil {
		t.Error("a missing file passed")
	}
}

func TestLoadTellsEveryProblemAtOnce(t *testing.T) {
	_, err := load(strings.NewReplacer("line: 2\n", "line: 9\n", "quote: 乙…丙", "quote: ''", "en: Minors", "en: ''").Replace(good))
	if err == nil || len(strings.Split(err.Error(), "\n")) != 3 {
		t.Errorf("want three problems, got: %v", err)
	}
}

func TestCoverageCountsATestOfSeveralRowsOnce(t *testing.T) {
	r, err := load(good)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := r.Coverage(), (register.Coverage{Rows: 3, Proved: 2, Planned: 1, Tests: 2}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if row, ok := r.Row("A-L27.minors"); !ok || row.Law == "" {
		t.Errorf("row not found: %+v", row)
	}
	if _, ok := r.Row("A-L99.1"); ok {
		t.Error("found a row that is not there")
	}
}

func TestTheTableIsAlignedForCharactersOfTwoCells(t *testing.T) {
	r, err := load(good)
	if err != nil {
		t.Fatal(err)
	}
	for lang, want := range map[string]string{
		"zh-CN": `编号          状态    能力        证明的测试
A-L2.1        待实现  登记
A-L33-36      已证明  期限        internal/a.TestX
                                  internal/b/c.FuzzY
A-L27.minors  已证明  “未成年人”  internal/a.TestX

共 3 条：已证明 2 条，待实现 1 条；测试 2 个。
`,
		"en": `Row           State    What the system does  Proved by
A-L2.1        planned  Register
A-L33-36      proved   Retention             internal/a.TestX
                                             internal/b/c.FuzzY
A-L27.minors  proved   Minors                internal/a.TestX

3 rows: 2 proved, 1 planned; 2 tests.
`,
	} {
		var b strings.Builder
		if err := r.Print(&b, lang); err != nil || b.String() != want {
			t.Errorf("%s: %v\n%s\nwant\n%s", lang, err, b.String(), want)
		}
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, os.ErrClosed }

func TestPrintReportsAFailedWrite(t *testing.T) {
	if err := loadBuiltIn(t).Print(full{}, "en"); err == nil {
		t.Error("a failed write passed")
	}
}
