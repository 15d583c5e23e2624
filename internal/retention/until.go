package retention

import "time"

// NoEnd is the end of what has no end yet: the event that starts its clock has not happened. It is later than every other.
var NoEnd = time.Date(9999, time.December, 31, 0, 0, 0, 0, time.UTC)

// Reason is one purpose that keeps something, and until when.
type Reason struct {
	Rule    Rule
	Started time.Time // when its clock began; zero = not yet, and Until is NoEnd
	Until   time.Time
}

// Explanation says why a thing is kept until a time: the purpose that keeps it longest, and the others that it beat. No
// winner: no purpose keeps it.
type Explanation struct {
	Category string
	Winner   *Reason
	Losers   []Reason
}

// Until is the time from which a thing of this category is no longer kept: the latest of what its live purposes say (policy
// L32). live are codes of purposes; those without a rule for the category do not count. events are when what happened to
// it, by the rules' Starts. The zero time means that nothing keeps it, NoEnd that a purpose does whose clock has not begun.
func (p *Policy) Until(category string, live []string, events map[string]time.Time) (time.Time, Explanation) {
	why := Explanation{Category: category}
	seen := map[string]bool{}
	for _, code := range live {
		rule, ok := p.rule(category, code)
		if !ok || seen[code] {
			continue
		}
		seen[code] = true
		why.add(reason(rule, events))
	}
	if why.Winner == nil {
		return time.Time{}, why
	}
	return why.Winner.Until, why
}

func reason(rule Rule, events map[string]time.Time) Reason {
	started, happened := events[rule.Starts]
	if !happened {
		return Reason{Rule: rule, Until: NoEnd}
	}
	return Reason{Rule: rule, Started: started, Until: End(rule.Period, started)}
}

// add lets a reason compete. Of two that keep equally long, the first stays the winner.
func (e *Explanation) add(r Reason) {
	if e.Winner == nil || r.Until.After(e.Winner.Until) {
		if e.Winner != nil {
			e.Losers = append(e.Losers, *e.Winner)
		}
		e.Winner = &r
		return
	}
	e.Losers = append(e.Losers, r)
}
