package rights_test

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"zhiqing/internal/register/prove"
	"zhiqing/internal/rights"
	"zhiqing/internal/store"
)

var cst = time.FixedZone("CST", 8*60*60)

// inChina reads a time of China, as a server whose clock is in UTC would hold it.
func inChina(t *testing.T, s string) time.Time {
	t.Helper()
	at, err := time.ParseInLocation(time.DateTime, s, cst)
	if err != nil {
		t.Fatal(err)
	}
	return at.UTC()
}

func endOf(t *testing.T, day string) time.Time {
	return inChina(t, day+" 00:00:00").Add(24 * time.Hour)
}

func TestEveryTypeCanBeLodged(t *testing.T) {
	p := prove.Row(t, "A-L39.4")
	s := open(t)
	number := regexp.MustCompile(`^RQ-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$`)
	for _, kind := range allTypes() {
		if kind == rights.Complaint {
			continue // about another request: TestAComplaintGoesToAnotherHandler
		}
		r := s.lodge(asks(s.person(string(kind)), kind))
		p.That(number.MatchString(r.Number), "%s: number %q", kind, r.Number)
		p.That(r.DueAt.Equal(endOf(t, "2026-12-14")) && !r.Provisional, "%s: due %v", kind, r.DueAt)
		want := rights.Received
		if !rights.Systems()[kind] {
			want = rights.InProgress
		}
		p.Equal(r.State, want)
		got := s.seen(r)
		p.Equal(got.State, want)
		p.That(len(got.Timeline) > 0 && got.Timeline[0].What == "received" && got.Timeline[0].By == "person", "%s: %v", kind, got.Timeline)
	}
	_, err := s.Lodge(t.Context(), asks(s.person("x"), "everything"))
	s.wants(err, rights.ErrType)
	_, err = s.Lodge(t.Context(), asks(s.person("x"), rights.Complaint))
	s.wants(err, rights.ErrType)
}

func TestTheDueDateCountsChinasWorkingDays(t *testing.T) {
	row := prove.Row(t, "F-8")
	s := open(t)
	for i, v := range []struct {
		received, last string
		provisional    bool
	}{
		{"2026-09-24 09:00:00", "2026-10-22", false},
		{"2026-11-22 23:59:59", "2026-12-11", false}, // one second before midnight in China …
		{"2026-11-23 00:00:00", "2026-12-14", false}, // … is the day before
		{"2026-12-14 12:00:00", "2027-01-05", true},  // 2027 is not announced: only 1 January is sure to be off
	} {
		s.clock.set(inChina(t, v.received))
		r := s.lodge(asks(s.person(fmt.Sprint("p", i)), rights.Access))
		row.That(r.DueAt.Equal(endOf(t, v.last)) && r.Provisional == v.provisional,
			"%s: due %v (provisional %t), want the end of %s", v.received, r.DueAt.In(cst), r.Provisional, v.last)
	}
}

func TestAskingAgainWhileOpenIsTheSameRequest(t *testing.T) {
	s := open(t)
	p := s.person("anna")
	first := s.lodge(asks(p, rights.Restrict, "p.one", "p.two"))
	if again := s.lodge(asks(p, rights.Restrict, "p.two", "p.one")); again.Number != first.Number {
		t.Error("the same scope in another order is a second request")
	}
	for _, other := range []rights.Lodged{asks(p, rights.Restrict, "p.one"), asks(p, rights.Restrict), asks(p, rights.Access), asks(s.person("bert"), rights.Restrict, "p.one", "p.two")} {
		if r := s.lodge(other); r.Number == first.Number {
			t.Errorf("%v is another request", other)
		}
	}
	for i := range 60 { // however many newer ones there are
		s.lodge(asks(p, rights.Correct, fmt.Sprint("p.", i)))
	}
	if again := s.lodge(asks(p, rights.Restrict, "p.one", "p.two")); again.Number != first.Number {
		t.Error("an open request is forgotten behind newer ones")
	}
	s.work()
	if s.seen(first).State != rights.Fulfilled {
		t.Fatal("not fulfilled")
	}
	if next := s.lodge(asks(p, rights.Restrict, "p.one", "p.two")); next.Number == first.Number {
		t.Error("a finished request swallows a new one")
	}
}

