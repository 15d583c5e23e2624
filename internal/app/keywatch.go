package app

import (
	"context"
	"crypto/sha256"
	"errors"
	"os"
	"sync"
	"time"

	"zhiqing/internal/store"
	"zhiqing/internal/vault"
)

// keyWatch is the vault's key file as this process last read it, so that a rotated file needs no restart.
type keyWatch struct {
	mu      sync.Mutex
	changed time.Time // the file's time and size when it was read; zero = before the start
	size    int64
	keys    vault.Keys
}

// reloadKeys is the job keys: it reads the vault's key file again when it has changed, and uses it if it is this store's
// and not an older copy. It returns 1 when other keys are in use than before. A file that is missing, damaged or readable
// by others is an error, and the keys stay as they are.
func (a *App) reloadKeys(ctx context.Context) (int, error) {
	w := &a.sealing
	w.mu.Lock()
	defer w.mu.Unlock()
	info, err := os.Stat(a.config.Vault.Keys)
	if err != nil {
		return 0, vaultFile.wrong(err)
	}
	if info.ModTime().Equal(w.changed) && info.Size() == w.size {
		return 0, nil
	}
	next, err := vaultFile.read(a.config.Vault.Keys, a.config.InProduction())
	if err != nil {
		return 0, err
	}
	// The file may have been replaced after it was looked at: then its time differs at the next look, and it is read again.
	if sameKeys(next, w.keys) {
		w.changed, w.size = info.ModTime(), info.Size()
		return 0, nil
	}
	if err := CheckKeys(ctx, a.engine, a.config.Vault, a.keys, next); err != nil {
		return 0, err
	}
	if err := a.vault.Use(next); err != nil {
		return 0, err
	}
	w.keys, w.changed, w.size = next, info.ModTime(), info.Size()
	a.log.Info("the vault's key file was read again", "kek", next.Primary(), "keks", next.KEKs())
	a.Jobs.Poke("rewrap")
	return 1, nil
}

func sameKeys(a, b vault.Keys) bool { return sha256.Sum256(a.Encode()) == sha256.Sum256(b.Encode()) }

// newestKEK is the primary KEK that is in use here.
func (w *keyWatch) newestKEK() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.keys.Primary()
}

// wrapped is what the store remembers of re-wrapping: the KEK under which a pass over everybody found nothing left to do.
type wrapped struct {
	KEK string    `bson:"kek"`
	At  time.Time `bson:"at"`
}

// lookAgain is when a finished re-wrapping is looked over once more: a server that read the new file late has made keys
// under the old KEK meanwhile.
const lookAgain = 7 * 24 * time.Hour

// rewrapKeys brings every data key under the newest key-encryption key: people's, those of reports, and those of staff.
func (a *App) rewrapKeys(ctx context.Context) (int, error) {
	people, err := a.Subjects.Rewrap(ctx)
	if err != nil {
		return people, err
	}
	reports, err := a.Reports.Rewrap(ctx)
	if err != nil {
		return people + reports, err
	}
	officers, err := a.Staff.Rewrap(ctx)
	return people + reports + officers, err
}

// rewrap is the job rewrap: it brings every data key under the newest KEK, pass by pass until one changes nothing. A pass
// that was cut short is begun again; what it had done stays done.
func (a *App) rewrap(ctx context.Context) (int, error) {
	if _, err := a.reloadKeys(ctx); err != nil { // never with an older file than the store has seen
		return 0, err
	}
	passes, err := store.Open[wrapped](ctx, a.engine, "rewraps")
	if err != nil {
		return 0, err
	}
	kek := a.sealing.newestKEK()
	last, err := passes.Get(ctx, subjectKeys)
	if err != nil && !errors.Is(err, store.ErrMissing) {
		return 0, err
	}
	if last.KEK == kek && a.now().Before(last.At.Add(lookAgain)) {
		return 0, nil
	}
	for total := 0; ; {
		n, err := a.rewrapKeys(ctx)
		total += n
		if err != nil {
			return total, err
		}
		if n == 0 {
			_, err = passes.Upsert(ctx, subjectKeys, func(p *wrapped, _ bool) error {
				*p = wrapped{KEK: kek, At: a.now()}
				return nil
			})
			return total, err
		}
	}
}

// subjectKeys is the id under which the passes over subjects' keys are remembered.
const subjectKeys = "subjects"
