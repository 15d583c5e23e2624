package report_test

import (
	"context"
	"crypto/rand"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"zhiqing/config/policy"
	"zhiqing/internal/guardian"
	"zhiqing/internal/ident"
	"zhiqing/internal/report"
	"zhiqing/internal/store/flaky"
	"zhiqing/internal/store/sqlite"
	"zhiqing/internal/subject"
	"zhiqing/internal/vault"
	"zhiqing/internal/wechat"
)

// stage is a desk on a real store; the accounts, the age question and the messages behind it are noted.
type stage struct {
	*report.Desk
	t        *testing.T
	engine   *flaky.Engine
	now      time.Time
	subjects *subject.Register
	rules    guardian.Rules
	paused   map[string]string // subject → number
	pauses   int
	told     []string
	failing  error
	during   func() // runs while an account is being paused
	alarms   int
}

func (s *stage) Pause(_ context.Context, id, number string, purposes []string, on bool) error {
	if s.failing != nil {
		return s.failing
	}
	if len(purposes) > 0 {
		return errors.New("only optional purposes pause")
	}
	if !on {
		if s.paused[id] == number {
			delete(s.paused, id)
		}
		return nil
	}
	if during := s.during; during != nil {
		s.during = nil
		during()
	}
	s.pauses++
	s.paused[id] = number
	return nil
}

func (s *stage) Tell(_ context.Context, who string, what report.Told, number, key string) error {
	for _, t := range s.told {
		if t == who+" "+string(what)+" "+number {
			return nil
		}
	}
	s.told = append(s.told, who+" "+string(what)+" "+number)
	return nil
}

// Declare is the age question in small: adults and minors, asked once.
func (s *stage) Declare(ctx context.Context, id, date, _ string) (guardian.Declared, error) {
	birth, err := guardian.ParseDate(date, s.now)
	if err != nil {
		return guardian.Declared{}, err
	}
	band, on := s.rules.Band(birth, s.now)
	_, err = s.subjects.Change(ctx, id, func(p *subject.Subject) error {
		if p.Band.Minor() || p.Band == subject.Adult && band == subject.Adult {
			return guardian.ErrDeclared
		}
		p.Band, p.ChangesOn = band, on
		return nil
	})
	return guardian.Declared{Band: band}, err
}

func open(t *testing.T) *stage {
	t.Helper()
	base, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "r.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = base.Close() })
	s := &stage{t: t, engine: flaky.Wrap(base), now: time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC), paused: map[string]string{}}
	clock, ids := func() time.Time { return s.now }, ident.Source{Reader: rand.Reader}
	if s.rules, err = guardian.LoadRules(policy.FS); err != nil {
		t.Fatal(err)
	}
	v, err := vault.Open(vault.Options{Keys: vault.NewKeys(rand.Reader, s.now, vault.OriginDevelopment), Random: rand.Reader, Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	s.subjects, err = subject.Open(t.Context(), subject.Options{
		Engine: s.engine, AppID: "wx-test", Key: make([]byte, 32), Vault: v, Now: clock, IDs: ids, Ages: s.rules.At,
	})
	if err != nil {
		t.Fatal(err)
	}
	s.Desk, err = report.Open(t.Context(), report.Options{
		Engine: s.engine, Subjects: s.subjects, Vault: v, Accounts: s, Ages: s, Rules: s.rules, Teller: s, Now: clock, IDs: ids,
		Deadline: func(from time.Time, n int) (time.Time, bool) { return from.AddDate(0, 0, n), false },
		Poke:     func() {}, Failed: func(string, error) { s.alarms++ },
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *stage) person(name string, band subject.Band) subject.Subject {
	s.t.Helper()
	p, err := s.subjects.ForIdentity(s.t.Context(), wechat.Identity{OpenID: wechat.Secret(name)})
	if err == nil && band != subject.Unasked {
		p, err = s.subjects.Change(s.t.Context(), p.ID, func(p *subject.Subject) error {
			p.Band = band
			if band.Minor() {
				p.ChangesOn = s.now.AddDate(1, 0, 0)
			}
			return nil
		})
	}
	if err != nil {
		s.t.Fatal(err)
	}
	return p
}

func (s *stage) lodge(kind report.Kind, number, text string) report.Report {
	s.t.Helper()
	r, err := s.Lodge(s.t.Context(), report.Lodged{Kind: kind, PrivacyNumber: number, Text: text})
	if err != nil {
		s.t.Fatal(err)
	}
	return r
}

func (s *stage) work() {
	s.t.Helper()
	if _, err := s.Work(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
}

func (s *stage) find(number string) report.Report {
	s.t.Helper()
	r, err := s.Find(s.t.Context(), number)
	if err != nil {
		s.t.Fatal(err)
	}
	return r
}
