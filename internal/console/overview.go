package console

import (
	"html/template"
	"strconv"
	"sync"
	"time"

	"zhiqing/internal/staff"
	"zhiqing/internal/tally"
)

// The overview: how things stand, drawn. Its numbers are counters that internal/tally keeps; small ones it hides itself.

func (k *Console) overviewRoutes() []route {
	return []route{{method: get, path: "/console/overview", needs: staff.OverviewRead, do: k.overview}}
}

type overviewPage struct {
	At, Recounted time.Time
	Charts        []template.HTML
	Purposes      []option
	Chosen        string        // the purpose that is drawn
	Drawn         template.HTML // "" = there are no purposes
}

type option struct{ Key, Title string }

func (k *Console) overview(a *ask) (err error) {
	o, err := k.o.Tally.Overview(a, k.o.Now())
	if err != nil {
		return err
	}
	page := overviewPage{At: o.At, Recounted: o.Recounted}
	chosen := 0
	for i, c := range o.Purposes {
		page.Purposes = append(page.Purposes, option{c.Key, c.Title.In(a.lang)})
		if c.Key == a.query.Get("purpose") {
			chosen = i
		}
	}
	if len(o.Purposes) > 0 {
		page.Chosen = o.Purposes[chosen].Key
		if page.Drawn, err = k.drawings.of(a, o, "purpose-"+strconv.Itoa(chosen), o.Purposes[chosen], lines); err != nil {
			return err
		}
	}
	for _, c := range []struct {
		id   string
		data tally.Chart
		draw drawing
	}{
		// Neighbours are of one kind, so that they are of one height.
		{"logins", o.Logins, lines}, {"live", o.Live, lying}, {"rates", o.Rates, lying}, {"lodged", o.Lodged, bars}, {"deadlines", o.Deadlines, bars},
		{"requests", o.Requests, lying}, {"minors", o.Minors, lying}, {"fallback", o.Fallback, lines}, {"reasons", o.Reasons, lying},
	} {
		drawn, err := k.drawings.of(a, o, c.id, c.data, c.draw)
		if err != nil {
			return err
		}
		page.Charts = append(page.Charts, drawn)
	}
	return a.show("overview", page)
}

// drawings keeps the charts of one reading of the counters as they stand in the page, so that however many look at it, each
// is drawn once. There is nothing of the officer in them. At most one per language, and per purpose.
type drawings struct {
	mu      sync.Mutex
	reading int64
	done    map[string]template.HTML // by language and id
}

func (d *drawings) of(a *ask, o tally.Overview, id string, c tally.Chart, draw drawing) (template.HTML, error) {
	key := a.lang + "/" + id
	d.mu.Lock()
	defer d.mu.Unlock()
	if o.Reading == 0 || d.reading != o.Reading { // 0 = a reading like no other
		d.reading, d.done = o.Reading, map[string]template.HTML{}
	}
	if drawn, found := d.done[key]; found {
		return drawn, nil
	}
	drawn, err := a.part("overview", "chart", a.drawn(id, c, draw))
	if err == nil {
		d.done[key] = drawn
	}
	return drawn, err
}

// drawing is lines, bars or lying.
type drawing func(id, title, unit string, labels []string, all ...series) chart

func (a *ask) drawn(id string, c tally.Chart, draw drawing) chart {
	labels := make([]string, len(c.Labels))
	for i, l := range c.Labels {
		labels[i] = l.Text.In(a.lang)
		if labels[i] == "" {
			labels[i] = l.Key
		}
	}
	all := make([]series, len(c.Series))
	for i, s := range c.Series {
		all[i] = series{Title: s.Title.In(a.lang)}
		for _, p := range s.Points {
			all[i].Values = append(all[i].Values, figure{p.N, p.Few})
		}
	}
	return draw(id, c.Title.In(a.lang), c.Unit, labels, all...)
}
