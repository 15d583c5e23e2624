package app

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"zhiqing/internal/ledger"
)

// LoadKeys reads the key file. In development a missing file is made; in production it must exist, must not be readable
// by others, and must not come from development.
func LoadKeys(path string, production bool, now time.Time) (ledger.Keyset, error) {
	data, err := readPrivate(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && !production:
		return CreateKeys(path, ledger.OriginDevelopment, now)
	case errors.Is(err, fs.ErrNotExist):
		return ledger.Keyset{}, fmt.Errorf("vault.keyset: there is no key file at %s; make one with `zhiqing keys init` and keep a copy in a safe place", path)
	case err != nil:
		return ledger.Keyset{}, fmt.Errorf("vault.keyset: %w", err)
	}
	keys, err := ledger.ParseKeyset(data)
	if err != nil {
		return ledger.Keyset{}, fmt.Errorf("vault.keyset: %s: %w", path, err)
	}
	if production && keys.Origin() == ledger.OriginDevelopment {
		return ledger.Keyset{}, fmt.Errorf("vault.keyset: %s holds development keys; production needs its own: move the file away and run `zhiqing keys init`", path)
	}
	return keys, nil
}

// CreateKeys writes a new key file, readable by its owner alone. It never overwrites one: losing keys loses sessions
// and the proof behind receipts.
func CreateKeys(path, origin string, now time.Time) (ledger.Keyset, error) {
	keys := ledger.NewKeyset(rand.Reader, now, origin)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return ledger.Keyset{}, fmt.Errorf("vault.keyset: %w", err)
	}
	// Written aside and linked into place, so that a crash leaves a whole file or none, and an existing one stays.
	temporary, err := writeAside(path, keys.Encode())
	if err != nil {
		return ledger.Keyset{}, fmt.Errorf("vault.keyset: %w", err)
	}
	defer func() { _ = os.Remove(temporary) }()
	err = os.Link(temporary, path)
	switch {
	case errors.Is(err, fs.ErrExist):
		return ledger.Keyset{}, fmt.Errorf("vault.keyset: there is a key file at %s already; it is never overwritten", path)
	case err != nil:
		return ledger.Keyset{}, fmt.Errorf("vault.keyset: %w", err)
	}
	return keys, nil
}

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

// RotateKeys gives the key file new signing keys; the public halves of the old ones stay, so that what they signed still
// verifies. The file is replaced in one step.
func RotateKeys(path string, now time.Time) error {
	data, err := readPrivate(path)
	if err != nil {
		return fmt.Errorf("vault.keyset: %w", err)
	}
	keys, err := ledger.ParseKeyset(data)
	if err != nil {
		return fmt.Errorf("vault.keyset: %s: %w", path, err)
	}
	next, err := keys.Rotate(rand.Reader, now, ledger.UseToken, ledger.UseReceipt)
	if err != nil {
		return err
	}
	temporary, err := writeAside(path, next.Encode())
	if err != nil {
		return err
	}
	return os.Rename(temporary, path)
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
