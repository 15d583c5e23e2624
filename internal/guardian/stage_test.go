package guardian_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"zhiqing/config/policy"
	"zhiqing/internal/consent"
	"zhiqing/internal/guardian"
	"zhiqing/internal/ident"
	"zhiqing/internal/notice"
	"zhiqing/internal/purpose"
	"zhiqing/internal/store"
	"zhiqing/internal/store/flaky"
	"zhiqing/internal/store/sqlite"
	"zhiqing/internal/subject"
	"zhiqing/internal/vault"
	"zhiqing/internal/wechat"
)

const day = 24 * time.Hour

// stage is a desk on a real store, with the real register, vault and consent book, and a clock that the test moves.
type stage struct {
	*guardian.Desk
	t        *testing.T
	folder   string // where base keeps its files
	base     store.Engine
	engine   *flaky.Engine // around base
	files    fstest.MapFS  // the built-in policy with the test's changes
	clock    *clock
	keys     vault.Keys
	rules    guardian.Rules
	subjects *subject.Register
	consents *consent.Desk
	vault    *vault.Vault
	wechat   *phones
	adults   *band
	sessions *sessions
	prover   *prover
	options  guardian.Options
	players  map[string]string // ids by name, for what is told of accounts that are gone
}

type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time { c.mu.Lock(); defer c.mu.Unlock(); return c.t }

func (c *clock) set(t time.Time) { c.mu.Lock(); defer c.mu.Unlock(); c.t = t }

