package bench

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"zhiqing/config"
	"zhiqing/internal/app"
	"zhiqing/internal/ident"
	"zhiqing/internal/session"
	"zhiqing/internal/store"
	"zhiqing/internal/store/sqlite"
	"zhiqing/internal/wechat"
)

// appID is the mini-program of the data set. It belongs to nobody.
const appID = "wx0000000000000000"

// The files of a data set. What ends in .made says what the file of that name was made from, once it is whole.
const (
	keysFile      = "keyset.json"
	vaultKeysFile = "vault-keys.json"
	erasuresFile  = "erasures.jsonl"
	peopleFile    = "people.db"    // the people, as made; never written again
	copyFile      = "run.db"       // of people.db, for one run
	documentsFile = "documents.db" // what the limit of a point read reads; never written again
	insertsFile   = "inserts.db"   // what the limits of inserts write, in one run
	bookFile      = "book.bson"    // one book's body: the size of an insert
	tokensFile    = "tokens.txt"   // one access token per line
)

// folder is where a data set lives.
type folder string

func (f folder) path(name string) string { return filepath.Join(string(f), name) }

// removeStore removes a store file and what SQLite and the engine keep beside it.
func (f folder) removeStore(name string) error {
	var failed []error
	for _, suffix := range []string{"", "-wal", "-shm", ".lock"} {
		if err := os.Remove(f.path(name + suffix)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			failed = append(failed, err)
		}
	}
	return errors.Join(failed...)
}

// once makes a store file unless it is there, whole, and made from the same.
func (f folder) once(name, from string, fill func() error) error {
	made := f.path(name + ".made")
	if found, err := os.ReadFile(made); err == nil && string(found) == from {
		return nil
	}
	if err := os.Remove(made); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := f.removeStore(name); err != nil {
		return err
	}
	if err := fill(); err != nil {
		return err
	}
	return os.WriteFile(made, []byte(from), 0o600)
}

// dataset is what a run knows about the stored people.
type dataset struct {
	folder
	entries  int64 // consent entries stored before the load
	sessions int64 // sessions stored before the load
}

// removeCopy removes what one run has written: the copy, and the list of whom it has erased.
func (d dataset) removeCopy() error {
	err := os.Remove(d.path(erasuresFile))
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return errors.Join(err, d.removeStore(copyFile))
}

// settings are those of the real program, with its files in the folder.
func settings(f folder) config.Config {
	c := config.Defaults()
	c.Store.URL = config.Secret("sqlite:" + f.path(copyFile))
	c.Vault.Keyset, c.Vault.Keys, c.Vault.Erasures = f.path(keysFile), f.path(vaultKeysFile), f.path(erasuresFile)
	c.WeChat.AppID = appID
	return c
}

// prepare makes the data set unless it is there, copies it for this run, and logs holders in. The copy is what the load
// changes: the next run begins where this one did.
func prepare(ctx context.Context, o options, people int) (d dataset, err error) {
	d.folder = folder(filepath.Join(o.dir, fmt.Sprintf("people-%d", people)))
	if err := os.MkdirAll(string(d.folder), 0o700); err != nil {
		return d, err
	}
	keys, err := d.keys()
	if err != nil {
		return d, err
	}
	if err := makePeople(ctx, d.folder, keys, people); err != nil {
		return d, err
	}
	if err := d.removeCopy(); err != nil {
		return d, err
	}
	if err := duplicate(d.path(peopleFile), d.path(copyFile)); err != nil {
		return d, errors.Join(err, d.removeCopy())
	}
	if err := mint(ctx, d.folder, keys, o.holders, people); err != nil {
		return d, errors.Join(err, d.removeCopy())
	}
	d.entries = int64(people) * int64(len(decisions))
	d.sessions, err = d.countSessions(ctx)
	return d, err
}

// duplicate copies a file and waits until the copy is on the disk: written later, it would slow the load's own commits.
func duplicate(from, to string) error {
	source, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { _ = source.Close() }()
	target, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(target, source)
	return errors.Join(err, target.Sync(), target.Close())
}

// known is a gateway for which the login code names the person.
type known struct{ wechat.Gateway }

func (known) Identify(_ context.Context, code string) (wechat.Identity, error) {
	number, _, _ := strings.Cut(code, "-")
	return wechat.Identity{OpenID: wechat.Secret("bench-" + number)}, nil
}

// tokenLife is the longest that a configuration allows, so that tokens outlast a long run.
const tokenLife = time.Hour

// mint logs holders in, spread over all people, through the real code, and writes their access tokens to a file.
func mint(ctx context.Context, f folder, keys keyring, holders, people int) (err error) {
	engine, err := sqlite.Open(ctx, f.path(copyFile))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, engine.Close()) }()
	desk, err := frontDesk(ctx, engine, keys)
	if err != nil {
		return err
	}
	tokens := make([]string, min(holders, people))
	err = inParallel(connections, len(tokens), func(i int) error {
		issued, err := desk.StartWeChat(ctx, fmt.Sprintf("%d-bench", i*(people/len(tokens))))
		tokens[i] = issued.AccessToken
		return err
	})
	if err != nil {
		return err
	}
	return os.WriteFile(f.path(tokensFile), []byte(strings.Join(tokens, "\n")+"\n"), 0o600)
}

func frontDesk(ctx context.Context, engine store.Engine, keys keyring) (*session.Desk, error) {
	c := config.Defaults()
	people, _, err := keys.register(ctx, engine, app.Clock, rand.Reader)
	if err != nil {
		return nil, err
	}
	return session.Open(ctx, session.Options{
		Engine: engine, Subjects: people, WeChat: known{}, Signer: keys.signing, Key: keys.signing.Derive("session"),
		Now: app.Clock, IDs: ident.Source{Reader: rand.Reader},
		AccessTTL: tokenLife, GuestTTL: c.Session.GuestTTL, UserTTL: c.Session.UserTTL,
	})
}

// inParallel calls do for 0…n-1 from several goroutines; each stops at its first error.
func inParallel(workers, n int, do func(int) error) error {
	errs := make([]error, workers)
	var all sync.WaitGroup
	for w := range errs {
		all.Go(func() {
			for i := w; i < n && errs[w] == nil; i += workers {
				errs[w] = do(i)
			}
		})
	}
	all.Wait()
	return errors.Join(errs...)
}
