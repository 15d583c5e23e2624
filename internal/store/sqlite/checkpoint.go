package sqlite

import (
	"errors"
	"fmt"
	"os"
	"sync/atomic"
)

// logBounds bound the write-ahead log, in pages of 4 KiB. SQLite would copy it into the file inside the commit that passes a bound,
// and hold up everybody behind that commit for as long; so it is copied beside the writer, and the bound inside is for when this
// falls behind.
type logBounds struct {
	long int64 // is copied: a page that is written often is copied once
	few  int64 // may be copied between two commits: some milliseconds
	most int64 // is copied by each commit for itself
}

var usualLog = logBounds{long: 16_000, few: 500, most: 64_000}

// mostPasses is how often the log is copied beside the writer, each time what came meanwhile, before the rest is copied between
// two commits, whatever it is.
const mostPasses = 4

// checkpointer copies the log into the file, on a connection of its own. Its goroutine ends with stop.
type checkpointer struct {
	logBounds
	c             *conn
	w             *writer
	file          *os.File // the store's, to wait for the disk beside the writer
	trims         chan chan error
	quit, stopped chan struct{}
	closing       atomic.Bool
	failed        error // of closing the connection; read after stopped
}

func checkpointerPragmas() []pragma {
	return append(readerPragmas(), pragma{"synchronous", "FULL", "2"}, pragma{"checkpoint_fullfsync", "ON", "1"})
}

func startCheckpointer(c *conn, w *writer, file *os.File, l logBounds) *checkpointer {
	k := &checkpointer{logBounds: l, c: c, w: w, file: file, trims: make(chan chan error), quit: make(chan struct{}), stopped: make(chan struct{})}
	go k.run()
	return k
}

// run looks at the log after commits. What fails is tried again after the next: until then nothing is lost, and the log is longer.
func (k *checkpointer) run() {
	defer close(k.stopped)
	for {
		select {
		case <-k.w.committed:
			_ = k.shorten()
		case done := <-k.trims:
			done <- k.cut()
		case <-k.quit:
			k.failed = k.c.close()
			return
		}
	}
}

// shorten brings a long log into the file, so that it begins anew.
func (k *checkpointer) shorten() error {
	if l, err := k.c.log("NOOP"); err != nil || l.pages < k.long {
		return err
	}
	if err := k.copy(); err != nil {
		return err
	}
	return k.w.between(func(c *conn) error { return c.whole("PASSIVE") })
}

// cut brings the log into the file, however short it is, and cuts it to nothing. It does not wait for those who read in it:
// everybody would wait with it. errBusy says that they have kept it.
func (k *checkpointer) cut() error {
	if l, err := k.c.log("NOOP"); err != nil || l.pages == 0 {
		return err
	}
	if err := k.copy(); err != nil {
		return err
	}
	return k.w.between(func(c *conn) (err error) {
		if err := c.script("PRAGMA busy_timeout = 0"); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, c.script(fmt.Sprintf("PRAGMA busy_timeout = %d", patience))) }()
		return c.whole("TRUNCATE")
	})
}

// copy brings most of the log into the file, beside the writer. The rest is left for between two commits: SQLite begins the log
// anew only when all of it is in the file and nobody appends. Only then it waits for the disk, too, so most of that is done here.
func (k *checkpointer) copy() error {
	for range mostPasses {
		l, err := k.c.log("PASSIVE")
		if err != nil {
			return err
		}
		if err := k.file.Sync(); err != nil {
			return err
		}
		if l.left() <= k.few {
			break
		}
	}
	return nil
}

// trim has the log cut, in the checkpointer's own goroutine.
func (k *checkpointer) trim() error {
	done := make(chan error, 1)
	select {
	case k.trims <- done:
		return <-done
	case <-k.stopped:
		return errClosed
	}
}

// whole is log of which nothing may be left, or errBusy.
func (c *conn) whole(mode string) error {
	l, err := c.log(mode)
	if err == nil && (l.busy || l.left() > 0) {
		err = errBusy
	}
	return err
}

var errBusy = errors.New("somebody reads what is in the log")

// logState is how long the log is, and how much of it is in the file, in pages.
type logState struct {
	busy          bool
	pages, copied int64
}

func (l logState) left() int64 { return l.pages - l.copied }

// log checkpoints in one of SQLite's modes (https://sqlite.org/pragma.html#pragma_wal_checkpoint); NOOP only looks.
func (c *conn) log(mode string) (logState, error) {
	row, _, err := c.one("PRAGMA wal_checkpoint(" + mode + ")")
	if err != nil {
		return logState{}, err
	}
	return logState{row[0] != int64(0), row[1].(int64), row[2].(int64)}, nil
}

// stop lets a pass under way finish. The writer is still running.
func (k *checkpointer) stop() error {
	if k.closing.CompareAndSwap(false, true) {
		close(k.quit)
	}
	<-k.stopped
	return k.failed
}
