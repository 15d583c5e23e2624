package tally

import (
	"slices"
	"time"

	"zhiqing/internal/fault"
)

// series is a line with its own total.
func series(key string, title fault.Text, counts []int64) Series {
	return Series{key, title, hide(counts), total(counts)}
}

// labelled are the labels of an axis: those that have words, and after them codes that have been counted and have none.
func labelled(known []Label, counted map[string]int64) []Label {
	labels := slices.Clone(known)
	var more []string
	for code := range counted {
		if !slices.ContainsFunc(known, func(l Label) bool { return l.Key == code }) {
			more = append(more, code)
		}
	}
	slices.Sort(more)
	for _, code := range more {
		labels = append(labels, Label{code, fault.Text{ZH: code, EN: code}})
	}
	return labels
}

// dated labels an axis of days or months.
func dated(keys []string) []Label {
	labels := make([]Label, len(keys))
	for i, k := range keys {
		labels[i] = Label{k, fault.Text{ZH: k, EN: k}}
	}
	return labels
}

// outcomes are the series of decisions.
var outcomes = []Label{
	{Given, fault.Text{ZH: "同意", EN: "Given"}},
	{Refused, fault.Text{ZH: "拒绝", EN: "Refused"}},
	{Withdrawn, fault.Text{ZH: "撤回", EN: "Withdrawn"}},
}

// decisions draws each purpose, and what follows for its rates. A purpose that nobody has ever decided has no chart.
func (d *Desk) decisions(f figures) (charts []Chart, rates Chart) {
	counted := map[string]int64{}
	for key := range f.decided {
		purpose, _ := split(key)
		counted[purpose]++
	}
	rates = Chart{Key: "rates", Unit: "%", Title: fault.Text{ZH: "拒绝率与撤回率", EN: "Refused and withdrawn"}, Labels: labelled(d.o.Titles.Purposes, counted)}
	refused := Series{Key: Refused, Title: fault.Text{ZH: "拒绝占全部选择", EN: "Refused, of those asked"}}
	withdrawn := Series{Key: Withdrawn, Title: fault.Text{ZH: "撤回占曾经同意", EN: "Withdrawn, of those who had agreed"}}
	for _, p := range rates.Labels {
		c := Chart{Key: p.Key, Title: p.Text, Labels: dated(f.days)}
		totals := map[string]Shown{}
		for _, o := range outcomes {
			s := series(o.Key, o.Text, f.of(f.decided, join(p.Key, o.Key)))
			totals[o.Key], c.Series = s.Total, append(c.Series, s)
		}
		if counted[p.Key] > 0 {
			charts = append(charts, c)
		}
		refused.Points = append(refused.Points, percent(totals[Refused], totals[Given]))
		withdrawn.Points = append(withdrawn.Points, percent(totals[Withdrawn], show(f.live[p.Key])))
	}
	rates.Series = []Series{refused, withdrawn}
	return charts, rates
}

// of is a line of days; all 0 if nothing was counted.
func (f *figures) of(m map[string][]int64, key string) []int64 {
	if line := m[key]; line != nil {
		return line
	}
	return make([]int64, len(f.days))
}

func (d *Desk) inForce(f figures) Chart {
	c := Chart{Key: "live", Title: fault.Text{ZH: "有效的同意", EN: "Consents in force"}, Labels: labelled(d.o.Titles.Purposes, f.live)}
	counts := make([]int64, len(c.Labels))
	for i, l := range c.Labels {
		counts[i] = f.live[l.Key]
	}
	c.Series = []Series{{Key: "live", Title: c.Title, Points: hide(counts)}} // people agree to several: there is no sum
	for i, l := range c.Labels {
		if tells(f.of(f.decided, join(l.Key, Given)), f.of(f.decided, join(l.Key, Withdrawn)), counts[i]) {
			c.Series[0].Points[i] = Shown{Few: true}
		}
	}
	return c
}

// ages are the series of open requests.
var ages = []Label{
	{"0-5", fault.Text{ZH: "0–5 个工作日", EN: "0–5 working days"}},
	{"6-10", fault.Text{ZH: "6–10 个工作日", EN: "6–10 working days"}},
	{"11-15", fault.Text{ZH: "11–15 个工作日", EN: "11–15 working days"}},
	{"overdue", fault.Text{ZH: "已逾期", EN: "Overdue"}},
}

// requests draws what is open. How old a request is follows from when it is due: a clock that stood still while the person
// was asked something has moved that date.
func (d *Desk) requests(f figures, now time.Time) Chart {
	counts, kinds := map[string]int64{}, map[string]int64{}
	for key, n := range f.looked.of(open) {
		kind, due := split(key)
		kinds[kind] += n
		counts[join(kind, d.age(due, now))] += n
	}
	c := Chart{Key: "requests", Title: fault.Text{ZH: "办理中的权利请求", EN: "Open rights requests"}, Labels: labelled(d.o.Titles.Requests, kinds)}
	for _, age := range ages {
		line := make([]int64, len(c.Labels))
		for i, l := range c.Labels {
			line[i] = counts[join(l.Key, age.Key)]
		}
		c.Series = append(c.Series, series(age.Key, age.Text, line))
	}
	return c
}

