package register

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"regexp"
	"strconv"

	"go.yaml.in/yaml/v3"
)

// statementsFile is what Load reads, and maxFile the most bytes that it may have.
const (
	statementsFile = "statements.yaml"
	maxFile        = 1 << 20
)

var (
	idForm   = regexp.MustCompile(`^(?:A-L(\d+)(?:\.\d+|\.minors|-\d+)|B\d-\d+|F-\d+)$`)
	testForm = regexp.MustCompile(`^[a-z][a-z0-9_/-]*\.(Test|Fuzz)[A-Z]\w*$`)
)

// Load reads statements.yaml from the operator's folder. The error tells every problem at once, each as file:line.
func Load(fsys fs.FS) (*Register, error) {
	text, err := readFile(fsys)
	if err != nil {
		return nil, err
	}
	var written struct {
		Rows []Row `yaml:"rows"`
	}
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	if err := d.Decode(&written); err != nil {
		return nil, broken(err)
	}
	if err := d.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, problem(1, "expected one YAML document")
	}
	r := &Register{rows: written.Rows, byID: make(map[string]int, len(written.Rows))}
	if err := r.check(linesOf(text)); err != nil {
		return nil, err
	}
	return r, nil
}

func readFile(fsys fs.FS) ([]byte, error) {
	f, err := fsys.Open(statementsFile)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", statementsFile, err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(text) > maxFile {
		err = fmt.Errorf("larger than %d KiB", maxFile>>10)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", statementsFile, err)
	}
	return text, nil
}

// linesOf returns the line in which each row begins.
func linesOf(text []byte) (lines []int) {
	var rows struct {
		Rows []yaml.Node `yaml:"rows"`
	}
	if yaml.Unmarshal(text, &rows) == nil {
		for _, row := range rows.Rows {
			lines = append(lines, row.Line)
		}
	}
	return lines
}

var (
	yamlLine    = regexp.MustCompile(`^(?:yaml: )?line (\d+): (.*)`)
	yamlUnknown = regexp.MustCompile(`^field (\S+) not found in type .*`)
)

// broken takes the parser's complaints apart, which come with their lines.
func broken(err error) error {
	complaints := []string{err.Error()}
	if several := (*yaml.TypeError)(nil); errors.As(err, &several) {
		complaints = several.Errors
	}
	var errs []error
	for _, c := range complaints {
		line := 1
		if m := yamlLine.FindStringSubmatch(c); m != nil {
			line, _ = strconv.Atoi(m[1])
			c = m[2]
		}
		errs = append(errs, problem(line, "%s", yamlUnknown.ReplaceAllString(c, "unknown key $1")))
	}
	return errors.Join(errs...)
}

func problem(line int, format string, args ...any) error {
	return fmt.Errorf("%s:%d: %s", statementsFile, line, fmt.Sprintf(format, args...))
}

// check checks every row and fills byID.
func (r *Register) check(lines []int) error {
	var errs []error
	if len(r.rows) == 0 {
		errs = append(errs, problem(1, "holds no rows"))
	}
	for i, row := range r.rows {
		for _, text := range row.problems() {
			errs = append(errs, problem(lines[i], "%s: %s", row.ID, text))
		}
		if _, twice := r.byID[row.ID]; twice {
			errs = append(errs, problem(lines[i], "%s: is there twice", row.ID))
		}
		r.byID[row.ID] = i
	}
	return errors.Join(errs...)
}

// problems lists what is wrong with a row in itself.
func (row *Row) problems() (texts []string) {
	need := func(ok bool, format string, args ...any) {
		if !ok {
			texts = append(texts, fmt.Sprintf(format, args...))
		}
	}
	m := idForm.FindStringSubmatch(row.ID)
	need(m != nil, "id must be like A-L24.4")
	need(m == nil || m[1] == "" && row.Line == 0 || m[1] == strconv.Itoa(row.Line), "line must be the one that the id names")
	need(m == nil || m[1] != "" || row.Quote == "", "is no statement of the policy: the law, or what is cited, in place of a quote")
	need((row.Quote == "") != (row.Law == ""), "needs a quote of the policy, or the law that adds to it")
	need(row.Capability.ZH != "" && row.Capability.EN != "", "capability must be there in zh-CN and en")
	need(row.State == Proved || row.State == Planned, "state must be proved or planned")
	need(row.State != Proved || len(row.Tests) > 0, "is proved, but names no test")
	need(row.State != Planned || len(row.Tests) == 0, "is planned, but names tests")
	seen := map[string]bool{}
	for _, name := range row.Tests {
		need(testForm.MatchString(name), "test %q must be like internal/session.TestX", name)
		need(!seen[name], "test %q is named twice", name)
		seen[name] = true
	}
	return texts
}
