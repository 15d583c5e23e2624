package lookup_test

import (
	"context"
	"crypto/rand"
	"io/fs"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"

	"zhiqing/config/policy"
	"zhiqing/internal/audit"
	"zhiqing/internal/consent"
	"zhiqing/internal/fault"
	"zhiqing/internal/guardian"
	"zhiqing/internal/ident"
	"zhiqing/internal/lookup"
	"zhiqing/internal/notice"
	"zhiqing/internal/profile"
	"zhiqing/internal/purpose"
	"zhiqing/internal/rights"
	"zhiqing/internal/staff"
	"zhiqing/internal/store/flaky"
	"zhiqing/internal/store/sqlite"
	"zhiqing/internal/subject"
	"zhiqing/internal/vault"
	"zhiqing/internal/wechat"
)

type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time { c.mu.Lock(); defer c.mu.Unlock(); return c.at }

func (c *clock) pass(d time.Duration) { c.mu.Lock(); defer c.mu.Unlock(); c.at = c.at.Add(d) }

// stage is a desk before real books, profiles, officers and a real audit, on a store whose writes can fail.
type stage struct {
	testing.TB
	*lookup.Desk
	clock    *clock
	engine   *flaky.Engine
	audit    *audit.Log
	staff    *staff.Desk
	subjects *subject.Register
	consents *consent.Desk
	profiles *profile.Desk
	requests requests
	rules    guardian.Rules
	options  lookup.Options
	phone    string // that WeChat says next
	version  string // of the privacy notice
}

// requests stands in for package rights.
type requests map[string]rights.Request

func (r requests) ByNumber(_ context.Context, number string) (rights.Request, error) {
	found, ok := r[number]
	if !ok {
		return found, rights.ErrUnknown
	}
	return found, nil
}

func (r requests) List(_ context.Context, who, _ string, _ int) (list []rights.Request, next string, err error) {
	for _, x := range r {
		if x.Subject == who {
			list = append(list, x)
		}
	}
	return list, "", nil
}

// phones is a WeChat that knows one number.
type phones struct {
	wechat.Gateway
	s *stage
}

func (p phones) Phone(context.Context, string, wechat.Secret) (wechat.Phone, error) {
	return wechat.Phone{CountryCode: "86", Number: wechat.Secret(p.s.phone)}, nil
}

// Live is what the profile asks of the books.
func (s *stage) Live(ctx context.Context, who *subject.Subject) (func(string) bool, error) {
	return s.consents.Live(ctx, s.actor(*who))
}

func (s *stage) actor(who subject.Subject) consent.Actor {
	a := consent.Actor{Book: who.ID}
	a.Band, _ = s.subjects.BandOf(who)
	a.Own, a.Guardian = s.rules.Needs(a.Band)
	return a
}

func set(t testing.TB) *stage {
	t.Helper()
	s := &stage{TB: t, clock: &clock{at: time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC)}, requests: requests{}, phone: "13800138000"}
	base, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "l.db"))
	s.must(err)
	t.Cleanup(func() { _ = base.Close() })
	s.engine = flaky.Wrap(base)
	s.people()
	s.officers()
	s.options = lookup.Options{
		Engine: s.engine, Audit: s.audit, Staff: s.staff, Subjects: s.subjects, Consents: s.consents, Profiles: s.profiles, Requests: s.requests,
		Purposes: s.catalogue(), PhoneOf: func(n string) string { return s.subjects.Index("phone", n) }, Actor: s.actor, Needs: s.rules.Needs,
		Relation: func(string) (fault.Text, bool) { return fault.Text{}, false },
		Paused:   func([]subject.Pause) func(string) bool { return func(string) bool { return false } },
		Now:      s.clock.now, IDs: ident.Source{Reader: rand.Reader},
	}
	s.reopen()
	return s
}

func (s *stage) reopen() {
	s.Helper()
	desk, err := lookup.Open(s.Context(), s.options)
	s.must(err)
	s.Desk = desk
}

func (s *stage) catalogue() *purpose.Catalogue {
	s.Helper()
	c, err := purpose.Load(policy.FS)
	s.must(err)
	s.must(c.Publish(s.Context(), s.engine))
	return c
}

func (s *stage) box() *vault.Vault {
	s.Helper()
	v, err := vault.Open(vault.Options{Keys: vault.NewKeys(rand.Reader, s.clock.now(), vault.OriginDevelopment), Random: rand.Reader, Now: s.clock.now})
	s.must(err)
	return v
}

