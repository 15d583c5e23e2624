package config

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"unicode/utf8"
)

// testPrefix begins the variables that tests read; they are no settings and pass unread.
const testPrefix = Prefix + "TEST_"

// maxFile bounds the configuration file, in bytes.
const maxFile = 1 << 20

// Load returns the defaults, overridden by the YAML file at path (none when path is ""), overridden by the ZHIQING_
// variables in environ (the form of os.Environ), and checked. A non-nil error is Problems, with everything wrong at once.
func Load(path string, environ []string) (Config, error) {
	l := loader{config: Defaults(), origin: map[string]string{}}
	l.keys = keysOf(&l.config)
	if path != "" {
		l.file(path)
	}
	l.environment(environ)
	l.check()
	if err := l.problems.err(); err != nil {
		return Config{}, err
	}
	return l.config, nil
}

// loader is one Load under way.
type loader struct {
	config   Config
	keys     []key             // the settings of config
	origin   map[string]string // key → where its value comes from
	problems Problems
}

func (l *loader) find(path string) (key, bool) {
	i := slices.IndexFunc(l.keys, func(k key) bool { return k.path == path })
	if i < 0 {
		return key{}, false
	}
	return l.keys[i], true
}

func (l *loader) set(k key, text, where string) {
	l.origin[k.path] = where
	if !utf8.ValidString(text) { // YAML promises it, the environment does not
		l.problems.add(k.path, where, "expected UTF-8")
	} else if err := k.set(text); err != nil {
		l.problems.add(k.path, where, err.Error())
	}
}

func (l *loader) file(path string) {
	f, err := os.Open(path)
	if err != nil {
		l.problems.add("", "", fmt.Sprintf("the configuration file cannot be read: %v", err))
		return
	}
	defer func() { _ = f.Close() }()
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	switch {
	case err != nil:
		l.problems.add("", "", fmt.Sprintf("the configuration file cannot be read: %v", err))
	case len(text) > maxFile:
		l.problems.add("", path, "a configuration file has at most 1 MiB")
	default:
		l.yaml(path, text)
	}
}

// environment takes the variables in the order of their names, so that the problems stand in a stable order.
func (l *loader) environment(environ []string) {
	for _, pair := range slices.Sorted(slices.Values(environ)) {
		name, text, _ := strings.Cut(pair, "=")
		if !strings.HasPrefix(name, Prefix) || strings.HasPrefix(name, testPrefix) {
			continue
		}
		i := slices.IndexFunc(l.keys, func(k key) bool { return k.variable() == name })
		if i < 0 {
			l.problems.add("", name, "no setting has this name")
			continue
		}
		l.set(l.keys[i], text, name)
	}
}

// check adds what Check finds, with the place each value comes from, unless the key is known to be wrong already.
func (l *loader) check() {
	parsed := l.problems
	for _, p := range l.config.check() {
		if parsed.has(p.Key) {
			continue
		}
		if p.Where = l.origin[p.Key]; p.Where == "" {
			p.Where = "default"
		}
		l.problems = append(l.problems, p)
	}
}
