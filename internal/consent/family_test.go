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
)

// word is the last that somebody said about a purpose, and when in the order of things.
type word struct {
	yes   bool
	at    time.Time
	order int
}

// family is a minor with two guardians, and the simplest account of what they said that can be right.
type family struct {
	*stage
	minor   consent.Actor
	parents [2]parent
	said    [3]map[string]word // by the guardians, and by the minor
	steps   int
}

var homeOf = []string{"account.minor", "account.phone", "account.contact"}

// allows decides from first principles (requirements.md C): at least one guardian says yes, none says no, a guardian's
// yes to a purpose counts with the same guardian's yes to the account, and the minor's own word counts as the age says.
func (f *family) allows(code string) bool {
	newest, yes := 0, false
	for i := range f.parents {
		account, told := f.said[i]["account.minor"]
		if told && !account.yes {
			return false
		}
		w, told := f.said[i][code]
		if told && !w.yes {
			return false
		}
		if told && f.now.Before(aYear.AddTo(w.at)) && f.now.Before(aYear.AddTo(account.at)) {
			newest, yes = max(newest, w.order), true
		}
	}
	if !yes {
		return false
	}
	for _, about := range []string{code, "account.minor"} {
		if own, told := f.said[2][about]; told && !own.yes && (f.minor.Own || own.order > newest) {
			return false
		}
	}
	return !f.minor.Own || f.said[2][code].yes
}

func (f *family) note(who int, code string, yes bool) { f.said[who][code] = word{yes, f.now, f.steps} }

// decide lets a guardian grant with random ticks, refuse, withdraw, or leave.
func (f *family) decide(r *rapid.T, i int) {
	p, account := f.parents[i], f.said[i]["account.minor"]
	live := func(w word) bool { return w.yes && f.now.Before(aYear.AddTo(w.at)) }
	switch rapid.SampledFrom([]string{"grant", "grant", "grant", "refuse", "withdraw", "leave"}).Draw(r, "act") {
	case "grant":
		ticks := slices.DeleteFunc([]string{"account.phone", "account.contact"}, func(string) bool { return rapid.Bool().Draw(r, "skip") })
		if _, err := f.DecideAsGuardian(r.Context(), p.act(consent.Grant, "", ticks...)); err != nil {
			r.Fatal(err)
		}
		for _, code := range homeOf {
			if w := f.said[i][code]; code == "account.minor" || slices.Contains(ticks, code) {
				f.note(i, code, true)
			} else if live(w) {
				f.note(i, code, false)
			}
		}
	case "refuse":
		if _, err := f.DecideAsGuardian(r.Context(), p.act(consent.Refuse, "")); err != nil {
			r.Fatal(err)
		}
		for code, w := range f.said[i] {
			if live(w) {
				f.note(i, code, false)
			}
		}
		f.note(i, "account.minor", false)
	case "withdraw":
		_, err := f.DecideAsGuardian(r.Context(), p.act(consent.Withdraw, ""))
		if account.yes && err != nil {
			r.Fatal(err)
		}
		for code, w := range f.said[i] {
			if w.yes {
				f.note(i, code, false)
			}
		}
	case "leave":
		if err := f.EndParty(r.Context(), f.minor.Book, p.link, consent.Revoked, fmt.Sprint(f.steps)); err != nil {
			r.Fatal(err)
		}
		f.said[i], f.parents[i] = map[string]word{}, f.parentOf(f.minor) // whoever comes back has another link
	}
}

// answer lets the minor speak.
func (f *family) answer(r *rapid.T) {
	code := rapid.SampledFrom(homeOf).Draw(r, "purpose")
	verb := rapid.SampledFrom([]consent.Verb{consent.Grant, consent.Refuse, consent.Withdraw}).Draw(r, "verb")
	_, _, err := f.Decide(r.Context(), f.minor, batch("", consent.Decision{Purpose: code, Verb: verb, NoticeVersion: "1.0"}))
	switch mine, told := f.said[2][code]; {
	case verb == consent.Grant && (!f.minor.Own || code == "account.minor"):
		if err == nil {
			r.Fatalf("granted %s alone", code)
		}
	case verb == consent.Withdraw && !f.allows(code) && (!told || !mine.yes):
		return // nothing to take back
	case err != nil:
		r.Fatalf("%s %s: %v", verb, code, err)
	default:
		f.note(2, code, verb == consent.Grant)
	}
}

// TestWhateverAFamilySaysNoOutweighsYes lets two guardians and a minor speak at random. What is live is what the rules say,
// in every view of the book, and the stored state is the fold of the chain.
func TestWhateverAFamilySaysNoOutweighsYes(t *testing.T) {
	s := open(t)
	start := s.now
	rapid.Check(t, func(r *rapid.T) {
		s.now = start
		f := &family{stage: s, minor: rapid.SampledFrom([]func() consent.Actor{child, teen}).Draw(r, "minor")()}
		for i := range f.said {
			f.said[i] = map[string]word{}
		}
		f.parents = [2]parent{s.parentOf(f.minor), s.parentOf(f.minor)}
		for f.steps = 1; f.steps <= 25; f.steps++ {
			s.now = s.now.Add(rapid.SampledFrom([]time.Duration{0, time.Hour, 100 * 24 * time.Hour}).Draw(r, "wait"))
			switch who := rapid.IntRange(0, 2).Draw(r, "who"); who {
			case 2:
				f.answer(r)
			default:
				f.decide(r, who)
			}
			f.compare(r)
		}
		f.fold(r)
	})
	s.sound(t)
}

func (f *family) compare(r *rapid.T) {
	live, err := f.Live(r.Context(), f.minor)
	if err != nil {
		r.Fatal(err)
	}
	for _, code := range homeOf {
		if want := f.allows(code); live(code) != want {
			r.Fatalf("%s at %s: live %t, want %t\n%v", code, f.now, live(code), want, f.said)
		}
	}
}

func (f *family) fold(r *rapid.T) {
	var statements []ledger.Statement
	for before := int64(0); ; {
		some, next, err := f.History(r.Context(), f.minor.Book, before, 100)
		if err != nil {
			r.Fatal(err)
		}
		for _, e := range some {
			statements = append(statements, e.Statement)
		}
		if before = next; next == 0 {
			break
		}
	}
	slices.Reverse(statements)
	folded := consent.Fold(statements)
	if !slices.IsSortedFunc(folded, func(a, b consent.Standing) int {
		return cmp.Or(cmp.Compare(a.Purpose, b.Purpose), cmp.Compare(a.Recipient, b.Recipient), cmp.Compare(a.Party, b.Party))
	}) {
		r.Fatalf("not in order: %v", folded)
	}
	for _, x := range folded {
		last := x.Seq
		if s := statements[last-1]; s.Purpose != x.Purpose || s.State != string(x.State) || (s.Guardian != nil) != (x.Party != "") {
			r.Fatalf("%+v is not what %+v says", x, s)
		}
	}
}
