package sqlite

import (
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"time"
)

// logBounds bound the write-ahead log. SQLite would copy it into the file inside the commit that passes a bound, and hold up
// everybody behind that commit for as long; so it is copied beside the writer, and the bound inside is for when this falls behind.
type logBounds struct {
	pages int64         // of 4 KiB, after which the log is copied: a page that is written often is copied once
	few   int64         // pages that may be copied between two commits: some milliseconds
	most  int64         // pages, from which on each commit copies for itself
	look  time.Duration // from one look at the log to the next
	life  time.Duration // how long the log keeps what is overwritten or deleted in the file: then it is cut to nothing
	again time.Duration // until the next try when somebody's reading has kept it from being cut
}

var usualLog = logBounds{pages: 16_000, few: 500, most: 64_000, look: 200 * time.Millisecond, life: time.Minute, again: 5 * time.Second}

// mostPasses is how often the log is copied beside the writer, each time what came meanwhile, before the rest is copied between
// two commits, whatever it is.
const mostPasses = 4

// checkpointer copies the log into the file, on a connection of its own. Its goroutine ends with stop.
type checkpointer struct {
	logBounds
	c             *conn
	w             *writer
	file          *os.File // the store's, to wait for the disk beside the writer
	quit, stopped chan struct{}
	closing       atomic.Bool
	failed        error // of closing the connection; read after stopped
}

func checkpointerPragmas() []pragma {
	return append(readerPragmas(), pragma{"synchronous", "FULL", "2"}, pragma{"checkpoint_fullfsync", "ON", "1"})
}

func startCheckpointer(c *conn, w *writer, file *os.File, l logBounds) *checkpointer {
	k := &checkpointer{logBounds: l, c: c, w: w, file: file, quit: make(chan struct{}), stopped: make(chan struct{})}
	go k.run()
	return k
}

func (k *checkpointer) run() {
	defer close(k.stopped)
	look := time.NewTicker(k.look)
	defer look.Stop()
	cut := time.Now().Add(k.life)
	for {
		select {
		case <-k.quit:
			k.failed = k.c.close()
			return
		case now := <-look.C:
			old := !now.Before(cut)
			switch done := k.pass(old); {
			case old && done:
				cut = now.Add(k.life)
			case old:
				cut = now.Add(k.again)
			}
		}
	}
}

// pass brings the log into the file when it is long or, as old says, has been there for long; then it is cut as well. It reports
// whether that is done. What fails is tried again later: until then nothing is lost, and the log is longer.
func (k *checkpointer) pass(old bool) bool {
	l, err := k.c.log("NOOP")
	if err != nil || l.pages < k.pages && !old {
		return false
	}
	for n := 0; n < mostPasses && l.left() > k.few; n++ {
		if l, err = k.c.log("PASSIVE"); err != nil {
			return false
		}
		// SQLite waits for the disk only when all of the log is copied. That is below, where everybody waits, so most of it is waited for here.
		if err := k.file.Sync(); err != nil {
			return false
		}
	}
	if l.pages == 0 {
		return true
	}
	finish := (*conn).finish
	if old {
		finish = (*conn).cut
	}
	return k.w.between(finish) == nil
}

// finish copies the rest of the log while nobody appends: SQLite begins the log anew only when all of it is in the file.
func (c *conn) finish() error { return c.whole("PASSIVE") }

// cut finishes the log and cuts it to nothing. It does not wait for those who read in it: everybody would wait with it.
func (c *conn) cut() (err error) {
	if err := c.script("PRAGMA busy_timeout = 0"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.script(fmt.Sprintf("PRAGMA busy_timeout = %d", patience))) }()
	return c.whole("TRUNCATE")
}

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
