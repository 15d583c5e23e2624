package main

import (
	"bytes"
	"strings"
	"testing"
)

func TestWhatFailedIsShownInFullAndTheRestOnlyCounted(t *testing.T) {
	const events = `{"Action":"run","Package":"p","Test":"TestGood"}
{"Action":"output","Package":"p","Test":"TestGood","Output":"quiet\n"}
{"Action":"pass","Package":"p","Test":"TestGood"}
{"Action":"output","Package":"p","Test":"TestBad","Output":"why it failed\n"}
{"Action":"fail","Package":"p","Test":"TestBad"}
{"Action":"output","Package":"p","Output":"FAIL\n"}
{"Action":"fail","Package":"p"}
{"ImportPath":"q","Action":"build-output","Output":"q.go:1: does not build\n"}
{"Action":"output","Package":"q","Output":"FAIL q [build failed]\n"}
{"Action":"fail","Package":"q","FailedBuild":"q"}
{"Action":"skip","Package":"r","Test":"TestShy"}
{"Action":"pass","Package":"r"}
go: a line that is no event`
	var out bytes.Buffer
	r := report{out: &out, texts: map[string]*strings.Builder{}, broken: map[string]bool{}}
	if err := r.read(strings.NewReader(events)); err != nil {
		t.Fatal(err)
	}
	if r.passed != 1 || r.failed != 2 {
		t.Errorf("%d passed, %d failed, want 1 and 2", r.passed, r.failed)
	}
	const want = "--- p TestBad\nwhy it failed\nq.go:1: does not build\n--- q \nFAIL q [build failed]\nskipped: r TestShy\ngo: a line that is no event"
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
	if len(r.texts) != 0 {
		t.Errorf("%d texts are kept", len(r.texts))
	}
}
