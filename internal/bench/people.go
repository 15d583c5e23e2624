package bench

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"time"

	"zhiqing/config"
	"zhiqing/config/policy"
	"zhiqing/internal/app"
	"zhiqing/internal/consent"
	"zhiqing/internal/ident"
	"zhiqing/internal/ledger"
	"zhiqing/internal/notice"
	"zhiqing/internal/store"
	"zhiqing/internal/store/sqlite"
	"zhiqing/internal/subject"
	"zhiqing/internal/wechat"
)

// decisions is what everybody has agreed to.
var decisions = []consent.Decision{
	{Purpose: "analytics.usage", Verb: consent.Grant, NoticeVersion: "1.0"},
	{Purpose: "improvement.product", Verb: consent.Grant, NoticeVersion: "1.0"},
}

// maker makes people with the real code over an engine that only collects documents: an identity, a privacy number, a
// subject and a book each.
type maker struct {
	collected *collector
	subjects  *subject.Register
	consents  *consent.Desk
}

func newMaker(ctx context.Context, keys ledger.Keyset, now func() time.Time, random io.Reader) (m maker, err error) {
	m.collected = newCollector()
	ids := ident.Source{Reader: random}
	catalogue, notices, err := app.ReadPolicy(policy.FS, config.Defaults().Operator)
	if err != nil {
		return m, err
	}
	shelf, err := notice.Open(ctx, m.collected, notices, now)
	if err != nil {
		return m, err
	}
	m.consents, err = consent.Open(ctx, consent.Options{Engine: m.collected, Purposes: catalogue, Notices: shelf, Now: now, IDs: ids})
	if err != nil {
		return m, err
	}
	m.subjects, err = subject.Open(ctx, m.collected, appID, keys.Derive("identity"), now, ids)
	m.collected.take() // the notices: the program publishes its own
	return m, err
}

// person makes number i.
func (m maker) person(ctx context.Context, i int) error {
	s, err := m.subjects.ForIdentity(ctx, wechat.Identity{OpenID: wechat.Secret(fmt.Sprintf("bench-%d", i))})
	if err != nil {
		return err
	}
	_, _, err = m.consents.Decide(ctx, consent.Actor{Book: s.ID}, consent.Batch{Method: "tap", Language: notice.Chinese, Decisions: decisions})
	return err
}

// batch is how many people are written in one transaction.
const batch = 10_000

// makePeople stores the people, unless they are there and would be made the same today.
func makePeople(ctx context.Context, f folder, keys ledger.Keyset, people int) error {
	from, err := fingerprint(ctx, keys)
	if err != nil {
		return err
	}
	return f.once(peopleFile, from, func() (err error) {
		fmt.Fprintf(os.Stderr, "storing %d people, once; about two minutes for a million\n", people)
		engine, err := sqlite.Open(ctx, f.path(peopleFile))
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, engine.Close()) }()
		m, err := newMaker(ctx, keys, app.Clock, rand.Reader)
		if err != nil {
			return err
		}
		for _, s := range m.collected.schemas {
			if err := engine.Declare(ctx, s); err != nil {
				return err
			}
		}
		for first := 0; first < people; first += batch {
			if err := m.store(ctx, engine, f, first, min(first+batch, people)); err != nil {
				return err
			}
		}
		return nil
	})
}

// store makes people first…end-1, writes them, and leaves one book's body where the limits server finds it.
func (m maker) store(ctx context.Context, engine *sqlite.Engine, f folder, first, end int) error {
	err := inParallel(runtime.NumCPU(), end-first, func(i int) error { return m.person(ctx, first+i) })
	if err != nil {
		return err
	}
	for collection, docs := range m.collected.take() {
		slices.SortFunc(docs, byID) // neighbours land on neighbouring pages
		if err := engine.InsertMany(ctx, collection, docs); err != nil {
			return err
		}
		if collection == "books" && first == 0 {
			if err := os.WriteFile(f.path(bookFile), docs[0].Body, 0o600); err != nil {
				return err
			}
		}
	}
	return nil
}

// fingerprint names everything that a stored person is made from (forms of documents, policy, notices, keys) by making
// one with the clock and the randomness held still.
func fingerprint(ctx context.Context, keys ledger.Keyset) (string, error) {
	still := func() time.Time { return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC) }
	m, err := newMaker(ctx, keys, still, constant{})
	if err == nil {
		err = m.person(ctx, 0)
	}
	if err != nil {
		return "", fmt.Errorf("a sample person: %w", err)
	}
	made := m.collected.take()
	h := sha256.New()
	fmt.Fprintf(h, "%q", m.collected.schemas)
	for _, s := range m.collected.schemas {
		for _, d := range made[s.Name] {
			fmt.Fprintf(h, "%q %q %x %q", s.Name, d.ID, d.Body, d.Keys)
		}
	}
	return fmt.Sprintf("%x", h.Sum(nil)), nil
}

func byID(a, b store.Document) int {
	switch {
	case a.ID < b.ID:
		return -1
	case a.ID > b.ID:
		return 1
	}
	return 0
}

// constant is a source of randomness that always says the same.
type constant struct{}

func (constant) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 7
	}
	return len(p), nil
}
