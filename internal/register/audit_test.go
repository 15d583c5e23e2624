package register_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"

	"zhiqing/internal/register"
)

// proofs is what a test function says about rows.
type proofs struct {
	table bool            // it gives prove.Row an id that is not written out there
	rows  []string        // the ids that it gives to prove.Row as literals
	texts map[string]bool // every literal in it: where they come from a table, ids are among these
}

const provePath = "zhiqing/internal/register/prove"

// audit compares the rows with the tests of a whole tree, nested modules included, and returns every disagreement.
func audit(tree fs.FS, rows []register.Row) (found []string, err error) {
	tests, err := testsOf(tree)
	if err != nil {
		return nil, err
	}
	claimed := map[string][]string{} // test → rows that name it
	for _, row := range rows {
		for _, name := range row.Tests {
			claimed[name] = append(claimed[name], row.ID)
			test, exists := tests[name]
			if !exists {
				found = append(found, fmt.Sprintf("row %s names %s, which does not exist", row.ID, name))
			} else if !slices.Contains(test.rows, row.ID) && !(test.table && test.texts[row.ID]) {
				found = append(found, fmt.Sprintf("row %s names %s, which has no prove.Row for it", row.ID, name))
			}
		}
	}
	for name, test := range tests {
		for _, id := range test.rows {
			if !slices.Contains(claimed[name], id) {
				found = append(found, fmt.Sprintf("%s proves row %s, which does not name it", name, id))
			}
		}
	}
	slices.Sort(found)
	return found, nil
}

// testsOf parses every _test.go file, whatever its build tags, and returns the tests by package.Test.
func testsOf(tree fs.FS) (map[string]proofs, error) {
	tests, modules := map[string]proofs{}, map[string]string{}
	err := fs.WalkDir(tree, ".", func(name string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case e.IsDir() && name != "." && (strings.HasPrefix(e.Name(), ".") || slices.Contains([]string{"testdata", "vendor", "node_modules", "data"}, e.Name())):
			return fs.SkipDir
		case e.IsDir():
			return enter(tree, name, modules)
		case strings.HasSuffix(name, "_test.go"):
			return parse(tree, name, modules[path.Dir(name)], tests)
		}
		return nil
	})
	return tests, err
}

// enter notes which package a folder holds: its module's path and its place in the module, without "zhiqing/".
func enter(tree fs.FS, dir string, modules map[string]string) error {
	modules[dir] = path.Join(modules[path.Dir(dir)], path.Base(dir))
	text, err := fs.ReadFile(tree, path.Join(dir, "go.mod"))
	if err != nil {
		return nil // a folder of the module above
	}
	for line := range strings.Lines(string(text)) {
		if module, ok := strings.CutPrefix(strings.TrimSpace(line), "module "); ok {
			modules[dir] = strings.TrimPrefix(strings.TrimPrefix(strings.TrimSpace(module), "zhiqing"), "/")
		}
	}
	return nil
}

func parse(tree fs.FS, name, pkg string, tests map[string]proofs) error {
	text, err := fs.ReadFile(tree, name)
	if err != nil {
		return err
	}
	file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	local := localName(file)
	for _, d := range file.Decls {
		f, ok := d.(*ast.FuncDecl)
		if ok && f.Recv == nil && (strings.HasPrefix(f.Name.Name, "Test") || strings.HasPrefix(f.Name.Name, "Fuzz")) {
			tests[pkg+"."+f.Name.Name] = read(f, local)
		}
	}
	return nil
}

// localName is what a file calls package prove; "" when it does not import it.
func localName(file *ast.File) string {
	for _, spec := range file.Imports {
		if spec.Path.Value == strconv.Quote(provePath) {
			if spec.Name != nil {
				return spec.Name.Name
			}
			return "prove"
		}
	}
	return ""
}

