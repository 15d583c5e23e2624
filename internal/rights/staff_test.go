package rights_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"zhiqing/internal/register/prove"
	"zhiqing/internal/rights"
	"zhiqing/internal/store"
)

func refusal(officer, ground, text string) rights.Verdict {
	return rights.Verdict{Officer: officer, Ground: ground, Text: text}
}

func (s *stage) decide(number string, v rights.Verdict) rights.Request {
	s.t.Helper()
	r, err := s.Decide(s.t.Context(), number, v)
	if err != nil {
		s.t.Fatal(err)
	}
	return r
}

func TestARefusalNeedsACodedGroundAndText(t *testing.T) {
	s := open(t)
	r := s.lodge(asks(s.person("anna"), rights.Correct))
	for _, bad := range []rights.Verdict{
		refusal("stf_a", "", ""), refusal("stf_a", "accurate", ""), refusal("stf_a", "", "no"), refusal("stf_a", "because", "no"),
		refusal("stf_a", "accurate", " \n\t"), {Officer: "stf_a", Fulfil: true, Ground: "accurate"},
	} {
		_, err := s.Decide(t.Context(), r.Number, bad)
		s.wants(err, rights.ErrGround)
	}
	_, err := s.Decide(t.Context(), r.Number, refusal("stf_a", "accurate", strings.Repeat("字", rights.MaxDetail+1)))
	s.wants(err, rights.ErrDetail)
	if got := s.seen(r); got.State != rights.InProgress || got.Outcome != nil || got.Handler != "" {
		t.Errorf("a refused refusal left %+v", got)
	}
	got := s.decide(r.Number, refusal("stf_a", "accurate", "我们核对过。"))
	if got.State != rights.Refused || got.Outcome.Ground != "accurate" || got.Outcome.Text != "我们核对过。" || got.Handler != "stf_a" {
		t.Errorf("%+v", got)
	}
	for code, text := range rights.Grounds() {
		if text.ZH == "" || text.EN == "" {
			t.Errorf("ground %s has no text", code)
		}
	}
	_, err = s.Decide(t.Context(), "RQ-0000-0000", rights.Verdict{Fulfil: true})
	s.wants(err, rights.ErrUnknown)
	_, err = s.Decide(t.Context(), s.lodge(asks(s.person("bert"), rights.CancelAccount)).Number, rights.Verdict{Fulfil: true})
	s.wants(err, rights.ErrNotNow) // the system's: nobody says "done" by hand
}

func TestTwoOfficersOneVerdict(t *testing.T) {
	s := open(t)
	other := s.another()
	for round := range 10 {
		r := s.lodge(asks(s.person(string(rune('a'+round))), rights.Supplement))
		verdicts := []rights.Verdict{{Officer: "stf_a", Fulfil: true}, refusal("stf_b", "not_ours", "no")}
		errs := make([]error, 2)
		var all sync.WaitGroup
		for i, desk := range []*stage{s, other} {
			all.Go(func() { _, errs[i] = desk.Decide(t.Context(), r.Number, verdicts[i]) })
		}
		all.Wait()
		won := slices.Index(errs, nil)
		if won < 0 || !errors.Is(errs[1-won], rights.ErrNotNow) {
			t.Fatalf("%v", errs)
		}
		got := s.seen(r)
		if got.Handler != verdicts[won].Officer || got.Outcome.Ground != verdicts[won].Ground {
			t.Errorf("the verdict is a mixture: %+v", got)
		}
	}
}

