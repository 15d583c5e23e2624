package bench

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"zhiqing/config"
	"zhiqing/config/policy"
	"zhiqing/internal/app"
	"zhiqing/internal/consent"
	"zhiqing/internal/ident"
	"zhiqing/internal/notice"
	profiles "zhiqing/internal/profile"
	"zhiqing/internal/store/sqlite"
	"zhiqing/internal/subject"
)

// decisions is what everybody has agreed to.
var decisions = []consent.Decision{
	{Purpose: "analytics.usage", Verb: consent.Grant, NoticeVersion: "1.0"},
	{Purpose: "improvement.product", Verb: consent.Grant, NoticeVersion: "1.0"},
	{Purpose: "account.contact", Verb: consent.Grant, NoticeVersion: "1.0"},
}

// filledIn is what person i has told about themselves: what belongs to an account, and an e-mail address that rests on a
// consent.
func filledIn(i int) map[string]jsontext.Value {
	return map[string]jsontext.Value{
		"nickname":            jsontext.Value(fmt.Sprintf(`"用户 %d"`, i)),
		"contact_preferences": jsontext.Value(`{"email":true,"post":false,"phone":false}`),
		"email":               jsontext.Value(fmt.Sprintf(`"someone.%d@example.com"`, i)),
	}
}

// maker makes people with the real code over an engine that only collects documents: an identity, a privacy number, a
// subject with a data key and a sealed profile, and a book each.
type maker struct {
	collected *collector
	subjects  *subject.Register
	consents  *consent.Desk
	profiles  *profiles.Desk
}

func newMaker(ctx context.Context, keys keyring, now func() time.Time, random io.Reader) (m maker, err error) {
	m.collected = newCollector()
	catalogue, notices, err := app.ReadPolicy(policy.FS, config.Defaults().Operator)
	if err != nil {
		return m, err
	}
	shelf, err := notice.Open(ctx, m.collected, notices, now)
	if err != nil {
		return m, err
	}
	m.consents, err = consent.Open(ctx, consent.Options{
		Engine: m.collected, Purposes: catalogue, Notices: shelf, Now: now, IDs: ident.Source{Reader: random},
	})
	if err != nil {
		return m, err
	}
	subjects, rules, err := keys.register(ctx, m.collected, now, random)
	if err != nil {
		return m, err
	}
	m.subjects = subjects
	m.profiles = profiles.Open(profiles.Options{
		Subjects: subjects, Purposes: catalogue, Consents: unasked{m.consents}, WeChat: known{}, Rules: rules, Now: now,
	})
	m.collected.take() // the notices: the program publishes its own
	return m, nil
}

// unasked says which consents of people whose age nobody has asked are in force: their own count.
type unasked struct{ desk *consent.Desk }

func (u unasked) Live(ctx context.Context, s *subject.Subject) (func(string) bool, error) {
	return u.desk.Live(ctx, consent.Actor{Book: s.ID})
}

// person makes number i and returns the id.
func (m maker) person(ctx context.Context, i int) (string, error) {
	s, err := m.subjects.ForIdentity(ctx, identityOf(i))
	if err != nil {
		return "", err
	}
	_, _, err = m.consents.Decide(ctx, consent.Actor{Book: s.ID}, consent.Batch{Method: "tap", Language: notice.Chinese, Decisions: decisions})
	if err != nil {
		return "", err
	}
	_, err = m.profiles.Write(ctx, s.ID, nil, filledIn(i))
	return s.ID, err
}

// batch is how many people are written in one transaction.
const batch = 10_000

// makePeople stores the people, unless they are there and would be made the same today.
func makePeople(ctx context.Context, f folder, keys keyring, people int) error {
	from, err := fingerprint(ctx, keys)
	if err != nil {
		return err
	}
	return f.once(peopleFile, from, func() (err error) {
		fmt.Fprintf(os.Stderr, "storing %d people, once; some minutes for a million\n", people)
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
		return app.CheckKeys(ctx, engine, settings(f).Vault, keys.signing, keys.sealing)
	})
}

// store makes people first…end-1, writes them, and leaves one book's body where the limits server finds it.
func (m maker) store(ctx context.Context, engine *sqlite.Engine, f folder, first, end int) error {
	err := inParallel(runtime.NumCPU(), end-first, func(i int) error {
		_, err := m.person(ctx, first+i)
		return err
	})
	if err != nil {
		return err
	}
	for collection, docs := range m.collected.take() {
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
func fingerprint(ctx context.Context, keys keyring) (string, error) {
	still := func() time.Time { return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC) }
	m, err := newMaker(ctx, keys, still, constant{})
	if err != nil {
		return "", fmt.Errorf("a sample person: %w", err)
	}
	id, err := m.person(ctx, 0)
	if err != nil {
		return "", fmt.Errorf("a sample person: %w", err)
	}
	sample, err := m.subjects.Find(ctx, id)
	if err != nil {
		return "", err
	}
	made := m.collected.take()
	h := sha256.New()
	fmt.Fprintf(h, "%s %q %q", keys.sealing.Canary(), filledIn(0), m.collected.schemas)
	for _, s := range m.collected.schemas {
		for _, d := range made[s.Name] {
			fmt.Fprintf(h, "%q %q %x %q", s.Name, d.ID, blanked(d.Body, sample), d.Keys)
		}
	}
	return fmt.Sprintf("%x", h.Sum(nil)), nil
}

// blanked leaves only the length of what is sealed: sealing the same twice gives different bytes.
func blanked(body []byte, s subject.Subject) []byte {
	sealed := [][]byte{s.Key, s.OpenID}
	for _, f := range s.Fields {
		sealed = append(sealed, f.Sealed)
	}
	for _, bytesOf := range sealed {
		body = bytes.ReplaceAll(body, bytesOf, make([]byte, len(bytesOf)))
	}
	return body
}

// constant is a source of randomness that always says the same.
type constant struct{}

func (constant) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 7
	}
	return len(p), nil
}
