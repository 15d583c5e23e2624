package console

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Charts are numbers turned into places on a small canvas; the template draws them as SVG, with the same numbers as a table
// beside for whoever cannot see it. Everything is in the units of the viewBox.

// The canvas.
const (
	chartWidth, chartHeight     = 640.0, 220.0
	chartLeft, chartBottom      = 44.0, 26.0
	chartTop, chartRight        = 10.0, 8.0
	chartTicks, chartMostLabels = 4, 8
	chartColours                = 6
)

// series is one line, or one row of bars.
type series struct {
	Title  string
	Values []figure
}

// figure is one number. Few hides a small one: it is drawn as nothing and told as "< 10".
type figure struct {
	N   int64
	Few bool
}

// chart is what the template draws. Its table is Labels × Series.
type chart struct {
	ID, Key, Title, Unit string // Unit is said after a number: "", "%"
	Labels               []string
	Series               []series

	Lines []drawn // of a line chart
	Bars  []bar   // of a bar chart
	Ticks []tick
	Marks []tick // under the axis
	Empty bool
}

type drawn struct {
	Class string // s1…s6
	Path  string
	Dots  []dot
}

type dot struct{ X, Y string }

type bar struct{ X, Y, W, H, Class, Title string }

type tick struct{ At, Text string }

// lines draws one line per series.
func lines(id, title, unit string, labels []string, all ...series) chart {
	c := chart{ID: id, Title: title, Unit: unit, Labels: labels, Series: all}
	top := c.frame()
	for i, s := range all {
		d := drawn{Class: "s" + strconv.Itoa(i%chartColours+1)}
		var path strings.Builder
		for j, v := range s.Values {
			x, y := c.x(j), place(v.N, top)
			fmt.Fprintf(&path, "%c%s %s", map[bool]byte{true: 'M', false: 'L'}[j == 0], number(x), number(y))
			if len(s.Values) == 1 {
				d.Dots = append(d.Dots, dot{number(x), number(y)})
			}
		}
		d.Path = path.String()
		c.Lines = append(c.Lines, d)
	}
	return c
}

// bars draws the series' bars beside one another, label by label.
func bars(id, title, unit string, labels []string, all ...series) chart {
	c := chart{ID: id, Title: title, Unit: unit, Labels: labels, Series: all}
	top := c.frame()
	group := (chartWidth - chartLeft - chartRight) / float64(max(len(labels), 1))
	width := math.Min(group*0.7/float64(max(len(all), 1)), 42)
	for i, s := range all {
		for j, v := range s.Values {
			y := place(v.N, top)
			x := chartLeft + group*(float64(j)+0.5) + width*(float64(i)-float64(len(all))/2)
			c.Bars = append(c.Bars, bar{
				X: number(x), Y: number(y), W: number(width * 0.92), H: number(chartHeight - chartBottom - y),
				Class: "f" + strconv.Itoa(i%chartColours+1), Title: s.Title + " · " + labels[j] + " · " + v.say(unit),
			})
		}
	}
	return c
}

// frame draws the axes and returns the value at their top.
func (c *chart) frame() (top int64) {
	most := int64(0)
	c.Empty = true
	for _, s := range c.Series {
		for _, v := range s.Values {
			most = max(most, v.N)
			c.Empty = c.Empty && v.N == 0 && !v.Few
		}
	}
	top = roundUp(most)
	for i := range chartTicks + 1 {
		v := top * int64(i) / chartTicks
		c.Ticks = append(c.Ticks, tick{number(place(v, top)), strconv.FormatInt(v, 10)})
	}
	every := (len(c.Labels) + chartMostLabels - 1) / chartMostLabels
	for i, label := range c.Labels {
		if every > 0 && i%every == 0 {
			c.Marks = append(c.Marks, tick{number(c.x(i)), label})
		}
	}
	return top
}

// x is the middle of a label's share of the width.
func (c *chart) x(i int) float64 {
	return chartLeft + (chartWidth-chartLeft-chartRight)*(float64(i)+0.5)/float64(max(len(c.Labels), 1))
}

func place(v, top int64) float64 {
	return chartHeight - chartBottom - (chartHeight-chartBottom-chartTop)*float64(v)/float64(top)
}

// roundUp is the next number that divides into round ticks.
func roundUp(v int64) int64 {
	for scale := int64(1); ; scale *= 10 {
		for _, step := range []int64{4, 8, 20} {
			if step*scale >= v {
				return step * scale
			}
		}
	}
}

func number(v float64) string { return strconv.FormatFloat(math.Round(v*10)/10, 'f', -1, 64) }

// say is a figure for people.
func (f figure) say(unit string) string {
	if f.Few {
		return "< 10"
	}
	return strconv.FormatInt(f.N, 10) + unit
}

// Say is say, for templates.
func (f figure) Say(unit string) string { return f.say(unit) }
