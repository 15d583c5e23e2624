package staff_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"zhiqing/internal/fault"
	"zhiqing/internal/staff"
	"zhiqing/internal/store"
)

func TestSignInWantsNamePasswordAndCode(t *testing.T) {
	s := set(t)
	p := s.hire("li.na", staff.Support)
	s.clock.pass(30 * time.Second)
	for name, try := range map[string][3]string{
		"wrong password": {p.name, "000000-000000-000000-000000", s.code(p)},
		"no password":    {p.name, "", s.code(p)},
		"wrong code":     {p.name, p.password, "000000"},
		"no code":        {p.name, p.password, ""},
	} {
		token, in, err := s.SignIn(t.Context(), try[0], try[1], try[2])
		if !errors.Is(err, staff.ErrSignIn) || token != "" || in.Officer.ID != "" {
			t.Errorf("%s: %q %v %v", name, token, in, err)
		}
	}
	token, in, err := s.SignIn(t.Context(), " Li.Na ", p.password+"\n", s.code(p))
	if err != nil || len(token) != 43 || in.Officer.Name != "li.na" || in.Officer.Role != staff.Support || len(in.CSRF()) < 40 {
		t.Fatalf("%v %v", in.Officer, err)
	}
	if failed, ok := s.count("staff.sign_in_failed"), s.count("staff.signed_in"); failed != 4 || ok != 1 {
		t.Errorf("the audit has %d failures and %d sign-ins", failed, ok)
	}
}

func TestACodeOpensOnceAndLeavesOneStepOfDrift(t *testing.T) {
	s := set(t)
	p := s.hire("li.na", staff.Support)
	for _, c := range []struct {
		off time.Duration
		ok  bool
	}{{-61 * time.Second, false}, {61 * time.Second, false}, {-30 * time.Second, true}, {-30 * time.Second, false}, {0, true}, {0, false}, {30 * time.Second, true}, {0, false}} {
		_, _, err := s.SignIn(t.Context(), p.name, p.password, s.codeAt(p, c.off))
		if (err == nil) != c.ok {
			t.Errorf("a code of %v: %v", c.off, err)
		}
	}
}

func TestOfTwoWhoBringOneCodeOneGetsIn(t *testing.T) {
	s := set(t)
	p := s.hire("li.na", staff.Support)
	desks := []*staff.Desk{s.Desk, s.again(s.writes)}
	var in atomic.Int64
	var all sync.WaitGroup
	for i := range 4 {
		all.Go(func() {
			if _, _, err := desks[i%2].SignIn(t.Context(), p.name, p.password, s.code(p)); err == nil {
				in.Add(1)
			}
		})
	}
	all.Wait()
	if in.Load() != 1 {
		t.Errorf("%d got in", in.Load())
	}
}

func TestTriesCostADoublingPauseUnderEveryName(t *testing.T) {
	s := set(t)
	p := s.hire("li.na", staff.Support)
	for _, name := range []string{p.name, "nobody"} {
		for i := range 5 {
			if _, _, err := s.SignIn(t.Context(), name, "wrong", ""); !errors.Is(err, staff.ErrSignIn) {
				t.Fatalf("%s: try %d: %v", name, i+1, err)
			}
		}
		for _, pause := range []time.Duration{1, 2, 4, 8, 16, 32, 60, 60} {
			_, _, err := s.SignIn(t.Context(), name, p.password, s.code(p)) // the right ones do not help
			var f *fault.Fault
			if !errors.As(err, &f) || !errors.Is(err, staff.ErrLocked) || f.Retry != pause*time.Minute {
				t.Fatalf("%s: %v, want a pause of %d minutes", name, err, pause)
			}
			s.clock.pass(pause*time.Minute - time.Millisecond)
			if _, _, err := s.SignIn(t.Context(), name, "wrong", ""); !errors.Is(err, staff.ErrLocked) {
				t.Fatalf("%s: a millisecond early: %v", name, err)
			}
			s.clock.pass(time.Millisecond)
			if _, _, err := s.SignIn(t.Context(), name, "wrong", ""); !errors.Is(err, staff.ErrSignIn) {
				t.Fatalf("%s: after %d minutes: %v", name, pause, err)
			}
		}
	}
	if n := s.count("staff.locked_out"); n != 2*9 {
		t.Errorf("%d locks in the audit", n)
	}
	s.clock.pass(time.Hour)
	s.enter(p)
	if _, _, err := s.SignIn(t.Context(), p.name, "wrong", ""); !errors.Is(err, staff.ErrSignIn) {
		t.Errorf("success forgets the tries: %v", err)
	}
}

