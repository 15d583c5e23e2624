package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"zhiqing/config"
	"zhiqing/internal/ledger"
	"zhiqing/internal/store"
	"zhiqing/internal/vault"
)

// OpenKeys reads both key files and makes sure that they are those of the store. Development makes missing ones, but
// only for a store that has never seen any: a lost file stops the start. Whatever is wrong, the store and the files stay
// as they are.
func OpenKeys(ctx context.Context, e store.Engine, c config.Config, now time.Time) (signing ledger.Keyset, sealing vault.Keys, err error) {
	signing, errSigning := ledgerFile.read(c.Vault.Keyset, c.InProduction())
	sealing, errSealing := vaultFile.read(c.Vault.Keys, c.InProduction())
	if err = errors.Join(unlessMissing(errSigning), unlessMissing(errSealing)); err != nil {
		return signing, sealing, err
	}
	if gone := errors.Join(errSigning, errSealing); gone != nil {
		if err = mayBeMade(ctx, e, gone, c.InProduction()); err != nil {
			return signing, sealing, err
		}
		if signing, err = LoadKeys(c.Vault.Keyset, false, now); err != nil {
			return signing, sealing, err
		}
		if sealing, err = LoadVaultKeys(c.Vault.Keys, false, now); err != nil {
			return signing, sealing, err
		}
	}
	return signing, sealing, CheckKeys(ctx, e, c.Vault, signing, sealing)
}

func unlessMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// mayBeMade says why missing files must not be made anew, if so.
func mayBeMade(ctx context.Context, e store.Engine, gone error, production bool) error {
	known, err := hasKeyChecks(ctx, e)
	switch {
	case err != nil:
		return err
	case known:
		return fmt.Errorf("%w; this store was made with key files, and new ones could not read it: put the lost one back, nothing has been changed", gone)
	case production:
		return fmt.Errorf("%w; %s", gone, makeThem)
	}
	return nil
}

// keyCheck is what a store remembers of a key file, one document per file. It recognises the file and holds no secret.
type keyCheck struct {
	Canary string `bson:"canary"`
	KEK    string `bson:"kek,omitempty"` // the newest primary KEK that was in use; a file without it is an older copy
}

// keyFact is a key file as it is now, to be compared with the store's check.
type keyFact struct {
	id, setting, path string
	keyCheck
	has func(kek string) bool
}

func keyFacts(files config.Vault, signing ledger.Keyset, sealing vault.Keys) []keyFact {
	sum := sha256.Sum256(signing.Derive("canary"))
	return []keyFact{
		{"ledger", ledgerFile.setting, files.Keyset, keyCheck{Canary: hex.EncodeToString(sum[:])}, nil},
		{"vault", vaultFile.setting, files.Keys, keyCheck{sealing.Canary(), sealing.Primary()}, sealing.Has},
	}
}

// CheckKeys compares the keys with the files that the store was made with, and notes them in a store that has seen none.
// Call it again when a rotated file was taken into use. With a wrong file nothing is written.
func CheckKeys(ctx context.Context, e store.Engine, files config.Vault, signing ledger.Keyset, sealing vault.Keys) error {
	checks, err := openKeyChecks(ctx, e)
	if err != nil {
		return err
	}
	facts := keyFacts(files, signing, sealing)
	for _, f := range facts {
		if err := f.compare(ctx, checks); err != nil {
			return err
		}
	}
	for _, f := range facts {
		if _, err := checks.Upsert(ctx, f.id, f.note); err != nil {
			return err
		}
	}
	return nil
}

func (f keyFact) compare(ctx context.Context, checks *store.Collection[keyCheck]) error {
	noted, err := checks.Get(ctx, f.id)
	if errors.Is(err, store.ErrMissing) {
		return nil
	}
	return errors.Join(err, f.agrees(noted))
}

// note writes down what is new; another program may have been faster, so it compares again.
func (f keyFact) note(noted *keyCheck, exists bool) error {
	if exists {
		if err := f.agrees(*noted); err != nil {
			return err
		}
		if *noted == f.keyCheck {
			return store.ErrUnchanged
		}
	}
	*noted = f.keyCheck
	return nil
}

func (f keyFact) agrees(noted keyCheck) error {
	switch {
	case noted.Canary != f.Canary:
		return fmt.Errorf("%s: %s is not the key file this store was made with; put the right one back, nothing has been changed", f.setting, f.path)
	case noted.KEK != "" && !f.has(noted.KEK):
		return fmt.Errorf("%s: %s is an older copy: it lacks the key %s, which this store uses; put the newest one back, nothing has been changed", f.setting, f.path, noted.KEK)
	}
	return nil
}

func openKeyChecks(ctx context.Context, e store.Engine) (*store.Collection[keyCheck], error) {
	return store.Open[keyCheck](ctx, e, "key_checks")
}

func hasKeyChecks(ctx context.Context, e store.Engine) (bool, error) {
	checks, err := openKeyChecks(ctx, e)
	if err != nil {
		return false, err
	}
	for _, f := range []string{"ledger", "vault"} {
		if _, err := checks.Get(ctx, f); !errors.Is(err, store.ErrMissing) {
			return err == nil, err
		}
	}
	return false, nil
}
