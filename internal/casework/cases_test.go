package casework_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"zhiqing/internal/audit"
	"zhiqing/internal/casework"
	"zhiqing/internal/guardian"
	"zhiqing/internal/ident"
	"zhiqing/internal/report"
	"zhiqing/internal/rights"
	"zhiqing/internal/staff"
	"zhiqing/internal/subject"
)

type brokenAudit struct{}

func (brokenAudit) Append(context.Context, audit.Row) (audit.Row, error) {
	return audit.Row{}, errBroken
}

// A list holds numbers, types and dates, the most overdue first.
func TestTheQueueShowsTheMostOverdueFirstAndNoContents(t *testing.T) {
	s := open(t)
	by := s.on("po", staff.PrivacyOfficer)
	old := s.lodge(s.person("wang", false), rights.Correct, "我的电话是 13800138000")
	s.clock.pass(30 * 24 * time.Hour)
	fresh := s.lodge(s.person("li", true), rights.Object, "另一段")
	p, err := s.Queue(t.Context(), by, casework.Filter{}, "", 10)
	s.must(err)
	if len(p.Items) != 2 || p.Items[0].Number != old.Number || p.Items[1].Number != fresh.Number || p.Next != "" {
		t.Fatalf("%+v", p)
	}
	if i := p.Items[0]; i.Urgency != rights.Overdue || i.WorkdaysLeft >= 0 || i.Next != casework.StepTake || i.MinorsMatter {
		t.Errorf("%+v", i)
	}
	if i := p.Items[1]; i.Urgency != rights.Calm || i.WorkdaysLeft != 15 || !i.MinorsMatter {
		t.Errorf("%+v", i)
	}
	text, err := json.Marshal(p)
	s.must(err)
	for _, secret := range []string{"1380013", "sub_", "另一段", "stf_"} {
		if strings.Contains(string(text), secret) {
			t.Errorf("the list holds %q", secret)
		}
	}
	minors, err := s.Queue(t.Context(), by, casework.Filter{Minors: true}, "", 10)
	s.must(err)
	if len(minors.Items) != 1 || minors.Items[0].Number != fresh.Number {
		t.Errorf("%+v", minors)
	}
	if rows := s.rows("staff.queue_viewed"); len(rows) != 2 || rows[1].Actor != by.Officer.ID {
		t.Errorf("%+v", rows)
	}
}

