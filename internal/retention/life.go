package retention

import (
	"slices"
	"time"

	"zhiqing/internal/purpose"
)

// Life is where an account stands, as far as periods rest on it. Whoever owns accounts and consents answers it; see
// Options.Life.
type Life struct {
	Known     bool                      // there is, or was, such an account
	Consented func(purpose string) bool // what rests on a consent that is in force now; nil = nothing does
	Closed    time.Time                 // when the account ended; zero = it is open
}

// closes are the events that the end of an account is. Nobody reports them: it is known here.
var closes = []string{"account_closed", "relation_ended", "guardianship_ended", "last_used"}

// endOfConsent is known here too: a consent that has ended is in force no more.
const endOfConsent = "consent_ended"

// ours reports whether an event is one that this program knows by itself.
func ours(event string) bool { return event == endOfConsent || slices.Contains(closes, event) }

// Alive lists the purposes that keep a thing of this category, and everything that has happened to it, for Until. reported is
// what other systems have said; the zero time says that the event is still to come.
//
// A purpose counts only while what it serves is there. One that rests on consent: while the consent is in force and the
// account is open; after a withdrawal it keeps nothing, also not for the rest of its period (PIPL art. 47(1)(3)). One whose
// clock begins at the end of the account: as long as the account, and then for its period. One that a duty of the law
// demands, for what it cannot do without: from the start, because nobody's forgetting to report may let a record go. Every
// other (a contract, an optional item, legal.claims): once the event that starts its clock has been reported, as awaited or as
// past, because only then there is an order, a repair, a case. So nothing is kept for ever by a purpose that serves nothing.
// A dispute is no purpose that is always live: legal holds keep what it needs, and end.
func (p *Policy) Alive(category string, l Life, reported map[string]time.Time) (live []string, events map[string]time.Time) {
	events = map[string]time.Time{}
	for event, at := range reported {
		if !at.IsZero() {
			events[event] = at
		}
	}
	if !l.Closed.IsZero() {
		for _, event := range closes {
			events[event] = l.Closed
		}
	}
	for _, r := range p.rules[category] {
		if r.alive(l, reported) {
			live = append(live, r.Purpose)
		}
	}
	return live, events
}

func (r Rule) alive(l Life, reported map[string]time.Time) bool {
	if r.Basis == purpose.Consent {
		return l.Closed.IsZero() && l.Consented != nil && l.Consented(r.Purpose)
	}
	if slices.Contains(closes, r.Starts) || r.Basis == purpose.LegalDuty && r.Required {
		return true
	}
	_, begun := reported[r.Starts]
	return begun
}

// until is when a thing is over for a life, and why.
func (p *Policy) until(t thing, l Life) (time.Time, Explanation) {
	live, events := p.Alive(t.Category, l, t.reported())
	return p.Until(t.Category, live, events)
}