// TestTwoAtOnceAreOne: two servers, many hands, one request. A sixth of the calls also loses an answer.
func TestTwoAtOnceAreOne(t *testing.T) {
	s := open(t)
	desks := []*stage{s, s.another()}
	for round := range 8 {
		p := s.person(fmt.Sprint("p", round))
		numbers := make([]string, 8)
		if round%2 == 1 {
			s.engine.FailAfter(3)
			s.engine.FailBefore(1)
		}
		var all sync.WaitGroup
		for i := range numbers {
			all.Go(func() {
				for {
					r, err := desks[i%2].Lodge(t.Context(), asks(p, rights.Access))
					if errors.Is(err, store.ErrUnavailable) {
						continue // a client asks again
					}
					if err != nil {
						t.Error(err)
					}
					numbers[i] = r.Number
					return
				}
			})
		}
		all.Wait()
		list, _, err := s.List(t.Context(), p, "", 100)
		if err != nil || len(list) != 1 {
			t.Fatalf("%d requests, %v", len(list), err)
		}
		for _, n := range numbers {
			if n != list[0].Number {
				t.Errorf("somebody was given %q", n)
			}
		}
	}
}

// TestALodgingThatCrashesLeavesNoneOrOne: each write of it fails, before and after; the client asks again.
func TestALodgingThatCrashesLeavesNoneOrOne(t *testing.T) {
	s := open(t)
	for n := 1; n <= 2; n++ {
		for name, fail := range map[string]func(int){"before": s.engine.FailBefore, "after": s.engine.FailAfter} {
			p := s.person(fmt.Sprint(name, n))
			fail(n)
			_, err := s.Lodge(t.Context(), asks(p, rights.Access))
			s.wants(err, store.ErrUnavailable)
			s.restart()
			r := s.lodge(asks(p, rights.Access))
			select {
			case <-s.poked:
			default:
				t.Error("nobody told the worker")
			}
			if list, _, _ := s.List(t.Context(), p, "", 10); len(list) != 1 || list[0].Number != r.Number {
				t.Errorf("%s write %d: %d requests", name, n, len(list))
			}
		}
	}
}

func TestAnotherPersonsNumberLooksUnknown(t *testing.T) {
	s := open(t)
	r := s.done(asks(s.person("anna"), rights.Copy))
	thief, ctx := s.person("thief"), t.Context()
	for _, number := range []string{r.Number, "RQ-0000-0000", "", "RQ-\x00\x1f\xff", strings.Repeat("R", 5000), r.Number + "/00"} {
		_, err := s.Find(ctx, thief, number)
		s.wants(err, rights.ErrUnknown)
		_, err = s.Cancel(ctx, thief, number)
		s.wants(err, rights.ErrUnknown)
		_, err = s.Complain(ctx, thief, number, "x", "zh-CN")
		s.wants(err, rights.ErrUnknown)
		_, _, err = s.Fetch(ctx, thief, r.Session, number)
		s.wants(err, rights.ErrUnknown)
		_, err = s.ProofOf(ctx, thief, number)
		s.wants(err, rights.ErrUnknown)
	}
	if typed, err := s.Find(ctx, r.Requester, strings.ToLower(strings.TrimPrefix(r.Number, "RQ-"))); err != nil || typed.Number != r.Number {
		t.Errorf("the number as somebody types it: %v", err)
	}
}

func TestWhatIsAskedIsCheckedAndBounded(t *testing.T) {
	s := open(t)
	p := s.person("anna")
	for _, bad := range [][]string{{"nothing"}, {"p.one", "p.one"}, {""}} {
		_, err := s.Lodge(t.Context(), asks(p, rights.Delete, bad...))
		s.wants(err, rights.ErrScope)
	}
	long := asks(p, rights.Correct)
	long.Detail = strings.Repeat("字", rights.MaxDetail+1)
	_, err := s.Lodge(t.Context(), long)
	s.wants(err, rights.ErrDetail)
	long.Detail = strings.Repeat("字", rights.MaxDetail)
	r := s.lodge(long)
	if text, err := s.Detail(t.Context(), r); err != nil || text != long.Detail {
		t.Errorf("what was written comes back as %d bytes, %v", len(text), err)
	}
	for _, d := range s.stored("requests") {
		if strings.Contains(string(d.Body), "字字") {
			t.Error("what was written lies in the clear")
		}
	}
}

