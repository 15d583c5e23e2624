package report_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"zhiqing/internal/guardian"
	"zhiqing/internal/register/prove"
	"zhiqing/internal/report"
	"zhiqing/internal/store/flaky"
	"zhiqing/internal/subject"
)

const (
	grown = "1990-05-17"
	young = "2015-05-17"
)

func TestAReportOnAMinorsDataPausesOptionalPurposesUntilItIsAnswered(t *testing.T) {
	row := prove.Row(t, "A-L55.3")
	s := open(t)
	for name, band := range map[string]subject.Band{"unasked": subject.Unasked, "adult": subject.Adult} {
		p := s.person(name, band)
		r := s.lodge(report.MinorData, p.PrivacyNumber, "")
		row.That(len(s.paused) == 0, "the request itself has done something")
		s.work()
		row.Equal(s.paused[p.ID], r.Number)
		row.Equal(s.find(r.Number).State, report.Checking)
		row.That(strings.HasPrefix(s.told[len(s.told)-1], p.ID+" report_received"), "told %v", s.told)
		after, err := s.subjects.Find(t.Context(), p.ID)
		row.NoError(err)
		row.Equal(after.State, subject.Active) // nobody is locked out
		for range 2 {
			answered, err := s.Answer(t.Context(), p.ID, r.Number, grown, "")
			row.NoError(err)
			row.Equal(answered.Band, subject.Adult)
		}
		row.Equal(len(s.paused), 0)
		row.Equal(s.find(r.Number).State, report.Checking) // staff still look at it
		row.That(strings.HasPrefix(s.told[len(s.told)-1], p.ID+" report_cleared"), "told %v", s.told)
	}
}

func TestReportsInARowPauseAnAccountOncePerMonth(t *testing.T) {
	s := open(t)
	p := s.person("ann", subject.Adult)
	first := s.lodge(report.MinorData, p.PrivacyNumber, "")
	s.work()
	if _, err := s.Answer(t.Context(), p.ID, first.Number, grown, ""); err != nil {
		t.Fatal(err)
	}
	for range 29 {
		s.now = s.now.Add(24 * time.Hour)
		s.lodge(report.MinorData, p.PrivacyNumber, "又来")
		s.work()
	}
	if s.pauses != 1 || len(s.paused) != 0 {
		t.Fatalf("%d pauses", s.pauses)
	}
	s.now = s.now.Add(24 * time.Hour)
	if _, err := s.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.lodge(report.MinorData, p.PrivacyNumber, "")
	s.work()
	if s.pauses != 2 {
		t.Fatalf("%d pauses", s.pauses)
	}
}

func TestAReportDoesNotSayWhetherANumberExists(t *testing.T) {
	s := open(t)
	known := s.lodge(report.MinorData, s.person("ann", subject.Adult).PrivacyNumber, "x")
	writes := s.engine.Writes()
	unknown := s.lodge(report.MinorData, "PN-0000-0000", "x")
	if got := s.engine.Writes() - writes; got != 1 {
		t.Errorf("%d writes", got)
	}
	if len(known.Number) != len(unknown.Number) || known.State != unknown.State || !known.DueAt.Equal(unknown.DueAt) || len(known.Text) != len(unknown.Text) {
		t.Error("the answers differ")
	}
	s.work()
	if s.find(unknown.Number).State != report.Checking || s.pauses != 1 {
		t.Error("a report on nobody is not followed like any other")
	}
}

func TestAMinorWhoAnswersIsAMinorFromThenOn(t *testing.T) {
	s := open(t)
	p := s.person("kid", subject.Unasked)
	r := s.lodge(report.MinorData, p.PrivacyNumber, "")
	s.work()
	got, err := s.Answer(t.Context(), p.ID, r.Number, young, "")
	if err != nil || got.State != report.Upheld {
		t.Fatal(got.State, err)
	}
	if after, _ := s.subjects.Find(t.Context(), p.ID); after.Band != subject.Under14 {
		t.Error("the age question was not answered")
	}
	if len(s.paused) != 0 { // the guardianship decides now, not the report
		t.Error("the pause outlives the report")
	}
}

