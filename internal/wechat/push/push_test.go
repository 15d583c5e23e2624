package push

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"zhiqing/internal/fault"
	"zhiqing/internal/store"
	"zhiqing/internal/store/flaky"
	"zhiqing/internal/store/sqlite"
	"zhiqing/internal/wechat"
)

var errNobody = fault.Define(fault.Missing, "test.nobody", "无", "nobody")

// stage is a desk on a real store. The account o1 belongs to sub_1; what is done to accounts is noted.
type stage struct {
	*Desk
	t      *testing.T
	engine *flaky.Engine
	now    time.Time
	mu     sync.Mutex
	done   []string
	fails  error
	alarms int
}

func (s *stage) FindByIdentity(_ context.Context, who wechat.Identity) (string, error) {
	if who.OpenID.Reveal() != "o1" {
		return "", errNobody
	}
	return "sub_1", nil
}

func (s *stage) Close(_ context.Context, id, reason string) (string, error) {
	return "", s.note2("close " + id + " " + reason)
}

func (s *stage) EraseFields(_ context.Context, id string, names []string) error {
	return s.note2("erase " + id + " " + strings.Join(names, ","))
}

func (s *stage) note2(what string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fails == nil {
		s.done = append(s.done, what)
	}
	return s.fails
}

func open(t *testing.T) *stage {
	t.Helper()
	base, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "p.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = base.Close() })
	s := &stage{t: t, engine: flaky.Wrap(base), now: time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)}
	s.Desk, err = Open(t.Context(), s.options())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *stage) options() Options {
	return Options{
		Engine: s.engine, AppID: sampleAppID, Token: sampleToken, AESKey: sampleKey, Key: make([]byte, 32), People: s, Accounts: s,
		Tell: func(context.Context, string, string) error { return nil }, Poke: func() {},
		Failed: func(string, error) { s.alarms++ }, Now: func() time.Time { return s.now },
	}
}

// pushed is an event as WeChat sends it now.
func (s *stage) pushed(event string) (Query, []byte) {
	secret := seal(s.t, sampleKey, sampleAppID, []byte(event), pkcs7)
	stamp := fmt.Sprint(s.now.Unix())
	return Query{
		Signature: signature(sampleToken, stamp, "n"), Timestamp: stamp, Nonce: "n", EncryptType: "aes",
		MsgSignature: signature(sampleToken, stamp, "n", secret),
	}, fmt.Appendf(nil, `{"ToUserName":"gh_1","Encrypt":%q}`, secret)
}

func (s *stage) push(event string) {
	s.t.Helper()
	q, body := s.pushed(event)
	if err := s.Receive(s.t.Context(), q, body); err != nil {
		s.t.Fatal(err)
	}
}

