package rooms_test

import (
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"zhiqing/internal/rooms"
)

func TestTheTreeKeepsItsRules(t *testing.T) {
	breaches, err := rooms.Check(os.DirFS("../.."))
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range breaches {
		t.Error(b)
	}
}

// good is a small tree that keeps every rule. Each row of the test below spoils it in one way.
var good = map[string]string{
	"go.mod":    "module zhiqing\n",
	"README.md": "#",
	".ci/run":   "",
	"data/x.db": "",
	"zz.go":     "//go:build deps\n\npackage zhiqing\n",

	"cmd/zhiqing/main.go":             "// Command zhiqing runs.\npackage main\n\nimport \"zhiqing/internal/cli\"\n\nfunc main() { cli.Main() }\n",
	"internal/cli/cli.go":             "// Package cli reads.\npackage cli\n\nimport _ \"zhiqing/internal/app\"\n\n// Main does.\nfunc Main() {}\n",
	"internal/app/app.go":             "// Package app wires.\npackage app\n\nimport (\n\t\"time\"\n\t_ \"crypto/rand\"\n\t_ \"zhiqing/internal/store/sqlite\"\n\t_ \"zhiqing/internal/session\"\n)\n\n// Now is.\nfunc Now() time.Time { go func() {}(); return time.Now() }\n",
	"internal/store/sqlite/sqlite.go": "// Package sqlite keeps.\npackage sqlite\n\nimport (\n\t_ \"modernc.org/sqlite\"\n\t_ \"zhiqing/internal/store\"\n)\n\nfunc run() { go run() }\n",
	"internal/store/store.go":         "// Package store is the port.\npackage store\n\nimport (\n\t\"errors\"\n\t_ \"zhiqing/internal/fault\"\n)\n\nvar (\n\terrA  = errors.New(\"a\")\n\tzero = make([]byte, 32)\n\ttable = map[string]int{\"a\": 1}\n\t_     = []any{errA, table, zero}\n)\n",
	"internal/fault/fault.go":         "// Package fault fails.\npackage fault\n\n// T is a type.\ntype T struct{}\n",
	"internal/session/session.go":     "// Package session asks.\npackage session\n\nimport (\n\t_ \"zhiqing/internal/fault\"\n\t_ \"zhiqing/internal/subject\"\n)\n",
	"internal/session/x_test.go":      "package session_test\n\nimport (\n\t\"time\"\n\t_ \"crypto/rand\"\n\t_ \"zhiqing/internal/notice\"\n\t_ \"zhiqing/internal/store/sqlite\"\n)\n\nvar now = time.Now\n",
	"internal/subject/subject.go":     "// Package subject is known.\npackage subject\n",
	"internal/notice/notice.go":       "// Package notice tells.\npackage notice\n\nimport \"embed\"\n\n//go:embed x\nvar texts embed.FS\n",
	"internal/notice/testdata/x.go":   "package broken; this is no Go",
	"internal/store/nested/go.mod":    "module nested\n",
	"internal/store/nested/utils.go":  "package anything\n",
	"miniprogram-api/api.go":          "// Package miniprogramapi is seen.\npackage miniprogramapi\n\nimport (\n\t_ \"github.com/gofiber/fiber/v2\"\n\t_ \"zhiqing/internal/web\"\n)\n",
	"internal/web/web.go":             "// Package web is the edge.\npackage web\n",
}

func check(t *testing.T, name, text string) []string {
	t.Helper()
	tree := fstest.MapFS{}
	for n, s := range good {
		tree[n] = &fstest.MapFile{Data: []byte(s)}
	}
	if name != "" {
		tree[name] = &fstest.MapFile{Data: []byte(text)}
	}
	breaches, err := rooms.Check(tree)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, b := range breaches {
		lines = append(lines, b.String())
	}
	return lines
}

func TestAGoodTreeHasNoBreach(t *testing.T) {
	if got := check(t, "", ""); got != nil {
		t.Error(strings.Join(got, "\n"))
	}
}

// imports is a file of a package that imports one thing.
func imports(pkg, name string) string { return "package " + pkg + "\n\nimport _ \"" + name + "\"\n" }

