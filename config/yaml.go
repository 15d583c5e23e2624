package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

// yaml reads the text of the file called name. One document, plain mappings, known keys, each once.
func (l *loader) yaml(name string, text []byte) {
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	var document yaml.Node
	switch err := decoder.Decode(&document); {
	case errors.Is(err, io.EOF):
		return // an empty file, or comments only
	case err != nil:
		l.broken(name, err)
		return
	}
	var second yaml.Node
	switch err := decoder.Decode(&second); {
	case err == nil:
		l.problems.add("", at(name, &second), "expected one YAML document")
	case !errors.Is(err, io.EOF):
		l.broken(name, err)
	}
	root := document.Content[0]
	if isNull(root) {
		return
	}
	l.mapping(name, "", root)
}

var (
	yamlLine   = regexp.MustCompile(`^yaml: (?:line (\d+): )?(.*)`)
	yamlQuoted = regexp.MustCompile(`'[^']{2,}'`) // an anchor's name, which may be a secret that begins with *
)

// broken reports a file that is no YAML, with the parser's line and its reason without what it quotes.
func (l *loader) broken(name string, err error) {
	m := yamlLine.FindStringSubmatch(strings.SplitN(err.Error(), "\n", 2)[0])
	if m == nil {
		l.problems.add("", name, "not valid YAML")
		return
	}
	if m[1] != "" {
		name += ":" + m[1]
	}
	l.problems.add("", name, "not valid YAML: "+yamlQuoted.ReplaceAllString(m[2], "'…'"))
}

// mapping reads the keys of one section; path is "" at the top.
func (l *loader) mapping(name, path string, node *yaml.Node) {
	if node.Kind != yaml.MappingNode {
		l.problems.add(path, at(name, node), "expected a section of keys")
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(node.Content); i += 2 {
		label, value := node.Content[i], node.Content[i+1]
		child := label.Value
		if path != "" {
			child = path + "." + child
		}
		if seen[child] {
			l.problems.add(child, at(name, label), "this key stands in the file twice")
			continue
		}
		seen[child] = true
		l.entry(name, child, label, value)
	}
}

// entry reads one key, or the section under it.
func (l *loader) entry(name, path string, label, value *yaml.Node) {
	if k, ok := l.find(path); ok {
		l.value(k, at(name, value), value)
		return
	}
	if l.isSection(path) {
		if !isNull(value) { // `limits:` with every key commented out
			l.mapping(name, path, value)
		}
		return
	}
	l.problems.add(path, at(name, label), "unknown key")
}

func (l *loader) isSection(path string) bool {
	for _, k := range l.keys {
		if strings.HasPrefix(k.path, path+".") {
			return true
		}
	}
	return false
}

// value reads a scalar, or for a list a sequence of scalars.
func (l *loader) value(k key, where string, node *yaml.Node) {
	switch {
	case k.isList() && isScalars(node):
		items := make([]string, 0, len(node.Content))
		for _, item := range node.Content {
			items = append(items, item.Value)
		}
		l.origin[k.path] = where
		k.setList(items)
	case k.isList():
		l.problems.add(k.path, where, "expected a list such as [a, b]")
	case node.Kind != yaml.ScalarNode || isNull(node):
		l.problems.add(k.path, where, `expected one plain value ("" for none)`)
	default:
		l.set(k, node.Value, where)
	}
}

func isScalars(node *yaml.Node) bool {
	if node.Kind != yaml.SequenceNode {
		return false
	}
	for _, item := range node.Content {
		if item.Kind != yaml.ScalarNode || isNull(item) {
			return false
		}
	}
	return true
}

func isNull(node *yaml.Node) bool { return node.Kind == yaml.ScalarNode && node.ShortTag() == "!!null" }

func at(name string, node *yaml.Node) string { return fmt.Sprintf("%s:%d", name, node.Line) }
