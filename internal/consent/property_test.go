package consent_test

import (
	"cmp"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"zhiqing/internal/consent"
	"zhiqing/internal/ledger"
	"zhiqing/internal/purpose"
)

// The purposes of the random lives, and the notice that each rests on. One has an end by itself.
var (
	livesWith = map[string]string{"analytics.usage": "privacy", "improvement.product": "privacy", "promotion.participation": "marketing"}
	purposes  = []string{"analytics.usage", "improvement.product", "promotion.participation"}
	aYear, _  = purpose.ParsePeriod("P12M")
)

// timelines are the notice versions that random lives run through, by offset from the beginning.
func timelines(start time.Time) [][]later {
	month := func(n int) time.Time { return start.AddDate(0, n, 0) }
	return [][]later{
		nil,
		{{"privacy", "1.1", month(1), false, nil}, {"privacy", "2.0", month(3), true, []string{"analytics.usage"}}},
		{{"privacy", "2.0", month(2), true, []string{"analytics.usage", "improvement.product"}}, {"marketing", "2.0", month(4), true, []string{"promotion.participation"}},
			{"privacy", "3.0", month(6), true, []string{"improvement.product"}}},
		{{"marketing", "1.1", month(1), false, nil}, {"marketing", "2.0", month(13), true, []string{"promotion.participation"}}, {"privacy", "2.0", month(13), true, nil}},
	}
}

// belief is the simplest account of one purpose that can be right: the last thing the person said.
type belief struct {
	verb    consent.Verb
	at      time.Time
	version string
}

// allows says whether processing is allowed now, from first principles: the last word was yes, it has not run out, and
// no material version that touches the purpose has come into force since the one that was read.
func (b belief) allows(purpose string, now time.Time, line []later) bool {
	if b.verb != consent.Grant || purpose == "promotion.participation" && !now.Before(aYear.AddTo(b.at)) {
		return false
	}
	read := b.version == "1.0"
	for _, v := range line {
		if v.kind != livesWith[purpose] {
			continue
		}
		if read && v.material && !v.at.After(now) && (len(v.affects) == 0 || slices.Contains(v.affects, purpose)) {
			return false
		}
		read = read || v.version == b.version
	}
	return true
}

// inForce is the version to read.
func inForce(kind string, line []later, now time.Time) string {
	version := "1.0"
	for _, v := range line {
		if v.kind == kind && !v.at.After(now) {
			version = v.version
		}
	}
	return version
}

// TestWhateverHappensTheLastWordCounts lets people decide at random moments through random notices. Nothing is ever
// allowed but what the person last agreed to, and the stored state is always the fold of the chain.
func TestWhateverHappensTheLastWordCounts(t *testing.T) {
	start := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	lines := timelines(start)
	stages := make([]*stage, len(lines))
	for i, line := range lines {
		stages[i] = open(t, line...)
	}
	rapid.Check(t, func(r *rapid.T) {
		i := rapid.IntRange(0, len(lines)-1).Draw(r, "timeline")
		life := randomLife{stages[i], lines[i], person(), map[string]belief{}}
		life.now = start
		for range rapid.IntRange(1, 40).Draw(r, "steps") {
			life.now = life.now.Add(rapid.SampledFrom([]time.Duration{0, time.Millisecond, time.Hour, 40 * 24 * time.Hour}).Draw(r, "wait"))
			life.act(r)
			life.compare(r)
		}
		life.fold(r)
	})
	for _, s := range stages {
		s.sound(t)
	}
}

type randomLife struct {
	*stage
	line    []later
	who     consent.Actor
	beliefs map[string]belief
}

// act decides one thing, sometimes on a notice that is not the current one.
func (l *randomLife) act(r *rapid.T) {
	purpose := rapid.SampledFrom(purposes).Draw(r, "purpose")
	verb := rapid.SampledFrom([]consent.Verb{consent.Grant, consent.Grant, consent.Refuse, consent.Withdraw}).Draw(r, "verb")
	version := inForce(livesWith[purpose], l.line, l.now)
	read := rapid.SampledFrom([]string{version, version, version, "1.0", "2.0", "9.9"}).Draw(r, "read")
	_, entries, err := l.Decide(r.Context(), l.who, batch("", consent.Decision{Purpose: purpose, Verb: verb, NoticeVersion: read}))
	switch said := l.beliefs[purpose].verb; {
	case verb == consent.Grant && read != version:
		if err == nil {
			r.Fatalf("granted on %s while %s is in force", read, version)
		}
	case verb == consent.Withdraw && (said == "" || said == consent.Refuse):
		if err == nil && said == "" {
			r.Fatalf("withdrew what was never given: %v", entries)
		}
	case err != nil:
		r.Fatalf("%s %s: %v", verb, purpose, err)
	default:
		l.beliefs[purpose] = belief{verb, l.now, read}
	}
}

// compare checks what a reader sees against what the person said.
func (l *randomLife) compare(r *rapid.T) {
	o, err := l.Overview(r.Context(), l.who, "zh-CN", false)
	if err != nil {
		r.Fatal(err)
	}
	for _, s := range o.Standings {
		if want := l.beliefs[s.Purpose].allows(s.Purpose, l.now, l.line); s.State.Allows() != want {
			r.Fatalf("%s is %s at %s; allowed: %t", s.Purpose, s.State, l.now, want)
		}
	}
	for _, p := range o.Prompts {
		if l.beliefs[p.Purpose.Code].allows(p.Purpose.Code, l.now, l.line) {
			r.Fatalf("asks for %s, which is given", p.Purpose.Code)
		}
	}
}

// fold rebuilds the state from the history; a reader's state may only differ where time has taken a grant away.
func (l *randomLife) fold(r *rapid.T) {
	entries, _, err := l.History(r.Context(), l.who.Book, 0, 1000)
	if err != nil {
		r.Fatal(err)
	}
	slices.Reverse(entries)
	statements := make([]ledger.Statement, len(entries))
	for i, e := range entries {
		statements[i] = e.Statement
	}
	folded := consent.Fold(statements)
	o, err := l.Overview(r.Context(), l.who, "zh-CN", false)
	if err != nil {
		r.Fatal(err)
	}
	decided := slices.DeleteFunc(o.Standings, func(s consent.Standing) bool { return s.Seq == 0 })
	slices.SortFunc(decided, func(a, b consent.Standing) int { return cmp.Compare(a.Purpose, b.Purpose) })
	if len(folded) != len(decided) {
		r.Fatalf("%d folded, %d stored", len(folded), len(decided))
	}
	for i, f := range folded {
		s := decided[i]
		s.EntryID = ""
		if s.State != f.State && f.State.Allows() && !s.State.Allows() {
			s.State = f.State
		}
		if fmt.Sprint(f) != fmt.Sprint(s) {
			r.Fatalf("folded %v, stored %v", f, s)
		}
	}
}
