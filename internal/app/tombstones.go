package app

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"zhiqing/internal/guardian"
	"zhiqing/internal/subject"
)

// graves is the list of erased accounts, a line of JSON each, in a file that is only ever appended to. It lies outside the
// store, so that a backup of the store that is put back does not bring anybody back: every start erases them again.
type graves struct {
	path string
	file sync.Mutex // held by whoever writes

	mu   sync.Mutex
	next *burial // what the next writer takes along; nil when nobody waits
}

// burial is the lines that are written, and waited for, together: as many accounts as end at once.
type burial struct {
	lines []byte
	done  chan struct{} // closed once err is known
	err   error
}

// tombstone is one line. It holds no personal data.
type tombstone struct {
	Subject   string    `json:"subject"`
	ErasedAt  time.Time `json:"erased_at"`
	KeyDigest string    `json:"data_key_sha256"`
	Proof     string    `json:"proof"`
}

// maxTombstone bounds a line, in bytes: a proof has a few kilobytes.
const maxTombstone = 256 << 10

// Bury appends a tombstone and returns once it would survive a loss of power.
func (g *graves) Bury(_ context.Context, p guardian.Proof, signed string) error {
	line, err := json.Marshal(tombstone{p.Subject, p.ErasedAt, p.KeyDigest, signed})
	if err != nil {
		return err
	}
	b, first := g.join(append(line, '\n'))
	if first {
		g.write(b)
	}
	<-b.done
	return b.err
}

// join adds a line to what is written next. The first who does so writes for all.
func (g *graves) join(line []byte) (b *burial, first bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if first = g.next == nil; first {
		g.next = &burial{done: make(chan struct{})}
	}
	g.next.lines = append(g.next.lines, line...)
	return g.next, first
}

// write takes what has gathered while somebody else was writing.
func (g *graves) write(b *burial) {
	g.file.Lock()
	defer g.file.Unlock()
	g.mu.Lock()
	g.next = nil
	g.mu.Unlock()
	if err := g.append(b.lines); err != nil {
		b.err = fmt.Errorf("vault.erasures: %w", err)
	}
	close(b.done)
}

func (g *graves) append(lines []byte) (err error) {
	if err := os.MkdirAll(filepath.Dir(g.path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(g.path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	size, err := mend(f)
	if err != nil {
		return err
	}
	if _, err := f.Write(lines); err != nil {
		return errors.Join(err, f.Truncate(size)) // half a line would spoil the next one
	}
	if err := f.Sync(); err != nil || size > 0 {
		return err
	}
	return syncFolder(filepath.Dir(g.path)) // the file may be new
}

// mend drops a torn last line, which a crash left before it was acknowledged, and returns where the next one begins.
func mend(f *os.File) (size int64, err error) {
	if size, err = f.Seek(0, io.SeekEnd); err != nil || size == 0 {
		return size, err
	}
	last := make([]byte, 1)
	if _, err := f.ReadAt(last, size-1); err != nil || last[0] == '\n' {
		return size, err
	}
	tail := make([]byte, min(size, maxTombstone))
	if _, err := f.ReadAt(tail, size-int64(len(tail))); err != nil {
		return size, err
	}
	whole := size - int64(len(tail)) + int64(bytes.LastIndexByte(tail, '\n')) + 1
	return whole, f.Truncate(whole)
}

func syncFolder(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// each visits the tombstones, oldest first, one line at a time. A torn last line is passed over: nothing was promised on it.
// Anything else that is no tombstone is an error that names the line.
func (g *graves) each(visit func(tombstone) error) error {
	f, err := os.Open(g.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("vault.erasures: %w", err)
	}
	defer func() { _ = f.Close() }()
	lines := bufio.NewReaderSize(f, maxTombstone)
	for n := 1; ; n++ {
		line, err := lines.ReadSlice('\n')
		if errors.Is(err, io.EOF) {
			return nil
		}
		var t tombstone
		if err == nil {
			err = json.Unmarshal(line, &t)
		}
		if err != nil || t.Subject == "" {
			return fmt.Errorf("vault.erasures: line %d of %s is damaged; take the file from another copy, or remove that line if its account is known to be erased", n, g.path)
		}
		if err := visit(t); err != nil {
			return err
		}
	}
}

// reasonRestored is the reason of an erasure that had to be repeated.
const reasonRestored = "restored_backup"

// eraseAgain applies every tombstone to a store that may come from a backup, before anybody can reach it. It returns how many
// accounts had come back.
func (a *App) eraseAgain(ctx context.Context) (back int, err error) {
	err = a.graves.each(func(t tombstone) error {
		s, err := a.Subjects.Find(ctx, t.Subject)
		if errors.Is(err, subject.ErrUnknown) || err == nil && s.State == subject.Erased {
			return nil
		}
		if err != nil {
			return err
		}
		back++
		_, err = a.Guardians.Close(ctx, t.Subject, reasonRestored, "")
		return err
	})
	if back > 0 {
		a.log.Warn("accounts that had been erased were back, as after a restored backup; they are erased again", "accounts", back)
	}
	return back, err
}
