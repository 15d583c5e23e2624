package rooms

import (
	"go/ast"
	"go/token"
	"slices"
	"strings"
)

// stateful are the package variables that may change, each because of somebody else's package variables.
var stateful = exceptions{
	"internal/web/edge.go": "huma keeps settings in package variables; they are set once, with the same values by every edge",
}

// state finds init functions and package variables that can change: only errors and tables live at package level. What
// only tests import may count through a whole run of tests.
func (f file) state() []Breach {
	if f.proves() {
		return nil
	}
	var out []Breach
	for _, d := range f.ast.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Recv == nil && d.Name.Name == "init" {
				out = append(out, breach(f.at(d.Pos()), "an init function: what happens at start is called by name from internal/app"))
			}
		case *ast.GenDecl:
			if d.Tok == token.VAR && !f.excepted(stateful) && slices.ContainsFunc(d.Specs, func(s ast.Spec) bool { return changes(d, s.(*ast.ValueSpec)) }) {
				out = append(out, breach(f.at(d.Pos()), "a package variable that changes: only errors and tables live at package level"))
			}
		}
	}
	return out
}

// changes reports whether a package variable is there to be changed: it has no value yet (an embedded file has), or its
// value is made empty, or it is something of sync.
func changes(d *ast.GenDecl, s *ast.ValueSpec) bool {
	embedded := strings.Contains(directives(d.Doc)+directives(s.Doc), "//go:embed")
	if len(s.Values) == 0 {
		return !embedded
	}
	return slices.ContainsFunc(s.Values, func(v ast.Expr) bool {
		switch v := v.(type) {
		case *ast.CallExpr:
			return madeEmpty(v)
		case *ast.UnaryExpr:
			return ofSync(v.X)
		}
		return ofSync(v)
	})
}

// madeEmpty reports a map, a channel or a new value. A slice of zeros is a constant that Go cannot write as one.
func madeEmpty(v *ast.CallExpr) bool {
	made, ok := v.Fun.(*ast.Ident)
	if !ok || len(v.Args) == 0 {
		return false
	}
	_, slice := v.Args[0].(*ast.ArrayType)
	return made.Name == "new" || made.Name == "make" && !slice
}

func ofSync(v ast.Expr) bool {
	literal, ok := v.(*ast.CompositeLit)
	if !ok {
		return false
	}
	kind, ok := literal.Type.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	from, ok := kind.X.(*ast.Ident)
	return ok && (from.Name == "sync" || from.Name == "atomic")
}

func directives(doc *ast.CommentGroup) string {
	var all strings.Builder
	if doc != nil {
		for _, c := range doc.List {
			all.WriteString(c.Text + "\n")
		}
	}
	return all.String()
}