func TestAComplaintGoesToAnotherHandler(t *testing.T) {
	p, second := prove.Row(t, "A-L40.3"), prove.Row(t, "F-12")
	s := open(t)
	ctx, anna := t.Context(), s.person("anna")
	r := s.lodge(asks(anna, rights.Correct))
	s.decide(r.Number, refusal("stf_a", "accurate", "no"))
	s.later(26 * time.Hour)
	c, err := s.Complain(ctx, anna, r.Number, "you did not look", "zh-CN")
	p.NoError(err)
	p.Equal(c.Type, rights.Complaint)
	p.Equal(c.About, r.Number)
	p.Equal(c.DueAt, endOf(t, "2026-12-15")) // 15 working days
	p.Equal(s.seen(r).Complaint, c.Number)
	text, err := s.Detail(ctx, c)
	p.NoError(err)
	p.Equal(text, "you did not look")

	_, err = s.Take(ctx, c.Number, "stf_a")
	s.wants(err, rights.ErrSameHand)
	_, err = s.Decide(ctx, c.Number, refusal("stf_a", "unfounded", "still no"))
	p.That(errors.Is(err, rights.ErrSameHand), "the first handler decides the complaint: %v", err)
	second.That(errors.Is(err, rights.ErrSameHand), "the first handler decides the complaint: %v", err)
	again, err := s.Complain(ctx, anna, r.Number, "hello?", "zh-CN")
	p.NoError(err)
	p.Equal(again.Number, c.Number)
	got := s.decide(c.Number, rights.Verdict{Officer: "stf_b", Fulfil: true, Text: "you are right"})
	p.Equal(got.State, rights.Fulfilled)
	again, err = s.Complain(ctx, anna, r.Number, "and now?", "zh-CN") // one request has one complaint
	p.NoError(err)
	p.Equal(again.Number, c.Number)
	_, err = s.Complain(ctx, anna, c.Number, "about the complaint", "zh-CN")
	s.wants(err, rights.ErrNotNow)
	_, err = s.Complain(ctx, anna, r.Number, strings.Repeat("字", rights.MaxDetail+1), "zh-CN")
	s.wants(err, rights.ErrDetail)

	// Who decides the request after the complaint about it is its handler, too.
	slow := s.lodge(asks(anna, rights.Supplement))
	early, err := s.Complain(ctx, anna, slow.Number, "", "zh-CN")
	p.NoError(err)
	s.decide(slow.Number, refusal("stf_c", "accurate", "no"))
	_, err = s.Decide(ctx, early.Number, refusal("stf_c", "unfounded", "no"))
	p.That(errors.Is(err, rights.ErrSameHand), "who decided later decides the complaint: %v", err)
}

// TestOneRequestHasOneComplaint, also when two are lodged at once, and when a write fails.
func TestOneRequestHasOneComplaint(t *testing.T) {
	s := open(t)
	anna, other := s.person("anna"), s.another()
	count := func() (n int) {
		list, _, err := s.List(t.Context(), anna, "", 100)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range list {
			if r.Type == rights.Complaint {
				n++
			}
		}
		return n
	}
	for round := 1; round <= 4; round++ {
		r := s.done(asks(anna, rights.Access))
		if round > 1 {
			s.engine.FailAfter(round - 1)
		}
		numbers := make([]string, 6)
		var all sync.WaitGroup
		for i := range numbers {
			all.Go(func() {
				for desk := []*stage{s, other}[i%2]; ; {
					c, err := desk.Complain(t.Context(), anna, r.Number, "", "zh-CN")
					if numbers[i] = c.Number; !errors.Is(err, store.ErrUnavailable) {
						return
					}
				}
			})
		}
		all.Wait()
		if slices.Sort(numbers); numbers[0] == "" || numbers[0] != numbers[5] || s.seen(r).Complaint != numbers[0] || count() != round {
			t.Errorf("%v, %d complaints about %d requests", numbers, count(), round)
		}
	}
}

func TestAComplaintAboutAnErasureIsPossibleAndKeepsNothingInTheClear(t *testing.T) {
	s := open(t)
	r := s.done(asks(s.person("anna"), rights.CancelAccount))
	c, err := s.Complain(t.Context(), r.Requester, r.Number, "my own words", "zh-CN")
	if err != nil || len(c.Detail) > 0 {
		t.Errorf("%v, %d bytes", err, len(c.Detail))
	}
}

