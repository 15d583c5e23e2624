package app

import (
	"context"
	"time"

	"zhiqing/config"
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
	if a.config.Staff.OIDC.Issuer == "" {
		return nil
	}
	return oidc.New(providerOptions(a.config, a.now))
}

func providerOptions(c config.Config, now func() time.Time) oidc.Options {
	at := c.Staff.OIDC
	return oidc.Options{Issuer: at.Issuer, ClientID: at.ClientID, Secret: at.ClientSecret, Redirect: c.BaseURL() + staff.CallbackPath, ACR: at.ACR, Now: now}
}

// examineProvider says whether the identity provider answers, and what it must know of this program.
func examineProvider(ctx context.Context, c config.Config) Finding {
	if c.Staff.OIDC.Issuer == "" {
		return Finding{"sign-in", "local accounts", nil}
	}
	o := providerOptions(c, Clock)
	if err := oidc.New(o).Reach(ctx); err != nil {
		return Finding{"sign-in", o.Issuer + " cannot be reached; local accounts still work", err}
	}
	return Finding{"sign-in", o.Issuer + " answers; the redirect URI to register there is " + o.Redirect, nil}
}
