package notice

import (
	"errors"
	"io"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// meta is `<version>.yaml`: what is true of a version in every language.
type meta struct {
	EffectiveAt      string      `yaml:"effective_at"`       // RFC 3339 with its offset, whole seconds
	Material         *bool       `yaml:"material"`           // must be said, never assumed
	Affects          []string    `yaml:"affects"`            // purpose codes; only for a material version
	Title            translation `yaml:"title"`              // both languages
	SummaryOfChanges translation `yaml:"summary_of_changes"` // both languages; for a first version, that it is the first

	effectiveAt time.Time
}

type translation struct {
	ZH string `yaml:"zh-CN"`
	EN string `yaml:"en"`
}

func (t translation) in(lang string) string {
	if lang == English {
		return t.EN
	}
	return t.ZH
}

// meta reads and checks one metadata file; every problem in it is told.
func (l *loader) meta(file string) (m meta, ok bool) {
	text, ok := l.read(file)
	if !ok {
		return m, false
	}
	d := yaml.NewDecoder(strings.NewReader(text))
	d.KnownFields(true)
	if err := d.Decode(&m); err != nil {
		l.problem(file, "%v", err)
		return m, false
	}
	if err := d.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		l.problem(file, "holds more than one document")
		return m, false
	}
	before := len(l.problems)
	l.checkMeta(file, &m)
	return m, len(l.problems) == before
}

func (l *loader) checkMeta(file string, m *meta) {
	at, err := time.Parse(time.RFC3339, m.EffectiveAt)
	if err != nil || at.Nanosecond() != 0 || at.Year() < 2000 {
		l.problem(file, "effective_at must be a time like 2026-12-01T00:00:00+08:00")
	}
	m.effectiveAt = at.UTC()
	if m.Material == nil {
		l.problem(file, "material must be true or false: does this version change a purpose, a method or a kind of data?")
	} else if !*m.Material && len(m.Affects) > 0 {
		l.problem(file, "affects names purposes, but the version is not material")
	}
	for i, code := range m.Affects {
		if !purposeForm.MatchString(code) {
			l.problem(file, "affects[%d] is not a purpose code", i)
		} else if slices.Contains(m.Affects[:i], code) {
			l.problem(file, "affects names %s twice", code)
		}
	}
	for _, lang := range languages {
		if strings.TrimSpace(m.Title.in(lang)) == "" {
			l.problem(file, "title is missing in %s", lang)
		}
		if strings.TrimSpace(m.SummaryOfChanges.in(lang)) == "" {
			l.problem(file, "summary_of_changes is missing in %s", lang)
		}
	}
}
