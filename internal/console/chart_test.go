package console

import "testing"

func TestTheAxisHasRoundTicksAndHoldsTheGreatestValue(t *testing.T) {
	for _, v := range []int64{0, 1, 4, 5, 8, 9, 19, 20, 21, 99, 1234, 10_000_000} {
		top := roundUp(v)
		if top < v || top%chartTicks != 0 || top > 10*max(v, 1) {
			t.Errorf("roundUp(%d) = %d", v, top)
		}
	}
}

func TestASmallFigureIsToldAsSmallAndDrawnAsNothing(t *testing.T) {
	c := bars("b", "title", "", []string{"a", "b"}, series{"s", []figure{{0, true}, {20, false}}})
	if c.Series[0].Values[0].Say("") != "< 10" {
		t.Errorf("said %q", c.Series[0].Values[0].Say(""))
	}
	if c.Bars[0].H != "0" || c.Bars[1].H == "0" {
		t.Errorf("drawn %v", c.Bars)
	}
}

func TestNothingToDrawIsSaid(t *testing.T) {
	if c := lines("l", "t", "", []string{"a"}, series{"s", []figure{{0, false}}}); !c.Empty {
		t.Error("a chart of nothing is not empty")
	}
	if c := lines("l", "t", "", nil); !c.Empty || len(c.Marks) != 0 {
		t.Error("a chart without labels is not empty")
	}
}
