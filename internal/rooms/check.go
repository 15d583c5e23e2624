package rooms

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

// Breach is one place where the tree breaks a rule.
type Breach struct {
	Path string // file with line, or folder
	Rule string // what is broken, and why there is such a rule
}

func (b Breach) String() string { return b.Path + ": " + b.Rule }

// Check reads the Go module whose root is tree and returns every breach, in the order of paths. An error means that the
// tree could not be read or parsed, not that a rule is broken.
func Check(tree fs.FS) ([]Breach, error) {
	files, err := read(tree)
	if err != nil {
		return nil, err
	}
	breaches, err := topLevel(tree)
	if err != nil {
		return nil, err
	}
	for _, rule := range []func([]file) []Breach{floors, fences, outbound, manners} {
		breaches = append(breaches, rule(files)...)
	}
	slices.SortFunc(breaches, func(a, b Breach) int { return strings.Compare(a.String(), b.String()) })
	return slices.Compact(breaches), nil
}

func breach(path, format string, args ...any) Breach {
	return Breach{path, fmt.Sprintf(format, args...)}
}
