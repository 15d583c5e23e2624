package guardian

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// rulesFile is what LoadRules reads, and maxRules the most bytes that it may have.
const (
	rulesFile = "minors.yaml"
	maxRules  = 64 << 10
)

// number is one key of the file: where it goes, and between which values an operator may choose.
type number struct {
	key         string
	to          any // *int, *time.Duration or *Months of the Rules to fill
	least, most string
}

func (r *Rules) numbers() []number {
	return []number{
		{"law_child_age", &r.LawChildAge, "14", "14"},
		{"policy_minor_age", &r.PolicyMinorAge, "14", "18"},
		{"pending", &r.Pending, "PT1H", "P7D"},
		{"invitation", &r.Invitation, "PT1H", "PT72H"},
		{"review", &r.Review, "PT1H", "PT24H"},
		{"invitation_kept", &r.Kept, "PT24H", "P7D"}, // shorter, and nobody could count the invitations of a day
		{"marker", &r.Marker, "P1D", "P30D"},
		{"regrant", &r.Regrant, "P7D", "P30D"},
		{"link_cool_down", &r.LinkCoolDown, "PT24H", "P30D"},
		{"reconsent", &r.Reconsent, "P1D", "P30D"},
		{"transition", &r.Transition, "P1D", "P30D"},
		{"consent", &r.Consent, "P1M", "P12M"},
		{"dispute_days", &r.DisputeDays, "1", "15"},
		{"open_invitations", &r.OpenInvitations, "1", "3"},
		{"pairing_tries", &r.PairingTries, "1", "5"},
		{"minors_per_phone", &r.MinorsPerPhone, "1", "5"},
	}
}

// rulesYAML is the file. Numbers and their values stay nodes, so that each problem knows its line.
type rulesYAML struct {
	Numbers   map[string]yaml.Node `yaml:"numbers"`
	Relations struct {
		Law   string     `yaml:"law"`
		Items []Relation `yaml:"items"`
	} `yaml:"relations"`
	Fields struct {
		Law   string   `yaml:"law"`
		Items []string `yaml:"items"`
	} `yaml:"fields"`
}

type numberYAML struct {
	Value         string `yaml:"value"`
	Law           string `yaml:"law"`
	EffectiveFrom string `yaml:"effective_from"`
}

// LoadRules reads minors.yaml from the operator's folder, strictly: unknown, repeated and missing keys are problems, and
// so are a number without its law and one beyond its bounds. The error tells all problems at once, each with its file.
func LoadRules(files fs.FS) (Rules, error) {
	text, err := readRules(files)
	if err != nil {
		return Rules{}, fmt.Errorf("%s: %w", rulesFile, err)
	}
	var written rulesYAML
	var l rulesReader
	l.decode(text, &written)
	rules := Rules{Relations: written.Relations.Items, Fields: written.Fields.Items}
	l.numbers(written.Numbers, &rules)
	l.relations(written.Relations.Law, rules.Relations)
	l.fields(written.Fields.Law, rules.Fields)
	if err := errors.Join(l.problems...); err != nil {
		return Rules{}, err
	}
	return rules, nil
}

func readRules(files fs.FS) ([]byte, error) {
	f, err := files.Open(rulesFile)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxRules+1))
	if err == nil && len(text) > maxRules {
		err = fmt.Errorf("larger than %d KiB", maxRules>>10)
	}
	return text, err
}

// rulesReader collects what is wrong with the file; it goes on after a problem, so that all are told at once.
type rulesReader struct{ problems []error }

func (l *rulesReader) problem(format string, args ...any) {
	l.problems = append(l.problems, fmt.Errorf(rulesFile+": "+format, args...))
}

func (l *rulesReader) decode(text []byte, out *rulesYAML) {
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	if err := d.Decode(out); err != nil && !errors.Is(err, io.EOF) {
		l.problem("%w", err)
	}
	if err := d.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		l.problem("expected one YAML document")
	}
}

func (l *rulesReader) numbers(written map[string]yaml.Node, rules *Rules) {
	known := rules.numbers()
	for _, n := range known {
		node, found := written[n.key]
		if !found {
			l.problem("numbers: %s is missing", n.key)
			continue
		}
		rule, err := n.read(node)
		if err != nil {
			l.problem("line %d: %s: %w", node.Line, n.key, err)
		}
		rules.Sources = append(rules.Sources, rule)
	}
	for _, key := range slices.Sorted(maps.Keys(written)) {
		if !slices.ContainsFunc(known, func(n number) bool { return n.key == key }) {
			l.problem("line %d: numbers: %s is not a known rule", written[key].Line, key)
		}
	}
	if rules.PolicyMinorAge != rules.LawChildAge && rules.PolicyMinorAge != adultAge {
		l.problem("numbers: policy_minor_age is either 14 or 18")
	}
}

