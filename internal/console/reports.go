package console

import (
	"errors"
	"net/http"

	"zhiqing/internal/casework"
	"zhiqing/internal/staff"
)

// What people without an account have reported: a minor's data, or a complaint.

func (k *Console) reportRoutes() []route {
	const one = "/console/reports/:number"
	return []route{
		{method: get, path: "/console/reports", needs: staff.RequestRead, do: k.reports},
		{method: get, path: one, needs: staff.RequestRead, do: k.oneReport},
		{method: post, path: one + "/ask", needs: staff.RequestRead, do: k.askForReport},
		{method: post, path: one + "/take", needs: staff.ComplaintDecide, do: k.takeReport},
		{method: post, path: one + "/decide", needs: staff.ComplaintDecide, do: k.decideReport},
	}
}

type reportsPage struct {
	List []casework.ReportItem
	More string
}

func (k *Console) reports(a *ask) error {
	list, next, err := k.o.Cases.Reports(a, a.session, a.query.Get("after"), pageSize)
	if err != nil {
		return err
	}
	return a.show("reports", reportsPage{list, k.more(a, next)})
}

type reportPage struct {
	casework.ReportCase
	Closed bool // about a minor, without an approval
	Wrong  string
	Today  string
}

// May reports whether an action is offered.
func (p reportPage) May(want casework.Action) bool {
	return casework.Case{Actions: p.Actions}.May(want)
}

func (k *Console) oneReport(a *ask) error { return k.showReport(a, reportPage{}) }

func (k *Console) showReport(a *ask, page reportPage) (err error) {
	page.Today = k.o.Now().In(china).Format("2006-01-02")
	page.ReportCase, err = k.o.Cases.OpenReport(a, a.session, a.param("number"))
	if errors.Is(err, staff.ErrApproval) {
		page.Closed = true
		a.c.Status(http.StatusForbidden)
		return a.show("report", page)
	}
	if err != nil {
		return err
	}
	return a.show("report", page)
}

func (k *Console) askForReport(a *ask) error {
	_, err := k.o.Cases.AskReport(a, a.session, a.param("number"))
	return k.reported(a, "asked", err)
}

func (k *Console) takeReport(a *ask) error {
	return k.reported(a, "taken", k.o.Cases.TakeReport(a, a.session, a.param("number")))
}

func (k *Console) decideReport(a *ask) error {
	upheld := a.field("verdict") == "upheld"
	return k.reported(a, "decided", k.o.Cases.AnswerReport(a, a.session, a.param("number"), upheld, a.field("birth")))
}

// reported goes back to the report, with what was wrong if something was.
func (k *Console) reported(a *ask, done string, err error) error {
	if err == nil {
		return a.to("/console/reports/"+a.param("number"), done)
	}
	if !answerable(err) {
		return err
	}
	p := k.o.Edge.Explain(a, err, a.lang, a.c.Set)
	a.c.Status(p.Status)
	return k.showReport(a, reportPage{Wrong: sentence(p)})
}
