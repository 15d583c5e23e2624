package app

import (
	"context"

	"zhiqing/internal/audit"
	"zhiqing/internal/ident"
	"zhiqing/internal/staff"
	"zhiqing/internal/staff/oidc"
)

// openStaff opens the audit and the desk of the operator's people.
func (a *App) openStaff(ctx context.Context, ids ident.Source) (err error) {
	if a.Audit, err = audit.Open(ctx, a.engine, a.now); err != nil {
		return err
	}
	a.Staff, err = staff.Open(ctx, staff.Options{
		Provider: a.identityProvider(),
		Engine:   a.engine, Vault: a.vault, Roles: a.roles, Audit: a.Audit, Now: a.now, IDs: ids, RequireTOTP: a.config.InProduction(), Cost: a.passwords,
	})
	return err
}

// identityProvider is where staff may sign in besides; nil for none.
func (a *App) identityProvider() staff.Provider {
	at := a.config.Staff.OIDC
	if at.Issuer == "" {
		return nil
	}
	return oidc.New(oidc.Options{
		Issuer: at.Issuer, ClientID: at.ClientID, Secret: at.ClientSecret, Redirect: a.config.BaseURL() + staff.CallbackPath, ACR: at.ACR, Now: a.now,
	})
}
