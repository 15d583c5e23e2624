package app

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"zhiqing/internal/guardian"
)

// buryAll buries n accounts at the same moment and returns what each was told.
func buryAll(t *testing.T, g *graves, n int) []error {
	told := make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { told[i] = g.Bury(t.Context(), guardian.Proof{Subject: fmt.Sprintf("sub_%d", i)}, "proof") })
	}
	all.Wait()
	return told
}

func TestAccountsThatEndAtTheSameMomentAreEachOnTheList(t *testing.T) {
	g := &graves{path: filepath.Join(t.TempDir(), "kept", "erasures.jsonl")}
	for i, err := range buryAll(t, g, 200) {
		if err != nil {
			t.Fatal(i, err)
		}
	}
	seen := map[string]int{}
	if err := g.each(func(s tombstone) error { seen[s.Subject]++; return nil }); err != nil {
		t.Fatal(err)
	}
	for i := range 200 {
		if n := seen[fmt.Sprintf("sub_%d", i)]; n != 1 {
			t.Errorf("account %d is there %d times", i, n)
		}
	}
}

func TestWhoseTombstoneIsNotWrittenIsToldSo(t *testing.T) {
	g := &graves{path: t.TempDir()} // a folder cannot be appended to
	for i, err := range buryAll(t, g, 20) {
		if err == nil {
			t.Errorf("account %d was told that it is on the list", i)
		}
	}
}

func TestATornLineIsDroppedBeforeTheNextOne(t *testing.T) {
	g := &graves{path: filepath.Join(t.TempDir(), "erasures.jsonl")}
	if err := os.WriteFile(g.path, []byte("{\"subject\":\"sub_a\"}\n{\"subj"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := buryAll(t, g, 1)[0]; err != nil {
		t.Fatal(err)
	}
	var seen []string
	err := g.each(func(s tombstone) error { seen = append(seen, s.Subject); return nil })
	if err != nil || fmt.Sprint(seen) != "[sub_a sub_0]" {
		t.Errorf("%v, %v", seen, err)
	}
}
