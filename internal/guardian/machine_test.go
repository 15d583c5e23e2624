package guardian

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the table into doc.go")

// table renders the machine as the package comment shows it: one line per event, who it leads from and where to.
func table() string {
	var b strings.Builder
	for _, e := range events {
		byTarget := map[State][]string{}
		for _, s := range states {
			if to, ok := next(s, e); ok {
				byTarget[to] = append(byTarget[to], string(s))
			}
		}
		for _, to := range states {
			if from := byTarget[to]; from != nil {
				fmt.Fprintf(&b, "//\t%-18s %-12s ← %s\n", e, to, strings.Join(from, ", "))
			}
		}
	}
	return b.String()
}

func TestTheTableInTheDocumentationIsTheCode(t *testing.T) {
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	const begin, end = "keeps it true.\n//\n", "//\n// Law:"
	before, rest, ok1 := strings.Cut(string(doc), begin)
	_, after, ok2 := strings.Cut(rest, end)
	if !ok1 || !ok2 {
		t.Fatal("the place of the table is gone from doc.go")
	}
	want := before + begin + table() + end + after
	if *update {
		if err := os.WriteFile("doc.go", []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if want != string(doc) {
		t.Errorf("doc.go shows another table; run: go test ./internal/guardian -run Table -update\n%s", table())
	}
}

func TestEveryStateCanBeReachedAndLeft(t *testing.T) {
	reached := map[State]bool{Pending: true}
	for range states {
		for s := range reached {
			for _, to := range moves[s] {
				reached[to] = true
			}
		}
	}
	for _, s := range states {
		end := s.over() || s == Released
		if !reached[s] {
			t.Errorf("%s is never reached", s)
		}
		if (len(moves[s]) == 0) != end {
			t.Errorf("%s: an end must have no way out, and any other state must have one", s)
		}
		if !end && moves[s][EndUse] != Withdrawn {
			t.Errorf("%s: the minor cannot end the use", s)
		}
	}
}

func TestOnlyAConsentInForceOpensAnAccount(t *testing.T) {
	for _, s := range states {
		if opens := s.account() == "active"; opens != (s == Active || s == Released) {
			t.Errorf("%s: the account is %s", s, s.account())
		}
	}
	for _, s := range states {
		for e, to := range moves[s] {
			if to != Active || s == Active {
				continue
			}
			if e != Grant && e != OwnConsent && e != ResolveFor {
				t.Errorf("%s opens an account by %s", s, e)
			}
		}
	}
}
