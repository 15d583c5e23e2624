package casework_test

import (
	"testing"
	"unicode/utf8"

	"zhiqing/internal/casework"
	"zhiqing/internal/rights"
)

// Whatever staff judge, there are words in both languages for a yes and a no, and each no has its coded ground.
func TestThereAreWordsForEveryAnswerThatStaffGive(t *testing.T) {
	for _, kind := range []rights.Type{rights.Correct, rights.Supplement, rights.Object, rights.Transfer, rights.DeceasedRelative, rights.Complaint} {
		yes, no := 0, 0
		for _, x := range casework.Templates(kind) {
			if x.Title.ZH == "" || x.Title.EN == "" || x.Text.ZH == "" || x.Text.EN == "" || utf8.RuneCountInString(x.Text.ZH) > 60 {
				t.Errorf("%s: %+v", kind, x)
			}
			if _, known := rights.Ground(x.Ground); x.Fulfil == known {
				t.Errorf("%s: %s has the ground %q", kind, x.Code, x.Ground)
			}
			if x.Fulfil {
				yes++
			} else {
				no++
			}
		}
		if yes == 0 || no == 0 {
			t.Errorf("%s: %d to fulfil, %d to refuse", kind, yes, no)
		}
	}
}
