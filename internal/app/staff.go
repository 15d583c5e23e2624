package app

import (
	"context"

	"zhiqing/internal/audit"
	"zhiqing/internal/ident"
	"zhiqing/internal/staff"
)

// openStaff opens the audit and the desk of the operator's people.
func (a *App) openStaff(ctx context.Context, ids ident.Source) (err error) {
	if a.Audit, err = audit.Open(ctx, a.engine, a.now); err != nil {
		return err
	}
	a.Staff, err = staff.Open(ctx, staff.Options{
		Engine: a.engine, Vault: a.vault, Roles: a.roles, Audit: a.Audit, Now: a.now, IDs: ids, RequireTOTP: a.config.InProduction(), Cost: a.passwords,
	})
	return err
}
