package console

import (
	"zhiqing/internal/casework"
	"zhiqing/internal/staff"
)

// What only the child-data officer decides: guardians who disagree, and ages that were declared wrongly.

func (k *Console) disputeRoutes() []route {
	return []route{
		{method: get, path: "/console/disputes", needs: staff.DisputeResolve, do: k.disputes},
		{method: post, path: "/console/disputes/:ref", needs: staff.DisputeResolve, do: k.resolve},
		{method: post, path: "/console/ages", needs: staff.AgeCorrect, do: k.correctAge},
	}
}

type disputesPage struct {
	List            []casework.Dispute
	More            string
	Evidence, Proof []casework.EvidenceKind // of disputes, of ages
	Form            struct{ Number, Kind, Reference string }
	Wrong, WrongAge string
}

func (k *Console) disputes(a *ask) error { return k.showDisputes(a, disputesPage{}) }

func (k *Console) showDisputes(a *ask, page disputesPage) error {
	list, next, err := k.o.Cases.Disputes(a, a.session, a.query.Get("after"), pageSize)
	if err != nil {
		return err
	}
	page.List, page.More, page.Evidence, page.Proof = list, k.more(a, next), casework.DisputeEvidence(), casework.AgeEvidence()
	return a.show("disputes", page)
}

func (k *Console) resolve(a *ask) error {
	e := casework.Evidence{Kind: a.field("kind"), Reference: a.field("reference")}
	err := k.o.Cases.Resolve(a, a.session, a.param("ref"), a.field("favour") == "yes", e)
	if err == nil {
		return a.to("/console/disputes", "resolved")
	}
	if !answerable(err) {
		return err
	}
	p := k.o.Edge.Explain(a, err, a.lang, a.c.Set)
	a.c.Status(p.Status)
	return k.showDisputes(a, disputesPage{Wrong: sentence(p)})
}

func (k *Console) correctAge(a *ask) error {
	page := disputesPage{}
	page.Form.Number, page.Form.Kind, page.Form.Reference = a.field("number"), a.field("kind"), a.field("reference")
	err := k.o.Cases.CorrectAge(a, a.session, page.Form.Number, casework.Evidence{Kind: page.Form.Kind, Reference: page.Form.Reference})
	if err == nil {
		return a.to("/console/disputes", "age")
	}
	if !answerable(err) {
		return err
	}
	p := k.o.Edge.Explain(a, err, a.lang, a.c.Set)
	a.c.Status(p.Status)
	page.WrongAge = sentence(p)
	return k.showDisputes(a, page)
}
