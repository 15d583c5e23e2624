package profile_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"zhiqing/config/policy"
	"zhiqing/internal/fault"
	"zhiqing/internal/guardian"
	"zhiqing/internal/ident"
	"zhiqing/internal/profile"
	"zhiqing/internal/purpose"
	"zhiqing/internal/store/flaky"
	"zhiqing/internal/store/sqlite"
	"zhiqing/internal/subject"
	"zhiqing/internal/vault"
	"zhiqing/internal/wechat"
)

var today = time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)

// stage is a desk on a real store with the policy that the program carries, and fakes for what the desk asks.
type stage struct {
	*profile.Desk
	subjects *subject.Register
	options  profile.Options
	engine   *flaky.Engine
	path     string
	consents *consents
	wechat   *phones
	now      time.Time
}

func open(t testing.TB) *stage {
	t.Helper()
	s := &stage{path: filepath.Join(t.TempDir(), "p.db"), consents: &consents{live: map[string]bool{}}, wechat: &phones{number: "13800138000"}, now: today}
	base, err := sqlite.Open(t.Context(), s.path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = base.Close() })
	s.engine = flaky.Wrap(base)
	now := func() time.Time { return s.now }
	rules, err := guardian.LoadRules(policy.FS)
	if err != nil {
		t.Fatal(err)
	}
	box, err := vault.Open(vault.Options{Keys: vault.NewKeys(rand.Reader, s.now, "test"), Random: rand.Reader, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	s.subjects, err = subject.Open(t.Context(), subject.Options{
		Engine: s.engine, AppID: "wx", Key: make([]byte, 32), Vault: box, Now: now, IDs: ident.Source{Reader: rand.Reader}, Ages: rules.At,
	})
	if err != nil {
		t.Fatal(err)
	}
	catalogue, err := purpose.Load(policy.FS)
	if err != nil {
		t.Fatal(err)
	}
	s.options = profile.Options{Subjects: s.subjects, Purposes: catalogue, Consents: s.consents, WeChat: s.wechat, Rules: rules, Now: now}
	s.Desk = profile.Open(s.options)
	return s
}

// with is another desk on the same store that asks another consent book.
func (s *stage) with(other profile.Consents) *profile.Desk {
	o := s.options
	o.Consents = other
	return profile.Open(o)
}

// consents is a consent book that a test sets; before, if not nil, runs once at the start of the nth look.
type consents struct {
	mu     sync.Mutex
	live   map[string]bool
	looks  int
	before map[int]func()
}

func (c *consents) Live(context.Context, *subject.Subject) (func(string) bool, error) {
	c.mu.Lock()
	c.looks++
	hook := c.before[c.looks]
	c.mu.Unlock()
	if hook != nil {
		hook()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	now := make(map[string]bool, len(c.live))
	for code, on := range c.live {
		now[code] = on
	}
	return func(code string) bool { return now[code] }, nil
}

func (c *consents) set(on bool, codes ...string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, code := range codes {
		c.live[code] = on
	}
}

// from makes hook run at the nth look from now.
func (c *consents) from(n int, hook func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.before = map[int]func(){c.looks + n: hook}
}

// phones is a WeChat that knows one number and notes whom it was asked for.
type phones struct {
	wechat.Gateway
	number string
	asked  []string
	err    error
}

func (p *phones) Phone(_ context.Context, code string, openid wechat.Secret) (wechat.Phone, error) {
	p.asked = append(p.asked, code+" of "+openid.Reveal())
	return wechat.Phone{CountryCode: "86", Number: wechat.Secret(p.number)}, p.err
}

// person makes an account in the band; its openid is name.
func (s *stage) person(t testing.TB, name string, band subject.Band) string {
	t.Helper()
	p, err := s.subjects.ForIdentity(t.Context(), wechat.Identity{OpenID: wechat.Secret(name)})
	if err != nil {
		t.Fatal(err)
	}
	s.alter(t, p.ID, func(p *subject.Subject) {
		p.Band = band
		if band.Minor() {
			p.ChangesOn = s.now.AddDate(1, 0, 0)
		}
	})
	return p.ID
}

func (s *stage) alter(t testing.TB, id string, change func(*subject.Subject)) {
	t.Helper()
	if _, err := s.subjects.Change(t.Context(), id, func(p *subject.Subject) error { change(p); return nil }); err != nil {
		t.Fatal(err)
	}
}

// patch makes a merge patch of pairs: name, JSON.
func patch(pairs ...string) map[string]jsontext.Value {
	p := map[string]jsontext.Value{}
	for i := 0; i < len(pairs); i += 2 {
		p[pairs[i]] = jsontext.Value(pairs[i+1])
	}
	return p
}

func (s *stage) write(t testing.TB, id string, pairs ...string) (profile.Profile, error) {
	t.Helper()
	return s.Write(t.Context(), id, nil, patch(pairs...))
}

func (s *stage) must(t testing.TB, id string, pairs ...string) profile.Profile {
	t.Helper()
	p, err := s.write(t, id, pairs...)
	if err != nil {
		t.Fatalf("%v: %v", pairs, err)
	}
	return p
}

func (s *stage) read(t testing.TB, id string) profile.Profile {
	t.Helper()
	p, err := s.Read(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// stored are the names of the fields that lie in the document, shown or not.
func (s *stage) stored(t testing.TB, id string) string {
	t.Helper()
	p, err := s.subjects.Find(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range p.Fields {
		names = append(names, f.Name)
	}
	return strings.Join(names, " ")
}

// shown writes a profile out as `name=value`, sorted.
func shown(p profile.Profile) string {
	var all []string
	for _, v := range p.Fields {
		all = append(all, fmt.Sprintf("%s=%v", v.Name, v.Value))
	}
	return strings.Join(all, " ")
}

func value(p profile.Profile, name string) profile.Value {
	i := slices.IndexFunc(p.Fields, func(v profile.Value) bool { return v.Name == name })
	if i < 0 {
		return profile.Value{}
	}
	return p.Fields[i]
}

// wrong lists the fields that a fault names.
func wrong(err error) (paths []string) {
	var f *fault.Fault
	if errors.As(err, &f) {
		for _, x := range f.Fields {
			paths = append(paths, x.Path)
		}
	}
	return paths
}
