package register

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/mattn/go-runewidth"
)

// words are the fixed texts of the table.
var words = map[string]Text{
	"id":         {"编号", "Row"},
	"state":      {"状态", "State"},
	"capability": {"能力", "What the system does"},
	"tests":      {"证明的测试", "Proved by"},
	"proved":     {"已证明", "proved"},
	"planned":    {"待实现", "planned"},
	"summary":    {"共 %d 条：已证明 %d 条，待实现 %d 条；测试 %d 个。", "%d rows: %d proved, %d planned; %d tests."},
}

// cells measures texts as terminals show them: Chinese characters take two cells, quotation marks and dashes one.
var cells = &runewidth.Condition{}

// Print writes the register as a table for people, in Chinese, or in English for lang "en". Columns are aligned for
// terminals that show a Chinese character in two cells. Each further test of a row has a line of its own.
func (r *Register) Print(w io.Writer, lang string) error {
	table := [][]string{{words["id"].In(lang), words["state"].In(lang), words["capability"].In(lang), words["tests"].In(lang)}}
	for _, row := range r.rows {
		line := []string{row.ID, words[string(row.State)].In(lang), row.Capability.In(lang), ""}
		if len(row.Tests) == 0 {
			table = append(table, line)
		}
		for _, test := range row.Tests {
			line[3] = test
			table = append(table, line)
			line = []string{"", "", "", ""}
		}
	}
	out := bufio.NewWriter(w)
	writeTable(out, table)
	c := r.Coverage()
	fmt.Fprintf(out, "\n"+words["summary"].In(lang)+"\n", c.Rows, c.Proved, c.Planned, c.Tests)
	return out.Flush()
}

// writeTable pads every column but the last to its widest cell.
func writeTable(w io.Writer, table [][]string) {
	widths := make([]int, len(table[0]))
	for _, line := range table {
		for i, cell := range line {
			widths[i] = max(widths[i], cells.StringWidth(cell))
		}
	}
	for _, line := range table {
		var b strings.Builder
		for i, cell := range line {
			b.WriteString(cells.FillRight(cell, widths[i]+2))
		}
		fmt.Fprintln(w, strings.TrimRight(b.String(), " "))
	}
}
