package retention_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"zhiqing/internal/register/prove"
	"zhiqing/internal/retention"
	"zhiqing/internal/store/flaky"
)

func TestTheSweepLetsGoOfWhatIsOverAndOfNothingElse(t *testing.T) {
	s := newStage(t)
	s.ordered("sub_a", "O-1", at(t, "2023-11-22T10:00:00+08:00")) // over on the 22nd at 24:00
	s.ordered("sub_a", "O-2", at(t, "2023-11-23T10:00:00+08:00")) // today is its last day
	dry := s.sweep(retention.SweepOptions{DryRun: true})
	if dry.Erased["order"] != 1 || len(s.erased) != 0 {
		t.Fatalf("dry run: %+v, erased %v", dry, s.erased)
	}
	if r := s.sweep(retention.SweepOptions{}); r.Total() != 1 || s.erased["order/sub_a/O-1"] != 1 || len(s.erased) != 1 {
		t.Fatalf("%+v, erased %v", r, s.erased)
	}
	s.now = at(t, "2026-11-23T15:59:59.999Z")
	if r := s.sweep(retention.SweepOptions{}); r.Total() != 0 {
		t.Errorf("a millisecond early: %+v", r)
	}
	s.now = at(t, "2026-11-23T16:00:00Z") // 24:00 in China
	if r := s.sweep(retention.SweepOptions{}); r.Total() != 1 || s.erased["order/sub_a/O-2"] != 1 {
		t.Errorf("%+v, erased %v", r, s.erased)
	}
	if r := s.sweep(retention.SweepOptions{}); r.Total() != 0 {
		t.Errorf("again: %+v", r)
	}
}

func TestAPurposeThatCameSinceKeepsAThingAndOneThatEndedLetsItGo(t *testing.T) {
	s := newStage(t)
	s.reported("usage", "sub_a", "U-1", "recorded", at(t, "2026-06-01T10:00:00+08:00"))
	s.live = []string{"analytics.usage"} // given since
	if r := s.sweep(retention.SweepOptions{}); r.Total() != 0 || r.Later != 1 {
		t.Fatalf("%+v", r)
	}
	s.live = nil // withdrawn: nothing keeps it, also not for the rest of its period
	if err := s.Recompute(t.Context(), "sub_a"); err != nil {
		t.Fatal(err)
	}
	if r := s.sweep(retention.SweepOptions{}); r.Total() != 1 {
		t.Errorf("%+v", r)
	}
}

func TestWhatIsAwaitedKeepsAThingUntilItHasHappened(t *testing.T) {
	s := newStage(t)
	s.ordered("sub_a", "O-1", at(t, "2020-01-01T10:00:00+08:00"))
	s.reported("order", "sub_a", "O-1", "service_ended", time.Time{}) // a repair has begun
	s.now = s.now.AddDate(5, 0, 0)
	if r := s.sweep(retention.SweepOptions{}); r.Total() != 0 {
		t.Fatalf("gone while it is being repaired: %+v", r)
	}
	s.reported("order", "sub_a", "O-1", "service_ended", s.now.Add(-time.Hour))
	s.reported("order", "sub_a", "O-1", "service_ended", time.Time{}) // late, and known better
	if r := s.sweep(retention.SweepOptions{}); r.Total() != 0 {
		t.Fatalf("gone before its 180 days: %+v", r)
	}
	s.now = s.now.AddDate(0, 0, 181)
	if r := s.sweep(retention.SweepOptions{}); r.Total() != 1 {
		t.Errorf("%+v", r)
	}
}

