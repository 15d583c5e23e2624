package session

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"zhiqing/internal/fault"
	"zhiqing/internal/ident"
	"zhiqing/internal/ledger"
	"zhiqing/internal/store/sqlite"
	"zhiqing/internal/subject"
	"zhiqing/internal/vault"
	"zhiqing/internal/wechat"
)

// gateway answers as its function says; nil means "a person named by the part of the code before the dash".
type gateway struct {
	wechat.Gateway
	mu     sync.Mutex
	calls  int
	answer func(code string) (wechat.Identity, error)
}

func (g *gateway) Identify(_ context.Context, code string) (wechat.Identity, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.calls++
	if g.answer != nil {
		return g.answer(code)
	}
	person, _, _ := strings.Cut(code, "-")
	return wechat.Identity{OpenID: wechat.Secret("openid-of-" + person)}, nil
}

type books struct{ forgotten []string }

func (b *books) Forget(_ context.Context, guest string) error {
	b.forgotten = append(b.forgotten, guest)
	return nil
}

type fixture struct {
	*Desk
	gateway *gateway
	books   *books
	now     time.Time
	keys    ledger.Keyset
}

func open(t *testing.T) *fixture {
	t.Helper()
	e, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "s.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	f := &fixture{gateway: &gateway{}, books: &books{}, now: time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)}
	f.keys = ledger.NewKeyset(rand.Reader, f.now, ledger.OriginDevelopment)
	now, ids := func() time.Time { return f.now }, ident.Source{Reader: rand.Reader}
	safe, err := vault.Open(vault.Options{Keys: vault.NewKeys(rand.Reader, f.now, vault.OriginDevelopment), Random: rand.Reader, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	subjects, err := subject.Open(t.Context(), subject.Options{
		Engine: e, AppID: "wxapp", Key: bytes.Repeat([]byte{1}, 32), Vault: safe, Now: now, IDs: ids,
		Ages: func(b subject.Band, until, _ time.Time) (subject.Band, time.Time) { return b, until },
	})
	if err != nil {
		t.Fatal(err)
	}
	f.Desk, err = Open(t.Context(), Options{
		Engine: e, Subjects: subjects, WeChat: f.gateway, Signer: f.keys, Books: f.books, Key: bytes.Repeat([]byte{2}, 32), Now: now, IDs: ids,
		AccessTTL: 15 * time.Minute, GuestTTL: 24 * time.Hour, UserTTL: 720 * time.Hour, LoginGrace: time.Minute, CoolDown: 48 * time.Hour,
	})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func (f *fixture) login(t *testing.T, code string) Issued {
	t.Helper()
	i, err := f.StartWeChat(t.Context(), code)
	if err != nil || i.Kind != User {
		t.Fatalf("login with %s: %v %v", code, i.Kind, err)
	}
	return i
}

func (f *fixture) principal(t *testing.T, token string) Principal {
	t.Helper()
	p, err := f.Authenticate(t.Context(), token)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestOneCodeIsOneSessionForAMinute(t *testing.T) {
	f := open(t)
	first := f.login(t, "mum-1")
	if again := f.login(t, "mum-1"); again.RefreshToken != first.RefreshToken || again.Owner != first.Owner {
		t.Error("a repeated login is another session")
	}
	if f.gateway.calls != 1 {
		t.Errorf("WeChat was asked %d times", f.gateway.calls)
	}
	f.now = f.now.Add(time.Minute)
	if _, err := f.StartWeChat(t.Context(), "mum-1"); !errors.Is(err, wechat.ErrCodeUsed) {
		t.Errorf("after a minute: %v", err)
	}
}

func TestManyLoginsAtOnceAreOneSubject(t *testing.T) {
	f := open(t)
	var all sync.WaitGroup
	owners := make(chan string, 64)
	for i := range 64 {
		all.Go(func() {
			code := "mum-1" // half of them the same code, half of them codes of their own
			if i%2 == 0 {
				code = "mum-x" + string(rune('a'+i/2%26)) + string(rune('a'+i/52))
			}
			issued, err := f.StartWeChat(t.Context(), code)
			if err != nil {
				t.Error(err)
			}
			owners <- issued.Owner
		})
	}
	all.Wait()
	close(owners)
	first := <-owners
	for o := range owners {
		if o != first {
			t.Fatalf("one person is two subjects: %s and %s", first, o)
		}
	}
}

func TestAnOldRefreshTokenEndsTheSession(t *testing.T) {
	f := open(t)
	first := f.login(t, "mum-1")
	second, err := f.Refresh(t.Context(), first.RefreshToken, "")
	if err != nil || second.RefreshToken == first.RefreshToken {
		t.Fatalf("refresh: %v", err)
	}
	if _, err := f.Refresh(t.Context(), first.RefreshToken, ""); !errors.Is(err, ErrReused) {
		t.Fatalf("reuse: %v", err)
	}
	if _, err := f.Refresh(t.Context(), second.RefreshToken, ""); !errors.Is(err, ErrBadToken) {
		t.Errorf("the thief's or the owner's next token still works: %v", err)
	}
	if _, err := f.Authenticate(t.Context(), second.AccessToken); !errors.Is(err, ErrBadToken) {
		t.Errorf("the access token still works: %v", err)
	}
}

func TestALostRefreshAnswerCanBeAskedForAgain(t *testing.T) {
	f := open(t)
	first := f.login(t, "mum-1")
	second, err := f.Refresh(t.Context(), first.RefreshToken, "key-1")
	if err != nil {
		t.Fatal(err)
	}
	again, err := f.Refresh(t.Context(), first.RefreshToken, "key-1")
	if err != nil || again.RefreshToken != second.RefreshToken {
		t.Fatalf("the same key gives other tokens: %v", err)
	}
	if _, err := f.Refresh(t.Context(), first.RefreshToken, "key-2"); !errors.Is(err, ErrReused) {
		t.Errorf("another key: %v", err)
	}
}

func TestForgedRefreshTokensNeverReachTheStore(t *testing.T) {
	f := open(t)
	good := f.login(t, "mum-1").RefreshToken
	flipped := []byte(good)
	flipped[10] ^= 1
	for _, bad := range []string{"", "zrt_", good[4:], good + "A", string(flipped), "zrt_" + strings.Repeat("A", 75)} {
		if _, err := f.Refresh(t.Context(), bad, ""); !errors.Is(err, ErrBadToken) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if _, err := f.Refresh(t.Context(), good, ""); err != nil {
		t.Errorf("forged tokens ended the real session: %v", err)
	}
}

func TestEndingIsAtOnceAndForgetsTheGuest(t *testing.T) {
	f := open(t)
	g, err := f.StartGuest(t.Context(), false)
	if err != nil {
		t.Fatal(err)
	}
	p := f.principal(t, g.AccessToken)
	for range 2 { // ending twice is fine
		if err := f.End(t.Context(), p); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := f.Authenticate(t.Context(), g.AccessToken); !errors.Is(err, ErrBadToken) {
		t.Errorf("after the end: %v", err)
	}
	if len(f.books.forgotten) != 1 || f.books.forgotten[0] != g.Owner {
		t.Errorf("forgotten: %v", f.books.forgotten)
	}
}

func TestAGuestIsGoneADayAfterTheLastUse(t *testing.T) {
	f := open(t)
	g, _ := f.StartGuest(t.Context(), false)
	f.now = f.now.Add(23 * time.Hour)
	g, err := f.Refresh(t.Context(), g.RefreshToken, "")
	if err != nil {
		t.Fatal(err)
	}
	f.now = f.now.Add(24*time.Hour - time.Millisecond)
	if n, err := f.Sweep(t.Context()); n != 0 || err != nil {
		t.Fatalf("swept %d early: %v", n, err)
	}
	f.now = f.now.Add(time.Millisecond)
	if _, err := f.Refresh(t.Context(), g.RefreshToken, ""); !errors.Is(err, ErrExpired) {
		t.Errorf("at the end: %v", err)
	}
	if n, err := f.Sweep(t.Context()); n != 1 || err != nil {
		t.Fatalf("swept %d: %v", n, err)
	}
	if len(f.books.forgotten) != 1 {
		t.Error("the guest's book is still there")
	}
}

func TestWhenWeChatFailsThePersonBecomesAGuest(t *testing.T) {
	f := open(t)
	for want, err := range map[string]error{
		"wechat_unavailable": wechat.ErrUnavailable, "wechat_limited": wechat.ErrLimited, "wechat_blocked": wechat.ErrBlocked,
	} {
		f.gateway.answer = func(string) (wechat.Identity, error) { return wechat.Identity{}, err }
		i, e := f.StartWeChat(t.Context(), "x-"+strings.ReplaceAll(want, "_", ""))
		if e != nil || i.Kind != Guest || i.Fallback == nil || i.Fallback.Reason != want {
			t.Errorf("%s: %+v %v", want, i.Fallback, e)
		}
	}
	for code, err := range map[string]error{"a-1": wechat.ErrCodeInvalid, "a-2": wechat.ErrCodeUsed} {
		f.gateway.answer = func(string) (wechat.Identity, error) { return wechat.Identity{}, err }
		if _, e := f.StartWeChat(t.Context(), code); !errors.Is(e, err) || fault.KindOf(e) != fault.Invalid {
			t.Errorf("%s: %v", code, e)
		}
	}
}

func TestABadCodeNeverReachesWeChat(t *testing.T) {
	f := open(t)
	for _, bad := range []string{"", "good&appid=wx1", "a\nb", "a b", "中", strings.Repeat("a", 129), "a#b", "%61"} {
		if _, err := f.StartWeChat(t.Context(), bad); !errors.Is(err, wechat.ErrCodeInvalid) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if f.gateway.calls != 0 {
		t.Errorf("WeChat was called %d times", f.gateway.calls)
	}
}

func TestStepUpNeedsTheSamePerson(t *testing.T) {
	f := open(t)
	p := f.principal(t, f.login(t, "mum-1").AccessToken)
	if err := f.RequireStepUp(p, 5*time.Minute); !errors.Is(err, ErrStepUp) {
		t.Errorf("without a proof: %v", err)
	}
	if _, _, err := f.StepUp(t.Context(), p, "dad-1"); !errors.Is(err, ErrMismatch) {
		t.Errorf("somebody unknown: %v", err)
	}
	f.login(t, "dad-2")
	if _, _, err := f.StepUp(t.Context(), p, "dad-3"); !errors.Is(err, ErrMismatch) {
		t.Errorf("somebody else: %v", err)
	}
	token, _, err := f.StepUp(t.Context(), p, "mum-2")
	if err != nil {
		t.Fatal(err)
	}
	stepped := f.principal(t, token)
	if err := f.RequireStepUp(stepped, 5*time.Minute); err != nil {
		t.Errorf("fresh proof: %v", err)
	}
	f.now = f.now.Add(5*time.Minute + time.Second)
	if err := f.RequireStepUp(stepped, 5*time.Minute); !errors.Is(err, ErrStepUp) {
		t.Errorf("stale proof: %v", err)
	}
}

func TestARefusedLoginIsLeftAloneForTheCoolDown(t *testing.T) {
	f := open(t)
	g, _ := f.StartGuest(t.Context(), true)
	s, err := f.Current(t.Context(), f.principal(t, g.AccessToken))
	if err != nil {
		t.Fatal(err)
	}
	if now, from := f.MaySuggestLogin(s); now || !from.Equal(f.now.Add(48*time.Hour)) {
		t.Errorf("just refused: %v %v", now, from)
	}
	f.now = f.now.Add(48 * time.Hour)
	if now, _ := f.MaySuggestLogin(s); !now {
		t.Error("after the cool-down: still not")
	}
}

func TestAnAccessTokenSaysNothingMore(t *testing.T) {
	f := open(t)
	var all map[string]any
	if err := f.keys.Verify(tokenUse, tokenType, f.login(t, "mum-1").AccessToken, f.now, &all); err != nil {
		t.Fatal(err)
	}
	for name := range all {
		if !strings.Contains(" sub kind sid iat exp ", " "+name+" ") {
			t.Errorf("claim %s", name)
		}
	}
}
