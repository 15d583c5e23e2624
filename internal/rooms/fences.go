package rooms

import (
	"go/ast"
	"slices"
	"strings"
)

// fence keeps libraries in the rooms that are made for them.
type fence struct {
	imports []string // import paths, each with everything below it
	exact   bool     // without what is below
	rooms   []string // where they may stand; a name that ends in /… takes everything below it
	tests   bool     // tests are fenced in too
	why     string
}

var edges = []string{"internal/web", "miniprogram-api", "internal/console"}

// libraryFences is the table of libraries (house.md §2, §3).
var libraryFences = []fence{
	{imports: []string{"github.com/gofiber/fiber", "github.com/valyala/fasthttp", "github.com/danielgtaylor/huma"},
		rooms: append(edges, "internal/bench"), tests: true,
		why: "Fiber's strings alias the request, and Fiber v2 ends some day: one small place to get both right (bench measures it bare)"},
	{imports: []string{"go.mongodb.org/mongo-driver"},
		rooms: []string{"internal/store/…"},
		why:   "capabilities are engine-free; bson tags are plain strings (tests may prove that a value survives BSON)"},
	{imports: []string{"go.mongodb.org/mongo-driver/v2/mongo"},
		rooms: []string{"internal/store/mongo"}, tests: true,
		why: "one place speaks to the server"},
	{imports: []string{"modernc.org/sqlite", "database/sql"},
		rooms: []string{"internal/store/sqlite"}, tests: true,
		why: "one place speaks SQL"},
	{imports: []string{"github.com/silenceper/wechat", "github.com/sirupsen/logrus"},
		rooms: []string{"internal/wechat/live"}, tests: true,
		why: "the SDK puts secrets into error texts and logs: it is fenced in"},
	{imports: []string{"github.com/coreos/go-oidc", "golang.org/x/oauth2"},
		rooms: []string{"internal/staff/oidc"}, tests: true,
		why: "one place believes another's tokens, and keeps the libraries' errors, which quote answers, to itself"},
	{imports: []string{"github.com/tink-crypto"},
		rooms: []string{"internal/vault"}, tests: true,
		why: "one place sees data keys"},
	{imports: []string{"github.com/golang-jwt"},
		rooms: []string{"internal/ledger"},
		why:   "one place signs and says which algorithms count"},
	{imports: []string{"github.com/prometheus"},
		rooms: []string{"internal/observe"}, tests: true,
		why: "labels are bounded in one place"},
	{imports: []string{"github.com/alecthomas/kong", "flag"},
		rooms: []string{"internal/cli", "scripts/…", "internal/bench"},
		why:   "flags are read at the top"},
	{imports: []string{"net/http"},
		rooms: append(edges, "internal/observe", "internal/webhook", "internal/wechat/…", "internal/staff/oidc/…", "internal/app/…", "internal/cli", "internal/bench"),
		why:   "status codes and headers belong to the edges; capabilities take typed values"},
	{imports: []string{"crypto/rand", "math/rand"},
		rooms: []string{"internal/app/…", "internal/cli", "internal/bench", "scripts/…"},
		why:   "no randomness below internal/app: it comes in through ident.Source, so tests can repeat it"},
	{imports: []string{"log"}, exact: true, tests: true, why: "log/slog through internal/observe, which redacts"},
	{imports: []string{"unsafe", "plugin"}, tests: true, why: "nothing here needs it"},
}

// exceptions names files or rooms with the reason why a fence lets them through.
type exceptions map[string]string

// callFence keeps calls of the standard library out of the floors below internal/app.
type callFence struct {
	calls  []string // package.Name
	except exceptions
	why    string
}

var callFences = []callFence{
	{
		calls:  []string{"time.Now", "time.Since", "time.Until"},
		except: exceptions{"internal/web/linger.go": "the deadline of a socket is a time of the system's clock"},
		why:    "no clock below internal/app: `now func() time.Time` comes in through the door",
	},
	{
		calls: []string{"time.Sleep", "time.After", "time.AfterFunc", "time.Tick", "time.NewTicker", "time.NewTimer"},
		except: exceptions{
			"internal/store/collection.go": "the pause between two tries of a compare-and-swap: at most 64 ms, and it ends with the context",
			"internal/wechat/sandbox":      "plays a WeChat that answers late",
			"internal/job":                 "the one place for loops",
		},
		why: "no waiting below internal/app: a loop belongs to internal/job",
	},
	{
		calls: []string{"os.Getenv", "os.LookupEnv", "os.Environ", "os.Exit"},
		why:   "the environment is read by cmd and internal/cli, and they alone choose the exit code",
	},
}

// goroutines are the places below internal/app where a go statement may stand: each has an owner that waits for it.
var goroutines = exceptions{
	"internal/job":            "the one place for loops",
	"internal/store/sqlite":   "the one writer that commits in groups; Close waits for it",
	"internal/web/serve.go":   "the accept loop; Serve waits for it",
	"internal/wechat/sandbox": "a server; Close waits for it",
}

// fences applies the tables.
func fences(files []file) []Breach {
	var out []Breach
	for _, f := range files {
		out = append(out, f.libraries()...)
		if !f.proves() && building[f.room].floor < wiring {
			out = append(out, f.calls()...)
		}
	}
	return out
}

func (f file) libraries() []Breach {
	var out []Breach
	for name, pos := range f.imports() {
		for _, fence := range libraryFences {
			if (!f.proves() || fence.tests) && fence.covers(name) && !within(f.room, fence.rooms) {
				out = append(out, breach(f.at(pos), "imports %s: %s", name, fence.why))
			}
		}
	}
	return out
}

func (f fence) covers(name string) bool {
	return slices.ContainsFunc(f.imports, func(i string) bool {
		return name == i || !f.exact && strings.HasPrefix(name, i+"/")
	})
}

func within(name string, rooms []string) bool {
	return slices.ContainsFunc(rooms, func(r string) bool {
		tree, all := strings.CutSuffix(r, "/…")
		return name == tree || all && strings.HasPrefix(name, tree+"/")
	})
}

// calls walks the syntax. A function taken as a value (`now: time.Now`) counts like a call.
func (f file) calls() []Breach {
	var out []Breach
	ast.Inspect(f.ast, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			if !f.excepted(goroutines) {
				out = append(out, breach(f.at(n.Pos()), "starts a goroutine: below internal/app only where internal/rooms/fences.go says who waits for it"))
			}
		case *ast.SelectorExpr:
			if why := f.fenced(n); why != "" {
				out = append(out, breach(f.at(n.Pos()), "uses %s.%s: %s", n.X, n.Sel.Name, why))
			}
		}
		return true
	})
	return out
}

func (f file) fenced(s *ast.SelectorExpr) string {
	x, ok := s.X.(*ast.Ident)
	if !ok {
		return ""
	}
	for _, fence := range callFences {
		if slices.Contains(fence.calls, f.original(x.Name)+"."+s.Sel.Name) && !f.excepted(fence.except) {
			return fence.why
		}
	}
	return ""
}

// original undoes the renaming of an import: `clock "time"` makes clock time.
func (f file) original(name string) string {
	for _, spec := range f.ast.Imports {
		if spec.Name != nil && spec.Name.Name == name {
			return strings.Trim(spec.Path.Value, `"`)
		}
	}
	return name
}

func (f file) excepted(table exceptions) bool {
	_, whole := table[f.room]
	_, one := table[f.path]
	return whole || one
}