// Pages follow one another without a gap and without a repetition, also under a filter.
func TestPagesOfTheQueueMissNothing(t *testing.T) {
	s := open(t)
	by := s.on("po", staff.PrivacyOfficer)
	want := []string{}
	for i := range 23 {
		who := s.person(string(rune('a'+i)), false)
		r := s.lodge(who, []rights.Type{rights.Correct, rights.Object, rights.Supplement}[i%3], "一段")
		if r.Type == rights.Correct {
			want = append(want, r.Number)
		}
		s.clock.pass(24 * time.Hour)
	}
	got := []string{}
	for after := ""; ; {
		p, err := s.Queue(t.Context(), by, casework.Filter{Type: rights.Correct}, after, 3)
		s.must(err)
		for _, i := range p.Items {
			got = append(got, i.Number)
		}
		if after = p.Next; after == "" {
			break
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%d of %d", len(got), len(want))
	}
}

// Opening a case is in the audit, with whose it is, why, and what was shown.
func TestOpeningACaseIsWrittenDownAndSaysWhatToDoNext(t *testing.T) {
	s := open(t)
	po, support := s.on("po", staff.PrivacyOfficer), s.on("su", staff.Support)
	who := s.person("wang", false)
	r := s.lodge(who, rights.Correct, "请改昵称")
	c, err := s.Open(t.Context(), po, r.Number)
	s.must(err)
	if c.Detail != "请改昵称" || c.Next != casework.StepTake || !c.May(casework.ActTake) || !c.May(casework.ActRefuse) || len(c.Grounds) == 0 || len(c.Templates) == 0 {
		t.Errorf("%+v", c)
	}
	rows := s.rows("staff.request_viewed")
	if len(rows) != 1 || rows[0].Subject != who.ID || rows[0].Reason != "rights_request" || rows[0].Reference != r.Number || !slices.Contains(rows[0].Fields, "detail") {
		t.Errorf("%+v", rows)
	}
	if c, err = s.Open(t.Context(), support, r.Number); err != nil || len(c.Actions) > 0 || len(c.Grounds) > 0 {
		t.Errorf("support may read and not decide: %+v %v", c.Actions, err)
	}
}

// 未成年人网络保护条例 art. 36: also the child-data officer needs another's approval.
func TestAMinorsCaseOpensAndIsDecidedOnlyWithApproval(t *testing.T) {
	s := open(t)
	first, second := s.on("first", staff.ChildDataOfficer), s.on("second", staff.PrivacyOfficer)
	r := s.lodge(s.person("kid", true), rights.Correct, "请改昵称")
	c, err := s.Open(t.Context(), first, r.Number)
	s.wants(err, staff.ErrApproval)
	if c.Detail != "" || c.Timeline != nil || c.Revision != "" || c.Number != r.Number || !slices.Equal(c.Actions, []casework.Action{casework.ActApprove}) {
		t.Errorf("before the approval: %+v", c)
	}
	_, err = s.Decide(t.Context(), first, r.Number, fulfil)
	s.wants(err, staff.ErrApproval)
	a, err := s.Ask(t.Context(), first, r.Number)
	s.must(err)
	waiting, err := s.Waiting(t.Context(), second)
	s.must(err)
	if len(waiting) != 1 || waiting[0].ID != a.ID {
		t.Errorf("%+v", waiting)
	}
	s.approve(second, a, nil)
	if c, err = s.Open(t.Context(), first, r.Number); err != nil || c.Detail == "" {
		t.Fatalf("%+v %v", c, err)
	}
	if _, err = s.Open(t.Context(), second, r.Number); !errors.Is(err, staff.ErrApproval) {
		t.Errorf("an approval is for who asked: %v", err)
	}
	_, err = s.Decide(t.Context(), first, r.Number, fulfil)
	s.must(err)
}

func TestAGuardiansRequestIsAMinorsMatter(t *testing.T) {
	s := open(t)
	by, kid := s.on("po", staff.PrivacyOfficer), s.person("kid", true)
	s.world.guards = kid.ID
	r, err := s.rights.Lodge(t.Context(), rights.Lodged{Requester: s.person("mum", false).ID, Link: "gdn_1", Session: "x", Type: rights.Correct, Language: "zh-CN"})
	s.must(err)
	_, err = s.Open(t.Context(), by, r.Number)
	s.wants(err, staff.ErrApproval)
}

// The person sees the decision: in the timeline, as the outcome, and by a message. The row comes first.
func TestThePersonSeesTheDecision(t *testing.T) {
	s := open(t)
	by, who := s.on("po", staff.PrivacyOfficer), s.person("wang", false)
	r := s.lodge(who, rights.Correct, "请改")
	_, err := s.Take(t.Context(), by, r.Number)
	s.must(err)
	c, err := s.Open(t.Context(), by, r.Number)
	s.must(err)
	if c.Handler != casework.HandOwn || c.Next != casework.StepDecide || c.May(casework.ActTake) {
		t.Errorf("%+v", c.Item)
	}
	item, err := s.Decide(t.Context(), by, r.Number, casework.Verdict{Ground: "accurate", Text: "经核实准确", Revision: c.Revision})
	s.must(err)
	if item.State != rights.Refused || item.Next != casework.StepNothing {
		t.Errorf("%+v", item)
	}
	seen, err := s.rights.Find(t.Context(), who.ID, r.Number)
	s.must(err)
	if last := seen.Timeline[len(seen.Timeline)-1]; last.What != "refused" || last.By != "staff" || seen.Outcome.Ground != "accurate" || seen.Outcome.Text != "经核实准确" {
		t.Errorf("%+v %+v", last, seen.Outcome)
	}
	if !slices.Contains(s.world.told, r.Number+" refused") {
		t.Errorf("told %v", s.world.told)
	}
	rows := s.rows("request.refused")
	if len(rows) != 1 || rows[0].Subject != who.ID || rows[0].Reference != r.Number || !slices.Equal(rows[0].Fields, []string{"ground.accurate"}) {
		t.Errorf("%+v", rows)
	}
}

// A refusal without a coded ground and words leaves no trace of a decision.
func TestARefusalNeedsAGroundBeforeAnythingIsWritten(t *testing.T) {
	s := open(t)
	by := s.on("po", staff.PrivacyOfficer)
	r := s.lodge(s.person("wang", false), rights.Correct, "请改")
	for _, v := range []casework.Verdict{{Text: "不行"}, {Ground: "accurate"}, {Ground: "because", Text: "不行"}, {Fulfil: true, Ground: "accurate"}} {
		_, err := s.Decide(t.Context(), by, r.Number, v)
		s.wants(err, rights.ErrGround)
	}
	if len(s.rows("request.refused"))+len(s.rows("request.fulfilled")) > 0 {
		t.Error("a row tells of a decision that nobody made")
	}
}

// Two officers who read the same page: the second one's decision does not count, and they see what the first has done.
func TestOfTwoOfficersAtOnceOneWins(t *testing.T) {
	s := open(t)
	one, two := s.on("one", staff.PrivacyOfficer), s.on("two", staff.ChildDataOfficer)
	r := s.lodge(s.person("wang", false), rights.Correct, "请改")
	c, err := s.Open(t.Context(), one, r.Number)
	s.must(err)
	var wg sync.WaitGroup
	errs, items := make([]error, 2), make([]casework.Item, 2)
	verdicts := []casework.Verdict{{Fulfil: true, Revision: c.Revision}, {Ground: "accurate", Text: "准确", Revision: c.Revision}}
	for i, by := range []staff.Session{one, two} {
		wg.Go(func() { items[i], errs[i] = s.Decide(t.Context(), by, r.Number, verdicts[i]) })
	}
	wg.Wait()
	won := slices.Index(errs, nil)
	if won < 0 || !errors.Is(errs[1-won], casework.ErrMoved) {
		t.Fatalf("%v", errs)
	}
	if lost := items[1-won]; lost.State != items[won].State || !lost.State.Over() {
		t.Errorf("the other sees %+v, not %+v", lost, items[won])
	}
	failed := 0
	for _, row := range append(s.rows("request.refused"), s.rows("request.fulfilled")...) {
		if row.Result == "failed" {
			failed++
		} else if row.Actor != []staff.Session{one, two}[won].Officer.ID && failed == 0 {
			t.Errorf("a row of a decision that did not count is not taken back: %+v", row)
		}
	}
	if len(s.world.told) != 1 {
		t.Errorf("told %v", s.world.told)
	}
}

func TestADecisionOnAnOldPageDoesNotCount(t *testing.T) {
	s := open(t)
	one, two := s.on("one", staff.PrivacyOfficer), s.on("two", staff.ChildDataOfficer)
	r := s.lodge(s.person("wang", false), rights.Correct, "请改")
	c, err := s.Open(t.Context(), one, r.Number)
	s.must(err)
	_, err = s.Take(t.Context(), two, r.Number)
	s.must(err)
	item, err := s.Decide(t.Context(), one, r.Number, casework.Verdict{Fulfil: true, Revision: c.Revision})
	s.wants(err, casework.ErrMoved)
	if item.Handler != casework.HandOther || s.request(r.Number).State.Over() {
		t.Errorf("%+v", item)
	}
}

// 认定方法 §6(5): the first handler may read a complaint, and not decide it.
func TestAComplaintGoesToAnotherOfficer(t *testing.T) {
	s := open(t)
	first, other := s.on("first", staff.PrivacyOfficer), s.on("other", staff.ChildDataOfficer)
	who := s.person("wang", false)
	r := s.lodge(who, rights.Correct, "请改")
	complaint, err := s.rights.Complain(t.Context(), who.ID, r.Number, "太慢了", "zh-CN")
	s.must(err)
	_, err = s.Decide(t.Context(), first, r.Number, fulfil) // after the complaint
	s.must(err)
	c, err := s.Open(t.Context(), first, complaint.Number)
	s.must(err)
	if c.Next != casework.StepOther || len(c.Actions) > 0 {
		t.Errorf("%+v", c.Item)
	}
	_, err = s.Decide(t.Context(), first, complaint.Number, fulfil)
	s.wants(err, rights.ErrSameHand)
	if rows := s.rows("staff.denied"); len(rows) != 1 || rows[0].Reference != complaint.Number {
		t.Errorf("%+v", rows)
	}
	_, err = s.Decide(t.Context(), other, complaint.Number, fulfil)
	s.must(err)
	if rows := s.rows("complaint.decided"); len(rows) != 1 || rows[0].Result != "fulfilled" || rows[0].Reason != "complaint" {
		t.Errorf("%+v", rows)
	}
}

// Whoever has had a hand in a request decides no complaint about it, also after somebody else took it over.
func TestEveryHandOfARequestIsBarredFromItsComplaint(t *testing.T) {
	s := open(t)
	first, second, other := s.on("first", staff.PrivacyOfficer), s.on("second", staff.PrivacyOfficer), s.on("other", staff.ChildDataOfficer)
	who := s.person("wang", false)
	r := s.lodge(who, rights.Correct, "请改")
	for _, by := range []staff.Session{first, second} {
		_, err := s.Take(t.Context(), by, r.Number)
		s.must(err)
	}
	complaint, err := s.rights.Complain(t.Context(), who.ID, r.Number, "太慢了", "zh-CN")
	s.must(err)
	for _, by := range []staff.Session{first, second} {
		page, err := s.Queue(t.Context(), by, casework.Filter{Type: rights.Complaint}, "", 10)
		s.must(err)
		if page.Items[0].Next != casework.StepOther {
			t.Errorf("%+v", page.Items[0])
		}
		_, err = s.Decide(t.Context(), by, complaint.Number, fulfil)
		s.wants(err, rights.ErrSameHand)
		_, err = s.rights.Decide(t.Context(), complaint.Number, rights.Verdict{Officer: by.Officer.ID, Fulfil: true})
		s.wants(err, rights.ErrSameHand)
	}
	_, err = s.Decide(t.Context(), other, complaint.Number, fulfil)
	s.must(err)
}

// A decision that is stored while its message fails is not denied by the audit.
func TestAFailedMessageTakesNoDecisionBack(t *testing.T) {
	s := open(t)
	by := s.on("po", staff.PrivacyOfficer)
	r := s.lodge(s.person("wang", false), rights.Correct, "请改")
	s.world.failing = errBroken
	_, err := s.Decide(t.Context(), by, r.Number, fulfil)
	s.must(err)
	if left := s.request(r.Number); !left.Untold || left.Next.IsZero() {
		t.Errorf("nobody tells the person: %+v", left)
	}
	if rows := s.rows("request.fulfilled"); len(rows) != 1 || rows[0].Result != "fulfilled" || s.request(r.Number).State != rights.Fulfilled {
		t.Errorf("%+v", rows)
	}
}

// Every write of a decision may fail, before or after its effect; trying again ends in one decision, and never in one without
// a row.
func TestADecisionSurvivesEveryFailedWrite(t *testing.T) {
	for n := 1; n <= 3; n++ {
		for name, fail := range map[string]func(*stage){
			"before": func(s *stage) { s.writes.FailBefore(n) }, "after": func(s *stage) { s.writes.FailAfter(n) },
		} {
			s := open(t)
			by := s.on("po", staff.PrivacyOfficer)
			r := s.lodge(s.person("wang", false), rights.Correct, "请改")
			fail(s)
			_, err := s.Decide(t.Context(), by, r.Number, fulfil)
			if over := s.request(r.Number).State.Over(); over && len(s.rows("request.fulfilled")) == 0 {
				t.Errorf("%s write %d: decided without a row", name, n)
			} else if err == nil != over && name == "before" {
				t.Errorf("%s write %d: %v, over=%v", name, n, err, over)
			}
			if _, err := s.Decide(t.Context(), by, r.Number, fulfil); err != nil && !errors.Is(err, casework.ErrMoved) {
				t.Errorf("%s write %d: %v", name, n, err)
			}
			if s.request(r.Number).State != rights.Fulfilled {
				t.Errorf("%s write %d: not decided", name, n)
			}
		}
	}
}

// A-L42.1: the clock of a letter runs from its receipt; its identity is checked first.
func TestAnOfflineRequestCountsFromItsReceiptAndWaitsForTheIdentity(t *testing.T) {
	s := open(t)
	by, who := s.on("po", staff.PrivacyOfficer), s.person("wang", false)
	received := s.clock.now().Add(-7 * 24 * time.Hour)
	item, err := s.LodgeOffline(t.Context(), by, casework.Offline{
		PrivacyNumber: strings.ToLower(who.PrivacyNumber), Type: rights.Correct, Channel: "post", ReceivedAt: received, Language: "zh-CN",
	})
	s.must(err)
	if !item.ReceivedAt.Equal(received) || item.WorkdaysLeft != 10 || item.Next != casework.StepVerify {
		t.Errorf("%+v", item)
	}
	_, err = s.Decide(t.Context(), by, item.Number, fulfil)
	s.wants(err, rights.ErrNotNow)
	item, err = s.VerifyIdentity(t.Context(), by, item.Number, true)
	s.must(err)
	if item.State != rights.InProgress || len(s.rows("request.identity_verified")) != 1 {
		t.Errorf("%+v", item)
	}
	_, err = s.VerifyIdentity(t.Context(), by, item.Number, false)
	s.wants(err, casework.ErrMoved)
}

// What the system does by itself once somebody has vouched for the writer needs two officers: nobody alone has a person's
// account erased by typing in a letter.
func TestWhoTypesInALetterDoesNotVouchForItsWriter(t *testing.T) {
	s := open(t)
	first, other, who := s.on("first", staff.PrivacyOfficer), s.on("other", staff.ChildDataOfficer), s.person("wang", false)
	for _, kind := range []rights.Type{rights.CancelAccount, rights.Delete, rights.WithdrawAll, rights.Copy, rights.Access} {
		letter, err := s.LodgeOffline(t.Context(), first, casework.Offline{
			PrivacyNumber: who.PrivacyNumber, Type: kind, Channel: "post", ReceivedAt: s.clock.now(), Language: "zh-CN",
		})
		s.must(err)
		if letter.Next != casework.StepOther {
			t.Errorf("%s: next is %s", kind, letter.Next)
		}
		c, err := s.Open(t.Context(), first, letter.Number)
		s.must(err)
		if c.Next != casework.StepOther || len(c.Actions) > 0 {
			t.Errorf("%s: %+v", kind, c)
		}
		for _, ok := range []bool{true, false} {
			_, err = s.VerifyIdentity(t.Context(), first, letter.Number, ok)
			s.wants(err, rights.ErrSameHand)
			_, err = s.rights.VerifyIdentity(t.Context(), letter.Number, first.Officer.ID, ok)
			s.wants(err, rights.ErrSameHand)
		}
		if s.request(letter.Number).State != rights.IdentityRequired || len(s.rows("request.identity_verified"))+len(s.rows("request.identity_failed")) > 0 {
			t.Errorf("%s was verified by who typed it in", kind)
		}
	}
	page, err := s.Queue(t.Context(), other, casework.Filter{Type: rights.CancelAccount}, "", 10)
	s.must(err)
	number := page.Items[0].Number
	if c, err := s.Open(t.Context(), other, number); err != nil || c.Next != casework.StepVerify || !c.May(casework.ActVerify) {
		t.Errorf("%+v %v", c, err)
	}
	stale := other
	stale.StepUpAt = s.clock.now().Add(-time.Hour)
	_, err = s.VerifyIdentity(t.Context(), stale, number, true)
	s.wants(err, staff.ErrStepUp)
	_, err = s.VerifyIdentity(t.Context(), other, number, true)
	s.must(err)
	if s.request(number).State != rights.InProgress {
		t.Errorf("%+v", s.request(number))
	}
}

func TestBadOfflineInputIsToldBeforeAnybodyIsSearched(t *testing.T) {
	s := open(t)
	by, who := s.on("po", staff.PrivacyOfficer), s.person("wang", false)
	good := casework.Offline{PrivacyNumber: who.PrivacyNumber, Type: rights.Correct, Channel: "post", ReceivedAt: s.clock.now()}
	for want, change := range map[error]func(*casework.Offline){
		rights.ErrType:     func(o *casework.Offline) { o.Type = "drop table" },
		rights.ErrChannel:  func(o *casework.Offline) { o.Channel = "pigeon" },
		casework.ErrNumber: func(o *casework.Offline) { o.PrivacyNumber = "PN-0000-0001" },
	} {
		o := good
		change(&o)
		_, err := s.LodgeOffline(t.Context(), by, o)
		s.wants(err, want)
	}
	if len(s.rows("request.received")) > 0 {
		t.Error("a row of nothing")
	}
	o := good
	o.PrivacyNumber = nobodys()
	_, err := s.LodgeOffline(t.Context(), by, o)
	s.wants(err, subject.ErrUnknown)
	if rows := s.rows("request.received"); len(rows) != 1 || rows[0].Result != "not_found" {
		t.Errorf("a search that finds nobody is written down: %+v", rows)
	}
}

// Of the evidence, its kind and its reference stay; whose name is in it does not fit.
func TestAnAgeIsCorrectedOnEvidenceThatIsNotKept(t *testing.T) {
	s := open(t)
	by, kid := s.on("child", staff.ChildDataOfficer), s.person("kid", true)
	for _, e := range []casework.Evidence{{}, {Kind: "rumour", Reference: "T-1"}, {Kind: "passport", Reference: "王小明 1"}, {Kind: "passport", Reference: "none"}} {
		s.wants(s.CorrectAge(t.Context(), by, kid.PrivacyNumber, e), casework.ErrEvidence)
	}
	s.must(s.CorrectAge(t.Context(), by, kid.PrivacyNumber, aged))
	rows := s.rows("age.corrected")
	if len(rows) != 1 || rows[0].Subject != kid.ID || rows[0].Reference != "T-1" || !slices.Equal(rows[0].Fields, []string{"evidence.passport"}) {
		t.Errorf("%+v", rows)
	}
	if !slices.Equal(s.world.adults, []string{kid.ID}) {
		t.Errorf("%v", s.world.adults)
	}
}

func TestTryingOutPrivacyNumbersEndsAtTheQuota(t *testing.T) {
	s := open(t)
	by, kid := s.on("child", staff.ChildDataOfficer), s.person("kid", true)
	for range s.staff.Roles().PerHour(staff.Lookups) {
		s.wants(s.CorrectAge(t.Context(), by, nobodys(), aged), subject.ErrUnknown)
	}
	s.wants(s.CorrectAge(t.Context(), by, kid.PrivacyNumber, aged), staff.ErrQuota)
}

// Numbers of requests and reports are tried out no more often than people are looked up, and each miss is written down.
func TestTryingOutRequestNumbersEndsAtTheQuota(t *testing.T) {
	s := open(t)
	by := s.on("po", staff.PrivacyOfficer)
	guesses := []func() error{
		func() error { _, err := s.Open(t.Context(), by, "RQ-0000-0000"); return err },
		func() error { _, err := s.Take(t.Context(), by, "RQ-0000-0000"); return err },
		func() error { _, err := s.Decide(t.Context(), by, "RQ-0000-0000", fulfil); return err },
		func() error { _, err := s.Ask(t.Context(), by, "RQ-0000-0000"); return err },
		func() error { _, err := s.OpenReport(t.Context(), by, "RP-0000-0000"); return err },
		func() error { return s.TakeReport(t.Context(), by, "RP-0000-0000") },
	}
	free := s.staff.Roles().PerHour(staff.Lookups)
	for n := range free {
		if err := guesses[n%len(guesses)](); !errors.Is(err, rights.ErrUnknown) && !errors.Is(err, report.ErrUnknown) {
			t.Fatalf("guess %d: %v", n, err)
		}
	}
	for _, guess := range guesses {
		s.wants(guess(), staff.ErrQuota)
	}
	rows := append(s.rows("staff.request_viewed"), s.rows("staff.report_viewed")...)
	for _, r := range rows {
		if r.Result != "not_found" || r.Subject != "" || r.Reference != "" {
			t.Errorf("%+v", r)
		}
	}
	if len(rows) != free || len(s.rows("staff.bulk_blocked")) != 1 {
		t.Errorf("%d rows, %d alarms", len(rows), len(s.rows("staff.bulk_blocked")))
	}
}

func TestReadingCasesOneByOneEndsAtTheQuota(t *testing.T) {
	s := open(t)
	by := s.on("po", staff.PrivacyOfficer)
	r, x := s.lodge(s.person("wang", false), rights.Correct, "请改"), s.report(report.Complaint, "")
	for range s.staff.Roles().PerHour(staff.Cases) / 2 {
		_, err := s.Open(t.Context(), by, r.Number)
		s.must(err)
		_, err = s.OpenReport(t.Context(), by, x.Number)
		s.must(err)
	}
	c, err := s.Open(t.Context(), by, r.Number)
	s.wants(err, staff.ErrQuota)
	rc, err := s.OpenReport(t.Context(), by, x.Number)
	s.wants(err, staff.ErrQuota)
	if c.Number+c.Detail+rc.Number+rc.Text != "" {
		t.Errorf("%+v %+v", c, rc)
	}
}

// Of a minor's case not even what the list shows is shown without its row.
func TestAClosedCaseIsShownOnlyWithItsRow(t *testing.T) {
	s := open(t)
	by, kid := s.on("child", staff.ChildDataOfficer), s.person("kid", true)
	r, x := s.lodge(kid, rights.Correct, "请改"), s.report(report.MinorData, kid.PrivacyNumber)
	s.options.Audit = brokenAudit{}
	broken, err := casework.Open(s.options)
	s.must(err)
	c, err := broken.Open(t.Context(), by, r.Number)
	if s.wants(err, errBroken); errors.Is(err, staff.ErrApproval) || c.Number != "" {
		t.Errorf("%+v %v", c, err)
	}
	rc, err := broken.OpenReport(t.Context(), by, x.Number)
	if s.wants(err, errBroken); errors.Is(err, staff.ErrApproval) || rc.Number != "" {
		t.Errorf("%+v %v", rc, err)
	}
}

// What the address of a page says does not get into the audit as it came.
func TestAFilterOfNoTypeIsRefusedBeforeItIsWrittenDown(t *testing.T) {
	s := open(t)
	by := s.on("po", staff.PrivacyOfficer)
	_, err := s.Queue(t.Context(), by, casework.Filter{Type: "13800138000"}, "", 10)
	s.wants(err, rights.ErrType)
	if rows := s.rows("staff.queue_viewed"); len(rows) > 0 {
		t.Errorf("%+v", rows)
	}
}

func TestADisputeIsResolvedOnceByItsReference(t *testing.T) {
	s := open(t)
	by := s.on("child", staff.ChildDataOfficer)
	s.world.disputes = []guardian.Dispute{{Link: "gdn_1", Minor: "sub_1", Since: s.clock.now(), Due: s.clock.now().Add(time.Hour), For: 1, Against: 1}}
	list, _, err := s.Disputes(t.Context(), by, "", 10)
	s.must(err)
	if len(list) != 1 || list[0].Ref != "gdn_1" || list[0].Against != 1 {
		t.Errorf("%+v", list)
	}
	s.wants(s.Resolve(t.Context(), by, "gdn_2", true, decided), casework.ErrDispute)
	s.wants(s.Resolve(t.Context(), by, "gdn_1", true, aged), casework.ErrEvidence)
	s.must(s.Resolve(t.Context(), by, "gdn_1", false, decided))
	s.wants(s.Resolve(t.Context(), by, "gdn_1", true, decided), casework.ErrMoved)
	rows := s.rows("guardian.dispute_resolved")
	if len(rows) != 3 || rows[0].Result != "failed" || rows[2].Result != "against" || rows[2].Subject != "sub_1" {
		t.Errorf("%+v", rows)
	}
}

// nobodys is a right privacy number that nobody has.
func nobodys() string { return ident.Source{Reader: rand.Reader}.NewPrivacyNumber() }
