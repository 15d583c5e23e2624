package web

import (
	"errors"
	"testing"
)

func TestIfMatchIsComparedStrongly(t *testing.T) {
	for header, want := range map[string]bool{
		`"p7"`: true, `*`: true, `"p6", "p7"`: true, ` "p7" `: true, `"p6",*`: true,
		``: false, `W/"p7"`: false, `p7`: false, `"p70"`: false, `"P7"`: false, `"p6"`: false, `"p6", W/"p7"`: false, `W/*`: false,
	} {
		if got := Matches(header, func(tag string) bool { return tag == `"p7"` }); got != want {
			t.Errorf("%s: %t", header, got)
		}
	}
}

func TestOnlyALateWriteIsToldTheCurrentETag(t *testing.T) {
	for _, err := range []error{nil, errors.New("other"), errOutdated} {
		if got := WithETag(err, `"p7"`); got != err {
			t.Errorf("%v became %v", err, got)
		}
	}
	if got := WithETag(errMoved, ""); got != error(errMoved) {
		t.Errorf("without a tag: %v", got)
	}
	if got := WithETag(errMoved, `"p7"`); !errors.Is(got, errMoved) {
		t.Errorf("the fault is lost: %v", got)
	}
}