func open(t *testing.T) *stage {
	t.Helper()
	folder := t.TempDir()
	base, err := sqlite.Open(t.Context(), filepath.Join(folder, "g.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = base.Close() })
	s := &stage{
		t: t, folder: folder, base: base, engine: flaky.Wrap(base), files: builtIn(t), rules: rulesOfFile(t), wechat: &phones{used: map[string]bool{}},
		clock: &clock{t: time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)}, adults: &band{minors: map[string]bool{}},
		sessions: &sessions{ended: map[string]int{}}, prover: &prover{},
	}
	s.keys = vault.NewKeys(rand.Reader, s.clock.now(), vault.OriginDevelopment)
	s.restart()
	return s
}

func builtIn(t *testing.T) fstest.MapFS {
	t.Helper()
	files := fstest.MapFS{}
	err := fs.WalkDir(policy.FS, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(policy.FS, path)
		files[path] = &fstest.MapFile{Data: data}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// announce adds a version of the children's notice that takes force at a moment; restart puts it on the shelf.
func (s *stage) announce(version string, at time.Time, material bool) {
	affects := ""
	if material {
		affects = "account.minor"
	}
	meta := fmt.Sprintf("effective_at: %s\nmaterial: %t\naffects: [%s]\ntitle: {zh-CN: 新版, en: New}\nsummary_of_changes: {zh-CN: 变更, en: Changes}\n",
		at.Format(time.RFC3339), material, affects)
	name := "notices/children/" + version
	s.files[name+".yaml"] = &fstest.MapFile{Data: []byte(meta)}
	for _, lang := range []string{"zh-CN", "en"} {
		s.files[name+"."+lang+".md"] = &fstest.MapFile{Data: []byte("# children " + version + " " + lang + "\n")}
	}
}

// restart opens everything anew on the same store, as a new process would: no cache survives.
func (s *stage) restart() {
	s.t.Helper()
	must := func(err error) {
		s.t.Helper()
		if err != nil {
			s.t.Fatal(err)
		}
	}
	ctx, now, ids := s.t.Context(), s.clock.now, ident.Source{Reader: rand.Reader}
	catalogue, err := purpose.Load(s.files)
	must(err)
	must(catalogue.Publish(ctx, s.engine))
	folder, err := fs.Sub(s.files, "notices")
	must(err)
	loaded, err := notice.Load(folder, map[string]string{"operator": "示例", "operator_address": "示例", "contact": "示例", "dpo": "示例"})
	must(err)
	shelf, err := notice.Open(ctx, s.engine, loaded, now)
	must(err)
	s.consents, err = consent.Open(ctx, consent.Options{
		Engine: s.engine, Purposes: catalogue, Notices: shelf, Now: now, IDs: ids,
		CoolDown: 48 * time.Hour, GuestTTL: day, Party: consent.Party{Name: "示例", Address: "示例", Contact: "示例", URL: "https://example.test"},
	})
	must(err)
	s.vault, err = vault.Open(vault.Options{Keys: s.keys, Random: rand.Reader, Now: now})
	must(err)
	s.subjects, err = subject.Open(ctx, subject.Options{
		Engine: s.engine, AppID: "wx-test", Key: make([]byte, 32), Vault: s.vault, Now: now, IDs: ids, Ages: s.rules.At,
	})
	must(err)
	s.options = guardian.Options{
		Subjects: s.subjects, Consents: book{s.consents}, Sessions: s.sessions, WeChat: s.wechat, Adults: s.adults, Notices: childrens{shelf},
		Prover: s.prover, Rules: s.rules, Workdays: func(from time.Time, n int) time.Time { return from.AddDate(0, 0, n) },
		Key: []byte(strings.Repeat("k", 32)), Page: "pages/guardian/index", Now: now, IDs: ids,
	}
	s.Desk = guardian.Open(s.options)
}

// reopen is a desk with other neighbours on the same store, until the next restart.
func (s *stage) reopen(with func(*guardian.Options)) {
	o := s.options
	with(&o)
	s.Desk = guardian.Open(o)
}

// another is a second server on the same store.
func (s *stage) another() *stage {
	other := *s
	other.restart()
	return &other
}

// book is a consent desk as the guardians' desk wants it, plugged in as internal/app does.
type book struct{ desk *consent.Desk }

func (b book) Check(_ context.Context, a guardian.Act) error {
	return b.desk.CheckGuardianAct(actOf(a))
}

func (b book) Record(ctx context.Context, a guardian.Act) error {
	if _, err := b.desk.DecideAsGuardian(ctx, actOf(a)); err != consent.ErrNothing {
		return err
	}
	return nil
}

func actOf(a guardian.Act) consent.GuardianAct {
	return consent.GuardianAct{
		Book: a.Book, Link: a.Link, Relation: a.Relation, Verify: a.Verify, Band: a.Band, Key: a.Key, Verb: consent.Verb(a.Verb),
		Purposes: a.Purposes, NoticeVersion: a.Notice, Language: a.Language, Method: a.Method,
	}
}

func (b book) End(ctx context.Context, id, link string, expired bool, key string) error {
	state := consent.Revoked
	if expired {
		state = consent.Expired
	}
	return b.desk.EndParty(ctx, id, link, state, key)
}

func (b book) RevokeAll(ctx context.Context, id, key string) error {
	return b.desk.RevokeAll(ctx, id, key)
}

func (b book) Stands(ctx context.Context, id string) (guardian.Standing, error) {
	m, err := b.desk.Minor(ctx, id)
	return guardian.Standing{Guardian: m.Guardian.Allows(), Until: m.Until, Own: m.Own.Allows(), OwnSince: m.OwnSince}, err
}

func (b book) Head(ctx context.Context, id string) (int64, []byte, error) {
	entries, _, err := b.desk.History(ctx, id, 0, 1)
	if err != nil || len(entries) == 0 {
		return 0, nil, err
	}
	return entries[0].Seq, entries[0].Hash, nil
}

type childrens struct{ shelf *notice.Shelf }

func (c childrens) CurrentVersion() (string, error) {
	n, err := c.shelf.Current(guardian.NoticeKind, notice.Chinese)
	return n.Version, err
}

// phones is a WeChat that knows phone codes only: a number, a dash and anything. Each code works once.
type phones struct {
	wechat.Gateway
	mu   sync.Mutex
	used map[string]bool
}

func (p *phones) Phone(_ context.Context, code string, openid wechat.Secret) (wechat.Phone, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	number, _, ok := strings.Cut(code, "-")
	switch {
	case !ok || openid.Reveal() == "":
		return wechat.Phone{}, wechat.ErrCodeInvalid
	case p.used[code]:
		return wechat.Phone{}, wechat.ErrCodeUsed
	}
	p.used[code] = true
	return wechat.Phone{CountryCode: "86", Number: wechat.Secret(number)}, nil
}

func (p *phones) QRCode(_ context.Context, scene, page string) ([]byte, error) {
	return []byte(page + "?" + scene), nil
}

// band is a provider that knows whose numbers are minors'.
type band struct{ minors map[string]bool }

func (b *band) Check(_ context.Context, p wechat.Phone) (bool, string, error) {
	return !b.minors[p.Number.Reveal()], "fake", nil
}

// sessions counts how often an account's sessions were ended.
type sessions struct {
	mu    sync.Mutex
	ended map[string]int
}

func (s *sessions) EndAll(_ context.Context, owner string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended[owner]++
	return nil
}

func (s *sessions) of(owner string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ended[owner]
}

// prover signs nothing: the proof is readable.
type prover struct{}

func (*prover) Prove(p guardian.Proof) (string, error) {
	text, err := json.Marshal(p)
	return string(text), err
}

// Lives.

func (s *stage) later(d time.Duration) { s.clock.set(s.clock.now().Add(d)) }

// born is the birth date of somebody who turned years old a hundred days ago, in China.
func (s *stage) born(years int) string {
	return s.clock.now().In(cst).AddDate(-years, 0, -100).Format(time.DateOnly)
}

// identity is a person's: those who differ only after `_` are one WeChat user with several accounts.
func identity(name string) wechat.Identity {
	person, _, _ := strings.Cut(name, "_")
	return wechat.Identity{OpenID: wechat.Secret("openid-" + name), UnionID: wechat.Secret("unionid-" + person)}
}

func (s *stage) person(name string) string {
	s.t.Helper()
	p, err := s.subjects.ForIdentity(s.t.Context(), identity(name))
	if err != nil {
		s.t.Fatal(err)
	}
	return p.ID
}

func (s *stage) aged(name string, years int) string {
	s.t.Helper()
	id := s.person(name)
	if _, err := s.Declare(s.t.Context(), id, s.born(years), ""); err != nil {
		s.t.Fatal(err)
	}
	return id
}

func (s *stage) invited(minor string) guardian.Invitation {
	s.t.Helper()
	i, err := s.Invite(s.t.Context(), minor)
	if err != nil {
		s.t.Fatal(err)
	}
	return i
}

// claimed is the link by which an adult has answered a fresh invitation.
func (s *stage) claimed(minor, adult string) string {
	s.t.Helper()
	i := s.invited(minor)
	link, err := s.Claim(s.t.Context(), adult, i.Token, i.PairingCode)
	if err != nil {
		s.t.Fatal(err)
	}
	return link
}

// call makes a phone code of a number, as the getPhoneNumber button would.
func call(number string) string { return number + "-" + rand.Text() }

func (s *stage) verify(adult, link, number string) error {
	s.t.Helper()
	_, err := s.VerifyPhone(s.t.Context(), adult, link, call(number))
	return err
}

// reviewing is a link that has come as far as the decision.
func (s *stage) reviewing(minor, adult, number string) string {
	s.t.Helper()
	link := s.claimed(minor, adult)
	if err := s.verify(adult, link, number); err != nil {
		s.t.Fatal(err)
	}
	return link
}

// yes is a parent's consent to the first version of the notice.
func yes() guardian.Decision {
	return guardian.Decision{
		Verb: guardian.VerbGrant, Relation: "parent", Notice: "1.0", Purposes: []string{"account.phone"}, Language: "zh-CN", Method: "tap",
	}
}

func no() guardian.Decision {
	return guardian.Decision{Verb: guardian.VerbRefuse, Language: "zh-CN", Method: "tap"}
}

func (s *stage) decide(adult, link string, d guardian.Decision) guardian.LinkState {
	s.t.Helper()
	state, err := s.Decide(s.t.Context(), adult, link, d)
	if err != nil {
		s.t.Fatal(err)
	}
	return state
}

func (s *stage) withdraw(adult, link string) {
	s.t.Helper()
	if _, err := s.Withdraw(s.t.Context(), adult, link, "zh-CN", "tap"); err != nil {
		s.t.Fatal(err)
	}
}

// family is a minor whose mother has consented.
type family struct{ kid, mum, link string }

func (s *stage) family(years int) family {
	s.t.Helper()
	f := family{kid: s.aged("kid", years), mum: s.aged("mum", 40)}
	f.link = s.reviewing(f.kid, f.mum, "13800000001")
	if got := s.decide(f.mum, f.link, yes()); got != guardian.LinkActive {
		s.t.Fatalf("the link is %s", got)
	}
	s.stands(f.kid, guardian.Active, subject.Active)
	return f
}

// father is a second guardian who has come as far as the decision.
func (s *stage) father(f family) (dad, link string) {
	s.t.Helper()
	dad = s.aged("dad", 41)
	return dad, s.reviewing(f.kid, dad, "13800000002")
}

// settled is an account as of now.
func (s *stage) settled(id string) subject.Subject {
	s.t.Helper()
	p, err := s.Settle(s.t.Context(), id)
	if err != nil {
		s.t.Fatal(err)
	}
	return p
}

// stored is an account as it lies there, without looking at the clock.
func (s *stage) stored(id string) subject.Subject {
	s.t.Helper()
	p, err := s.subjects.Find(s.t.Context(), id)
	if err != nil {
		s.t.Fatal(err)
	}
	return p
}

func (s *stage) stands(id string, state guardian.State, account subject.State) {
	s.t.Helper()
	p := s.settled(id)
	var got guardian.State
	if p.Minority != nil {
		got = guardian.State(p.Minority.State)
	}
	if got != state || p.State != account {
		s.t.Fatalf("the account is %q/%s, want %q/%s", got, p.State, state, account)
	}
}

// erased checks everything that an erasure promises.
func (s *stage) erased(id string) subject.Subject {
	s.t.Helper()
	p := s.settled(id)
	e := p.Erasure
	if p.State != subject.Erased || e == nil || e.Proof == "" || p.Minority != nil || len(p.Key)+len(p.OpenID)+len(p.UnionID)+len(p.Fields) > 0 || p.Union != "" || p.Band != "" {
		s.t.Fatalf("not erased: %+v", p)
	}
	if s.sessions.of(id) == 0 {
		s.t.Error("its sessions go on")
	}
	for _, name := range []string{"kid", "teen"} {
		if found, err := s.subjects.FindByIdentity(s.t.Context(), identity(name)); err == nil && found == id {
			s.t.Error("the identity still leads to it")
		}
	}
	m, err := s.consents.Minor(s.t.Context(), id)
	if err != nil || m.Guardian.Allows() || m.Own.Allows() {
		s.t.Errorf("consents of the erased are %+v, %v", m, err)
	}
	return p
}

// own is the person's confirmation of the account, at 14 or 18.
func (s *stage) own(id string) {
	s.t.Helper()
	p := s.settled(id)
	who := consent.Actor{Book: id}
	who.Band, _ = s.subjects.BandOf(p)
	who.Own, who.Guardian = s.rules.Needs(who.Band)
	who.Closed, who.Confirming = guardian.Gate(p.State, guardian.State(p.Minority.State))
	_, _, err := s.consents.Decide(s.t.Context(), who, consent.Batch{
		Method: "tap", Language: "zh-CN", Decisions: []consent.Decision{{Purpose: "account.minor", Verb: consent.Grant, NoticeVersion: "1.0"}},
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *stage) sweep() int {
	s.t.Helper()
	n, err := s.Sweep(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	return n
}

// field gives an account a sealed value, as package profile would.
func (s *stage) field(id, name, value string) {
	s.t.Helper()
	_, err := s.subjects.Change(s.t.Context(), id, func(p *subject.Subject) error {
		sealed, err := s.subjects.Seal(p, name, []byte(value))
		f := subject.Field{Name: name, Sealed: sealed, Purpose: "account.minor", Source: "person", At: s.clock.now()}
		if name == subject.PhoneField {
			f.Index = guardian.PhoneIndex(s.subjects, wechat.Phone{CountryCode: "86", Number: wechat.Secret(value)})
		}
		p.SetField(f)
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
}