func TestAKnownMinorsAccountIsNotPausedByReports(t *testing.T) {
	s := open(t)
	s.lodge(report.MinorData, s.person("kid", subject.Under14).PrivacyNumber, "")
	s.work()
	if s.pauses != 0 || len(s.told) != 0 {
		t.Error(s.pauses, s.told)
	}
}

func TestOnlyThePersonAnswers(t *testing.T) {
	s := open(t)
	r := s.lodge(report.MinorData, s.person("ann", subject.Adult).PrivacyNumber, "")
	nobody := s.lodge(report.MinorData, "PN-0000-0000", "")
	s.work()
	bob := s.person("bob", subject.Adult)
	for _, number := range []string{r.Number, nobody.Number, "RQ-0000-0000", "x"} {
		if _, err := s.Answer(t.Context(), bob.ID, number, grown, ""); !errors.Is(err, report.ErrUnknown) {
			t.Errorf("%v", err)
		}
	}
	ann := s.find(r.Number).Subject
	if _, err := s.Answer(t.Context(), ann, r.Number, "1990-02-30", ""); !errors.Is(err, guardian.ErrDateInvalid) || len(s.paused) != 1 {
		t.Error(err)
	}
}

func TestStaffDecide(t *testing.T) {
	s := open(t)
	ann, kid := s.person("ann", subject.Adult), s.person("kid", subject.Adult)
	unfounded, upheld := s.lodge(report.MinorData, ann.PrivacyNumber, ""), s.lodge(report.MinorData, kid.PrivacyNumber, "")
	complaint := s.lodge(report.Complaint, "", "无法联系到你们")
	s.work()
	queue, _, err := s.Queue(t.Context(), "", 10)
	if err != nil || len(queue) != 3 {
		t.Fatal(len(queue), err)
	}
	if text, err := s.Text(s.find(complaint.Number)); err != nil || text != "无法联系到你们" {
		t.Error(text, err)
	}
	if _, err := s.Decide(t.Context(), complaint.Number, "stf_1", false, ""); !errors.Is(err, report.ErrNotNow) {
		t.Error("decided without being looked at", err)
	}
	if _, err := s.Take(t.Context(), complaint.Number, "stf_1"); err != nil {
		t.Error(err)
	}
	if _, err := s.Decide(t.Context(), upheld.Number, "stf_1", true, grown); !errors.Is(err, report.ErrDate) {
		t.Error("upheld without evidence", err)
	}
	for number, birth := range map[string]string{unfounded.Number: "", complaint.Number: "", upheld.Number: young} {
		if _, err := s.Decide(t.Context(), number, "stf_1", birth != "", birth); err != nil {
			t.Error(err)
		}
		if _, err := s.Decide(t.Context(), number, "stf_1", false, ""); !errors.Is(err, report.ErrNotNow) {
			t.Error("decided twice", err)
		}
	}
	if after, _ := s.subjects.Find(t.Context(), kid.ID); after.Band != subject.Under14 || len(s.paused) != 0 {
		t.Error(after.Band, s.paused)
	}
	if queue, _, _ := s.Queue(t.Context(), "", 10); len(queue) != 0 {
		t.Error("decided reports are in the queue")
	}
	s.now = s.now.AddDate(3, 0, 0)
	if n, err := s.Sweep(t.Context()); n != 5 || err != nil { // three reports, two marks
		t.Error(n, err)
	}
}