func TestAReportIsTakenOnceAndOnlyAsItShouldBe(t *testing.T) {
	s := newStage(t)
	good := retention.Event{Subject: "sub_a", Category: "order", Reference: "O-1", Event: "completed", At: s.now.Add(-time.Hour)}
	for range 3 {
		if err := s.Report(t.Context(), good); err != nil {
			t.Fatal(err)
		}
	}
	other := good
	other.At = good.At.Add(-time.Hour)
	if err := s.Report(t.Context(), other); !errors.Is(err, retention.ErrReported) {
		t.Error(err)
	}
	for name, spoil := range map[string]func(*retention.Event){
		"subject": func(e *retention.Event) { e.Subject = "13800138000" }, "category": func(e *retention.Event) { e.Category = "soul" },
		"reference": func(e *retention.Event) { e.Reference = "张三 的订单" }, "event": func(e *retention.Event) { e.Event = "born" },
		"at": func(e *retention.Event) { e.At = s.now.Add(time.Hour) }, "long reference": func(e *retention.Event) { e.Reference = strings.Repeat("x", 65) },
		"another age": func(e *retention.Event) { e.At = at(t, "1999-12-31T00:00:00Z") }, "nobody": func(e *retention.Event) { e.Subject = "sub_nobody" },
		"what is known here": func(e *retention.Event) { e.Category, e.Event = "consent_record", "relation_ended" },
	} {
		bad := good
		spoil(&bad)
		if err := s.Report(t.Context(), bad); !errors.Is(err, retention.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What is held stays, restricted, and says why; a late review is told; the end of the hold lets the queued deletion go on.
func TestALegalHoldStopsDeletionOfItsScopeUntilItIsReleased(t *testing.T) {
	p := prove.Row(t, "A-L5.2")
	s := newStage(t)
	old := at(t, "2020-01-01T10:00:00+08:00")
	for _, subject := range []string{"sub_a", "sub_b"} {
		s.ordered(subject, "O-1", old)
		s.reported("ticket", subject, "T-1", "service_ended", old)
	}
	h, err := s.Hold(t.Context(), retention.Hold{Subject: "sub_a", Category: "order", Reason: "lawsuit", Approver: "stf_x", ReviewBy: s.now.AddDate(0, 1, 0)})
	if err != nil {
		t.Fatal(err)
	}
	kept, err := s.Holder().Erase(t.Context(), "sub_a")
	p.That(err == nil && len(kept) == 1 && kept[0].What == "order" && kept[0].Reason == "legal_hold" && kept[0].Article.ZH != "", "%+v %v", kept, err)
	remains, err := s.Holder().Remains(t.Context(), "sub_a")
	p.That(err == nil && len(remains) == 0, "%v %v", remains, err)
	r := s.sweep(retention.SweepOptions{})
	p.Equal(r.Held, 1)
	p.Equal(s.erased["order/sub_a/O-1"], 0)
	p.Equal(s.erased["order/sub_b/O-1"], 1) // beyond the scope
	late, err := s.Overdue(t.Context(), 10)
	p.That(err == nil && len(late) == 0, "%v %v", late, err)
	s.now = h.ReviewBy
	late, err = s.Overdue(t.Context(), 10)
	p.That(err == nil && len(late) == 1 && late[0].ID == h.ID, "%v %v", late, err)
	p.Equal(s.sweep(retention.SweepOptions{}).Late, 1)
	if _, err := s.Release(t.Context(), h.ID, "stf_y"); err != nil {
		t.Fatal(err)
	}
	p.Equal(s.sweep(retention.SweepOptions{}).Total(), 1)
	p.Equal(s.erased["order/sub_a/O-1"], 1)
	held, err := s.Held(t.Context(), "sub_a", "order")
	p.That(err == nil && len(held) == 0, "%v %v", held, err)
}

func TestAHoldNeedsAScopeAnApproverAndAReview(t *testing.T) {
	s := newStage(t)
	good := retention.Hold{Subject: "sub_a", Reason: "lawsuit", Approver: "stf_x", ReviewBy: s.now.AddDate(0, 1, 0)}
	for name, spoil := range map[string]func(*retention.Hold){
		"no subject": func(h *retention.Hold) { h.Subject = "" }, "no approver": func(h *retention.Hold) { h.Approver = "" },
		"a story for a reason": func(h *retention.Hold) { h.Reason = "张三起诉" }, "no review": func(h *retention.Hold) { h.ReviewBy = time.Time{} },
		"a review in ten years": func(h *retention.Hold) { h.ReviewBy = s.now.AddDate(10, 0, 0) }, "unknown category": func(h *retention.Hold) { h.Category = "soul" },
	} {
		bad := good
		spoil(&bad)
		if _, err := s.Hold(t.Context(), bad); !errors.Is(err, retention.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := s.Release(t.Context(), "hld_none", "stf_x"); !errors.Is(err, retention.ErrNoHold) {
		t.Error(err)
	}
	h, err := s.Hold(t.Context(), good) // without a category: everything of the subject
	if held, _ := s.Held(t.Context(), "sub_a", "ticket"); err != nil || len(held) != 1 || held[0].ID != h.ID {
		t.Errorf("%v %v", held, err)
	}
}

func TestTheSweepBringsAHoldToItsAccountThatACrashKeptFromIt(t *testing.T) {
	s := newStage(t)
	s.broken = errBroken
	h, err := s.Hold(t.Context(), retention.Hold{Subject: "sub_a", Reason: "lawsuit", Approver: "stf_x", ReviewBy: s.now.AddDate(0, 1, 0)})
	if !errors.Is(err, errBroken) {
		t.Fatalf("acknowledged: %v", err)
	}
	s.broken, s.guarded = nil, map[string]bool{}
	s.sweep(retention.SweepOptions{DryRun: true})
	if len(s.guarded) != 0 {
		t.Error("a dry run has changed an account")
	}
	s.sweep(retention.SweepOptions{})
	if !s.guarded[h.ID] {
		t.Error("the account knows of no hold")
	}
	for range 2 {
		if _, err := s.Release(t.Context(), h.ID, "stf_y"); err != nil || s.guarded[h.ID] {
			t.Errorf("after its release: %v, guarded %v", err, s.guarded)
		}
	}
}

func TestWhatCannotBeErasedDoesNotStopTheRestAndIsTriedAgain(t *testing.T) {
	s := newStage(t)
	for i := range 5 {
		s.ordered("sub_a", fmt.Sprint("O-", i), s.now.AddDate(-4, 0, 0))
	}
	s.broken = errBroken
	if r, err := s.Sweep(t.Context(), retention.SweepOptions{}); !errors.Is(err, errBroken) || r.Failed != 5 || r.Total() != 0 {
		t.Errorf("%+v %v", r, err)
	}
	s.broken = nil
	if r := s.sweep(retention.SweepOptions{}); r.Total() != 0 {
		t.Errorf("tried again without a pause: %+v", r)
	}
	s.now = s.now.Add(time.Hour)
	if r := s.sweep(retention.SweepOptions{}); r.Total() != 5 {
		t.Errorf("%+v", r)
	}
}

func TestALimitedSweepIsGoneOnWithByTheNext(t *testing.T) {
	s := newStage(t)
	for i := range 450 {
		s.ordered("sub_a", fmt.Sprint("O-", i), s.now.AddDate(-4, 0, 0))
	}
	for _, want := range []int{300, 150} {
		if r := s.sweep(retention.SweepOptions{Limit: 300}); r.Total() != want || r.More != (want == 300) {
			t.Errorf("%d of %d, more: %v", r.Total(), want, r.More)
		}
	}
	for what, times := range s.erased {
		if times != 1 {
			t.Errorf("%s was erased %d times", what, times)
		}
	}
}

// Usage is anonymised: how much there was, by month, stays; less than ten of anything is not told.
func TestWhatIsAnonymisedLeavesACountThatPointsAtNobody(t *testing.T) {
	s := newStage(t)
	for i := range 12 {
		s.reported("usage", "sub_a", fmt.Sprint("U-", i), "recorded", at(t, "2025-05-31T16:00:00Z")) // June in China
	}
	for i := range 9 {
		s.reported("usage", "sub_b", fmt.Sprint("V-", i), "recorded", at(t, "2025-05-01T00:00:00Z"))
	}
	s.ordered("sub_a", "O-1", s.now.AddDate(-4, 0, 0))
	s.live = []string{"analytics.usage"}
	if r := s.sweep(retention.SweepOptions{}); r.Total() != 22 {
		t.Fatalf("%+v", r)
	}
	counts, err := s.Counts(t.Context())
	want := []retention.Count{{Month: "2025-05", Category: "usage", Suppressed: true}, {Month: "2025-06", Category: "usage", N: 12}}
	if err != nil || fmt.Sprint(counts) != fmt.Sprint(want) {
		t.Errorf("%v, want %v, %v", counts, want, err)
	}
}

// Whichever write of a sweep fails, before or after its effect: a later one comes to the end, and nothing is counted twice.
func TestAFailedWriteDelaysASweepAndCountsNothingTwice(t *testing.T) {
	for name, fail := range map[string]func(*flaky.Engine, int){"before": (*flaky.Engine).FailBefore, "after": (*flaky.Engine).FailAfter} {
		for n := 1; n <= 6; n++ { // a count, four deletions, the end of the count
			s := newStage(t)
			s.live = []string{"analytics.usage"}
			for i := range 4 {
				s.reported("usage", "sub_a", fmt.Sprint("U-", i), "recorded", at(t, "2025-06-15T00:00:00Z"))
			}
			fail(s.engine, n)
			if _, err := s.Sweep(t.Context(), retention.SweepOptions{}); err == nil {
				t.Errorf("write %d fails %s its effect, and nobody says so", n, name)
			}
			s.restart()
			s.heal()
			counted := s.tally("2025-06/usage")
			if counted != 4 || len(s.erased) != 4 {
				t.Errorf("write %d fails %s its effect: counted %d, erased %d", n, name, counted, len(s.erased))
			}
		}
	}
}

func TestClocksAreDescribedExportedAndForgotten(t *testing.T) {
	s := newStage(t)
	s.ordered("sub_a", "O-1", s.now.AddDate(-1, 0, 0))
	s.ordered("sub_a", "O-2", s.now.AddDate(-4, 0, 0))
	s.ordered("sub_b", "O-3", s.now.AddDate(-4, 0, 0))
	h := s.Holder()
	if kinds, err := h.Describe(t.Context(), "sub_a"); err != nil || len(kinds) != 1 || kinds[0].Count != 2 || kinds[0].Until.IsZero() {
		t.Errorf("%+v %v", kinds, err)
	}
	if files, err := h.Export(t.Context(), "sub_a"); err != nil || len(files) != 1 || len(files[0].Records) != 2 {
		t.Errorf("%+v %v", files, err)
	}
	for range 2 {
		kept, err := h.Erase(t.Context(), "sub_a")
		if err != nil || len(kept) != 1 || kept[0].Reason != "legal_duty" || !strings.Contains(kept[0].Article.ZH, "电子商务法") || kept[0].Until.IsZero() {
			t.Errorf("%+v %v", kept, err)
		}
	}
	if files, _ := h.Export(t.Context(), "sub_a"); len(files[0].Records) != 1 {
		t.Errorf("%+v", files[0].Records)
	}
	if r := s.sweep(retention.SweepOptions{}); r.Total() != 1 || s.erased["order/sub_b/O-3"] != 1 {
		t.Errorf("%+v %v", r, s.erased)
	}
}
