package message_test

import (
	"context"
	"crypto/rand"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"zhiqing/internal/ident"
	"zhiqing/internal/message"
	"zhiqing/internal/store/flaky"
	"zhiqing/internal/store/sqlite"
	"zhiqing/internal/subject"
	"zhiqing/internal/vault"
	"zhiqing/internal/wechat"
)

// stage is a desk on a real store, before a WeChat that keeps what it is given.
type stage struct {
	*message.Desk
	t        *testing.T
	engine   *flaky.Engine
	now      time.Time
	subjects *subject.Register
	wechat   *post
	failed   []error
}

// post is WeChat: it notes what arrives, and answers what it is told to.
type post struct {
	wechat.Gateway // nothing else is called
	mu             sync.Mutex
	got            []wechat.Message
	answers        []error // for the next calls; none = accepted
	before         func()
}

func (p *post) Send(_ context.Context, m wechat.Message) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.before != nil {
		p.before()
	}
	if len(p.answers) > 0 {
		err := p.answers[0]
		if p.answers = p.answers[1:]; err != nil {
			return err
		}
	}
	p.got = append(p.got, m)
	return nil
}

var templates = map[message.Kind]message.Template{message.RequestDone: must("TPL_request"), message.RequestReceived: must("TPL_request"), message.Dispute: must("TPL_family thing1=title time9=time")}

func must(text string) message.Template {
	t, err := message.ParseTemplate(text)
	if err != nil {
		panic(err)
	}
	return t
}

func open(t *testing.T) *stage {
	t.Helper()
	base, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "m.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = base.Close() })
	s := &stage{t: t, engine: flaky.Wrap(base), now: time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC), wechat: &post{}}
	clock := func() time.Time { return s.now }
	keys := vault.NewKeys(rand.Reader, s.now, vault.OriginDevelopment)
	v, err := vault.Open(vault.Options{Keys: keys, Random: rand.Reader, Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	s.subjects, err = subject.Open(t.Context(), subject.Options{
		Engine: s.engine, AppID: "wx-test", Key: make([]byte, 32), Vault: v, Now: clock, IDs: ident.Source{Reader: rand.Reader},
		Ages: func(b subject.Band, on, _ time.Time) (subject.Band, time.Time) { return b, on },
	})
	if err != nil {
		t.Fatal(err)
	}
	s.Desk, err = message.Open(t.Context(), message.Options{
		Engine: s.engine, Subjects: s.subjects, WeChat: s.wechat, Templates: templates, Page: "pages/privacy/index", Now: clock,
		Failed: func(_ message.Kind, cause error) { s.failed = append(s.failed, cause) },
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *stage) person(name string) subject.Subject {
	s.t.Helper()
	p, err := s.subjects.ForIdentity(s.t.Context(), wechat.Identity{OpenID: wechat.Secret(name)})
	if err != nil {
		s.t.Fatal(err)
	}
	return p
}

func (s *stage) tell(who string, kind message.Kind, key string) {
	s.t.Helper()
	if err := s.Tell(s.t.Context(), who, kind, message.Refs{Request: "RQ-7ZK3-Q9MC"}, key); err != nil {
		s.t.Fatal(err)
	}
}

func (s *stage) allow(who, template string, times int) {
	s.t.Helper()
	for range times {
		if _, err := s.Subscribe(s.t.Context(), who, template, message.Accept, ""); err != nil {
			s.t.Fatal(err)
		}
	}
}

func (s *stage) left(who, template string) int {
	s.t.Helper()
	offers, err := s.Offers(s.t.Context(), who)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, o := range offers {
		if o.Template == template {
			return o.Left
		}
	}
	return -1
}

func (s *stage) send(want int) {
	s.t.Helper()
	if n, err := s.Send(s.t.Context()); err != nil || n != want {
		s.t.Fatalf("sent %d, %v; want %d", n, err, want)
	}
}

func (s *stage) inbox(who string) []message.Message {
	s.t.Helper()
	list, _, err := s.List(s.t.Context(), who, "", 100)
	if err != nil {
		s.t.Fatal(err)
	}
	return list
}
