package casework_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"zhiqing/internal/casework"
	"zhiqing/internal/guardian"
	"zhiqing/internal/report"
	"zhiqing/internal/rights"
	"zhiqing/internal/staff"
)

// deed is one method, with the permission of roles.yaml that it needs, and whether it lists only.
type deed struct {
	name  string
	needs []staff.Permission
	lists bool
	do    func(s *stage, by staff.Session) error
}

var (
	aged    = casework.Evidence{Kind: "passport", Reference: "T-1"}
	decided = casework.Evidence{Kind: "court_judgment", Reference: "2026-1"}
	fulfil  = casework.Verdict{Fulfil: true, Text: "好"}
)

// offline waits for its identity to be verified.
func (s *stage) offline(by staff.Session, name string) (casework.Item, error) {
	return s.LodgeOffline(s.Context(), by, casework.Offline{
		PrivacyNumber: s.person(name, false).PrivacyNumber, Type: rights.Correct, Channel: "post",
		ReceivedAt: s.clock.now().Add(-time.Hour), Language: "zh-CN",
	})
}

func (s *stage) report(kind report.Kind, about string) report.Report {
	s.Helper()
	r, err := s.reports.Lodge(s.Context(), report.Lodged{Kind: kind, PrivacyNumber: about, Text: "一段文字"})
	s.must(err)
	_, err = s.reports.Work(s.Context())
	s.must(err)
	r, err = s.reports.Take(s.Context(), r.Number, "stf_nobody")
	s.must(err)
	return r
}

func (s *stage) complaint(name string) rights.Request {
	s.Helper()
	who := s.person(name, false)
	about := s.lodge(who, rights.Correct, "")
	c, err := s.rights.Complain(s.Context(), who.ID, about.Number, "不满意", "zh-CN")
	s.must(err)
	return c
}

func deeds(n string) []deed {
	read, decide := []staff.Permission{staff.RequestRead}, []staff.Permission{staff.RequestRead, staff.RequestDecide}
	complain := []staff.Permission{staff.RequestRead, staff.ComplaintDecide}
	request := func(s *stage) string { return s.lodge(s.person("p"+n, false), rights.Correct, "请改").Number }
	return []deed{
		{"Queue", read, true, func(s *stage, by staff.Session) error {
			_, err := s.Queue(s.Context(), by, casework.Filter{}, "", 10)
			return err
		}},
		{"Open", read, false, func(s *stage, by staff.Session) error { _, err := s.Open(s.Context(), by, request(s)); return err }},
		{"Take", decide, false, func(s *stage, by staff.Session) error { _, err := s.Take(s.Context(), by, request(s)); return err }},
		{"Decide", decide, false, func(s *stage, by staff.Session) error {
			_, err := s.Decide(s.Context(), by, request(s), fulfil)
			return err
		}},
		{"Decide a complaint", complain, false, func(s *stage, by staff.Session) error {
			_, err := s.Decide(s.Context(), by, s.complaint("c"+n).Number, fulfil)
			return err
		}},
		{"LodgeOffline", []staff.Permission{staff.RequestDecide}, false, func(s *stage, by staff.Session) error {
			_, err := s.offline(by, "o"+n)
			return err
		}},
		{"VerifyIdentity", append([]staff.Permission{staff.RequestIdentity}, decide...), false, func(s *stage, by staff.Session) error {
			r, err := s.rights.LodgeOffline(s.Context(), rights.Offline{
				Type: rights.Correct, Subject: s.person("v"+n, false).ID, Channel: "post", ReceivedAt: s.clock.now(), Language: "zh-CN",
			})
			s.must(err)
			_, err = s.VerifyIdentity(s.Context(), by, r.Number, true)
			return err
		}},
		{"Disputes", []staff.Permission{staff.DisputeResolve}, true, func(s *stage, by staff.Session) error {
			_, _, err := s.Disputes(s.Context(), by, "", 10)
			return err
		}},
		{"Resolve", []staff.Permission{staff.DisputeResolve}, false, func(s *stage, by staff.Session) error {
			s.world.disputes = []guardian.Dispute{{Link: "gdn_1", Minor: "sub_1"}}
			return s.Resolve(s.Context(), by, "gdn_1", true, decided)
		}},
		{"CorrectAge", []staff.Permission{staff.AgeCorrect}, false, func(s *stage, by staff.Session) error {
			return s.CorrectAge(s.Context(), by, s.person("a"+n, true).PrivacyNumber, aged)
		}},
		{"Reports", read, true, func(s *stage, by staff.Session) error { _, _, err := s.Reports(s.Context(), by, "", 10); return err }},
		{"OpenReport", read, false, func(s *stage, by staff.Session) error {
			_, err := s.OpenReport(s.Context(), by, s.report(report.Complaint, "").Number)
			return err
		}},
		{"TakeReport", complain, false, func(s *stage, by staff.Session) error {
			return s.TakeReport(s.Context(), by, s.report(report.Complaint, "").Number)
		}},
		{"AnswerReport", complain, false, func(s *stage, by staff.Session) error {
			return s.AnswerReport(s.Context(), by, s.report(report.Complaint, "").Number, false, "")
		}},
		{"AnswerReport that somebody is a minor", []staff.Permission{staff.RequestRead, staff.AgeCorrect}, false, func(s *stage, by staff.Session) error {
			about := s.person("m"+n, false).PrivacyNumber
			return s.AnswerReport(s.Context(), by, s.report(report.MinorData, about).Number, true, "2016-01-01")
		}},
	}
}

