package console

import "zhiqing/internal/staff"

// What other officers have asked: the second pair of eyes (未成年人网络保护条例 art. 36).

func (k *Console) approvalRoutes() []route {
	return []route{
		{method: get, path: "/console/approvals", needs: staff.MinorAccessApprove, do: k.approvals},
		{method: post, path: "/console/approvals/:id", needs: staff.MinorAccessApprove, do: k.answerApproval},
	}
}

type approvalsPage struct {
	Waiting []staff.Approval
	Mine    []staff.Approval
	Names   map[string]string // of those who asked
}

func (k *Console) approvals(a *ask) (err error) {
	page := approvalsPage{Names: map[string]string{}}
	if page.Waiting, err = k.o.Staff.Waiting(a, a.session); err != nil {
		return err
	}
	if page.Mine, err = k.o.Staff.Mine(a, a.session); err != nil {
		return err
	}
	accounts, err := k.o.Staff.List(a)
	if err != nil {
		return err
	}
	for _, account := range accounts {
		page.Names[account.ID] = account.Name
	}
	return a.show("approvals", page)
}

func (k *Console) answerApproval(a *ask) error {
	answer, said := k.o.Staff.Deny, "denied"
	if a.field("answer") == "approve" {
		answer, said = k.o.Staff.Approve, "approved"
	}
	if _, err := answer(a, a.session, a.param("id")); err != nil {
		return err
	}
	return a.to("/console/approvals", said)
}
