// Command testreport turns `go test -json` on its input into what a person wants to read: what failed, in full, and the
// two numbers. It owns nothing else; scripts/test runs the tests and decides what a failure means.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
)

func main() {
	counts := flag.String("counts", "", "file that receives `passed failed` as two numbers")
	flag.Parse()
	r := report{out: os.Stdout, texts: map[string]*strings.Builder{}, broken: map[string]bool{}}
	err := r.read(os.Stdin)
	if err == nil && *counts != "" {
		err = os.WriteFile(*counts, fmt.Appendln(nil, r.passed, r.failed), 0o600)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "testreport:", err)
		os.Exit(2)
	}
	if r.failed > 0 {
		os.Exit(1)
	}
}

// event is one line of `go test -json` (go doc test2json).
type event struct {
	Action, Package, Test, Output string
}

// report is the reading under way.
type report struct {
	out            io.Writer
	texts          map[string]*strings.Builder // package and test → what it printed so far
	broken         map[string]bool             // packages in which a test failed
	passed, failed int
}

// read takes events until the end of in. A line that is no event (a failed build, a failed download) is shown as it is.
func (r *report) read(in io.Reader) error {
	lines := bufio.NewReader(in)
	for {
		line, err := lines.ReadBytes('\n')
		var e event
		switch {
		case len(line) == 0:
		case json.Unmarshal(line, &e) != nil || e.Action == "":
			_, _ = r.out.Write(line)
		default:
			r.take(e)
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (r *report) take(e event) {
	switch e.Action {
	case "output":
		r.text(e).WriteString(e.Output)
	case "build-output":
		_, _ = io.WriteString(r.out, e.Output)
	case "pass":
		if e.Test != "" {
			r.passed++
		}
		r.drop(e)
	case "skip":
		if e.Test != "" {
			_, _ = fmt.Fprintf(r.out, "skipped: %s %s\n", e.Package, e.Test)
		}
		r.drop(e)
	case "fail":
		r.fail(e)
	}
}

// fail shows what a failed test printed. A package that fails without a failed test (it did not build, it exited, it
// raced in TestMain) counts as one failure.
func (r *report) fail(e event) {
	if e.Test != "" || !r.broken[e.Package] {
		r.failed++
		_, _ = fmt.Fprintf(r.out, "--- %s %s\n%s", e.Package, e.Test, r.text(e))
	}
	r.broken[e.Package] = true
	r.drop(e)
}

func (r *report) text(e event) *strings.Builder {
	k := e.Package + " " + e.Test
	if r.texts[k] == nil {
		r.texts[k] = &strings.Builder{}
	}
	return r.texts[k]
}

func (r *report) drop(e event) { delete(r.texts, e.Package+" "+e.Test) }
