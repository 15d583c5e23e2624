package staff_test

import (
	"crypto/rand"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"

	"zhiqing/config/policy"
	"zhiqing/internal/audit"
	"zhiqing/internal/ident"
	"zhiqing/internal/staff"
	"zhiqing/internal/store"
	"zhiqing/internal/store/flaky"
	"zhiqing/internal/store/sqlite"
	"zhiqing/internal/vault"
)

// clock is a time that a test moves.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// stage is a desk over a real store whose writes can fail.
type stage struct {
	*testing.T
	*staff.Desk
	clock   *clock
	path    string
	writes  *flaky.Engine
	audit   *audit.Log
	vault   *vault.Vault
	keys    vault.Keys
	options staff.Options
}

func set(t *testing.T, change ...func(*staff.Options)) *stage {
	t.Helper()
	s := &stage{T: t, clock: &clock{at: time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC)}, path: filepath.Join(t.TempDir(), "s.db")}
	engine, err := sqlite.Open(t.Context(), s.path)
	s.must(err)
	t.Cleanup(func() { _ = engine.Close() })
	s.writes = flaky.Wrap(engine)
	s.audit, err = audit.Open(t.Context(), s.writes, s.clock.now)
	s.must(err)
	s.keys = vault.NewKeys(rand.Reader, s.clock.at, vault.OriginDevelopment)
	s.vault, err = vault.Open(vault.Options{Keys: s.keys, Random: rand.Reader, Now: s.clock.now})
	s.must(err)
	roles, err := staff.LoadRoles(policy.FS)
	s.must(err)
	s.options = staff.Options{
		Engine: s.writes, Vault: s.vault, Roles: roles, Audit: s.audit, Now: s.clock.now, IDs: ident.Source{Reader: rand.Reader},
		RequireTOTP: true, Cost: staff.Cost{Memory: 64, Time: 1, Threads: 1},
	}
	for _, c := range change {
		c(&s.options)
	}
	s.Desk, err = staff.Open(t.Context(), s.options)
	s.must(err)
	return s
}

// again is a second server on the same store.
func (s *stage) again(engine store.Engine) *staff.Desk {
	s.Helper()
	o := s.options
	o.Engine = engine
	d, err := staff.Open(s.Context(), o)
	s.must(err)
	return d
}

func (s *stage) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

// person is an officer with everything that is needed to sign in.
type person struct{ name, password, secret string }

func (s *stage) hire(name string, role staff.Role) person {
	s.Helper()
	password, uri, err := s.Add(s.Context(), staff.System(), name, role)
	s.must(err)
	s.must(s.Train(s.Context(), staff.System(), name, s.clock.now().AddDate(0, 6, 0)))
	return person{name, password, secretOf(s, uri)}
}

func secretOf(s *stage, uri string) string {
	s.Helper()
	key, err := otp.NewKeyFromURL(uri)
	s.must(err)
	return key.Secret()
}

// code is what p's app shows; each lasts a time step, so tests pass time between two uses.
func (s *stage) code(p person) string { return s.codeAt(p, 0) }

func (s *stage) codeAt(p person, off time.Duration) string {
	s.Helper()
	code, err := totp.GenerateCode(p.secret, s.clock.now().Add(off))
	s.must(err)
	return code
}

// enter signs p in, with a code that was not used before.
func (s *stage) enter(p person) (token string, in staff.Session) {
	s.Helper()
	s.clock.pass(30 * time.Second)
	token, in, err := s.SignIn(s.Context(), p.name, p.password, s.code(p))
	s.must(err)
	return token, in
}

// staffOf hires and signs in.
func (s *stage) on(name string, role staff.Role) (person, string, staff.Session) {
	s.Helper()
	p := s.hire(name, role)
	token, in := s.enter(p)
	return p, token, in
}

// rows lists what the audit holds, oldest first, and that the chain is whole.
func (s *stage) rows() (list []audit.Row) {
	s.Helper()
	if _, broken, err := s.audit.Verify(s.Context()); err != nil || broken != nil {
		s.Fatalf("the audit is broken: %v %v", broken, err)
	}
	for after := ""; ; {
		page, next, err := s.audit.Find(s.Context(), audit.Query{Limit: 1000, After: after})
		s.must(err)
		list = append(list, page...)
		if after = next; next == "" {
			break
		}
	}
	for i, j := 0, len(list)-1; i < j; i, j = i+1, j-1 {
		list[i], list[j] = list[j], list[i]
	}
	return list
}

// count is how many rows of an action there are.
func (s *stage) count(action string) (n int) {
	s.Helper()
	for _, r := range s.rows() {
		if r.Action == action {
			n++
		}
	}
	return n
}
