package retention

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"zhiqing/internal/fault"
	"zhiqing/internal/purpose"
)

// rulesFile is what Load reads, and maxFile the most bytes that it may have.
const (
	rulesFile = "retention.yaml"
	maxFile   = 256 << 10
)

type fileYAML struct {
	Rules []ruleYAML `yaml:"rules"`
}

type ruleYAML struct {
	Category string            `yaml:"category"`
	Purpose  string            `yaml:"purpose"`
	Period   string            `yaml:"period"`
	Starts   string            `yaml:"starts"`
	Law      map[string]string `yaml:"law"`
}

// Load reads retention.yaml of the operator's folder, strictly, against the catalogue of purposes. Every data item of every
// purpose ends up with a rule: its own, or what the purpose itself says. A rule may not keep longer than its purpose tells
// people. The error tells all problems at once.
func Load(files fs.FS, purposes *purpose.Catalogue) (*Policy, error) {
	l := loader{policy: &Policy{rules: map[string][]Rule{}}, all: append(purposes.All(), purposes.Elsewhere()...)}
	text, err := read(files)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", rulesFile, err)
	}
	l.inherit()
	l.override(l.decode(text))
	if err := errors.Join(l.problems...); err != nil {
		return nil, err
	}
	return l.policy, nil
}

func read(files fs.FS) ([]byte, error) {
	f, err := files.Open(rulesFile)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(text) > maxFile {
		err = fmt.Errorf("larger than %d KiB", maxFile>>10)
	}
	return text, err
}

type loader struct {
	policy   *Policy
	all      []purpose.Purpose
	problems []error
}

func (l *loader) problem(format string, args ...any) {
	l.problems = append(l.problems, fmt.Errorf(rulesFile+": "+format, args...))
}

func (l *loader) decode(text []byte) (out fileYAML) {
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	if err := d.Decode(&out); err != nil && !errors.Is(err, io.EOF) {
		l.problem("%w", err)
	}
	if err := d.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		l.problem("expected one YAML document")
	}
	return out
}

// inherit gives every data item of every purpose the purpose's own retention.
func (l *loader) inherit() {
	for _, p := range l.all {
		for _, item := range p.DataItems {
			l.policy.rules[item.Code] = append(l.policy.rules[item.Code], Rule{
				Category: item.Code, Purpose: p.Code, Basis: p.LegalBasis, Required: !item.Optional, Period: p.Retention.Period, Starts: p.Retention.Starts,
				Afterwards: p.Retention.Afterwards, Law: fault.Text{ZH: p.Retention.Basis.ZH, EN: p.Retention.Basis.EN}, From: FromPurpose,
			})
		}
	}
}

// override puts the file's rules in the place of what was inherited.
func (l *loader) override(file fileYAML) {
	for i, w := range file.Rules {
		list := l.policy.rules[w.Category]
		at := slices.IndexFunc(list, func(r Rule) bool { return r.Purpose == w.Purpose })
		if at < 0 {
			l.problem("rules[%d]: %s has no data item %s in purposes.yaml", i, cmp.Or(w.Purpose, "a rule without purpose"), cmp.Or(w.Category, "(none)"))
			continue
		}
		if list[at].From == FromRule {
			l.problem("rules[%d]: %s for %s has a rule already", i, w.Category, w.Purpose)
			continue
		}
		if next, ok := l.check(i, w, list[at]); ok {
			list[at] = next
		}
	}
}

// check reads one rule against what its purpose says.
func (l *loader) check(i int, w ruleYAML, own Rule) (Rule, bool) {
	before, next := len(l.problems), own
	next.From, next.Starts = FromRule, w.Starts
	next.Law = fault.Text{ZH: strings.TrimSpace(w.Law["zh-CN"]), EN: strings.TrimSpace(w.Law["en"])}
	if next.Law.ZH == "" || next.Law.EN == "" || len(w.Law) != 2 {
		l.problem("rules[%d]: law is needed in zh-CN and en", i)
	}
	var err error
	if next.Period, err = purpose.ParsePeriod(w.Period); err != nil {
		l.problem("rules[%d]: period: %w", i, err)
		return next, false
	}
	if w.Starts != own.Starts {
		l.problem("rules[%d]: starts must be %s, as %s tells people", i, own.Starts, own.Purpose)
	}
	if End(next.Period, someDay).After(End(own.Period, someDay)) {
		l.problem("rules[%d]: %s is longer than the %s that %s tells people", i, next.Period, own.Period, own.Purpose)
	}
	return next, len(l.problems) == before
}

// someDay is a day to compare periods from.
var someDay = time.Date(2025, time.January, 1, 0, 0, 0, 0, china)

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