func TestManyAtOnceGetNoMoreTriesThanOneAfterAnother(t *testing.T) {
	s := set(t)
	p := s.hire("li.na", staff.Support)
	var tried atomic.Int64
	var all sync.WaitGroup
	for range 64 {
		all.Go(func() {
			_, _, err := s.SignIn(t.Context(), p.name, "wrong", "")
			if errors.Is(err, staff.ErrSignIn) {
				tried.Add(1)
			} else if !errors.Is(err, staff.ErrLocked) && !errors.Is(err, staff.ErrBusy) {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if tried.Load() > 5 {
		t.Errorf("%d were tried", tried.Load())
	}
}

// calls notes what is asked of a store.
type calls struct {
	store.Engine
	mu   sync.Mutex
	list []string
}

func (c *calls) note(what, collection string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.list = append(c.list, what+" "+collection)
}

func (c *calls) Get(ctx context.Context, collection, id string) (store.Document, error) {
	c.note("get", collection)
	return c.Engine.Get(ctx, collection, id)
}

func (c *calls) Insert(ctx context.Context, collection string, d store.Document) error {
	c.note("insert", collection)
	return c.Engine.Insert(ctx, collection, d)
}

func (c *calls) Replace(ctx context.Context, collection string, d store.Document) error {
	c.note("replace", collection)
	return c.Engine.Replace(ctx, collection, d)
}

func (c *calls) Find(ctx context.Context, collection, index string, r store.Range) (store.Page, error) {
	c.note("find", collection)
	return c.Engine.Find(ctx, collection, index, r)
}

func TestAnUnknownNameCostsTheSameWorkAndAnswersTheSame(t *testing.T) {
	s := set(t)
	p, gone := s.hire("li.na", staff.Support), s.hire("wang.wei", staff.Auditor)
	s.must(s.Disable(t.Context(), staff.System(), gone.name))
	seen := &calls{Engine: s.writes}
	d := s.again(seen)
	hashes := 0
	d.CountHashes(func() { hashes++ })
	var want string
	for _, try := range []struct{ name, password, code string }{
		{p.name, "wrong", "000000"}, {"nobody", "wrong", "000000"}, {"nobody2", p.password, s.code(p)}, {gone.name, gone.password, s.code(gone)},
		{"", "", ""}, {"' or 1=1", "x", "x"}, {strings.Repeat("长", 500), strings.Repeat("x", 5000), strings.Repeat("9", 5000)}, {"\x00\xff\x1f", "\x00", "\xff"},
	} {
		hashes, seen.list = 0, nil
		_, _, err := d.SignIn(t.Context(), try.name, try.password, try.code)
		got := fmt.Sprintf("%v: %d hashes, %v", err, hashes, seen.list)
		if want == "" {
			want = got
		}
		if got != want || hashes != 1 || !errors.Is(err, staff.ErrSignIn) {
			t.Errorf("%.20q\n got %s\nwant %s", try.name, got, want)
		}
	}
	for _, r := range s.rows() {
		if r.Actor == "unknown" && (r.Reference != "" || len(r.Fields) > 0) {
			t.Errorf("what was typed as a name may be a password: %+v", r)
		}
	}
}

func TestHashingIsBoundedAndWaitsForItsTurn(t *testing.T) {
	s := set(t)
	p := s.hire("li.na", staff.Support)
	busy, most := 0, 0
	var mu sync.Mutex
	begun, release := make(chan struct{}, 64), make(chan struct{})
	s.CountHashes(func() {
		mu.Lock()
		busy++
		most = max(most, busy)
		mu.Unlock()
		begun <- struct{}{}
		<-release
		mu.Lock()
		busy--
		mu.Unlock()
	})
	answers := make(chan error, 64)
	ctx, cancel := context.WithCancel(t.Context())
	for i := range 40 {
		go func() {
			_, _, err := s.SignIn(ctx, fmt.Sprintf("nobody%d", i), p.password, "")
			answers <- err
		}()
	}
	<-begun
	<-begun
	for range 40 - 18 { // 2 at work, 16 wait, the rest is sent away at once
		if err := <-answers; !errors.Is(err, staff.ErrBusy) {
			t.Errorf("%v", err)
		}
	}
	cancel()
	for range 16 {
		if err := <-answers; fault.KindOf(err) != fault.Unavailable {
			t.Errorf("%v", err)
		}
	}
	close(release)
	<-answers
	<-answers
	if most != 2 {
		t.Errorf("%d hashes at once", most)
	}
}

func TestProductionWantsASecondFactorAndMakesNoFirstAccount(t *testing.T) {
	s := set(t, func(o *staff.Options) { o.RequireTOTP = false })
	name, password, made, err := s.Bootstrap(t.Context())
	if err != nil || !made || name != "admin" || len(password) < 24 {
		t.Fatalf("%v %v", made, err)
	}
	if _, _, made, err := s.Bootstrap(t.Context()); made || err != nil {
		t.Errorf("again: %v %v", made, err)
	}
	token, in, err := s.SignIn(t.Context(), name, password, "")
	if err != nil || in.Officer.Role != staff.Administrator {
		t.Fatal(err)
	}
	if _, _, err := s.StepUp(t.Context(), token, "wrong"); !errors.Is(err, staff.ErrSignIn) {
		t.Errorf("a wrong password steps up: %v", err)
	}
	if fresh, _, err := s.StepUp(t.Context(), token, password); err != nil || fresh == token {
		t.Errorf("its password is its proof: %v", err)
	}
	s.options.RequireTOTP = true
	d := s.again(s.writes)
	if _, _, err := d.SignIn(t.Context(), name, password, ""); !errors.Is(err, staff.ErrSignIn) {
		t.Errorf("a password alone: %v", err)
	}
	empty := set(t)
	if _, _, made, err := empty.Bootstrap(t.Context()); made || err != nil {
		t.Errorf("%v %v", made, err)
	}
	password, uri, err := s.Reset(t.Context(), staff.System(), name)
	s.must(err)
	s.enter(person{name, password, secretOf(s, uri)}) // with a second factor it gets in
}

func TestPasswordsAreHashedAsTheStandardSays(t *testing.T) {
	if c := staff.DefaultCost(); c.Memory < 64<<10 || c.Time < 3 || c.Threads != 1 {
		t.Errorf("%+v is less than 64 MiB, three passes, one thread", c)
	}
	s := set(t, func(o *staff.Options) { o.Cost = staff.Cost{} })
	p := s.hire("li.na", staff.Support)
	s.enter(p)
	d, err := s.writes.Get(t.Context(), "staff", find(s, p.name).ID)
	s.must(err)
	for _, part := range []string{"argon2id", "memory", "salt"} {
		if !strings.Contains(string(d.Body), part) {
			t.Errorf("the record does not say %s", part)
		}
	}
}

func find(s *stage, name string) staff.Account {
	s.Helper()
	all, err := s.List(s.Context())
	s.must(err)
	for _, a := range all {
		if a.Name == name {
			return a
		}
	}
	s.Fatalf("no account %s", name)
	return staff.Account{}
}

func TestNothingSecretLiesInTheStoreOrIsPrinted(t *testing.T) {
	s := set(t)
	p, token, in := s.on("li.na", staff.Support)
	s.clock.pass(30 * time.Second)
	fresh, stepped, err := s.StepUp(t.Context(), token, s.code(p))
	s.must(err)
	secrets := []string{p.password, strings.ReplaceAll(p.password, "-", ""), p.secret, token, fresh, in.CSRF(), stepped.CSRF()}
	printed := ""
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		printed += fmt.Sprintf(verb, []any{s.Desk, in, &in, []staff.Session{stepped}, struct{ s staff.Session }{in}, find(s, p.name)})
	}
	for name, text := range map[string]string{"print": printed, "store": raw(s, s.path), "log": raw(s, s.path+"-wal")} {
		for i, secret := range secrets {
			if strings.Contains(text, secret) {
				t.Errorf("%s: secret %d is there", name, i)
			}
		}
	}
	if !strings.Contains(raw(s, s.path)+raw(s, s.path+"-wal"), "li.na") {
		t.Error("the files do not hold what was written, so this test proves nothing")
	}
}

func raw(s *stage, path string) string {
	s.Helper()
	b, err := os.ReadFile(path)
	if err != nil && !os.IsNotExist(err) {
		s.Fatal(err)
	}
	return string(b)
}
