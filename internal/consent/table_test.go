package consent

import (
	"bufio"
	"os"
	"strings"
	"testing"

	"zhiqing/internal/ledger"
)

// TestTheStateMachineIsWhatTheTableSays compares the code with testdata/transitions.txt, which a lawyer can read. The
// table is complete: every verb from every state.
func TestTheStateMachineIsWhatTheTableSays(t *testing.T) {
	f, err := os.Open("testdata/transitions.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	said := map[Verb]map[State]State{Grant: {}, Refuse: {}, Withdraw: {}}
	for lines := bufio.NewScanner(f); lines.Scan(); {
		words := strings.Fields(lines.Text())
		if len(words) == 0 || words[0] == "#" {
			continue
		}
		if len(words) != 4 || words[2] != "->" || said[Verb(words[0])] == nil {
			t.Fatalf("not a row: %q", lines.Text())
		}
		said[Verb(words[0])][State(words[1])] = State(strings.Trim(words[3], "-"))
	}
	states := []State{Unknown, Given, Renewed, Refused, Withdrawn, Revoked, Expired, Invalidated}
	for verb, row := range said {
		if len(row) != len(states) || len(outcome) != len(said) {
			t.Errorf("%s: %d rows, want %d", verb, len(row), len(states))
		}
		for _, from := range states {
			to, ok := row[from]
			if !ok || outcome[verb][from] != to {
				t.Errorf("%s %s: the code says %q, the table %q", verb, from, outcome[verb][from], to)
			}
			if to != "" && (!ledger.States[string(to)] || to.Allows() != (verb == Grant)) {
				t.Errorf("%s %s -> %s: only a grant may allow, and an entry must be able to say it", verb, from, to)
			}
		}
	}
}

func TestOnlyGivenAndRenewedAllow(t *testing.T) {
	for state := range ledger.States {
		if got, want := State(state).Allows(), state == "given" || state == "renewed"; got != want {
			t.Errorf("%s allows: %t", state, got)
		}
	}
	if Unknown.Allows() || State("").Allows() || State("GIVEN").Allows() {
		t.Error("what is not known is allowed")
	}
}
