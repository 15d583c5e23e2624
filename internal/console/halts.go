package console

import (
	"strings"

	"zhiqing/internal/fault"
	"zhiqing/internal/halt"
	"zhiqing/internal/staff"
)

// What is stopped by hand: a purpose, or provision to a recipient (policy L26, L29).

func (k *Console) haltRoutes() []route {
	return []route{
		{method: get, path: "/console/halts", needs: staff.PurposeStop, do: k.halts},
		{method: post, path: "/console/halts", needs: staff.PurposeStop, do: k.stop},
		{method: post, path: "/console/halts/lift", needs: staff.PurposeStop, do: k.lift},
		{method: post, path: "/console/halts/recalled", needs: staff.PurposeStop, do: k.recalled},
	}
}

type haltsPage struct {
	List                 []halted
	Purposes, Targets    []choice // what can be stopped: purposes, recipients
	Reasons              map[string]fault.Text
	What, Reason, Ticket string // as they were typed
	Wrong                string
}

// halted is a halt with what it is called.
type halted struct {
	halt.Halt
	Title  fault.Text
	Reason fault.Text
}

func (k *Console) halts(a *ask) error { return k.showHalts(a, haltsPage{}) }

func (k *Console) showHalts(a *ask, page haltsPage) error {
	list, err := k.o.Halts.List(a)
	if err != nil {
		return err
	}
	page.Reasons = halt.Reasons()
	var purposes, targets map[string]fault.Text
	page.Purposes, purposes = choices(k.o.Halts.Purposes())
	page.Targets, targets = choices(k.o.Halts.Recipients())
	for _, h := range list {
		title := purposes[h.Code]
		if h.Kind == halt.Recipient {
			title = targets[h.Code]
		}
		page.List = append(page.List, halted{h, title, halt.Title(h.Reason)})
	}
	return a.show("halts", page)
}

// choices are things by their codes, with their titles at hand.
func choices(all []halt.Thing) (list []choice, titles map[string]fault.Text) {
	titles = map[string]fault.Text{}
	for _, x := range all {
		titles[x.Code] = x.Title
		list = append(list, choice{Code: x.Code, Title: x.Title})
	}
	return list, titles
}

// what is `purpose/analytics.usage` or `recipient/sample_ads`.
func (a *ask) what() (halt.Kind, string) {
	kind, code, _ := strings.Cut(a.field("what"), "/")
	return halt.Kind(kind), code
}

func (k *Console) stop(a *ask) error {
	kind, code := a.what()
	_, err := k.o.Halts.Stop(a, a.session, kind, code, a.field("reason"), a.field("reference"))
	return k.halting(a, "stopped", err)
}

func (k *Console) lift(a *ask) error {
	kind, code := a.what()
	return k.halting(a, "lifted", k.o.Halts.Lift(a, a.session, kind, code))
}

func (k *Console) recalled(a *ask) error {
	_, code := a.what()
	return k.halting(a, "recalled", k.o.Halts.Recalled(a, a.session, code, a.field("reference")))
}

// halting goes back to the page: to read what has happened, or what was wrong.
func (k *Console) halting(a *ask, said string, err error) error {
	if err == nil {
		return a.to("/console/halts", said)
	}
	if !answerable(err) {
		return err
	}
	p := k.o.Edge.Explain(a, err, a.lang, a.c.Set)
	a.c.Status(p.Status)
	return k.showHalts(a, haltsPage{Wrong: sentence(p), What: a.field("what"), Reason: a.field("reason"), Ticket: a.field("reference")})
}
