package console

import (
	"net/http"

	"zhiqing/internal/lookup"
	"zhiqing/internal/staff"
)

func (k *Console) homeRoutes() []route {
	return []route{{method: get, path: home, do: k.home}}
}

// homes are where an officer who may not look people up begins.
var homes = []struct {
	needs staff.Permission
	path  string
}{
	{staff.RequestRead, "/console/requests"},
	{staff.OverviewRead, "/console/overview"},
	{staff.AuditRead, "/console/audit"},
	{staff.ManageStaff, "/console/staff"},
}

// home is the look-up; for who may not, the first page that they may see.
func (k *Console) home(a *ask) error {
	if a.may(staff.LookupSubject) {
		return a.show("lookup", lookupForm{Reasons: lookup.Reasons()})
	}
	for _, h := range homes {
		if a.may(h.needs) {
			return a.c.Redirect(h.path, http.StatusSeeOther)
		}
	}
	return staff.ErrForbidden
}