func (s *stage) people() {
	s.Helper()
	ctx, ids := s.Context(), ident.Source{Reader: rand.Reader}
	var err error
	s.rules, err = guardian.LoadRules(policy.FS)
	s.must(err)
	s.subjects, err = subject.Open(ctx, subject.Options{
		Engine: s.engine, AppID: "wx", Key: make([]byte, 32), Vault: s.box(), Now: s.clock.now, IDs: ids, Ages: s.rules.At,
	})
	s.must(err)
	catalogue := s.catalogue()
	folder, err := fs.Sub(policy.FS, "notices")
	s.must(err)
	loaded, err := notice.Load(folder, map[string]string{"operator": "示例", "operator_address": "示例", "contact": "示例", "dpo": "示例"})
	s.must(err)
	shelf, err := notice.Open(ctx, s.engine, loaded, s.clock.now)
	s.must(err)
	current, err := shelf.Current("privacy", "zh-CN")
	s.must(err)
	s.version = current.Version
	s.consents, err = consent.Open(ctx, consent.Options{
		Engine: s.engine, Purposes: catalogue, Notices: shelf, Now: s.clock.now, IDs: ids, CoolDown: time.Hour, GuestTTL: time.Hour,
		Party: consent.Party{Name: "示例", Address: "示例", Contact: "示例", URL: "https://example.test"},
	})
	s.must(err)
	s.profiles = profile.Open(profile.Options{Subjects: s.subjects, Purposes: catalogue, Consents: s, WeChat: phones{s: s}, Rules: s.rules, Now: s.clock.now})
}

func (s *stage) officers() {
	s.Helper()
	var err error
	s.audit, err = audit.Open(s.Context(), s.engine, s.clock.now)
	s.must(err)
	roles, err := staff.LoadRoles(policy.FS)
	s.must(err)
	s.staff, err = staff.Open(s.Context(), staff.Options{
		Engine: s.engine, Vault: s.box(), Roles: roles, Audit: s.audit, Now: s.clock.now, IDs: ident.Source{Reader: rand.Reader},
		RequireTOTP: true, Cost: staff.Cost{Memory: 64, Time: 1, Threads: 1},
	})
	s.must(err)
}

func (s *stage) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

// officer hires somebody, trained for half a year, and signs them in; name is also theirs.
func (s *stage) officer(name string, role staff.Role) staff.Session {
	s.Helper()
	password, uri, err := s.staff.Add(s.Context(), staff.System(), name, role)
	s.must(err)
	s.must(s.staff.Train(s.Context(), staff.System(), name, s.clock.now().AddDate(0, 6, 0)))
	key, err := otp.NewKeyFromURL(uri)
	s.must(err)
	code, err := totp.GenerateCode(key.Secret(), s.clock.now())
	s.must(err)
	_, in, err := s.staff.SignIn(s.Context(), name, password, code)
	s.must(err)
	return in
}

// person makes an account, with what they wrote about themselves.
func (s *stage) person(openid string, fields ...string) subject.Subject {
	s.Helper()
	p, err := s.subjects.ForIdentity(s.Context(), wechat.Identity{OpenID: wechat.Secret(openid)})
	s.must(err)
	p = s.band(p.ID, subject.Adult)
	for _, code := range []string{"account.profile", "account.phone", "account.contact"} {
		s.decide(p, code, consent.Grant)
	}
	for i := 0; i < len(fields); i += 2 {
		_, err := s.profiles.Write(s.Context(), p.ID, nil, map[string]jsontext.Value{fields[i]: jsontext.Value(fields[i+1])})
		s.must(err)
	}
	return p
}

// withPhone gives a person the number that WeChat says.
func (s *stage) withPhone(p subject.Subject, number string) {
	s.Helper()
	s.phone = number
	_, err := s.profiles.SetPhone(s.Context(), p.ID, "code", nil)
	s.must(err)
}

func (s *stage) band(id string, b subject.Band) subject.Subject {
	s.Helper()
	p, err := s.subjects.Change(s.Context(), id, func(p *subject.Subject) error {
		p.Band, p.DeclaredAt, p.ChangesOn = b, s.clock.now(), time.Time{}
		if b.Minor() {
			p.ChangesOn = s.clock.now().AddDate(2, 0, 0)
		}
		return nil
	})
	s.must(err)
	return p
}

func (s *stage) decide(p subject.Subject, code string, verb consent.Verb) string {
	s.Helper()
	d := consent.Decision{Purpose: code, Verb: verb}
	if verb == consent.Grant {
		d.NoticeVersion = s.version
	}
	_, done, err := s.consents.Decide(s.Context(), s.actor(p), consent.Batch{Decisions: []consent.Decision{d}, Method: "tap", Language: "zh-CN"})
	s.must(err)
	return done[0].EntryID
}

// why is a query as it should be.
func why(term string) lookup.Query {
	return lookup.Query{Term: term, Reason: "support_ticket", Reference: "T-17"}
}

// found opens a record.
func (s *stage) found(in staff.Session, p subject.Subject) lookup.Lookup {
	s.Helper()
	l, err := s.Find(s.Context(), in, why(p.PrivacyNumber))
	s.must(err)
	return l
}

// rows lists what the audit holds about a subject, or of everybody, oldest first, and that its chain is whole.
func (s *stage) rows(about string) (list []audit.Row) {
	s.Helper()
	if _, broken, err := s.audit.Verify(s.Context()); err != nil || broken != nil {
		s.Fatalf("the audit is broken: %v %v", broken, err)
	}
	page, _, err := s.audit.Find(s.Context(), audit.Query{Subject: about, Limit: 1000})
	s.must(err)
	for i := len(page) - 1; i >= 0; i-- {
		list = append(list, page[i])
	}
	return list
}

// last is the newest row of all.
func (s *stage) last() audit.Row {
	s.Helper()
	all := s.rows("")
	return all[len(all)-1]
}
