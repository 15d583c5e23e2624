package casework

import (
	"context"
	"errors"
	"time"

	"zhiqing/internal/audit"
	"zhiqing/internal/report"
	"zhiqing/internal/rights"
	"zhiqing/internal/staff"
)

// ReportItem is one report in a list.
type ReportItem struct {
	Number            string
	Kind              report.Kind
	State             report.State
	ReceivedAt, DueAt time.Time
	WorkdaysLeft      int
	Urgency           rights.Urgency
	Handler           Hand
	Known             bool // it leads to an account
	Paused            bool // the account's optional purposes pause because of it
	Answered          bool // the person has answered the age question
	MinorsMatter      bool // opening it needs an approval
}

// ReportCase is one report as an officer may see it.
type ReportCase struct {
	ReportItem
	Text    string   // what was reported
	Band    string   // what the person answered; "" = nothing yet
	Actions []Action // ActTake, ActFulfil (uphold), ActRefuse (unfounded), ActApprove
}

// Reports lists open reports by due date; limit is 1…100. Faults: those of staff.Desk.Allow for request.read.
func (d *Desk) Reports(ctx context.Context, s staff.Session, after string, limit int) (list []ReportItem, next string, err error) {
	if err := d.o.Staff.Allow(ctx, s, staff.RequestRead); err != nil {
		return nil, "", err
	}
	if err := d.note(ctx, s, audit.Row{Action: "staff.queue_viewed", Fields: []string{"reports"}, Result: allowed}); err != nil {
		return nil, "", err
	}
	found, next, err := d.o.Reports.Queue(ctx, after, min(max(limit, 1), maxPage))
	for _, r := range found {
		i, err := d.reported(ctx, s, r)
		if err != nil {
			return nil, "", err
		}
		list = append(list, i)
	}
	return list, next, err
}

func (d *Desk) reported(ctx context.Context, s staff.Session, r report.Report) (ReportItem, error) {
	now, state := d.o.Now(), rights.InProgress
	if r.State.Over() {
		state = rights.Fulfilled
	}
	i := ReportItem{
		Number: r.Number, Kind: r.Kind, State: r.State, ReceivedAt: r.ReceivedAt, DueAt: r.DueAt, Handler: hand(s, r.Handler),
		Urgency: rights.UrgencyOf(rights.Request{State: state, ReceivedAt: r.ReceivedAt, DueAt: r.DueAt}, now),
		Known:   r.Subject != "", Paused: r.Restricted, Answered: !r.AnsweredAt.IsZero(),
	}
	if !r.State.Over() {
		i.WorkdaysLeft = d.o.Workdays(now, r.DueAt)
	}
	var err error
	if r.Subject != "" {
		i.MinorsMatter, err = d.isMinor(ctx, r.Subject)
	}
	return i, err
}

// OpenReport shows a report; the row is in the audit before. One on a known minor needs an approval, as Open does. Faults:
// those of staff.Desk.Allow, Use and Spend, report.ErrUnknown.
func (d *Desk) OpenReport(ctx context.Context, s staff.Session, number string) (ReportCase, error) {
	r, err := d.findReport(ctx, s, number)
	if err == nil {
		err = d.o.Staff.Spend(ctx, s.Officer, staff.Cases)
	}
	if err != nil {
		return ReportCase{}, err
	}
	i, err := d.reported(ctx, s, r)
	if err != nil {
		return ReportCase{}, err
	}
	c := ReportCase{ReportItem: i}
	noted := reportRow("staff.report_viewed", r, allowed)
	if closed := d.unlockReport(ctx, s, i, r); errors.Is(closed, staff.ErrApproval) {
		noted.Result = approval
		if err := d.note(ctx, s, noted); err != nil {
			return ReportCase{}, err
		}
		c.Actions = []Action{ActApprove}
		return c, closed
	} else if closed != nil {
		return ReportCase{}, closed
	}
	noted.Fields = []string{"text"}
	if err := d.note(ctx, s, noted); err != nil {
		return ReportCase{}, err
	}
	if c.Text, err = d.o.Reports.Text(r); err != nil {
		return ReportCase{}, err
	}
	c.Band, c.Actions = string(r.Band), d.reportActions(s, r)
	return c, nil
}

