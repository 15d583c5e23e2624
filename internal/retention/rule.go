package retention

import (
	"slices"
	"time"

	"zhiqing/internal/fault"
	"zhiqing/internal/purpose"
)

// Where a rule comes from.
const (
	FromRule    = "rule"    // retention.yaml
	FromPurpose = "purpose" // the purpose's own retention in purposes.yaml
)

// Rule is how long one purpose keeps one category.
type Rule struct {
	Category   string        // a data item's code
	Purpose    string        // a purpose's code
	Basis      purpose.Basis // on which the purpose rests
	Required   bool          // the purpose cannot do without the category
	Period     purpose.Period
	Starts     string // the event that starts the period
	Afterwards string // delete or anonymise
	Law        fault.Text
	From       string // FromRule or FromPurpose
}

// Policy is every rule. It does not change.
type Policy struct{ rules map[string][]Rule }

// Rules lists the rules of a category, in the order of the purposes; none for an unknown category.
func (p *Policy) Rules(category string) []Rule { return slices.Clone(p.rules[category]) }

// Categories lists every category that has a rule, sorted.
func (p *Policy) Categories() []string { return sortedKeys(p.rules) }

// rule is the rule of one purpose for a category.
func (p *Policy) rule(category, purpose string) (Rule, bool) {
	list := p.rules[category]
	i := slices.IndexFunc(list, func(r Rule) bool { return r.Purpose == purpose })
	if i < 0 {
		return Rule{}, false
	}
	return list[i], true
}

// starts reports whether some rule of the category is counted from this event.
func (p *Policy) starts(category, event string) bool {
	return slices.ContainsFunc(p.rules[category], func(r Rule) bool { return r.Starts == event })
}

// china is the time zone in which days end (no summer time since 1991).
var china = time.FixedZone("Asia/Shanghai", 8*60*60)

// End is the first moment at which a period that began with what happened at start is over: of days, months and years, the
// 24:00 in China of its last day; of hours, to the moment. P0D is over at once.
func End(p purpose.Period, start time.Time) time.Time {
	y, m, d := start.In(china).Date()
	midnight := time.Date(y, m, d, 0, 0, 0, 0, china)
	end := p.AddTo(midnight)
	if hourly(p) || end.Equal(midnight) {
		return p.AddTo(start).UTC()
	}
	return end.In(china).AddDate(0, 0, 1).UTC()
}

// hourly reports whether a period is written in hours; PT24H is 24 hours, not a day.
func hourly(p purpose.Period) bool { return slices.Contains([]byte(p.String()), 'T') }
