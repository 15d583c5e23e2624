package lookup

import (
	"crypto/rand"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"zhiqing/internal/ident"
	"zhiqing/internal/staff"
)

func TestANumberOfOursIsAReferenceAlsoWhenItIsAllLetters(t *testing.T) {
	ids := ident.Source{Reader: rand.Reader}
	for range 500 { // one in twenty has no digit
		for _, n := range []string{ids.NewRequestNumber(), ids.NewReportNumber()} {
			if !isReference(n) || !isReference(strings.ToLower(n)) {
				t.Fatalf("%s is no reference", n)
			}
		}
	}
	for _, bad := range []string{"", "Alice", "RQ-ALIC-EWNG", "RP-", "WANG", "call Alice 1", "小明1"} {
		if isReference(bad) {
			t.Errorf("%q is a reference", bad)
		}
	}
}

// The rows that staff write are found in the source, so that whoever adds one is told to name it for people.
func TestEveryActionOfStaffHasATitle(t *testing.T) {
	written := map[string]bool{}
	for _, dir := range []string{".", "../staff", "../casework", "../console", "../disclosure", "../halt", "../service"} {
		for name := range actionsIn(t, dir) {
			written[name] = true
		}
	}
	for _, p := range []staff.Permission{staff.MinorAccessRequest, staff.AgeCorrect, staff.DisputeResolve, staff.DisclosureOrder} { // put together: staff.Approval
		for _, happened := range []string{"requested", string(staff.Approved), string(staff.Denied)} {
			written["staff."+strings.ReplaceAll(strings.TrimSuffix(string(p), ".request"), ".", "_")+"_"+happened] = true
		}
	}
	for name := range written {
		if title := actions[name]; title.ZH == "" || title.EN == "" {
			t.Errorf("%s has no title", name)
		}
	}
	for name := range actions {
		if !written[name] {
			t.Errorf("%s is written by nobody", name)
		}
	}
	for _, known := range []string{"staff.viewed", "staff.reset", "request.refused", "age.corrected", "staff.sign_in_failed"} {
		if !written[known] {
			t.Errorf("the source is not understood any more: %s is not found in %v", known, slices.Sorted(maps.Keys(written)))
		}
	}
}

// actionsIn finds the texts that a package gives to a field Action, a variable action, or a parameter of that name.
func actionsIn(t *testing.T, dir string) map[string]bool {
	t.Helper()
	var files []*ast.File
	err := filepath.WalkDir(dir, func(path string, f fs.DirEntry, err error) error {
		if err != nil || f.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		files = append(files, file)
		return err
	})
	if err != nil || len(files) == 0 {
		t.Fatalf("%s: %d files, %v", dir, len(files), err)
	}
	places := map[string]int{} // where functions take their action
	for _, f := range files {
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok {
				if i := slices.Index(parameters(fn), "action"); i >= 0 {
					places[fn.Name.Name] = i
				}
			}
		}
	}
	found := map[string]bool{}
	for _, f := range files {
		ast.Inspect(f, func(n ast.Node) bool {
			for _, x := range given(n, places) {
				if lit, ok := x.(*ast.BasicLit); ok && lit.Kind == token.STRING {
					text, _ := strconv.Unquote(lit.Value)
					found[text] = true
				}
			}
			return true
		})
	}
	return found
}

// given are the expressions that n makes an action.
func given(n ast.Node, places map[string]int) (list []ast.Expr) {
	switch n := n.(type) {
	case *ast.KeyValueExpr:
		if k, ok := n.Key.(*ast.Ident); ok && k.Name == "Action" {
			list = append(list, n.Value)
		}
	case *ast.AssignStmt:
		for i, to := range n.Lhs {
			if v, ok := to.(*ast.Ident); ok && v.Name == "action" && len(n.Lhs) == len(n.Rhs) {
				list = append(list, n.Rhs[i])
			}
		}
	case *ast.CallExpr:
		name := ""
		switch fn := n.Fun.(type) {
		case *ast.Ident:
			name = fn.Name
		case *ast.SelectorExpr:
			name = fn.Sel.Name
		}
		if i, ok := places[name]; ok && i < len(n.Args) {
			list = append(list, n.Args[i])
		}
	}
	return list
}

func parameters(fn *ast.FuncDecl) (names []string) {
	for _, p := range fn.Type.Params.List {
		for _, n := range p.Names {
			names = append(names, n.Name)
		}
	}
	return names
}