// AskReport puts a report on a minor before the other officers. Faults: those of staff.Desk.Ask, report.ErrUnknown.
func (d *Desk) AskReport(ctx context.Context, s staff.Session, number string) (staff.Approval, error) {
	r, err := d.findReport(ctx, s, number)
	if err != nil {
		return staff.Approval{}, err
	}
	return d.o.Staff.Ask(ctx, s, staff.Question{
		Permission: staff.MinorAccessRequest, Record: r.Subject, Reason: reportReason(r), Reference: r.Number,
	})
}

// TakeReport gives an open report to this officer. Faults: those of staff.Desk.Allow for complaint.decide, report.ErrUnknown,
// ErrMoved.
func (d *Desk) TakeReport(ctx context.Context, s staff.Session, number string) error {
	if err := d.o.Staff.Allow(ctx, s, staff.ComplaintDecide); err != nil {
		return err
	}
	r, err := d.findReport(ctx, s, number)
	if err != nil {
		return err
	}
	return d.moved(d.act(ctx, s, reportRow("staff.report_taken", r, allowed), func() error {
		_, err := d.o.Reports.Take(ctx, r.Number, s.Officer.ID)
		return err
	}))
}

// AnswerReport ends a report. Upholding one on an account makes that account a minor's, by the birth date (YYYY-MM-DD) in
// evidence, which is used and not kept: it needs age.correct; everything else needs complaint.decide. Faults: those of
// staff.Desk.Allow and Use, report.ErrUnknown, ErrDate, age.date_*, ErrMoved.
func (d *Desk) AnswerReport(ctx context.Context, s staff.Session, number string, upheld bool, birth string) error {
	r, err := d.findReport(ctx, s, number)
	if err == nil {
		err = d.o.Staff.Allow(ctx, s, reportPermission(r, upheld))
	}
	if err != nil {
		return err
	}
	i, err := d.reported(ctx, s, r)
	if err == nil {
		err = d.unlockReport(ctx, s, i, r)
	}
	if err != nil {
		return err
	}
	if r.State.Over() {
		return ErrMoved
	}
	action, result := "complaint.decided", "unfounded"
	if upheld {
		result = "upheld"
	}
	if reportPermission(r, upheld) == staff.AgeCorrect {
		action = "age.corrected"
	}
	return d.moved(d.act(ctx, s, reportRow(action, r, result), func() error {
		_, err := d.o.Reports.Decide(ctx, r.Number, s.Officer.ID, upheld, birth)
		return err
	}))
}

func (d *Desk) findReport(ctx context.Context, s staff.Session, number string) (report.Report, error) {
	if err := d.o.Staff.Allow(ctx, s, staff.RequestRead); err != nil {
		return report.Report{}, err
	}
	r, err := d.o.Reports.Find(ctx, number)
	if errors.Is(err, report.ErrUnknown) {
		err = d.nowhere(ctx, s, err, audit.Row{Action: "staff.report_viewed", Reason: forComplaint})
	}
	return r, err
}

func (d *Desk) unlockReport(ctx context.Context, s staff.Session, i ReportItem, r report.Report) error {
	if !i.MinorsMatter {
		return nil
	}
	_, err := d.o.Staff.Use(ctx, s, staff.MinorAccessRequest, r.Subject)
	return err
}

// reportPermission is what ending a report this way needs.
func reportPermission(r report.Report, upheld bool) staff.Permission {
	if upheld && r.Kind == report.MinorData && r.Subject != "" {
		return staff.AgeCorrect
	}
	return staff.ComplaintDecide
}

func (d *Desk) reportActions(s staff.Session, r report.Report) (list []Action) {
	may := func(p staff.Permission) bool { return d.o.Staff.Roles().May(s.Officer.Role, p) }
	if r.State.Over() {
		return nil
	}
	if may(staff.ComplaintDecide) && r.Handler != s.Officer.ID {
		list = append(list, ActTake)
	}
	if r.State != report.Checking {
		return list
	}
	if may(reportPermission(r, true)) {
		list = append(list, ActFulfil)
	}
	if may(reportPermission(r, false)) {
		list = append(list, ActRefuse)
	}
	return list
}

func reportRow(action string, r report.Report, result string) audit.Row {
	return audit.Row{Action: action, Subject: r.Subject, Reason: reportReason(r), Reference: r.Number, Result: result}
}

func reportReason(r report.Report) string {
	if r.Kind == report.Complaint {
		return forComplaint
	}
	return forGuardian
}

// moved says a lost race in this package's words.
func (d *Desk) moved(err error) error {
	if errors.Is(err, report.ErrNotNow) {
		return ErrMoved.Because(err)
	}
	return err
}