// read fills the number's place from what stands in the file.
func (n number) read(node yaml.Node) (Rule, error) {
	for i := 0; node.Kind == yaml.MappingNode && i < len(node.Content); i += 2 {
		if key := node.Content[i].Value; !slices.Contains([]string{"value", "law", "effective_from"}, key) {
			return Rule{}, fmt.Errorf("unknown key %s", key) // a Node decodes without KnownFields
		}
	}
	var w numberYAML
	if err := node.Decode(&w); err != nil {
		return Rule{}, err
	}
	from, ok := parseDay(w.EffectiveFrom)
	var err error
	if !ok {
		err = errors.New("effective_from is missing or no day like 2021-11-01")
	}
	if strings.TrimSpace(w.Law) == "" {
		err = errors.Join(err, errors.New("law is missing: say where the number comes from"))
	}
	return Rule{n.key, w.Value, w.Law, from}, errors.Join(err, n.set(w.Value))
}

// set parses a value by the type of its place, and bounds it.
func (n number) set(value string) error {
	switch to := n.to.(type) {
	case *int:
		return bounded(n, value, to, strconv.Atoi)
	case *Months:
		return bounded(n, value, to, parseMonths)
	case *time.Duration:
		return bounded(n, value, to, parseHours)
	}
	return fmt.Errorf("no parser for a %T", n.to)
}

func bounded[T cmp.Ordered](n number, value string, to *T, parse func(string) (T, error)) error {
	v, err := parse(value)
	least, wrong := parse(n.least)
	most, wronger := parse(n.most)
	if err := cmp.Or(wrong, wronger); err != nil {
		return err
	}
	if err != nil || v < least || v > most {
		return fmt.Errorf("expected a value from %s to %s", n.least, n.most)
	}
	*to = v
	return nil
}

var (
	hoursForm  = regexp.MustCompile(`^P(?:(\d{1,3})D)?(?:T(\d{1,4})H)?$`)
	monthsForm = regexp.MustCompile(`^P(\d{1,3})M$`)
	nameForm   = regexp.MustCompile(`^[a-z][a-z0-9_]{0,31}$`)
)

// parseHours reads P7D or PT72H. A day is 24 hours: these are clocks that run from a moment, not from a day.
func parseHours(text string) (time.Duration, error) {
	parts := hoursForm.FindStringSubmatch(text)
	if parts == nil || parts[1]+parts[2] == "" {
		return 0, errors.New("not a period like P7D or PT72H")
	}
	days, _ := strconv.Atoi(parts[1]) // digits only; an absent part is 0
	hours, _ := strconv.Atoi(parts[2])
	return time.Duration(24*days+hours) * time.Hour, nil
}

func parseMonths(text string) (Months, error) {
	parts := monthsForm.FindStringSubmatch(text)
	if parts == nil {
		return 0, errors.New("not a period like P12M")
	}
	n, err := strconv.Atoi(parts[1])
	return Months(n), err
}

func (l *rulesReader) relations(law string, all []Relation) {
	l.list("relations", law, len(all), func(i int) string { return all[i].Code })
	for _, r := range all {
		if r.Title.ZH == "" || r.Title.EN == "" {
			l.problem("relations: %s: a title in zh-CN and one in en are needed", r.Code)
		}
	}
}

func (l *rulesReader) fields(law string, all []string) {
	l.list("fields", law, len(all), func(i int) string { return all[i] })
}

// list checks what both lists owe: a law, at least one item, and names that are names and different.
func (l *rulesReader) list(of, law string, n int, name func(int) string) {
	if strings.TrimSpace(law) == "" {
		l.problem("%s: law is missing: say where the list comes from", of)
	}
	if n == 0 {
		l.problem("%s: items is empty", of)
	}
	seen := make(map[string]bool, n)
	for i := range n {
		switch name := name(i); {
		case !nameForm.MatchString(name):
			l.problem("%s: item %d: expected a name of lower-case letters, digits and _", of, i+1)
		case seen[name]:
			l.problem("%s: %s is there twice", of, name)
		default:
			seen[name] = true
		}
	}
}
