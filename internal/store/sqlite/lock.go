package sqlite

import (
	"fmt"

	"github.com/gofrs/flock"
)

// fileLock keeps other processes away from a file for as long as this one lives: the operating system lets go of it
// even after kill -9, so there is no stale lock to clean up.
type fileLock struct{ f *flock.Flock }

// LockedError says that another process, or another Engine of this one, has the file open for writing.
type LockedError struct{ Path string }

func (e *LockedError) Error() string {
	return fmt.Sprintf("store file %s is in use by another process (it holds %s.lock): stop that process, or give this one a file of its own",
		e.Path, e.Path)
}

func takeLock(path string) (*fileLock, error) {
	f := flock.New(path+".lock", flock.SetPermissions(0o600))
	got, err := f.TryLock()
	if err != nil {
		return nil, fmt.Errorf("lock %s.lock: %w", path, err)
	}
	if !got {
		return nil, &LockedError{path}
	}
	return &fileLock{f}, nil
}

// release leaves the lock file in place: removing it would let two processes lock two files of one name.
func (l *fileLock) release() error { return l.f.Unlock() }