// age is the series of a request that is due at the end of a day.
func (d *Desk) age(due string, now time.Time) string {
	last, err := time.ParseInLocation(dayLayout, due, china)
	end := last.AddDate(0, 0, 1)
	if err != nil || !now.Before(end) {
		return ages[3].Key
	}
	switch used := d.o.DueIn - d.o.Workdays(now, end); {
	case used <= 5:
		return ages[0].Key
	case used <= 10:
		return ages[1].Key
	}
	return ages[2].Key
}

// lodged draws what people ask for. A type that nobody has asked for in these months has no line.
func (d *Desk) lodged(f figures, now time.Time) Chart {
	months, kinds := lastMonths(now, Months), map[string]int64{}
	for _, m := range months {
		for kind, n := range f.lodged[m] {
			kinds[kind] += n
		}
	}
	c := Chart{Key: "lodged", Title: fault.Text{ZH: "收到的权利请求", EN: "Rights requests received"}, Labels: dated(months)}
	for _, kind := range labelled(d.o.Titles.Requests, kinds) {
		if kinds[kind.Key] == 0 {
			continue
		}
		line := make([]int64, len(months))
		for i, m := range months {
			line[i] = f.lodged[m][kind.Key]
		}
		c.Series = append(c.Series, series(kind.Key, kind.Text, line))
	}
	return c
}

func (d *Desk) deadlines(f figures, now time.Time) Chart {
	months := lastMonths(now, Months)
	c := Chart{Key: "deadlines", Title: fault.Text{ZH: "期限", EN: "Deadlines"}, Labels: dated(months)}
	for _, o := range []Label{{Met, fault.Text{ZH: "按期", EN: "In time"}}, {Missed, fault.Text{ZH: "逾期", EN: "Late"}}} {
		line := make([]int64, len(months))
		for i, m := range months {
			line[i] = f.ended[m][o.Key]
		}
		c.Series = append(c.Series, series(o.Key, o.Text, line))
	}
	return c
}

func (d *Desk) minors(f figures) Chart {
	counts, states := f.looked.of(accounts), map[string]int64{}
	bands := map[string]int64{}
	for key, n := range counts {
		state, band := split(key)
		states[state], bands[band] = states[state]+n, bands[band]+n
	}
	c := Chart{Key: "minors", Title: fault.Text{ZH: "未成年人帐户", EN: "Minors' accounts"}, Labels: labelled(d.o.Titles.Guardianships, states)}
	for _, band := range labelled(d.o.Titles.Bands, bands) {
		line := make([]int64, len(c.Labels))
		for i, l := range c.Labels {
			line[i] = counts[join(l.Key, band.Key)]
		}
		c.Series = append(c.Series, series(band.Key, band.Text, line))
	}
	return c
}

// logins draws how people came in. The reasons add up to the fallbacks of the days, so both lines share one total.
func (d *Desk) logins(f figures) (all, rate, reasons Chart) {
	fell, why := make([]int64, len(f.days)), map[string]int64{}
	for key, line := range f.logins {
		how, reason := split(key)
		for i, n := range line {
			if how == fallback {
				fell[i], why[reason] = fell[i]+n, why[reason]+n
			}
		}
	}
	reasons = Chart{Key: "reasons", Title: fault.Text{ZH: "转为访客的原因", EN: "Why logins fell back"}, Labels: labelled(d.o.Titles.Fallbacks, why)}
	line := make([]int64, len(reasons.Labels))
	for i, l := range reasons.Labels {
		line[i] = why[l.Key]
	}
	both := total(fell, line)
	byWeChat := series(WeChat, fault.Text{ZH: "微信登录", EN: "By WeChat"}, f.of(f.logins, WeChat))
	asGuest := Series{fallback, fault.Text{ZH: "转为访客", EN: "As a guest instead"}, hide(fell), both}
	reasons.Series = []Series{{fallback, asGuest.Title, hide(line), both}}
	all = Chart{Key: "logins", Title: fault.Text{ZH: "登录", EN: "Logins"}, Labels: dated(f.days), Series: []Series{byWeChat, asGuest}}
	share := Series{Key: fallback, Title: fault.Text{ZH: "转为访客的比例", EN: "Fallback rate"}, Total: percent(both, byWeChat.Total)}
	for i := range f.days {
		share.Points = append(share.Points, percent(asGuest.Points[i], byWeChat.Points[i]))
	}
	rate = Chart{Key: "fallback", Unit: "%", Title: share.Title, Labels: all.Labels, Series: []Series{share}}
	return all, rate, reasons
}