func (s *stage) offline(kind rights.Type, who, received string) rights.Request {
	s.t.Helper()
	r, err := s.LodgeOffline(s.t.Context(), rights.Offline{
		Type: kind, Subject: who, Channel: "post", ReceivedAt: inChina(s.t, received), Language: "zh-CN",
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return r
}

func TestAnOfflineRequestCountsFromItsReceipt(t *testing.T) {
	p := prove.Row(t, "A-L42.1")
	s := open(t)
	anna := s.person("anna")
	s.clock.set(inChina(t, "2026-03-06 10:00:00"))
	r := s.offline(rights.Access, anna, "2026-03-02 23:59:59")
	p.Equal(r.DueAt, endOf(t, "2026-03-23"))
	p.Equal(r.Channel, "post")
	p.Equal(r.State, rights.IdentityRequired)
	queue, _, err := s.Queue(t.Context(), "", 10)
	p.NoError(err)
	p.That(len(queue) == 1 && queue[0].Number == r.Number, "it is not in the queue: %v", queue)
	p.Equal(s.work(), 0)
	p.That(s.seen(r).Answer == nil, "answered before anybody knew who asks")

	for _, bad := range []rights.Offline{
		{Type: rights.Access, Subject: anna, Channel: "rumour", ReceivedAt: s.clock.now()},
		{Type: rights.Access, Subject: anna, Channel: "post"},
		{Type: rights.Access, Subject: anna, Channel: "post", ReceivedAt: s.clock.now().Add(time.Second)},
	} {
		_, err := s.LodgeOffline(t.Context(), bad)
		s.wants(err, rights.ErrChannel)
	}
	_, err = s.LodgeOffline(t.Context(), rights.Offline{Type: "?", Subject: anna, Channel: "post", ReceivedAt: s.clock.now()})
	s.wants(err, rights.ErrType)
	_, err = s.LodgeOffline(t.Context(), rights.Offline{Type: rights.Delete, Scope: []string{"?"}, Subject: anna, Channel: "post", ReceivedAt: s.clock.now()})
	s.wants(err, rights.ErrScope)
}

// TestOnlyTheIdentityCheckPausesTheClock: the deadline moves by exactly the time that it took; nothing else moves it.
func TestOnlyTheIdentityCheckPausesTheClock(t *testing.T) {
	s := open(t)
	anna := s.person("anna")
	s.clock.set(inChina(t, "2026-03-06 10:00:00"))
	r := s.offline(rights.Access, anna, "2026-03-02 12:00:00")
	s.later(100 * time.Hour) // Friday 10:00 to Tuesday 14:00: one working day is over
	verified, err := s.VerifyIdentity(t.Context(), r.Number, "stf_a", true)
	if err != nil || !verified.DueAt.Equal(endOf(t, "2026-03-24")) || verified.State != rights.InProgress || verified.Handler != "stf_a" {
		t.Errorf("%+v, %v", verified, err)
	}
	if _, err = s.VerifyIdentity(t.Context(), r.Number, "stf_a", true); !errors.Is(err, rights.ErrNotNow) {
		t.Errorf("verified twice: %v", err)
	}
	select {
	case <-s.poked:
	default:
		t.Error("nobody told the worker")
	}
	s.world.troubled(breaks("orders:describe"))
	for range 5 {
		s.work()
		s.later(time.Hour)
	}
	if got := s.seen(r); !got.DueAt.Equal(verified.DueAt) {
		t.Errorf("a failing step moved the deadline to %v", got.DueAt)
	}
	s.world.troubled(nil)
	if s.work(); s.seen(r).State != rights.Fulfilled {
		t.Errorf("%s", s.seen(r).State)
	}

	staff := s.lodge(asks(anna, rights.Correct))
	s.later(100 * time.Hour)
	if taken, err := s.Take(t.Context(), staff.Number, "stf_a"); err != nil || !taken.DueAt.Equal(staff.DueAt) {
		t.Errorf("taking it moved the deadline: %v", err)
	}

	unknown := s.offline(rights.Copy, anna, "2026-03-06 10:00:00")
	refused, err := s.VerifyIdentity(t.Context(), unknown.Number, "stf_b", false)
	if err != nil || refused.State != rights.Refused || refused.Outcome.Ground != "identity" || refused.Outcome.Text == "" || refused.Handler != "stf_b" {
		t.Errorf("%+v, %v", refused, err)
	}
	for _, session := range []string{"", "any"} { // no session has asked for it
		if _, err := s.fetch(unknown, session); err == nil {
			t.Error("an unverified request gave a package out")
		}
	}
	if s.work(); s.parts() != 0 {
		t.Error("a package was built for somebody whose identity is not known")
	}
}

// TestAnOfflineCopyIsFetchedByOneSessionOfThePerson: the first that comes once staff know who asked; "" is nobody's.
func TestAnOfflineCopyIsFetchedByOneSessionOfThePerson(t *testing.T) {
	s := open(t)
	r := s.offline(rights.Copy, s.person("anna"), "2026-11-20 10:00:00")
	_, err := s.fetch(r, "phone")
	s.wants(err, rights.ErrNoPackage) // nobody knows yet who asked
	if _, err := s.VerifyIdentity(t.Context(), r.Number, "stf_a", true); err != nil {
		t.Fatal(err)
	}
	s.work()
	_, err = s.fetch(r, "")
	s.wants(err, rights.ErrSession)
	for range 2 {
		if data, err := s.fetch(r, "phone"); err != nil || len(data) == 0 {
			t.Error(err)
		}
	}
	_, err = s.fetch(r, "tablet")
	s.wants(err, rights.ErrSession)
	_, _, err = s.Fetch(t.Context(), s.person("otto"), "phone", r.Number)
	s.wants(err, rights.ErrUnknown)
}

// TestACheckOfIdentityMovesADueDateByWholeWorkingDays: a due date is always the end of a working day in China.
func TestACheckOfIdentityMovesADueDateByWholeWorkingDays(t *testing.T) {
	for took, want := range map[string]string{ // received on Monday, 2 March 2026, asked who it is at once
		"2026-03-02 18:00:00": "2026-03-23", "2026-03-03 23:59:59": "2026-03-23", "2026-03-04 00:00:00": "2026-03-24",
		"2026-03-06 12:00:00": "2026-03-26", "2026-03-07 00:00:00": "2026-03-27", "2026-03-09 12:00:00": "2026-03-27",
		"2026-03-10 00:00:00": "2026-03-30",
	} {
		s := open(t)
		s.clock.set(inChina(t, "2026-03-02 12:00:00"))
		r := s.offline(rights.Access, s.person("anna"), "2026-03-02 12:00:00")
		s.clock.set(inChina(t, took))
		if v, err := s.VerifyIdentity(t.Context(), r.Number, "stf_a", true); err != nil || !v.DueAt.Equal(endOf(t, want)) {
			t.Errorf("checked until %s: due %v, %v; want the end of %s", took, v.DueAt, err, want)
		}
	}
}

func TestAnObjectionPausesWhileItIsJudged(t *testing.T) {
	p := prove.Row(t, "A-L41.2")
	s := open(t)
	anna := s.person("anna")
	for i, v := range []struct {
		verdict rights.Verdict
		stays   bool
	}{
		{rights.Verdict{Officer: "stf_a", Fulfil: true, Text: "you are right"}, true},
		{refusal("stf_a", "necessary", "the contract needs it"), false},
	} {
		for _, fails := range []bool{false, true} {
			r := s.lodge(asks(anna, rights.Object, "p.one"))
			select {
			case <-s.poked:
			default:
				t.Error("nobody told the worker")
			}
			s.work()
			p.Equal(s.seen(r).State, rights.InProgress)
			p.That(look(s.world, func() bool { return s.world.paused[r.Number] }), "processing goes on while it is judged")
			s.later(time.Hour)
			p.Equal(s.work(), 0)
			if fails {
				s.world.troubled(breaks("pause"))
			}
			got, err := s.Decide(t.Context(), r.Number, v.verdict)
			p.NoError(err)
			p.That(got.State.Over() && got.Outcome.Text == v.verdict.Text, "%d: %+v", i, got)
			s.work()
			s.world.troubled(nil)
			s.later(time.Hour)
			s.work()
			p.Equal(look(s.world, func() bool { return s.world.paused[r.Number] }), v.stays)
			p.That(s.seen(r).Next.IsZero(), "the worker never gets rid of it")
		}
	}
}

// TestAVerdictBeforeThePauseIsTheLastWord: the objection is judged while the pause is being carried out.
func TestAVerdictBeforeThePauseIsTheLastWord(t *testing.T) {
	s := open(t)
	r := s.lodge(asks(s.person("anna"), rights.Object))
	once := false
	s.world.troubled(func(what string, after bool) error {
		if what == "pause" && !after && !once {
			once = true
			if _, err := s.Decide(context.Background(), r.Number, refusal("stf_a", "necessary", "no")); err != nil {
				t.Error(err)
			}
		}
		return nil
	})
	s.work()
	if s.world.paused[r.Number] || s.seen(r).State != rights.Refused {
		t.Errorf("paused %t, %s", s.world.paused[r.Number], s.seen(r).State)
	}
}

func TestUrgencyRisesAtHalfAtFourFifthsAndAtTheEnd(t *testing.T) {
	from, due := inChina(t, "2026-11-23 00:00:00"), inChina(t, "2026-12-03 00:00:00") // ten days
	r := rights.Request{ReceivedAt: from, DueAt: due, State: rights.InProgress}
	for _, v := range []struct {
		at   time.Duration
		want rights.Urgency
	}{
		{-time.Hour, rights.Calm}, {0, rights.Calm}, {120*time.Hour - 1, rights.Calm}, {120 * time.Hour, rights.Half}, {192*time.Hour - 1, rights.Half},
		{192 * time.Hour, rights.Urgent}, {240*time.Hour - 1, rights.Urgent}, {240 * time.Hour, rights.Overdue}, {1000 * time.Hour, rights.Overdue},
	} {
		if got := rights.UrgencyOf(r, from.Add(v.at)); got != v.want {
			t.Errorf("after %v: %s, want %s", v.at, got, v.want)
		}
	}
	r.State = rights.Refused
	if got := rights.UrgencyOf(r, due); got != rights.Calm {
		t.Errorf("what is over is %s", got)
	}
}

// TestAnUnansweredQuestionBecomesOverdueInTheQueue: who asks why gets a number and a date, and it shows when nobody answers.
func TestAnUnansweredQuestionBecomesOverdueInTheQueue(t *testing.T) {
	p := prove.Row(t, "A-L19.1")
	s := open(t)
	s.world.troubled(breaks("explain"))
	first := s.lodge(asks(s.person("anna"), rights.Explain, "p.one"))
	p.That(first.Number != "" && first.DueAt.Equal(endOf(t, "2026-12-14")), "%q, due %v", first.Number, first.DueAt)
	s.work()
	s.later(48 * time.Hour)
	second := s.lodge(asks(s.person("bert"), rights.Correct))
	done := s.done(asks(s.person("carl"), rights.Access))
	seen := map[rights.Urgency]bool{}
	for s.clock.now().Before(endOf(t, "2026-12-14")) {
		s.work()
		queue, _, err := s.Queue(t.Context(), "", 10)
		p.NoError(err)
		p.That(len(queue) == 2 && queue[0].Number == first.Number && queue[1].Number == second.Number, "not by due date, or %s is in it", done.Number)
		seen[rights.UrgencyOf(queue[0], s.clock.now())] = true
		s.later(12 * time.Hour)
	}
	p.Equal(seen, map[rights.Urgency]bool{rights.Calm: true, rights.Half: true, rights.Urgent: true})
	p.Equal(rights.UrgencyOf(s.seen(first), endOf(t, "2026-12-14").Add(-time.Millisecond)), rights.Urgent)
	p.Equal(rights.UrgencyOf(s.seen(first), endOf(t, "2026-12-14")), rights.Overdue) // at 24:00 in China
}

// TestHeavyActsNeedAFreshProof is the table by which the edge asks for one.
func TestHeavyActsNeedAFreshProof(t *testing.T) {
	for _, kind := range allTypes() {
		want := slices.Contains([]rights.Type{rights.Copy, rights.Transfer, rights.Delete, rights.CancelAccount, rights.DeceasedRelative}, kind)
		if kind.NeedsStepUp() != want {
			t.Errorf("%s needs a fresh proof: %t", kind, kind.NeedsStepUp())
		}
	}
}

// A verdict and its message are two writes. Whatever fails in between, the worker tells the person; the officer is not told
// that the verdict failed, for it has not, and nobody is told twice once it worked.
func TestAVerdictIsToldHoweverOftenTellingFails(t *testing.T) {
	s := open(t)
	var failures, told int
	s.options.Tell = func(_ context.Context, r rights.Request, to rights.State) error {
		if to != rights.Refused {
			t.Errorf("told %s of %s", to, r.Number)
		}
		if failures > 0 {
			failures--
			return errors.New("no messages now")
		}
		told++
		return nil
	}
	s.reopen()
	for _, kind := range []rights.Type{rights.Correct, rights.Object} {
		r := s.lodge(asks(s.person("of "+string(kind)), kind))
		s.work()
		failures, told = 3, 0
		if got := s.decide(r.Number, refusal("stf_a", "accurate", "no")); got.State != rights.Refused || told != 0 {
			t.Fatalf("%s: %+v", kind, got)
		}
		s.reopen() // the process that decided is gone
		for range 5 {
			s.work()
			s.later(time.Hour)
		}
		if told != 1 {
			t.Errorf("%s: told %d times", kind, told)
		}
		if got := s.seen(r); got.Untold || !got.Next.IsZero() {
			t.Errorf("%s: %+v", kind, got)
		}
	}
}