func TestEachRuleCanFail(t *testing.T) {
	for rule, row := range map[string]struct{ file, text, want string }{
		"unknown room":          {"internal/novel/n.go", "// Package novel is new.\npackage novel\n", "no floor"},
		"unknown import":        {"internal/session/a.go", imports("session", "zhiqing/internal/novel"), "it has no floor"},
		"up":                    {"internal/fault/a.go", imports("fault", "zhiqing/internal/session"), "never up"},
		"edge below":            {"internal/session/a.go", imports("session", "zhiqing/internal/web"), "never up"},
		"sideways":              {"internal/session/a.go", imports("session", "zhiqing/internal/notice"), "sideways only by name"},
		"sideways on floor 0":   {"internal/fault/a.go", imports("fault", "zhiqing/internal/store"), "sideways only by name"},
		"plug from capability":  {"internal/session/a.go", imports("session", "zhiqing/internal/store/sqlite"), "only internal/app names engines"},
		"plug from edge":        {"miniprogram-api/a.go", imports("miniprogramapi", "zhiqing/internal/store/sqlite"), "only internal/app names engines"},
		"test suite in program": {"internal/app/a.go", imports("app", "zhiqing/internal/store/storetest"), "for tests only"},
		"policy from mechanism": {"internal/ledger/a.go", "// Package ledger signs.\n" + imports("ledger", "zhiqing/config/policy"), "a mechanism takes values"},
		"test goes too high":    {"internal/session/a_test.go", imports("session", "zhiqing/internal/app"), "a test goes up to the plugs"},

		"fiber":              {"internal/session/a.go", imports("session", "github.com/gofiber/fiber/v2/utils"), "Fiber"},
		"fiber in a test":    {"internal/session/a_test.go", imports("session", "github.com/gofiber/fiber/v2"), "Fiber"},
		"bson":               {"internal/session/a.go", imports("session", "go.mongodb.org/mongo-driver/v2/bson"), "engine-free"},
		"driver in the port": {"internal/store/a.go", imports("store", "go.mongodb.org/mongo-driver/v2/mongo"), "one place speaks to the server"},
		"sql":                {"internal/store/a.go", imports("store", "database/sql"), "one place speaks SQL"},
		"sdk":                {"internal/app/a.go", imports("app", "github.com/silenceper/wechat/v2/miniprogram"), "fenced in"},
		"jwt":                {"internal/session/a.go", imports("session", "github.com/golang-jwt/jwt/v5"), "one place signs"},
		"prometheus":         {"internal/app/a.go", imports("app", "github.com/prometheus/client_golang/prometheus"), "labels"},
		"http in capability": {"internal/session/a.go", imports("session", "net/http"), "typed values"},
		"randomness":         {"internal/session/a.go", imports("session", "crypto/rand"), "no randomness"},
		"weak randomness":    {"internal/web/a.go", imports("web", "math/rand/v2"), "no randomness"},
		"unredacted log":     {"internal/app/a.go", imports("app", "log"), "redacts"},
		"flags":              {"internal/app/a.go", imports("app", "flag"), "at the top"},
		"clock":              {"internal/session/a.go", "package session\n\nimport \"time\"\n\nvar a = time.Now()\n", "uses time.Now: no clock"},
		"clock as value":     {"internal/web/a.go", "package web\n\nimport \"time\"\n\nvar a = []any{time.Now}\n", "uses time.Now: no clock"},
		"renamed clock":      {"internal/web/a.go", "package web\n\nimport c \"time\"\n\nvar a = c.Since(c.Time{})\n", "uses c.Since: no clock"},
		"timer":              {"internal/web/a.go", "package web\n\nimport \"time\"\n\nvar a = time.After(1)\n", "no waiting"},
		"environment":        {"internal/web/a.go", "package web\n\nimport \"os\"\n\nvar a = os.Getenv(\"A\")\n", "the environment"},
		"goroutine":          {"internal/session/a.go", "package session\n\nfunc a() { go a() }\n", "starts a goroutine"},

		"top level":             {"pkg/x.txt", "", "the top level is fixed"},
		"top level source":      {"main.go", "package zhiqing\n", "the top level is fixed"},
		"folder without a name": {"internal/session/utils/u.go", "// Package utils is.\npackage utils\n", "a folder named utils"},
		"no package comment":    {"internal/web/web.go", "package web\n", "0 package comments"},
		"two package comments":  {"internal/web/a.go", "// Package web is two.\npackage web\n", "2 package comments"},
		"wrong package comment": {"internal/web/web.go", "// The web.\npackage web\n", `does not begin with "Package web "`},
		"wrong program comment": {"cmd/zhiqing/main.go", "// Package main runs.\npackage main\n", `does not begin with "Command zhiqing "`},
		"package name":          {"miniprogram-api/a.go", "package api\n", "its folder makes it miniprogramapi"},
		"test package name":     {"internal/web/a_test.go", "package web_tests\n", "its folder makes it web"},
		"init":                  {"internal/app/a.go", "package app\n\nfunc init() {}\n", "an init function"},
		"state without a value": {"internal/app/a.go", "package app\n\nvar a int\n", "a package variable that changes"},
		"state made empty":      {"internal/app/a.go", "package app\n\nvar a = make(map[string]int)\n", "a package variable that changes"},
		"state of a channel":    {"internal/app/a.go", "package app\n\nvar a = make(chan int)\n", "a package variable that changes"},
		"state under a lock":    {"internal/app/a.go", "package app\n\nimport \"sync\"\n\nvar a = &sync.Mutex{}\n", "a package variable that changes"},
		"undocumented function": {"internal/app/a.go", "package app\n\nfunc Open() {}\n", "Open has no comment"},
		"undocumented type":     {"internal/app/a.go", "package app\n\ntype App struct{}\n", "App has no comment"},
		"skipped test":          {"internal/app/a_test.go", "package app\n\nimport \"testing\"\n\nfunc TestA(t *testing.T) { t.Skip() }\n", "skips"},
		"sleeping test":         {"internal/app/a_test.go", "package app\n\nimport \"time\"\n\nfunc a() { time.Sleep(1) }\n", "sleeps"},
	} {
		got := check(t, row.file, row.text)
		if len(got) == 0 || !strings.Contains(strings.Join(got, "\n"), row.want) {
			t.Errorf("%s: got %q, want %q", rule, got, row.want)
			continue
		}
		top, _, _ := strings.Cut(row.file, "/")
		if slices.ContainsFunc(got, func(line string) bool { return !strings.HasPrefix(line, top) }) {
			t.Errorf("%s: breaches elsewhere too: %q", rule, got)
		}
	}
}

func TestAFileThatDoesNotParseIsAnErrorNotAPass(t *testing.T) {
	if _, err := rooms.Check(fstest.MapFS{"internal/web/web.go": {Data: []byte("package")}}); err == nil {
		t.Error("no error")
	}
}
