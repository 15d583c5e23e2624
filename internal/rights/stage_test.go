package rights_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"zhiqing/config/policy"
	"zhiqing/internal/fault"
	"zhiqing/internal/holding"
	"zhiqing/internal/ident"
	"zhiqing/internal/rights"
	"zhiqing/internal/store"
	"zhiqing/internal/store/flaky"
	"zhiqing/internal/store/sqlite"
	"zhiqing/internal/subject"
	"zhiqing/internal/vault"
	"zhiqing/internal/wechat"
	"zhiqing/internal/workday"
)

// stage is a desk on a real store, with the real register, vault and calendar. What lies behind the desk is world, which
// survives a restart, as other parts of the system do.
type stage struct {
	*rights.Desk
	t        *testing.T
	base     store.Engine
	engine   *flaky.Engine
	clock    *clock
	vault    *vault.Vault
	subjects *subject.Register
	world    *world
	options  rights.Options
	poked    chan struct{}
}

type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time { c.mu.Lock(); defer c.mu.Unlock(); return c.t }

func (c *clock) set(t time.Time) { c.mu.Lock(); defer c.mu.Unlock(); c.t = t }

func (s *stage) later(d time.Duration) { s.clock.set(s.clock.now().Add(d)) }

func open(t *testing.T) *stage {
	t.Helper()
	base, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "r.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = base.Close() })
	return openOn(t, base)
}

func openOn(t *testing.T, base store.Engine) *stage {
	t.Helper()
	s := &stage{
		t: t, base: base, engine: flaky.Wrap(base), clock: &clock{t: time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)},
		world: newWorld(), poked: make(chan struct{}, 1),
	}
	var err error
	keys := vault.NewKeys(rand.Reader, s.clock.now(), vault.OriginDevelopment)
	if s.vault, err = vault.Open(vault.Options{Keys: keys, Random: rand.Reader, Now: s.clock.now}); err != nil {
		t.Fatal(err)
	}
	s.restart()
	return s
}

// restart opens everything anew on the same store, as a new process would.
func (s *stage) restart() {
	s.t.Helper()
	ctx, ids := s.t.Context(), ident.Source{Reader: rand.Reader}
	var err error
	s.subjects, err = subject.Open(ctx, subject.Options{
		Engine: s.engine, AppID: "wx-test", Key: make([]byte, 32), Vault: s.vault, Now: s.clock.now, IDs: ids,
		Ages: func(b subject.Band, on, _ time.Time) (subject.Band, time.Time) { return b, on },
	})
	if err != nil {
		s.t.Fatal(err)
	}
	calendar, err := workday.Load(policy.FS)
	if err != nil {
		s.t.Fatal(err)
	}
	s.options = rights.Options{
		Engine: s.engine, Subjects: s.subjects, Guardians: s.world, Accounts: accounts{s.world, s.subjects, s.clock.now},
		Key: make([]byte, 32), Recipients: []rights.Recipient{{Code: "takeover", Name: rights.Words{ZH: "甲公司", EN: "Company A"}}},
		Explainer: s.world, Exporter: s.world, Days: 15, Now: s.clock.now, IDs: ids, Failed: s.world.failed,
		Deadline: func(from time.Time, n int) (time.Time, bool) {
			due, err := calendar.AddWorkdays(from, n)
			if err != nil {
				s.t.Error(err)
			}
			return due.At, due.Provisional
		},
		Poke: func() {
			select {
			case s.poked <- struct{}{}:
			default:
			}
		},
	}
	s.options.Holdings = func() rights.Holdings { return rights.Holdings{s.world.first, s.world.second, s.Holder()} }
	s.reopen()
}

// reopen makes a desk of the present options.
func (s *stage) reopen() {
	s.t.Helper()
	desk, err := rights.Open(s.t.Context(), s.options)
	if err != nil {
		s.t.Fatal(err)
	}
	s.Desk = desk
}

// another is a second server on the same store, in front of the same world.
func (s *stage) another() *stage {
	other := *s
	other.restart()
	return &other
}

