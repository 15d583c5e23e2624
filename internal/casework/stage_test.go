package casework_test

import (
	"context"
	"crypto/rand"
	"errors"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"zhiqing/config/policy"
	"zhiqing/internal/audit"
	"zhiqing/internal/casework"
	"zhiqing/internal/guardian"
	"zhiqing/internal/ident"
	"zhiqing/internal/report"
	"zhiqing/internal/rights"
	"zhiqing/internal/staff"
	"zhiqing/internal/store/flaky"
	"zhiqing/internal/store/sqlite"
	"zhiqing/internal/subject"
	"zhiqing/internal/vault"
	"zhiqing/internal/wechat"
	"zhiqing/internal/workday"
)

// stage is a desk over real staff, audit, requests, reports and people on a store whose writes can fail. What lies behind
// those is world.
type stage struct {
	*casework.Desk
	*testing.T
	writes   *flaky.Engine
	clock    *clock
	staff    *staff.Desk
	audit    *audit.Log
	rights   *rights.Desk
	reports  *report.Desk
	subjects *subject.Register
	rules    guardian.Rules
	staffing staff.Options
	options  casework.Options
	world    *world
}

type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time { c.mu.Lock(); defer c.mu.Unlock(); return c.t }

func (c *clock) pass(d time.Duration) { c.mu.Lock(); defer c.mu.Unlock(); c.t = c.t.Add(d) }

var roles = []staff.Role{staff.Support, staff.PrivacyOfficer, staff.ChildDataOfficer, staff.Auditor, staff.Administrator}

func open(t *testing.T) *stage {
	t.Helper()
	base, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "c.db"))
	s := &stage{T: t, clock: &clock{t: time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)}, world: &world{}}
	s.must(err)
	t.Cleanup(func() { _ = base.Close() })
	s.writes = flaky.Wrap(base)
	ctx, now, ids := t.Context(), s.clock.now, ident.Source{Reader: rand.Reader}
	sealing, err := vault.Open(vault.Options{Keys: vault.NewKeys(rand.Reader, now(), vault.OriginDevelopment), Random: rand.Reader, Now: now})
	s.must(err)
	s.rules, err = guardian.LoadRules(policy.FS)
	s.must(err)
	calendar, err := workday.Load(policy.FS)
	s.must(err)
	deadline := func(from time.Time, n int) (time.Time, bool) {
		due, err := calendar.AddWorkdays(from, n)
		s.must(err)
		return due.At, due.Provisional
	}
	s.audit, err = audit.Open(ctx, s.writes, now)
	s.must(err)
	table, err := staff.LoadRoles(policy.FS)
	s.must(err)
	s.staffing = staff.Options{
		Engine: s.writes, Vault: sealing, Roles: table, Audit: s.audit, Now: now, IDs: ids, Cost: staff.Cost{Memory: 64, Time: 1, Threads: 1},
	}
	s.staff, err = staff.Open(ctx, s.staffing)
	s.must(err)
	s.subjects, err = subject.Open(ctx, subject.Options{
		Engine: s.writes, AppID: "wx-test", Key: make([]byte, 32), Vault: sealing, Now: now, IDs: ids, Ages: s.rules.At,
	})
	s.must(err)
	s.world.subjects = s.subjects
	s.rights, err = rights.Open(ctx, rights.Options{
		Engine: s.writes, Subjects: s.subjects, Holdings: func() rights.Holdings { return nil }, Guardians: s.world, Accounts: s.world,
		Explainer: s.world, Key: make([]byte, 32), Deadline: deadline, Days: 15, Poke: func() {}, Now: now, IDs: ids, Tell: s.world.tell,
	})
	s.must(err)
	s.reports, err = report.Open(ctx, report.Options{
		Engine: s.writes, Subjects: s.subjects, Vault: sealing, Accounts: s.world, Ages: s.world, Rules: s.rules, Teller: told{},
		Deadline: deadline, Poke: func() {}, Failed: func(string, error) {}, Now: now, IDs: ids,
	})
	s.must(err)
	s.options = casework.Options{
		Staff: s.staff, Audit: s.audit, Requests: s.rights, Subjects: s.subjects, Guardians: s.world, Reports: s.reports,
		Workdays: calendar.Between, Now: now,
	}
	s.Desk, err = casework.Open(s.options)
	s.must(err)
	return s
}

func (s *stage) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

func (s *stage) wants(err, want error) {
	s.Helper()
	if !errors.Is(err, want) {
		s.Errorf("%v, want %v", err, want)
	}
}

