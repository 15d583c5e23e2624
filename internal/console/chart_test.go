package console

import (
	"strings"
	"testing"
)

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
	if c.Series[0].Values[0].Say("") != "—" {
		t.Errorf("said %q", c.Series[0].Values[0].Say(""))
	}
	if c.Bars[0].H != "0" || c.Bars[1].H == "0" {
		t.Errorf("drawn %v", c.Bars)
	}
}

// A line through zero would say that nobody was there.
func TestALineBreaksWhereANumberIsHidden(t *testing.T) {
	c := lines("l", "t", "", []string{"a", "b", "c", "d", "e"}, series{"s", []figure{{20, false}, {30, false}, {0, true}, {40, false}, {0, true}}})
	d := c.Lines[0]
	if strings.Count(d.Path, "M") != 1 || strings.Count(d.Path, "L") != 1 || strings.Count(d.Area, "Z") != 1 || len(d.Dots) != 1 {
		t.Errorf("drawn %+v", d)
	}
	if c.Columns[2].Title != "c · s —" || c.Columns[3].Title != "d · s 40" {
		t.Errorf("said %+v", c.Columns)
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
