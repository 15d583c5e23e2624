package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"zhiqing/config"
	"zhiqing/config/policy"
	"zhiqing/internal/app"
	"zhiqing/internal/consent"
	"zhiqing/internal/ident"
	"zhiqing/internal/ledger"
	"zhiqing/internal/notice"
	"zhiqing/internal/session"
	"zhiqing/internal/store"
	"zhiqing/internal/store/sqlite"
	"zhiqing/internal/subject"
	"zhiqing/internal/wechat"

	"crypto/rand"
)

// appID is the mini-program of the data set. It belongs to nobody.
const appID = "wx0000000000000000"

// dataset is what a run knows about the stored people.
type dataset struct {
	tokens  string // file with one access token per line
	entries int64  // consent entries stored before the load
}

// meta is kept beside the data, so that the next run can use it again.
type meta struct {
	Policy  string `json:"policy"` // digest of what the books were made under
	Entries int64  `json:"entries"`
}

func settings(o options) config.Config {
	c := config.Defaults()
	c.Store.URL = config.Secret("sqlite:" + filepath.Join(o.dir, "zhiqing.db"))
	c.Vault.Keyset = filepath.Join(o.dir, "keyset.json")
	c.WeChat.AppID = appID
	return c
}

// prepare makes the data set unless it is there, and mints tokens for this run.
func prepare(ctx context.Context, o options) (dataset, error) {
	c := settings(o)
	keys, err := app.LoadKeys(c.Vault.Keyset, false, app.Clock())
	if err != nil {
		return dataset{}, err
	}
	engine, err := sqlite.Open(ctx, c.Store.Location())
	if err != nil {
		return dataset{}, err
	}
	defer func() { _ = engine.Close() }()
	m, err := fill(ctx, o, c, keys, engine)
	if err != nil {
		return dataset{}, err
	}
	tokens, err := mint(ctx, o, c, keys, engine)
	return dataset{tokens: tokens, entries: m.Entries}, err
}

func metaFile(o options) string { return filepath.Join(o.dir, "bench.json") }

// fill stores the people: each has an identity, a privacy number, a subject and a book with two consents, all made by
// the real code over an engine that collects documents, and written in bulk.
func fill(ctx context.Context, o options, c config.Config, keys ledger.Keyset, engine *sqlite.Engine) (meta, error) {
	catalogue, notices, err := app.ReadPolicy(policy.FS, c.Operator)
	if err != nil {
		return meta{}, err
	}
	p, _ := catalogue.Get("analytics.usage")
	var m meta
	if raw, err := os.ReadFile(metaFile(o)); err == nil && json.Unmarshal(raw, &m) == nil && m.Policy == p.Digest {
		return m, nil
	}
	if m.Policy != "" {
		return m, fmt.Errorf("the data set in %s was made under another policy; remove it", o.dir)
	}
	fmt.Fprintf(os.Stderr, "storing %d people, once\n", o.people)
	c2 := &collector{}
	shelf, err := notice.Open(ctx, c2, notices, app.Clock)
	if err != nil {
		return m, err
	}
	ids := ident.Source{Reader: rand.Reader}
	desk, err := consent.Open(ctx, consent.Options{Engine: c2, Purposes: catalogue, Notices: shelf, Now: app.Clock, IDs: ids})
	if err != nil {
		return m, err
	}
	people, err := subject.Open(ctx, c2, appID, keys.Derive("identity"), app.Clock, ids)
	if err != nil {
		return m, err
	}
	for _, collection := range []string{"identities", "subjects", "privacy_numbers", "books"} {
		s := store.Schema{Name: collection}
		if collection == "books" {
			s.Indexes = []string{"guest_check"}
		}
		if err := engine.Declare(ctx, s); err != nil {
			return m, err
		}
	}
	c2.reset()
	const batch = 10_000
	for from := 0; from < o.people; from += batch {
		if err := person(ctx, from, min(from+batch, o.people), people, desk); err != nil {
			return m, err
		}
		if err := c2.flush(ctx, engine); err != nil {
			return m, err
		}
	}
	m = meta{Policy: p.Digest, Entries: 2 * int64(o.people)}
	return m, saveMeta(o, m)
}

func saveMeta(o options, m meta) error {
	raw, err := json.Marshal(m)
	if err != nil {
		return err
	}
	return os.WriteFile(metaFile(o), raw, 0o600)
}

// person makes people from…to, on all cores.
func person(ctx context.Context, from, to int, people *subject.Register, desk *consent.Desk) error {
	var all sync.WaitGroup
	errs := make([]error, 2)
	for half := range errs {
		all.Go(func() {
			for i := from + half; i < to && errs[half] == nil; i += len(errs) {
				s, err := people.ForIdentity(ctx, identity(i))
				if err == nil {
					_, _, err = desk.Decide(ctx, consent.Actor{Book: s.ID}, consent.Batch{Method: "tap", Language: notice.Chinese, Decisions: []consent.Decision{
						{Purpose: "analytics.usage", Verb: consent.Grant, NoticeVersion: "1.0"}, {Purpose: "improvement.product", Verb: consent.Grant, NoticeVersion: "1.0"},
					}})
				}
				errs[half] = err
			}
		})
	}
	all.Wait()
	return errors.Join(errs...)
}

func identity(i int) wechat.Identity {
	return wechat.Identity{OpenID: wechat.Secret(fmt.Sprintf("bench-%d", i))}
}

// known is a gateway for which the login code names the person.
type known struct{ wechat.Gateway }

func (known) Identify(_ context.Context, code string) (wechat.Identity, error) {
	number, _, _ := strings.Cut(code, "-")
	return wechat.Identity{OpenID: wechat.Secret("bench-" + number)}, nil
}

// mint logs holders in, through the real code, and writes their access tokens to a file.
func mint(ctx context.Context, o options, c config.Config, keys ledger.Keyset, engine store.Engine) (string, error) {
	ids := ident.Source{Reader: rand.Reader}
	people, err := subject.Open(ctx, engine, appID, keys.Derive("identity"), app.Clock, ids)
	if err != nil {
		return "", err
	}
	desk, err := session.Open(ctx, session.Options{
		Engine: engine, Subjects: people, WeChat: known{}, Signer: keys, Key: keys.Derive("session"), Now: app.Clock, IDs: ids,
		AccessTTL: c.Session.AccessTTL * 4, GuestTTL: c.Session.GuestTTL, UserTTL: c.Session.UserTTL,
	})
	if err != nil {
		return "", err
	}
	run := ids.New("run")
	tokens := make([]string, min(o.holders, o.people))
	var all sync.WaitGroup
	errs := make([]error, 64)
	for w := range errs {
		all.Go(func() {
			for i := w; i < len(tokens) && errs[w] == nil; i += len(errs) {
				var issued session.Issued
				issued, errs[w] = desk.StartWeChat(ctx, fmt.Sprintf("%d-%s", i*(o.people/len(tokens)), run))
				tokens[i] = issued.AccessToken
			}
		})
	}
	all.Wait()
	path := filepath.Join(o.dir, "tokens.txt")
	return path, errors.Join(append(errs, os.WriteFile(path, []byte(strings.Join(tokens, "\n")+"\n"), 0o600))...)
}
