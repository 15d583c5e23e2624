package register

import "slices"

// State is how far a row is.
type State string

// A proved row names at least one test. A planned row names none: half a proof is none.
const (
	Proved  State = "proved"
	Planned State = "planned"
)

// Text is one text in the two languages that the product speaks.
type Text struct {
	ZH string `yaml:"zh-CN"`
	EN string `yaml:"en"`
}

// In returns the English text for lang "en" and the Chinese one otherwise.
func (t Text) In(lang string) string {
	if lang == "en" && t.EN != "" {
		return t.EN
	}
	return t.ZH
}

// Row is one statement of the privacy policy, a duty that the law adds to it, or what regulators cite most.
type Row struct {
	ID         string   `yaml:"id"`         // stable: A-L24.4, B3-36, F-1
	Line       int      `yaml:"line"`       // in the original policy, from 1; 0 = not in it
	Quote      string   `yaml:"quote"`      // the exact Chinese words, … where some are left out
	Law        string   `yaml:"law"`        // instead of Quote: what the law adds to the policy, or what is cited
	Capability Text     `yaml:"capability"` // what the system does about it
	State      State    `yaml:"state"`
	Tests      []string `yaml:"tests"` // package.Test, the package relative to the module: internal/session.TestX
}

// Register holds the rows in the order of the policy.
type Register struct {
	rows []Row
	byID map[string]int
}

// Rows lists every row in the order of the policy.
func (r *Register) Rows() []Row { return slices.Clone(r.rows) }

// Row returns the row with this id.
func (r *Register) Row(id string) (Row, bool) {
	i, ok := r.byID[id]
	if !ok {
		return Row{}, false
	}
	return r.rows[i], true
}

// Coverage counts the rows by state, and the tests that they name (a test that proves several rows counts once).
type Coverage struct {
	Rows, Proved, Planned, Tests int
}

// Coverage counts.
func (r *Register) Coverage() Coverage {
	c := Coverage{Rows: len(r.rows)}
	tests := map[string]bool{}
	for _, row := range r.rows {
		if row.State == Proved {
			c.Proved++
		} else {
			c.Planned++
		}
		for _, name := range row.Tests {
			tests[name] = true
		}
	}
	c.Tests = len(tests)
	return c
}
