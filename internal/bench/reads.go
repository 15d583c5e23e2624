package bench

import "time"

// span is a stretch of time.
type span struct{ from, to time.Time }

func (s span) took() time.Duration { return s.to.Sub(s.from) }

// and is the stretch from the earlier beginning to the later end.
func (s span) and(other span) span {
	if s.from.IsZero() {
		return other
	}
	if other.from.Before(s.from) {
		s.from = other.from
	}
	if other.to.After(s.to) {
		s.to = other.to
	}
	return s
}

// reading is one load of reads.
type reading struct {
	span
	rate float64
}

// readings are the loads of a run, in order.
type readings []reading

// before are the rates of the latest loads that ended before the sweep began.
func (all readings) before(swept span) (rates []float64) {
	for _, one := range all {
		if one.to.Before(swept.from) {
			rates = append(rates, one.rate)
		}
	}
	return rates[max(0, len(rates)-readsBefore):]
}

// during are the rates of the loads within the sweep; of a sweep that is too short for one, of those that touch it.
func (all readings) during(swept span) (rates []float64) {
	var touching []float64
	for _, one := range all {
		if one.from.After(swept.from) && one.to.Before(swept.to) {
			rates = append(rates, one.rate)
		}
		if one.from.Before(swept.to) && one.to.After(swept.from) {
			touching = append(touching, one.rate)
		}
	}
	if len(rates) == 0 {
		return touching
	}
	return rates
}
