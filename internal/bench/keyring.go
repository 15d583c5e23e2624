package bench

import (
	"context"
	"errors"
	"io"
	"time"

	"zhiqing/config/policy"
	"zhiqing/internal/app"
	"zhiqing/internal/guardian"
	"zhiqing/internal/ident"
	"zhiqing/internal/ledger"
	"zhiqing/internal/store"
	"zhiqing/internal/subject"
	"zhiqing/internal/vault"
)

// keyring is both key files of a data set: what the server is started with.
type keyring struct {
	signing ledger.Keyset
	sealing vault.Keys
}

// keys reads a data set's key files, and makes them the first time.
func (f folder) keys() (k keyring, err error) {
	signing, errSigning := app.LoadKeys(f.path(keysFile), false, app.Clock())
	sealing, errSealing := app.LoadVaultKeys(f.path(vaultKeysFile), false, app.Clock())
	return keyring{signing, sealing}, errors.Join(errSigning, errSealing)
}

// register opens the register of people over an engine, as the program does.
func (k keyring) register(ctx context.Context, engine store.Engine, now func() time.Time, random io.Reader) (*subject.Register, guardian.Rules, error) {
	rules, err := guardian.LoadRules(policy.FS)
	if err != nil {
		return nil, rules, err
	}
	sealed, err := vault.Open(vault.Options{Keys: k.sealing, Random: random, Now: now})
	if err != nil {
		return nil, rules, err
	}
	people, err := subject.Open(ctx, subject.Options{
		Engine: engine, AppID: appID, Key: k.signing.Derive("identity"), Vault: sealed, Now: now, IDs: ident.Source{Reader: random}, Ages: rules.At,
	})
	return people, rules, err
}
