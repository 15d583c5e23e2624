package console

import (
	"strconv"
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
	Charts        []chart
	Purposes      []chart // one per purpose
	Chosen        string  // the purpose that is drawn
	Drawn         *chart
}

func (k *Console) overview(a *ask) error {
	o, err := k.o.Tally.Overview(a, k.o.Now())
	if err != nil {
		return err
	}
	page := overviewPage{At: o.At, Recounted: o.Recounted, Chosen: a.query.Get("purpose")}
	for i, c := range o.Purposes {
		page.Purposes = append(page.Purposes, k.drawn(a, "purpose-"+strconv.Itoa(i), c, lines))
		if page.Drawn == nil || c.Key == page.Chosen {
			page.Drawn, page.Chosen = &page.Purposes[len(page.Purposes)-1], c.Key
		}
	}
	for i := range page.Purposes {
		page.Purposes[i].Key = o.Purposes[i].Key
	}
	for _, c := range []struct {
		id   string
		data tally.Chart
		draw drawing
	}{
		{"live", o.Live, lying}, {"rates", o.Rates, lying}, {"requests", o.Requests, lying}, {"lodged", o.Lodged, bars}, {"deadlines", o.Deadlines, bars},
		{"minors", o.Minors, lying}, {"logins", o.Logins, lines}, {"fallback", o.Fallback, lines}, {"reasons", o.Reasons, lying},
	} {
		page.Charts = append(page.Charts, k.drawn(a, c.id, c.data, c.draw))
	}
	return a.show("overview", page)
}

// drawing is lines, bars or lying.
type drawing func(id, title, unit string, labels []string, all ...series) chart

func (k *Console) drawn(a *ask, id string, c tally.Chart, draw drawing) chart {
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
