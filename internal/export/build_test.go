package export

import (
	"bytes"
	"os"
	"testing"
)

func TestAPackageThatWasBuiltIsSound(t *testing.T) {
	r := check(t, build(t, example(), keyset(1)), keyset(1).Verifier())
	if !r.Sound() {
		t.Errorf("%+v", r.Problems)
	}
	if r.Manifest.RequestNo != example().RequestNo || r.Manifest.Counts["orders"] != 2 {
		t.Errorf("%+v", r.Manifest)
	}
}

func TestTheSameInputGivesTheSameBytes(t *testing.T) {
	first := build(t, example(), keyset(1))
	for range 5 { // maps are walked in another order each time
		if again := build(t, example(), keyset(1)); !bytes.Equal(first, again) {
			t.Fatal("two packages of the same snapshot differ")
		}
	}
}

// The contents are golden; the ZIP's own bytes also depend on the compressor of the toolchain.
func TestTheContentsOfAFixedInputAreGolden(t *testing.T) {
	const golden = "testdata/checksums.sha256"
	data := build(t, example(), keyset(1))
	got := unpack(t, data)[pathChecksums]
	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := os.WriteFile(golden, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%v: another content than %s; if that is meant, UPDATE_GOLDEN=1", err, golden)
	}
}