func TestWhatSomebodyWritesIsSealedAndChecked(t *testing.T) {
	s := open(t)
	r := s.lodge(report.MinorData, "", "我女儿小石头在用")
	if bytes.Contains(r.Text, []byte("小石头")) {
		t.Error("in the clear")
	}
	for want, l := range map[error]report.Lodged{
		report.ErrKind:   {Kind: "gossip", Text: "x"},
		report.ErrNumber: {Kind: report.MinorData, PrivacyNumber: "PN-0000-0001"},
		report.ErrText:   {Kind: report.Complaint, PrivacyNumber: "PN-0000-0000", Text: " "},
	} {
		if _, err := s.Lodge(t.Context(), l); !errors.Is(err, want) {
			t.Errorf("%v, want %v", err, want)
		}
	}
	if _, err := s.Lodge(t.Context(), report.Lodged{Kind: report.Complaint, Text: strings.Repeat("字", 2001)}); !errors.Is(err, report.ErrText) {
		t.Error(err)
	}
}

func TestWhatFailsIsTriedAgainAndSeen(t *testing.T) {
	s := open(t)
	p := s.person("ann", subject.Adult)
	r := s.lodge(report.MinorData, p.PrivacyNumber, "")
	s.failing = errors.New("down")
	s.work()
	s.work()
	if s.alarms != 1 || s.find(r.Number).State != report.Received {
		t.Fatal(s.alarms, s.find(r.Number).State)
	}
	s.failing = nil
	s.now = s.now.Add(time.Minute)
	s.work()
	if s.paused[p.ID] != r.Number {
		t.Error("given up")
	}
}

func TestAnAnswerThatRacesThePauseEndsIt(t *testing.T) {
	s := open(t)
	p := s.person("ann", subject.Adult)
	r := s.lodge(report.MinorData, p.PrivacyNumber, "")
	s.during = func() {
		if _, err := s.Answer(t.Context(), p.ID, r.Number, grown, ""); err != nil {
			t.Error(err)
		}
	}
	s.work()
	s.work()
	if len(s.paused) != 0 {
		t.Error("paused after it was answered")
	}
}

func TestEveryWriteMayFailBeforeOrAfter(t *testing.T) {
	for name, fail := range map[string]func(*flaky.Engine, int){"before": (*flaky.Engine).FailBefore, "after": (*flaky.Engine).FailAfter} {
		for step := 1; step <= 8; step++ {
			s := open(t)
			p := s.person("ann", subject.Adult)
			r := s.lodge(report.MinorData, p.PrivacyNumber, "")
			fail(s.engine, step)
			for range 4 {
				_, _ = s.Work(t.Context())
				s.now = s.now.Add(time.Minute)
			}
			for range 3 {
				_, _ = s.Answer(t.Context(), p.ID, r.Number, grown, "")
				_, _ = s.Work(t.Context())
				s.now = s.now.Add(time.Minute)
			}
			if got := s.find(r.Number); len(s.paused) != 0 || got.AnsweredAt.IsZero() || !got.Next.IsZero() || len(s.told) != 2 {
				t.Errorf("%s write %d: paused %v, told %v, %+v", name, step, s.paused, s.told, got.Next)
			}
		}
	}
}

func TestAnErasedPersonIsInNoReport(t *testing.T) {
	s := open(t)
	p := s.person("ann", subject.Adult)
	r := s.lodge(report.MinorData, p.PrivacyNumber, "x")
	s.work()
	if left, err := s.Holder().Remains(t.Context(), p.ID); err != nil || len(left) != 2 {
		t.Fatal(left, err)
	}
	files, err := s.Holder().Export(t.Context(), p.ID)
	if err != nil || len(files[0].Records) != 1 || len(files[0].Excluded) != 1 {
		t.Fatal(files, err)
	}
	if kinds, err := s.Holder().Describe(t.Context(), p.ID); err != nil || kinds[0].Count != 1 {
		t.Fatal(kinds, err)
	}
	for range 2 {
		if _, err := s.Holder().Erase(t.Context(), p.ID); err != nil {
			t.Fatal(err)
		}
	}
	if left, err := s.Holder().Remains(t.Context(), p.ID); err != nil || len(left) != 0 {
		t.Fatal(left, err)
	}
	if s.find(r.Number).State != report.Checking {
		t.Error("the report itself is gone")
	}
	if n, err := s.Rewrap(t.Context()); n != 0 || err != nil {
		t.Error(n, err)
	}
}
