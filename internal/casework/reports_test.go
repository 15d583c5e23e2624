package casework_test

import (
	"slices"
	"testing"

	"zhiqing/internal/casework"
	"zhiqing/internal/guardian"
	"zhiqing/internal/report"
	"zhiqing/internal/staff"
)

// The text of a report is read with a row before it; the list has none of it.
func TestAReportIsOpenedWithARow(t *testing.T) {
	s := open(t)
	by, about := s.on("po", staff.PrivacyOfficer), s.person("wang", false)
	r := s.report(report.MinorData, about.PrivacyNumber)
	list, _, err := s.Reports(t.Context(), by, "", 10)
	s.must(err)
	if len(list) != 1 || list[0].Number != r.Number || !list[0].Known || list[0].WorkdaysLeft != 15 || list[0].MinorsMatter {
		t.Errorf("%+v", list)
	}
	c, err := s.OpenReport(t.Context(), by, r.Number)
	s.must(err)
	if c.Text != "一段文字" || !slices.Equal(c.Actions, []casework.Action{casework.ActTake, casework.ActRefuse}) {
		t.Errorf("a privacy officer may find it unfounded, and no more: %+v", c)
	}
	if rows := s.rows("staff.report_viewed"); len(rows) != 1 || rows[0].Subject != about.ID || rows[0].Reference != r.Number {
		t.Errorf("%+v", rows)
	}
}

// To uphold one makes an account a minor's: by the birth date in evidence, which is in no row.
func TestUpholdingAReportMakesTheAccountAMinors(t *testing.T) {
	s := open(t)
	by, about := s.on("child", staff.ChildDataOfficer), s.person("wang", false)
	r := s.report(report.MinorData, about.PrivacyNumber)
	s.wants(s.AnswerReport(t.Context(), by, r.Number, true, "1990-01-01"), report.ErrDate)
	s.wants(s.AnswerReport(t.Context(), by, r.Number, true, "yesterday"), guardian.ErrDateInvalid)
	s.must(s.AnswerReport(t.Context(), by, r.Number, true, "2016-05-01"))
	if !slices.Equal(s.world.minors, []string{about.ID}) {
		t.Errorf("%v", s.world.minors)
	}
	rows := s.rows("age.corrected")
	if len(rows) == 0 || rows[0].Result != "upheld" || slices.Contains(rows[0].Fields, "2016-05-01") || rows[0].Reference != r.Number {
		t.Errorf("%+v", rows)
	}
	s.wants(s.AnswerReport(t.Context(), by, r.Number, false, ""), casework.ErrMoved)
}

func TestAReportOnAKnownMinorNeedsAnApproval(t *testing.T) {
	s := open(t)
	first, second := s.on("first", staff.ChildDataOfficer), s.on("second", staff.PrivacyOfficer)
	r := s.report(report.MinorData, s.person("kid", true).PrivacyNumber)
	c, err := s.OpenReport(t.Context(), first, r.Number)
	s.wants(err, staff.ErrApproval)
	if c.Text != "" || !slices.Equal(c.Actions, []casework.Action{casework.ActApprove}) {
		t.Errorf("%+v", c)
	}
	s.wants(s.AnswerReport(t.Context(), first, r.Number, false, ""), staff.ErrApproval)
	a, err := s.AskReport(t.Context(), first, r.Number)
	s.approve(second, a, err)
	c, err = s.OpenReport(t.Context(), first, r.Number)
	if err != nil || c.Text == "" {
		t.Errorf("%+v %v", c, err)
	}
	s.must(s.AnswerReport(t.Context(), first, r.Number, false, ""))
}
