package console

import (
	"fmt"
	"iter"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Charts are numbers turned into places on a small canvas; the template draws them as SVG, with the same numbers as a table
// beside for whoever cannot see it. Everything is in the units of the viewBox.

// The canvas.
const (
	chartWidth, chartHeight     = 480.0, 200.0
	chartLeft, chartBottom      = 44.0, 26.0
	chartTop, chartRight        = 10.0, 8.0
	chartTicks, chartMostLabels = 4, 6
	chartColours                = 6
)

// series is one line, or one row of bars.
type series struct {
	Title  string
	Values []figure
}

// figure is one number. Few hides a small one: it is drawn as a break or as no bar, and told as "—": it is 1 to 9, or such a
// number would follow from it.
type figure struct {
	N   int64
	Few bool
}

// chart is what the template draws. Its table is Labels × Series.
type chart struct {
	ID, Title, Unit string // Unit is said after a number: "", "%"
	Labels          []string
	Series          []series

	Height  string   // of the viewBox
	Lines   []drawn  // of a line chart
	Columns []column // of a line chart
	Bars    []bar    // of a bar chart
	Ticks   []tick
	Marks   []tick // under the axis
	Rows    []tick // beside lying bars
	Empty   bool
}

// drawn is the line of a series. It breaks where a number is hidden: nothing there would be read as zero.
type drawn struct {
	Line, Fill string // classes: s1…s6, f1…f6
	Path, Area string
	Dots       []dot // what stands alone between two breaks
}

type dot struct{ X, Y string }

// column is the place of one label over its whole height, with what all series say there.
type column struct{ X, W, H, Title string }

type bar struct {
	X, Y, W, H, Class, Title string
	After, Middle, Said      string // of lying bars: the number behind
}

type tick struct{ At, Text string }

// lines draws one line per series.
func lines(id, title, unit string, labels []string, all ...series) chart {
	c := chart{ID: id, Title: title, Unit: unit, Labels: labels, Series: all}
	top := c.frame()
	for i, s := range all {
		d := drawn{Line: class('s', i), Fill: class('f', i)}
		for from, to := range stretches(s.Values) {
			d.stretch(c, s.Values, from, to, top)
		}
		c.Lines = append(c.Lines, d)
	}
	width := (chartWidth - chartLeft - chartRight) / float64(max(len(labels), 1))
	for j, label := range labels {
		said := []string{label}
		for _, s := range all {
			said = append(said, s.Title+" "+s.Values[j].say(unit))
		}
		c.Columns = append(c.Columns, column{number(c.x(j) - width/2), number(width), number(chartHeight - chartBottom), strings.Join(said, " · ")})
	}
	return c
}

// stretches yields the first and the last place of each run of numbers that are not hidden.
func stretches(values []figure) iter.Seq2[int, int] {
	return func(yield func(from, to int) bool) {
		for from := 0; from < len(values); from++ {
			to := from
			for to < len(values) && !values[to].Few {
				to++
			}
			if to > from && !yield(from, to-1) {
				return
			}
			from = to
		}
	}
}

// stretch draws one run of numbers.
func (d *drawn) stretch(c chart, values []figure, from, to int, top int64) {
	if from == to {
		d.Dots = append(d.Dots, dot{number(c.x(from)), number(place(values[from].N, top))})
		return
	}
	var path strings.Builder
	for j := from; j <= to; j++ {
		fmt.Fprintf(&path, "L%s %s", number(c.x(j)), number(place(values[j].N, top)))
	}
	line, floor := "M"+path.String()[1:], number(place(0, top))
	d.Path += line
	d.Area += fmt.Sprintf("%sL%s %sL%s %sZ", line, number(c.x(to)), floor, number(c.x(from)), floor)
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
				Class: class('f', i), Title: s.Title + " · " + labels[j] + " · " + v.say(unit),
			})
		}
	}
	return c
}

// Lying bars: a row per label, as long a word as it needs.
const (
	rowLeft, rowHeight, rowGap = 150.0, 17.0, 10.0
	rowNumber                  = 56.0 // for the number behind a bar
)

// lying draws one row of bars per label, lying, for kinds of things instead of times.
func lying(id, title, unit string, labels []string, all ...series) chart {
	c := chart{ID: id, Title: title, Unit: unit, Labels: labels, Series: all}
	top := roundUp(c.most())
	each := rowHeight*float64(max(len(all), 1)) + rowGap
	for j, label := range labels {
		if !slices.ContainsFunc(all, func(s series) bool { return s.Values[j] != figure{} }) {
			continue // the table says that there is nothing
		}
		y := each * float64(len(c.Rows))
		c.Rows = append(c.Rows, tick{number(y + (each-rowGap)/2), label})
		for i, s := range all {
			v := s.Values[j]
			width := (chartWidth - rowLeft - rowNumber) * float64(v.N) / float64(top)
			c.Bars = append(c.Bars, bar{
				X: number(rowLeft), Y: number(y + rowHeight*float64(i)), W: number(width), H: number(rowHeight - 3), Class: class('f', i),
				Title: s.Title + " · " + label + " · " + v.say(unit), After: number(rowLeft + width + 6), Said: v.say(unit), Middle: number(y + rowHeight*float64(i) + (rowHeight-3)/2),
			})
		}
	}
	c.Height = number(math.Max(each*float64(len(c.Rows))-rowGap, rowHeight))
	return c
}

// class is the name of the colour of a series.
func class(kind byte, i int) string { return string(kind) + strconv.Itoa(i%chartColours+1) }

// most is the greatest value, and notes whether there is any.
func (c *chart) most() (most int64) {
	c.Empty = true
	for _, s := range c.Series {
		for _, v := range s.Values {
			most = max(most, v.N)
			c.Empty = c.Empty && v.N == 0 && !v.Few
		}
	}
	return most
}

// frame draws the axes and returns the value at their top.
func (c *chart) frame() (top int64) {
	c.Height = number(chartHeight)
	top = roundUp(c.most())
	for i := range chartTicks + 1 {
		v := top * int64(i) / chartTicks
		c.Ticks = append(c.Ticks, tick{number(place(v, top)), strconv.FormatInt(v, 10)})
	}
	every := (len(c.Labels) + chartMostLabels - 1) / chartMostLabels
	for i, label := range c.Labels {
		if every > 0 && i%every == 0 {
			c.Marks = append(c.Marks, tick{number(c.x(i)), shortDay(label)})
		}
	}
	return top
}

// shortDay leaves the year of a day to the table.
func shortDay(label string) string {
	if day, err := time.Parse(time.DateOnly, label); err == nil {
		return day.Format("01-02")
	}
	return label
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
		return "—"
	}
	return strconv.FormatInt(f.N, 10) + unit
}

// Say is say, for templates.
func (f figure) Say(unit string) string { return f.say(unit) }