func (s *stage) work() {
	s.t.Helper()
	if _, err := s.Work(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
}

func revoke(code string) string {
	return `{"MsgType":"event","Event":"user_authorization_revoke","CreateTime":1,"OpenID":"o1","AppID":"x","RevokeInfo":"` + code + `"}`
}

func TestARevocationErasesWhatItsCodeCovers(t *testing.T) {
	for code, want := range map[string][]string{
		"2": {"erase sub_1 postal_address"}, "6": {"erase sub_1 nickname,avatar"}, "8": {"erase sub_1 phone"}, "16": {"erase sub_1 email"},
		"19": {"erase sub_1 nickname"}, "20": {"erase sub_1 avatar"}, "8, 6,20": {"erase sub_1 phone,nickname,avatar"},
		"13": nil, "": nil, "x": nil,
	} {
		s := open(t)
		s.push(revoke(code))
		if len(s.done) != 0 {
			t.Error("the answer waited for the work")
		}
		s.work()
		s.work()
		if !slices.Equal(s.done, want) {
			t.Errorf("%q: %v", code, s.done)
		}
	}
}

func TestACancellationClosesTheAccountAndAModificationClearsTheProfile(t *testing.T) {
	s := open(t)
	s.push(`<xml><Event>user_info_modified</Event><OpenID>o1</OpenID><CreateTime>1</CreateTime></xml>`)
	s.push(`<xml><Event>user_info_modified</Event><CreateTime>1</CreateTime></xml>`) // seen in the wild, without anybody
	s.push(`{"Event":"user_authorization_cancellation","OpenID":"o1","CreateTime":2}`)
	s.push(`{"Event":"user_authorization_cancellation","OpenID":"o2","CreateTime":2}`)
	s.push(`{"Event":"subscribe_msg_sent_event","OpenID":"o1"}`)
	s.work()
	slices.Sort(s.done)
	if want := []string{"close sub_1 wechat_cancelled", "erase sub_1 nickname,avatar"}; !slices.Equal(s.done, want) {
		t.Errorf("%v", s.done)
	}
}

func TestAnEventCountsOnceForADay(t *testing.T) {
	s := open(t)
	for range 3 {
		s.push(revoke("8"))
		s.work()
	}
	s.push(strings.Replace(revoke("8"), `"CreateTime":1`, `"CreateTime":2`, 1))
	s.work()
	if len(s.done) != 2 {
		t.Fatalf("%v", s.done)
	}
	if n, err := s.Sweep(t.Context()); n != 0 || err != nil {
		t.Fatal(n, err)
	}
	s.now = s.now.Add(24 * time.Hour)
	if n, err := s.Sweep(t.Context()); n != 2 || err != nil {
		t.Fatal(n, err)
	}
}

func TestWhatIsDoneNamesNobody(t *testing.T) {
	s := open(t)
	s.push(revoke("8"))
	s.work()
	found, _, err := s.notes.Find(t.Context(), store.ByID, store.Range{Limit: 10})
	if err != nil || len(found) != 1 || found[0].Value.Subject != "" || strings.Contains(found[0].ID, "o1") {
		t.Errorf("%+v %v", found, err)
	}
}

func TestOnlyWeChatIsHeard(t *testing.T) {
	s := open(t)
	good, body := s.pushed(revoke("8"))
	for name, change := range map[string]func(*Query, *[]byte){
		"another signature":     func(q *Query, _ *[]byte) { q.Signature = strings.Repeat("0", 40) },
		"another msg_signature": func(q *Query, _ *[]byte) { q.MsgSignature = q.Signature },
		"no encrypt_type":       func(q *Query, _ *[]byte) { q.EncryptType = "" },
		"plain text":            func(_ *Query, b *[]byte) { *b = []byte(revoke("8")) },
		"another body":          func(_ *Query, b *[]byte) { _, *b = s.pushed(revoke("6")) },
		"an old timestamp": func(q *Query, _ *[]byte) {
			q.Timestamp = "1"
			q.Signature = signature(sampleToken, "1", "n")
		},
		"no number": func(q *Query, _ *[]byte) {
			q.Timestamp = "x"
			q.Signature = signature(sampleToken, "x", "n")
		},
	} {
		q, b := good, slices.Clone(body)
		change(&q, &b)
		if err := s.Receive(t.Context(), q, b); !errors.Is(err, ErrRefused) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := s.Receive(t.Context(), good, make([]byte, MaxBody+1)); !errors.Is(err, ErrTooLong) {
		t.Error(err)
	}
	if err := s.Receive(t.Context(), good, []byte("hello")); !errors.Is(err, ErrBody) {
		t.Error(err)
	}
	for _, d := range []time.Duration{6 * time.Minute, -12 * time.Minute} {
		if s.now = s.now.Add(d); !errors.Is(s.Receive(t.Context(), good, body), ErrRefused) {
			t.Error("accepted at another time")
		}
	}
	if s.work(); len(s.done) != 0 {
		t.Errorf("%v", s.done)
	}
}

func TestTheHandshakeEchoesForWhoKnowsTheToken(t *testing.T) {
	s := open(t)
	q, _ := s.pushed("{}")
	q.Echo = "4375120948345356249"
	if got, err := s.Handshake(q); got != q.Echo || err != nil {
		t.Error(got, err)
	}
	q.Nonce = "other"
	if got, err := s.Handshake(q); got != "" || !errors.Is(err, ErrRefused) {
		t.Error(got, err)
	}
	o := s.options()
	o.Token, o.AESKey = "", ""
	off, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	stamp := fmt.Sprint(s.now.Unix())
	if _, err := off.Handshake(Query{Timestamp: stamp, Signature: signature("", stamp, "")}); !errors.Is(err, ErrOff) {
		t.Error("an empty token lets in who signs with nothing", err)
	}
}

func TestWhatWasAnsweredIsDoneInTheEnd(t *testing.T) {
	s := open(t)
	s.engine.Down(true)
	q, body := s.pushed(revoke("8"))
	if err := s.Receive(t.Context(), q, body); !errors.Is(err, store.ErrUnavailable) {
		t.Fatal("answered without a note", err)
	}
	s.engine.Down(false)
	s.push(revoke("8"))
	s.fails = errors.New("down")
	for range 3 {
		s.work()
		s.now = s.now.Add(time.Hour)
	}
	if s.alarms != 3 {
		t.Error(s.alarms)
	}
	s.fails = nil
	s.work()
	s.work()
	if len(s.done) != 1 {
		t.Errorf("%v", s.done)
	}
	s.push(strings.Replace(revoke("8"), `"CreateTime":1`, `"CreateTime":3`, 1))
	s.fails = errNobody // erased meanwhile
	s.work()
	if n, _ := s.Work(t.Context()); n != 0 {
		t.Error("an account that is gone is tried again and again")
	}
}
