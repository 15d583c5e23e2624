package app

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"zhiqing/config"
	"zhiqing/internal/ledger"
	"zhiqing/internal/vault"
)

// keyFile is one of the two key files: the setting that names it, and how its content is read and made.
type keyFile[K interface {
	Origin() string
	Encode() []byte
}] struct {
	setting string
	parse   func([]byte) (K, error)
	make    func(random io.Reader, now time.Time, origin string) K
}

var (
	ledgerFile = keyFile[ledger.Keyset]{"vault.keyset", ledger.ParseKeyset, ledger.NewKeyset}
	vaultFile  = keyFile[vault.Keys]{"vault.keys", vault.ParseKeys, vault.NewKeys}
)

// LoadKeys reads the key file that signs. In development a missing file is made; in production it must exist, must not
// be readable by others, and must not come from development. A program with a store calls OpenKeys.
func LoadKeys(path string, production bool, now time.Time) (ledger.Keyset, error) {
	return ledgerFile.loadOrMake(path, production, now)
}

// LoadVaultKeys is LoadKeys for the key file that seals personal data.
func LoadVaultKeys(path string, production bool, now time.Time) (vault.Keys, error) {
	return vaultFile.loadOrMake(path, production, now)
}

// CreateKeys writes a new key file that signs, readable by its owner alone. It never overwrites one (fs.ErrExist): losing
// keys loses sessions and the proof behind receipts.
func CreateKeys(path, origin string, now time.Time) (ledger.Keyset, error) {
	return ledgerFile.create(path, origin, now)
}

// CreateVaultKeys is CreateKeys for the key file that seals: losing it loses the personal data.
func CreateVaultKeys(path, origin string, now time.Time) (vault.Keys, error) {
	return vaultFile.create(path, origin, now)
}

// RotateKeys gives both key files new keys: signing keys, whose old public halves stay, so that what they signed still
// verifies, and a key-encryption key, the old ones staying for what they wrapped. Each file is replaced in one step, after
// both were read; a crash between the two steps is healed by another run.
func RotateKeys(files config.Vault, now time.Time) error {
	signing, errSigning := ledgerFile.read(files.Keyset, false)
	sealing, errSealing := vaultFile.read(files.Keys, false)
	if err := errors.Join(errSigning, errSealing); err != nil {
		return err
	}
	next, err := signing.Rotate(rand.Reader, now, ledger.UseToken, ledger.UseReceipt)
	if err != nil {
		return err
	}
	if err := ledgerFile.replace(files.Keyset, next); err != nil {
		return err
	}
	return vaultFile.replace(files.Keys, sealing.Rotate(rand.Reader, now))
}

func (f keyFile[K]) loadOrMake(path string, production bool, now time.Time) (K, error) {
	keys, err := f.read(path, production)
	switch {
	case !errors.Is(err, fs.ErrNotExist):
		return keys, err
	case production:
		return keys, fmt.Errorf("%w; %s", err, makeThem)
	}
	return f.createOrRead(path, now)
}

const makeThem = "make key files with `zhiqing keys init` and keep a copy in a safe place"

// read reads a key file that only its owner may read; the error is fs.ErrNotExist when there is none.
func (f keyFile[K]) read(path string, production bool) (none K, err error) {
	data, err := readPrivate(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return none, f.wrong(missing{path})
	case err != nil:
		return none, f.wrong(err)
	}
	keys, err := f.parse(data)
	if err != nil {
		return none, f.wrong(fmt.Errorf("%s: %w", path, err))
	}
	if production && keys.Origin() == ledger.OriginDevelopment {
		return none, f.wrong(fmt.Errorf("%s holds development keys; production needs its own: move the file away and run `zhiqing keys init`", path))
	}
	return keys, nil
}

// missing says that there is no key file; it is an fs.ErrNotExist.
type missing struct{ path string }

func (m missing) Error() string { return "there is no key file at " + m.path }

func (missing) Is(target error) bool { return target == fs.ErrNotExist }

// createOrRead makes development keys; when another program that starts just now was faster, its keys are taken.
func (f keyFile[K]) createOrRead(path string, now time.Time) (K, error) {
	keys, err := f.create(path, ledger.OriginDevelopment, now)
	if errors.Is(err, fs.ErrExist) {
		return f.read(path, false)
	}
	return keys, err
}

func (f keyFile[K]) create(path, origin string, now time.Time) (none K, err error) {
	keys := f.make(rand.Reader, now, origin)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return none, f.wrong(err)
	}
	// Written aside and linked into place, so that a crash leaves a whole file or none, and an existing one stays.
	temporary, err := writeAside(path, keys.Encode())
	if err != nil {
		return none, f.wrong(err)
	}
	defer func() { _ = os.Remove(temporary) }()
	err = os.Link(temporary, path)
	switch {
	case errors.Is(err, fs.ErrExist):
		return none, f.wrong(present{path})
	case err != nil:
		return none, f.wrong(err)
	}
	return keys, nil
}

// present says that a file is there already; it is an fs.ErrExist.
type present struct{ path string }

func (p present) Error() string {
	return fmt.Sprintf("there is a key file at %s already; it is never overwritten", p.path)
}

func (present) Is(target error) bool { return target == fs.ErrExist }

func (f keyFile[K]) replace(path string, keys K) error {
	temporary, err := writeAside(path, keys.Encode())
	if err != nil {
		return f.wrong(err)
	}
	if err := os.Rename(temporary, path); err != nil {
		return f.wrong(errors.Join(err, os.Remove(temporary)))
	}
	return nil
}

func (f keyFile[K]) wrong(err error) error { return fmt.Errorf("%s: %w", f.setting, err) }

// readPrivate reads a file that only its owner may read.
func readPrivate(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("%s can be read by others (mode %04o); run: chmod 600 %s", path, info.Mode().Perm(), path)
	}
	return os.ReadFile(path)
}

// writeAside writes data, readable by its owner alone, to a new file beside path and returns its name.
func writeAside(path string, data []byte) (string, error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".keyset-*") // mode 0600
	if err != nil {
		return "", err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return "", errors.Join(err, os.Remove(f.Name()))
	}
	return f.Name(), nil
}