// world is what lies behind the desk, with counts of what really happened. trouble, if set, is asked before and after each
// effect ("close", "pause", "build", a holder's name…); an error of it is what the desk hears.
type world struct {
	mu       sync.Mutex
	trouble  func(what string, after bool) error
	paused   map[string]bool     // request → is it on
	erased   map[string][]string // subject → fields
	drawn    map[string]int      // subject/key → how often consents were withdrawn
	closed   map[string]int
	guards   map[string]string // guardian/link → child
	failures []string
	packages func(r rights.Request) []byte
	first    *keeper
	second   *keeper
}

func newWorld() *world {
	w := &world{
		paused: map[string]bool{}, erased: map[string][]string{}, drawn: map[string]int{}, closed: map[string]int{}, guards: map[string]string{},
		packages: func(r rights.Request) []byte { return []byte("zip of " + r.Subject) },
	}
	w.first, w.second = &keeper{w: w, name: "orders", law: "legal_duty"}, &keeper{w: w, name: "support"}
	return w
}

// act does something once trouble lets it, and reports what trouble says afterwards.
func (w *world) act(what string, do func()) error {
	w.mu.Lock()
	trouble := w.trouble
	w.mu.Unlock()
	if trouble != nil {
		if err := trouble(what, false); err != nil {
			return err
		}
	}
	w.mu.Lock()
	do()
	w.mu.Unlock()
	if trouble != nil {
		return trouble(what, true)
	}
	return nil
}

// look reads what only the world knows.
func look[T any](w *world, of func() T) T {
	w.mu.Lock()
	defer w.mu.Unlock()
	return of()
}

func (w *world) troubled(f func(what string, after bool) error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.trouble = f
}

var errBroken = errors.New("broken")

// breaks makes one thing fail until the test says otherwise.
func breaks(what string) func(string, bool) error {
	return func(asked string, _ bool) error {
		if asked == what {
			return errBroken
		}
		return nil
	}
}

func (w *world) failed(t rights.Type, number string, cause error) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.failures = append(w.failures, fmt.Sprint(t, " ", number, ": ", cause))
	return nil
}

var errNotGuardian = fault.Define(fault.Forbidden, "test.not_guardian", "不是监护人。", "Not a guardian.")

func (w *world) Guards(_ context.Context, guardian, link string) (string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	child, ok := w.guards[guardian+"/"+link]
	if !ok {
		return "", errNotGuardian
	}
	return child, nil
}

func (w *world) Explain(_ context.Context, subject string, purposes []string, language string) (any, error) {
	return map[string]any{"purposes": purposes, "language": language}, w.act("explain", func() {})
}

func (w *world) Known(code string) bool { return strings.HasPrefix(code, "p.") || code == "nickname" }

func (w *world) Build(_ context.Context, r rights.Request) (data []byte, err error) {
	err = w.act("build", func() { data = w.packages(r) })
	return data, err
}

// accounts closes accounts in the real register.
type accounts struct {
	*world
	subjects *subject.Register
	now      func() time.Time
}

func (a accounts) Close(ctx context.Context, id, reason string) (proof string, err error) {
	if err := a.act("close", func() {}); err != nil {
		return "", err
	}
	s, err := a.subjects.Change(ctx, id, func(s *subject.Subject) error {
		if s.State.Over() {
			return store.ErrUnchanged
		}
		return a.subjects.Shred(s, reason, a.now().Add(time.Hour))
	})
	if err == nil {
		err = a.subjects.Forget(ctx, s)
	}
	if err == nil && s.State != subject.Erased {
		if s, err = a.subjects.Finish(ctx, id, "proof of "+id); err == nil {
			a.mu.Lock()
			a.closed[id]++
			a.mu.Unlock()
		}
	}
	if err != nil {
		return "", err
	}
	return s.Erasure.Proof, a.act("closed", func() {})
}

func (a accounts) Pause(_ context.Context, _, request string, _ []string, on bool) error {
	return a.act("pause", func() { a.paused[request] = on })
}

func (a accounts) EraseFields(_ context.Context, id string, fields []string) error {
	return a.act("fields", func() { a.erased[id] = fields })
}

func (a accounts) WithdrawAll(_ context.Context, id, _, key string) error {
	return a.act("withdraw", func() { a.drawn[id+"/"+key] = 1 })
}