// on hires an officer, who has just proved their identity.
func (s *stage) on(name string, role staff.Role) staff.Session {
	s.Helper()
	_, _, err := s.staff.Add(s.Context(), staff.System(), name, role)
	s.must(err)
	s.must(s.staff.Train(s.Context(), staff.System(), name, s.clock.now().AddDate(0, 6, 0)))
	all, err := s.staff.List(s.Context())
	s.must(err)
	for _, a := range all {
		if a.Name == name {
			return staff.Session{Officer: a.Officer, StepUpAt: s.clock.now()}
		}
	}
	s.Fatal("nobody was hired")
	return staff.Session{}
}

// person is a new one; minor makes them 12.
func (s *stage) person(name string, minor bool) subject.Subject {
	s.Helper()
	p, err := s.subjects.ForIdentity(s.Context(), wechat.Identity{OpenID: wechat.Secret("openid-" + name)})
	s.must(err)
	if minor {
		p, err = s.subjects.Change(s.Context(), p.ID, func(p *subject.Subject) error {
			p.Band, p.ChangesOn = subject.Under14, s.clock.now().AddDate(2, 0, 0)
			return nil
		})
		s.must(err)
	}
	return p
}

func (s *stage) lodge(who subject.Subject, t rights.Type, detail string) rights.Request {
	s.Helper()
	r, err := s.rights.Lodge(s.Context(), rights.Lodged{
		Requester: who.ID, Session: "x", Type: t, Detail: detail, Language: "zh-CN",
	})
	s.must(err)
	return r
}

// request is where one stands now.
func (s *stage) request(number string) rights.Request {
	s.Helper()
	r, err := s.rights.ByNumber(s.Context(), number)
	s.must(err)
	return r
}

// approve lets another officer open a minor's record.
func (s *stage) approve(by staff.Session, a staff.Approval, err error) {
	s.Helper()
	s.must(err)
	_, err = s.staff.Approve(s.Context(), by, a.ID)
	s.must(err)
}

// rows lists what the audit holds about something, newest first.
func (s *stage) rows(action string) (list []audit.Row) {
	s.Helper()
	page, _, err := s.audit.Find(s.Context(), audit.Query{Limit: 1000})
	s.must(err)
	for _, r := range page {
		if r.Action == action {
			list = append(list, r)
		}
	}
	return list
}

// world is what lies behind the desks, and notes what happened to it.
type world struct {
	mu       sync.Mutex
	subjects *subject.Register
	disputes []guardian.Dispute
	resolved []bool
	adults   []string
	minors   []string
	told     []string // number and state
	failing  error    // of telling
	guards   string   // the child behind every link
}

var errBroken = errors.New("broken")

func (w *world) tell(_ context.Context, r rights.Request, to rights.State) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.told = append(w.told, r.Number+" "+string(to))
	return w.failing
}

func (w *world) Guards(context.Context, string, string) (string, error) { return w.guards, nil }

func (*world) Close(context.Context, string, string) (string, error)          { return "", errBroken }
func (*world) Pause(context.Context, string, string, []string, bool) error    { return nil }
func (*world) EraseFields(context.Context, string, []string) error            { return nil }
func (*world) WithdrawAll(context.Context, string, string, string) error      { return nil }
func (*world) Explain(context.Context, string, []string, string) (any, error) { return nil, nil }
func (*world) Known(string) bool                                              { return true }
func (w *world) Declare(_ context.Context, id, _, _ string) (guardian.Declared, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.minors = append(w.minors, id)
	return guardian.Declared{Band: subject.Under14}, nil
}

func (w *world) Disputes(context.Context, string, int) ([]guardian.Dispute, string, error) {
	return w.disputes, "", nil
}

func (w *world) DisputeOf(_ context.Context, link string) (guardian.Dispute, error) {
	for _, x := range w.disputes {
		if x.Link == link {
			return x, nil
		}
	}
	return guardian.Dispute{}, guardian.ErrUnknownLink
}

func (w *world) Resolve(_ context.Context, _ string, inFavour bool) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.resolved) > 0 {
		return guardian.ErrNotNow
	}
	w.resolved = append(w.resolved, inFavour)
	return nil
}

func (w *world) CorrectToAdult(_ context.Context, id string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.adults = append(w.adults, id)
	return nil
}

// told is a teller of reports to whom nothing matters.
type told struct{}

func (told) Tell(context.Context, string, report.Told, string, string) error { return nil }
