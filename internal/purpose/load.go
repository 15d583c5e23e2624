package purpose

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// The files that Load reads, and the most bytes that each may have.
const (
	purposesFile   = "purposes.yaml"
	recipientsFile = "recipients.yaml"
	maxFile        = 1 << 20
)

// Load reads purposes.yaml and recipients.yaml from the operator's folder, checks them against each other, against the
// law and against the kinds of notice in the folder, and returns the catalogue. The error tells every problem of both files at once, each as file:line.
func Load(fsys fs.FS) (*Catalogue, error) {
	var purposes purposesYAML
	var recipients recipientsYAML
	p, r := read(fsys, purposesFile, &purposes), read(fsys, recipientsFile, &recipients)
	recipients.check(r)
	told := func(kind string) bool {
		info, err := fs.Stat(fsys, "notices/"+kind)
		return err == nil && info.IsDir()
	}
	resolved := purposes.resolve(p, recipients.Recipients, told)
	if err := errors.Join(append(p.sorted(), r.sorted()...)...); err != nil {
		return nil, err
	}
	for i := range resolved {
		if err := resolved[i].define(); err != nil {
			return nil, err
		}
	}
	return newCatalogue(resolved, recipients.Recipients), nil
}

// source is a file while it is checked: it knows in which line things stand, and collects what is wrong with them.
type source struct {
	name     string
	root     *yaml.Node
	problems []problem
}

type problem struct {
	line int
	text string
}

// read decodes one file strictly into out. What can be decoded is, so that the checks find the rest of the problems.
func read(fsys fs.FS, name string, out any) *source {
	s := &source{name: name, root: new(yaml.Node)}
	text, err := readFile(fsys, name)
	if err == nil {
		err = yaml.Unmarshal(text, s.root)
	}
	if err != nil {
		s.broken(err)
		return s
	}
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	if err := d.Decode(out); err != nil && !errors.Is(err, io.EOF) {
		s.broken(err)
	}
	if err := d.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		s.add(1, "expected one YAML document")
	}
	return s
}

func readFile(fsys fs.FS, name string) ([]byte, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(text) > maxFile {
		err = fmt.Errorf("larger than %d KiB", maxFile>>10)
	}
	return text, err
}

var (
	yamlLine    = regexp.MustCompile(`^(?:yaml: )?line (\d+): (.*)`)
	yamlUnknown = regexp.MustCompile(`^field (\S+) not found in type .*`)
)

// broken takes the parser's complaints apart, which come with their lines.
func (s *source) broken(err error) {
	complaints := []string{err.Error()}
	if several := (*yaml.TypeError)(nil); errors.As(err, &several) {
		complaints = several.Errors
	}
	for _, c := range complaints {
		line := 1
		if m := yamlLine.FindStringSubmatch(c); m != nil {
			line, _ = strconv.Atoi(m[1])
			c = m[2]
		}
		s.add(line, "%s", yamlUnknown.ReplaceAllString(c, "unknown key $1"))
	}
}

func (s *source) add(line int, format string, args ...any) {
	s.problems = append(s.problems, problem{line, fmt.Sprintf(format, args...)})
}

// at reports a problem with what stands at path (keys and indexes), in its line or in that of what should hold it.
func (s *source) at(path []any, format string, args ...any) {
	s.add(s.line(path), format, args...)
}

func (s *source) line(path []any) int {
	node, line := s.root, 1
	if node.Kind == yaml.DocumentNode {
		node = node.Content[0]
	}
	for _, step := range path {
		child, at := within(node, step)
		if child == nil {
			break
		}
		node, line = child, at
	}
	return line
}

// within returns the child of node at a key or an index, and the line in which it begins.
func within(node *yaml.Node, step any) (child *yaml.Node, line int) {
	switch step := step.(type) {
	case string:
		for i := 0; node.Kind == yaml.MappingNode && i < len(node.Content); i += 2 {
			if node.Content[i].Value == step {
				return node.Content[i+1], node.Content[i].Line
			}
		}
	case int:
		if node.Kind == yaml.SequenceNode && step < len(node.Content) {
			return node.Content[step], node.Content[step].Line
		}
	}
	return nil, 0
}

func (s *source) sorted() (errs []error) {
	slices.SortStableFunc(s.problems, func(a, b problem) int {
		return cmp.Or(cmp.Compare(a.line, b.line), strings.Compare(a.text, b.text))
	})
	for _, p := range slices.Compact(s.problems) {
		errs = append(errs, fmt.Errorf("%s:%d: %s", s.name, p.line, p.text))
	}
	return errs
}
