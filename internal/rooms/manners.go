package rooms

import (
	"go/ast"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// top is the fixed top level (house.md); names that begin with a dot may stand beside it.
var top = []string{"cmd", "miniprogram-api", "internal", "config", "scripts", "go.mod", "go.sum", "README.md"}

// nameless are folder names that say nothing: whatever is put into them belongs to a noun.
var nameless = []string{"controllers", "services", "models", "helpers", "utils", "common", "util", "misc", "lib", "pkg", "base", "shared"}

func topLevel(tree fs.FS) ([]Breach, error) {
	entries, err := fs.ReadDir(tree, ".")
	if err != nil {
		return nil, err
	}
	var out []Breach
	for _, e := range entries {
		if !left(e.Name()) && !slices.Contains(top, e.Name()) && !held(tree, e.Name()) {
			out = append(out, breach(e.Name(), "the top level is fixed: each folder there answers one question (house.md)"))
		}
	}
	return out, nil
}

// held reports whether name only holds requirements of go.mod for packages that are not written yet.
func held(tree fs.FS, name string) bool {
	text, err := fs.ReadFile(tree, name)
	return err == nil && strings.HasPrefix(string(text), "//go:build deps\n")
}

// manners checks what every package owes its reader.
func manners(files []file) []Breach {
	var out []Breach
	for name, room := range byRoom(files) {
		out = append(out, folder(name)...)
		out = append(out, comment(name, room)...)
		for _, f := range room {
			out = append(out, f.named()...)
			out = append(out, f.state()...)
			out = append(out, f.documented()...)
			out = append(out, f.shirking()...)
		}
	}
	return out
}

func folder(name string) []Breach {
	for part := range strings.SplitSeq(name, "/") {
		if slices.Contains(nameless, part) {
			return []Breach{breach(name, "a folder named %s: name the noun or the mechanism instead", part)}
		}
	}
	return nil
}

// comment wants one package comment, in one file, that begins as godoc wants it.
func comment(name string, files []file) []Breach {
	var comments []string
	tests := true
	for _, f := range files {
		tests = tests && f.test
		if !f.test && f.ast.Doc != nil {
			comments = append(comments, f.ast.Doc.Text())
		}
	}
	begin := "Package " + packageName(name) + " "
	if packageName(name) == "main" {
		begin = "Command " + path.Base(name) + " "
	}
	switch {
	case tests:
		return nil
	case len(comments) != 1:
		return []Breach{breach(name, "%d package comments: one says what the package owns and refuses", len(comments))}
	case !strings.HasPrefix(comments[0], begin):
		return []Breach{breach(name, "the package comment does not begin with %q", begin)}
	}
	return nil
}

// packageName is the folder's name without hyphens; programs are main.
func packageName(room string) string {
	if strings.HasPrefix(room, "cmd/") || strings.HasPrefix(room, "scripts/") {
		return "main"
	}
	return strings.ReplaceAll(path.Base(room), "-", "")
}

func (f file) named() []Breach {
	want, got := packageName(f.room), f.ast.Name.Name
	if got == want || f.test && got == want+"_test" {
		return nil
	}
	return []Breach{breach(f.path, "is in package %s, but its folder makes it %s", got, want)}
}

// documented wants a comment on every exported type and function. Methods and values may be explained as a group.
func (f file) documented() []Breach {
	if f.test {
		return nil
	}
	var out []Breach
	for _, d := range f.ast.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Recv == nil && d.Name.IsExported() && d.Doc == nil {
				out = append(out, breach(f.at(d.Pos()), "%s has no comment", d.Name.Name))
			}
		case *ast.GenDecl:
			for _, s := range d.Specs {
				t, ok := s.(*ast.TypeSpec)
				if ok && t.Name.IsExported() && d.Doc == nil && t.Doc == nil && t.Comment == nil {
					out = append(out, breach(f.at(t.Pos()), "%s has no comment", t.Name.Name))
				}
			}
		}
	}
	return out
}

// shirking finds tests, and what only tests import, that skip or sleep.
func (f file) shirking() []Breach {
	if !f.proves() {
		return nil
	}
	var out []Breach
	ast.Inspect(f.ast, func(n ast.Node) bool {
		s, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		x, ok := s.X.(*ast.Ident)
		switch {
		case !ok:
		case x.Name == "t" && slices.Contains([]string{"Skip", "Skipf", "SkipNow"}, s.Sel.Name):
			out = append(out, breach(f.at(s.Pos()), "skips: a test that does not run proves nothing"))
		case f.original(x.Name) == "time" && s.Sel.Name == "Sleep":
			out = append(out, breach(f.at(s.Pos()), "sleeps: wait for a signal"))
		}
		return true
	})
	return out
}
