package app

import (
	"context"
	"errors"
	"time"

	"zhiqing/config"
	"zhiqing/internal/consent"
	"zhiqing/internal/store"
	"zhiqing/internal/subject"
)

// Verify walks every chain of a store, the books' and the audit's, and looks whether what is erased is gone, also beside a running server. It changes
// nothing.
func Verify(ctx context.Context, cfg config.Config) (report Report, err error) {
	engine, err := OpenStoreToRead(ctx, cfg.Store)
	if err != nil {
		return report, err
	}
	defer func() { err = errors.Join(err, engine.Close()) }()
	desk, err := consent.Open(ctx, consent.Options{Engine: engine, Now: Clock})
	if err != nil {
		return report, err
	}
	if report.Report, err = desk.Verify(ctx); err != nil {
		return report, err
	}
	if err := verifyErased(ctx, engine, &report); err != nil {
		return report, err
	}
	return report, verifyAudit(ctx, engine, &report)
}

// verifyErased adds every erased subject of which something can still be read.
func verifyErased(ctx context.Context, engine store.Engine, report *Report) error {
	people, err := subject.Open(ctx, subject.Options{Engine: engine, Now: Clock})
	if err != nil {
		return err
	}
	_, err = people.VerifyErased(ctx, report.Break)
	return err
}

// Finding is one line of an examination.
type Finding struct {
	What    string // config, keys, store, staff, sign-in, policy, wechat
	Finding string
	Err     error // what is wrong, with what to do; nil = sound
}

// Examine checks what a start needs: keys, store, staff and where they sign in, policy, WeChat. It changes nothing, so it runs beside a server.
func Examine(ctx context.Context, cfg config.Config) []Finding {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	return []Finding{
		{"config", "mode " + cfg.Mode, nil},
		ledgerFile.examine("keys", cfg.Vault.Keyset, cfg.InProduction()),
		vaultFile.examine("vault keys", cfg.Vault.Keys, cfg.InProduction()),
		examineStore(ctx, cfg),
		examineStaff(ctx, cfg),
		examineProvider(ctx, cfg),
		examinePolicy(cfg),
		examineWeChat(cfg),
	}
}
