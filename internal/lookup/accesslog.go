package lookup

import (
	"context"
	"strings"

	"zhiqing/internal/audit"
	"zhiqing/internal/staff"
)

// AccessLog lists what staff did with somebody's record, newest first, at most limit (1…1000) rows: what happened, and never who
// it was. A page may hold fewer; next is "" at the end. after is the next of the call before.
func (d *Desk) AccessLog(ctx context.Context, subject, after string, limit int) (list []Access, next string, err error) {
	rows, next, err := d.o.Audit.Find(ctx, audit.Query{Subject: subject, After: after, Limit: limit})
	if err != nil {
		return nil, "", err
	}
	for _, r := range rows {
		if strings.HasPrefix(r.Actor, "stf_") {
			list = append(list, d.access(r))
		}
	}
	return list, next, nil
}

// access leaves out who it was. A reference is shown only in the form that has no room for a name.
func (d *Desk) access(r audit.Row) Access {
	a := Access{
		At: r.At, Role: r.Role, RoleTitle: d.o.Staff.Roles().Title(staff.Role(r.Role)), Reason: r.Reason, Action: r.Action, ActionTitle: otherAction,
		Fields: r.Fields, Result: r.Result,
	}
	a.ReasonTitle, _ = ReasonTitle(r.Reason)
	if t, ok := ActionTitle(r.Action); ok {
		a.ActionTitle = t
	}
	if isReference(r.Reference) {
		a.Reference = r.Reference
	}
	return a
}