func read(f *ast.FuncDecl, local string) proofs {
	p := proofs{texts: map[string]bool{}}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BasicLit:
			if text, err := strconv.Unquote(n.Value); err == nil && n.Kind == token.STRING {
				p.texts[text] = true
			}
		case *ast.CallExpr:
			if s, ok := n.Fun.(*ast.SelectorExpr); ok && local != "" && isIdent(s.X, local) && s.Sel.Name == "Row" {
				if id, ok := literal(n.Args); ok {
					p.rows = append(p.rows, id)
				} else {
					p.table = true
				}
			}
		}
		return true
	})
	return p
}

func isIdent(e ast.Expr, name string) bool {
	id, ok := e.(*ast.Ident)
	return ok && id.Name == name
}

// literal is the second argument of prove.Row, if it is written out.
func literal(args []ast.Expr) (string, bool) {
	if len(args) != 2 {
		return "", false
	}
	lit, ok := args[1].(*ast.BasicLit)
	if !ok {
		return "", false
	}
	id, err := strconv.Unquote(lit.Value)
	return id, err == nil
}

func TestTheAuditFindsEveryWayInWhichRowsAndTestsDisagree(t *testing.T) {
	tree := tree{
		"go.mod": "module zhiqing\n",
		"internal/a/a_test.go": `package a_test
import ("testing"; "zhiqing/internal/register/prove")
func TestOne(t *testing.T) { prove.Row(t, "A-L1.1").That(true, "") }
func TestTable(t *testing.T) { for _, id := range []string{"A-L1.2", "A-L1.3"} { prove.Row(t, id) } }
func TestSilent(t *testing.T) { t.Log("A-L1.4") }
func TestMention(t *testing.T) { prove.Row(t, "A-L1.1").That(true, "A-L1.4") }
func TestUnclaimed(t *testing.T) { prove.Row(t, "A-L1.5") }
func helper(t *testing.T) { prove.Row(t, "A-L1.6") }
`,
		"internal/b/nested/go.mod":      "module zhiqing/internal/b/nested\n",
		"internal/b/nested/b_test.go":   "//go:build never\n\npackage b\nimport (\"testing\"; p \"zhiqing/internal/register/prove\")\nfunc FuzzTwo(t *testing.F) { p.Row(t, \"A-L1.7\") }\n",
		"internal/a/testdata/x_test.go": "not Go at all",
	}
	row := func(id string, tests ...string) register.Row { return register.Row{ID: id, Tests: tests} }
	for name, c := range map[string]struct {
		rows []register.Row
		want []string
	}{
		"all agree": {rows: []register.Row{row("A-L1.1", "internal/a.TestOne", "internal/a.TestMention"), row("A-L1.2", "internal/a.TestTable"), row("A-L1.3", "internal/a.TestTable"),
			row("A-L1.5", "internal/a.TestUnclaimed"), row("A-L1.7", "internal/b/nested.FuzzTwo"), row("A-L1.8")}},
		"all disagree": {
			rows: []register.Row{row("A-L1.1", "internal/a.TestGone"), row("A-L1.4", "internal/a.TestSilent", "internal/a.TestMention"), row("A-L1.6", "internal/a.TestOne"), row("A-L1.9", "internal/a.TestTable")},
			want: []string{
				"internal/a.TestMention proves row A-L1.1, which does not name it",
				"internal/a.TestOne proves row A-L1.1, which does not name it",
				"internal/a.TestUnclaimed proves row A-L1.5, which does not name it",
				"internal/b/nested.FuzzTwo proves row A-L1.7, which does not name it",
				"row A-L1.1 names internal/a.TestGone, which does not exist",
				"row A-L1.4 names internal/a.TestMention, which has no prove.Row for it",
				"row A-L1.4 names internal/a.TestSilent, which has no prove.Row for it",
				"row A-L1.6 names internal/a.TestOne, which has no prove.Row for it",
				"row A-L1.9 names internal/a.TestTable, which has no prove.Row for it",
			},
		},
	} {
		got, err := audit(tree.fs(), c.rows)
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: %v\n%s", name, err, strings.Join(got, "\n"))
		}
	}
}

func TestTheAuditReportsATestFileThatDoesNotParse(t *testing.T) {
	if _, err := audit(tree{"go.mod": "module zhiqing\n", "a/a_test.go": "package"}.fs(), nil); err == nil {
		t.Error("a broken file passed")
	}
}
