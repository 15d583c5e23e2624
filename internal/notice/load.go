package notice

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"unicode/utf8"
)

// maxFile bounds one file of the tree, in bytes. A notice that nobody can finish reading informs nobody.
const maxFile = 256 << 10

// Load reads a tree of notices: `<kind>/<version>.yaml` beside `<kind>/<version>.zh-CN.md` and `<kind>/<version>.en.md`.
// vars fills the placeholders `{{name}}` of texts, titles and summaries; `{{version}}` and `{{effective_date}}` (the day
// in China) fill themselves. Every problem of the whole tree is reported in one error, each with its file: unknown files
// and keys, a missing language, an unfilled placeholder, dates that are not in the order of the versions.
// The result is ordered by kind, version and language.
func Load(fsys fs.FS, vars map[string]string) ([]Notice, error) {
	l := loader{fsys: fsys, vars: vars}
	l.checkVars()
	for _, kind := range l.list(".") {
		switch {
		case !kind.IsDir():
			l.problem(kind.Name(), "is not a folder; a notice lives in <kind>/")
		case !kindForm.MatchString(kind.Name()):
			l.problem(kind.Name(), "is not a kind of notice; use lower-case letters and _")
		default:
			l.kind(kind.Name())
		}
	}
	slices.SortFunc(l.notices, compare)
	l.problems = append(l.problems, consistent(l.notices)...)
	if len(l.notices) == 0 && len(l.problems) == 0 {
		l.problem(".", "holds no notices")
	}
	if err := errors.Join(l.problems...); err != nil {
		return nil, err
	}
	return l.notices, nil
}

// loader collects what it finds and what is wrong with it; it goes on after a problem, so that all are told at once.
type loader struct {
	fsys     fs.FS
	vars     map[string]string
	notices  []Notice
	problems []error
}

func (l *loader) problem(file, format string, args ...any) {
	l.problems = append(l.problems, fmt.Errorf("%s: %s", file, fmt.Sprintf(format, args...)))
}

// list returns a folder's entries in order of name, without those that begin with a dot (editors and systems leave them).
func (l *loader) list(dir string) []fs.DirEntry {
	entries, err := fs.ReadDir(l.fsys, dir)
	if err != nil {
		l.problem(dir, "cannot be read: %v", err)
	}
	return slices.DeleteFunc(entries, func(e fs.DirEntry) bool { return strings.HasPrefix(e.Name(), ".") })
}

// kind reads every version of one folder. The set of versions is whatever any file names, so an orphan is noticed.
func (l *loader) kind(kind string) {
	var versions []string
	for _, e := range l.list(kind) {
		version, known := versionOf(e)
		if !known {
			l.problem(path.Join(kind, e.Name()), "is not one of <version>.yaml, <version>.zh-CN.md, <version>.en.md with a version like 1.0")
			continue
		}
		if !slices.Contains(versions, version) {
			versions = append(versions, version)
		}
	}
	for _, version := range versions {
		l.version(kind, version)
	}
}

func versionOf(e fs.DirEntry) (version string, known bool) {
	for _, suffix := range []string{".yaml", "." + Chinese + ".md", "." + English + ".md"} {
		if v, ok := strings.CutSuffix(e.Name(), suffix); ok && !e.IsDir() && versionForm.MatchString(v) {
			return v, true
		}
	}
	return "", false
}

func (l *loader) version(kind, version string) {
	base := Notice{Kind: kind, Version: version}
	m, ok := l.meta(base.metaFile())
	for _, lang := range languages {
		n := base
		n.Language = lang
		template, read := l.read(n.textFile())
		if !ok || !read {
			continue
		}
		n.EffectiveAt, n.Material, n.Affects = m.effectiveAt, *m.Material, m.Affects
		fill := l.filler(&n)
		n.Markdown = fill(n.textFile(), template)
		n.Title = fill(n.metaFile(), m.Title.in(lang))
		n.SummaryOfChanges = fill(n.metaFile(), m.SummaryOfChanges.in(lang))
		n.SHA256 = digest(n.Markdown)
		l.notices = append(l.notices, n)
	}
}

// read returns a text whose bytes mean the same everywhere: UTF-8, line feeds only, no byte order mark, no control bytes.
func (l *loader) read(file string) (string, bool) {
	f, err := l.fsys.Open(file)
	if errors.Is(err, fs.ErrNotExist) {
		l.problem(file, "is missing; every version needs its .yaml and a text in zh-CN and in en")
		return "", false
	}
	if err != nil {
		l.problem(file, "cannot be read: %v", err)
		return "", false
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	text := string(data)
	switch {
	case err != nil:
		l.problem(file, "cannot be read: %v", err)
	case len(data) > maxFile:
		l.problem(file, "is larger than %d KiB", maxFile>>10)
	case strings.TrimSpace(text) == "":
		l.problem(file, "is empty")
	case !utf8.ValidString(text):
		l.problem(file, "is not valid UTF-8")
	case strings.ContainsFunc(text, unprintable):
		l.problem(file, "holds a byte order mark, a carriage return or another control character")
	default:
		return text, true
	}
	return "", false
}

func unprintable(r rune) bool {
	return r == '\ufeff' || r == 0x7f || r < 0x20 && r != '\n' && r != '\t'
}

// consistent checks notices against each other: dates rise with versions, and no two texts share their bytes (a digest in
// a consent record must name one notice). The notices are ordered by compare.
func consistent(notices []Notice) (problems []error) {
	seen := make(map[string]*Notice, len(notices))
	for i := range notices {
		n := &notices[i]
		if twin, ok := seen[n.SHA256]; ok {
			problems = append(problems, fmt.Errorf("%s: has the same text as %s; a digest must name one notice", n.textFile(), twin.textFile()))
		}
		seen[n.SHA256] = n
		for _, earlier := range notices[:i] {
			if earlier.Kind == n.Kind && earlier.Language == n.Language && n.Language == Chinese && !earlier.EffectiveAt.Before(n.EffectiveAt) {
				problems = append(problems, fmt.Errorf("%s: takes effect no later than %s; a higher version must take effect later", n.metaFile(), earlier.metaFile()))
			}
		}
	}
	return problems
}