// Each method is allowed to exactly the roles of roles.yaml; a refusal writes only that it was refused.
func TestRolesDoWhatTheTableSaysAndNothingElse(t *testing.T) {
	for i, role := range roles {
		for j, d := range deeds(fmt.Sprint(i)) {
			t.Run(string(role)+" "+d.name, func(t *testing.T) {
				t.Parallel()
				s := open(t)
				by := s.on(fmt.Sprintf("officer%d.%d", i, j), role)
				want := true
				for _, p := range d.needs {
					want = want && s.staff.Roles().May(role, p)
				}
				err := d.do(s, by)
				if want && err != nil || !want && !errors.Is(err, staff.ErrForbidden) {
					t.Errorf("allowed=%v: %v", want, err)
				}
				if denied := s.rows("staff.denied"); (len(denied) == 1) == want {
					t.Errorf("%d rows of a refusal", len(denied))
				}
			})
		}
	}
}

// What lies under a fresh proof of identity in the table, the lists do not; the acts do.
func TestActsUnderStepUpWantItAndListsDoNot(t *testing.T) {
	s := open(t)
	by := s.on("child", staff.ChildDataOfficer)
	s.clock.pass(time.Hour)
	for _, d := range deeds("0") {
		stepUp := false
		for _, p := range d.needs {
			stepUp = stepUp || s.staff.Roles().StepUp(p)
		}
		if err := d.do(s, by); errors.Is(err, staff.ErrStepUp) != (stepUp && !d.lists) {
			t.Errorf("%s: %v", d.name, err)
		}
	}
}

func TestLapsedTrainingClosesEveryCase(t *testing.T) {
	s := open(t)
	by := s.on("child", staff.ChildDataOfficer)
	by.Officer.TrainedUntil = s.clock.now()
	for _, d := range deeds("0") {
		s.wants(d.do(s, by), staff.ErrTraining)
	}
}

// Nothing is shown and nothing done when the audit cannot be written.
func TestWithoutTheAuditNothingIsShownAndNothingHappens(t *testing.T) {
	for _, d := range deeds("0") {
		t.Run(d.name, func(t *testing.T) {
			s := open(t)
			by := s.on("child", staff.ChildDataOfficer)
			s.options.Audit = brokenAudit{}
			broken, err := casework.Open(s.options)
			s.must(err)
			s.Desk = broken
			s.wants(d.do(s, by), errBroken)
			if len(s.world.resolved)+len(s.world.adults)+len(s.world.minors)+len(s.world.told) > 0 {
				t.Error("something happened without a row")
			}
			open, _, err := s.rights.Queue(s.Context(), "", 100)
			s.must(err)
			for _, r := range open {
				if r.Handler != "" || r.State == rights.Fulfilled || r.Type == rights.Correct && d.name == "LodgeOffline" {
					t.Errorf("%s %s was changed without a row", r.Type, r.Number)
				}
			}
		})
	}
}