// keeper is a holder that counts.
type keeper struct {
	w      *world
	name   string
	law    string
	things map[string]int // subject → how many
	taken  map[string]int // subject → how many were erased, ever
	deaf   bool           // erases nothing and says that it did
}

func (k *keeper) Name() string          { return k.name }
func (k *keeper) Collections() []string { return []string{k.name} }

func (k *keeper) put(id string, n int) {
	k.w.mu.Lock()
	defer k.w.mu.Unlock()
	if k.things == nil {
		k.things, k.taken = map[string]int{}, map[string]int{}
	}
	k.things[id] += n
}

func (k *keeper) Describe(_ context.Context, id string) (kinds []holding.Kind, err error) {
	err = k.w.act(k.name+":describe", func() {
		kinds = []holding.Kind{{Code: k.name, Title: fault.Text{ZH: k.name, EN: k.name}, Count: k.things[id], Purposes: []string{"p.one"}, Source: "person"}}
	})
	return kinds, err
}

func (k *keeper) Export(context.Context, string) ([]holding.File, error) { return nil, nil }

func (k *keeper) Erase(_ context.Context, id string) (kept []holding.Kept, err error) {
	err = k.w.act(k.name, func() {
		if !k.deaf && k.things != nil {
			k.taken[id] += k.things[id]
			delete(k.things, id)
		}
		if k.law != "" {
			kept = []holding.Kept{{What: k.name, Reason: k.law, Article: fault.Text{ZH: "法", EN: "law"}}}
		}
	})
	return kept, err
}

func (k *keeper) Remains(_ context.Context, id string) (left []string, err error) {
	err = k.w.act(k.name+":remains", func() { left = slices.Repeat([]string{k.name}, k.things[id]) })
	return left, err
}

// Lives.

// person is a new one who has things in both holders.
func (s *stage) person(name string) string {
	s.t.Helper()
	p, err := s.subjects.ForIdentity(s.t.Context(), wechat.Identity{OpenID: wechat.Secret("openid-" + name)})
	if err != nil {
		s.t.Fatal(err)
	}
	s.world.first.put(p.ID, 3)
	s.world.second.put(p.ID, 2)
	return p.ID
}

func asks(who string, t rights.Type, scope ...string) rights.Lodged {
	return rights.Lodged{Requester: who, Session: "session-of-" + who, Type: t, Scope: scope, Language: "zh-CN"}
}

func (s *stage) lodge(l rights.Lodged) rights.Request {
	s.t.Helper()
	r, err := s.Lodge(s.t.Context(), l)
	if err != nil {
		s.t.Fatal(err)
	}
	return r
}

func (s *stage) work() int {
	s.t.Helper()
	n, err := s.Work(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	return n
}

// now is a request as its person sees it now.
func (s *stage) seen(r rights.Request) rights.Request {
	s.t.Helper()
	now, err := s.Find(s.t.Context(), r.Requester, r.Number)
	if err != nil {
		s.t.Fatal(err)
	}
	return now
}

func (s *stage) done(l rights.Lodged) rights.Request {
	s.t.Helper()
	r := s.lodge(l)
	s.work()
	if r = s.seen(r); r.State != rights.Fulfilled {
		s.t.Fatalf("%s is %s: %v", r.Type, r.State, s.world.failures)
	}
	return r
}

func (s *stage) fetch(r rights.Request, session string) ([]byte, error) {
	_, data, err := s.Fetch(s.t.Context(), r.Requester, session, r.Number)
	return data, err
}

func (s *stage) wants(err error, want error) {
	s.t.Helper()
	if !errors.Is(err, want) {
		s.t.Errorf("%v, want %v", err, want)
	}
}

// parts counts what lies in the store of packages.
func (s *stage) parts() int { return len(s.stored("package_parts")) }

func (s *stage) stored(collection string) []store.Document {
	s.t.Helper()
	page, err := s.base.Find(s.t.Context(), collection, store.ByID, store.Range{Limit: store.MaxLimit})
	if err != nil {
		s.t.Fatal(err)
	}
	return page.Docs
}

func happened(r rights.Request) (whats []string) {
	for _, h := range r.Timeline {
		whats = append(whats, h.What)
	}
	return whats
}

func allTypes() []rights.Type { return slices.Sorted(maps.Keys(rights.Systems())) }
