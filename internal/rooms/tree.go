package rooms

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// module is the import path of the tree's root.
const module = "zhiqing"

// file is one parsed source file.
type file struct {
	path  string // slash-separated, from the root
	room  string // the folder, which is the package's path within the module
	test  bool   // ends in _test.go
	ast   *ast.File
	lines *token.FileSet
}

// at is the path with the line of p.
func (f file) at(p token.Pos) string { return f.path + ":" + strconv.Itoa(f.lines.Position(p).Line) }

// imports lists the import paths with the place of each.
func (f file) imports() map[string]token.Pos {
	all := make(map[string]token.Pos, len(f.ast.Imports))
	for _, spec := range f.ast.Imports {
		name, _ := strconv.Unquote(spec.Path.Value) // the parser has checked it
		all[name] = spec.Pos()
	}
	return all
}

// read parses every source file of the module. It leaves out what is no part of it: testdata, hidden folders, what runs
// leave behind, and nested modules, which have a go.mod of their own. The root holds no package.
func read(tree fs.FS) ([]file, error) {
	var files []file
	lines := token.NewFileSet()
	err := fs.WalkDir(tree, ".", func(at string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if at != "." && (left(d.Name()) || d.Name() == "testdata" || isModule(tree, at)) {
				return fs.SkipDir
			}
			return nil
		}
		if path.Ext(at) != ".go" || path.Dir(at) == "." {
			return nil
		}
		text, err := fs.ReadFile(tree, at)
		if err != nil {
			return err
		}
		parsed, err := parser.ParseFile(lines, at, text, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		files = append(files, file{at, path.Dir(at), strings.HasSuffix(at, "_test.go"), parsed, lines})
		return nil
	})
	return files, err
}

// left reports whether name is hidden, or what a run leaves behind (.gitignore).
func left(name string) bool {
	return strings.HasPrefix(name, ".") || slices.Contains([]string{"data", "dist", "artifacts", "node_modules"}, name) ||
		slices.Contains([]string{".test", ".prof", ".db", ".db-shm", ".db-wal"}, path.Ext(name))
}

func isModule(tree fs.FS, at string) bool {
	_, err := fs.Stat(tree, path.Join(at, "go.mod"))
	return err == nil
}

// byRoom groups files by package folder.
func byRoom(files []file) map[string][]file {
	rooms := map[string][]file{}
	for _, f := range files {
		rooms[f.room] = append(rooms[f.room], f)
	}
	return rooms
}