func TestAGuardianActsForTheirChildAndNotAfter18(t *testing.T) {
	s := open(t)
	mum, child, ctx := s.person("mum"), s.person("child"), t.Context()
	s.world.guards[mum+"/gdn_1"] = child
	behalf := func(kind rights.Type) rights.Lodged {
		l := asks(mum, kind)
		l.Link = "gdn_1"
		return l
	}
	r := s.done(behalf(rights.Copy))
	if r.Subject != child || r.Requester != mum || r.Timeline[0].By != "guardian" {
		t.Errorf("about %s by %s: %v", r.Subject, r.Requester, r.Timeline)
	}
	if data, err := s.fetch(r, r.Session); err != nil || string(data) != "zip of "+child {
		t.Errorf("the guardian fetches %q, %v", data, err)
	}
	if _, _, err := s.Fetch(ctx, child, r.Session, r.Number); !errors.Is(err, rights.ErrSession) {
		t.Errorf("the child fetches the guardian's package: %v", err)
	}
	if list, _, err := s.AsGuardian(ctx, mum, "", 10); err != nil || len(list) != 1 {
		t.Errorf("%d requests for children, %v", len(list), err)
	}
	if list, _, err := s.List(ctx, child, "", 10); err != nil || len(list) != 1 {
		t.Errorf("the child sees %d, %v", len(list), err)
	}
	for _, own := range []rights.Type{rights.WithdrawAll, rights.DeceasedRelative} {
		_, err := s.Lodge(ctx, behalf(own))
		s.wants(err, rights.ErrForChild)
	}
	stranger := behalf(rights.Access)
	stranger.Requester = s.person("stranger")
	_, err := s.Lodge(ctx, stranger)
	s.wants(err, errNotGuardian)

	open := s.lodge(behalf(rights.Correct))
	delete(s.world.guards, mum+"/gdn_1") // the child is 18
	_, err = s.Lodge(ctx, behalf(rights.Access))
	s.wants(err, errNotGuardian)
	_, err = s.fetch(r, r.Session)
	s.wants(err, errNotGuardian)
	_, err = s.Cancel(ctx, mum, open.Number)
	s.wants(err, errNotGuardian)
	if _, err = s.Cancel(ctx, child, open.Number); err != nil {
		t.Errorf("who is of age cannot cancel what was asked for them: %v", err)
	}
}

// TestListingIsFlat counts what the store has to read.
func TestListingIsFlat(t *testing.T) {
	s := open(t)
	counted := &counting{Engine: s.base}
	s.options.Engine = counted
	s.reopen()
	anna := s.person("anna")
	for i := range 5 {
		s.lodge(asks(anna, rights.Access, fmt.Sprint("p.", i)))
	}
	read := func() int {
		start := counted.docs.Load()
		if list, _, err := s.List(t.Context(), anna, "", 20); err != nil || len(list) != 5 {
			t.Fatalf("%d, %v", len(list), err)
		}
		return int(counted.docs.Load() - start)
	}
	others := func(n int) {
		page, err := s.base.Find(t.Context(), "requests", store.ByID, store.Range{Limit: 1})
		if err != nil {
			t.Fatal(err)
		}
		body := page.Docs[0].Body
		var all sync.WaitGroup
		for hand := range 8 {
			all.Go(func() {
				for i := range n / 8 {
					id := fmt.Sprintf("RQ-%d-%d-%d", n, hand, i)
					d := store.Document{ID: id, Body: body, Keys: map[string][]string{"subject": {store.Key("sub_"+id, s.clock.now(), id)}}}
					if err := s.base.Insert(t.Context(), "requests", d); err != nil {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
	}
	others(16)
	few := read()
	others(10_000)
	if many := read(); many != few || many != 5 {
		t.Errorf("%d documents among few, %d among many", few, many)
	}
}
