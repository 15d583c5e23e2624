package consent_test

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"testing"
	"testing/fstest"
	"time"

	"zhiqing/config/policy"
	"zhiqing/internal/consent"
	"zhiqing/internal/ident"
	"zhiqing/internal/ledger"
	"zhiqing/internal/notice"
	"zhiqing/internal/purpose"
	"zhiqing/internal/store"
	"zhiqing/internal/store/flaky"
	"zhiqing/internal/store/sqlite"
)

// stage is a desk on a real store, with a clock that the test moves and notices of its own.
type stage struct {
	*consent.Desk
	engine *flaky.Engine
	now    time.Time
}

// later is a notice version that does not exist in the built-in policy.
type later struct {
	kind, version string
	at            time.Time
	material      bool
	affects       []string
}

func open(t *testing.T, versions ...later) *stage {
	t.Helper()
	base, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "c.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = base.Close() })
	s := &stage{engine: flaky.Wrap(base), now: time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)}
	catalogue, err := purpose.Load(policy.FS)
	if err != nil {
		t.Fatal(err)
	}
	if err := catalogue.Publish(t.Context(), s.engine); err != nil {
		t.Fatal(err)
	}
	loaded, err := notice.Load(shelf(t, versions), map[string]string{"operator": "示例", "operator_address": "示例", "contact": "示例", "dpo": "示例"})
	if err != nil {
		t.Fatal(err)
	}
	now := func() time.Time { return s.now }
	notices, err := notice.Open(t.Context(), s.engine, loaded, now)
	if err != nil {
		t.Fatal(err)
	}
	s.Desk, err = consent.Open(t.Context(), consent.Options{
		Engine: s.engine, Purposes: catalogue, Notices: notices, Now: now, IDs: ident.Source{Reader: rand.Reader},
		CoolDown: 48 * time.Hour, GuestTTL: 24 * time.Hour, Party: consent.Party{Name: "示例", Address: "示例", Contact: "示例", URL: "https://example.test"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// shelf is the built-in notices with further versions of some.
func shelf(t *testing.T, versions []later) fs.FS {
	t.Helper()
	files := fstest.MapFS{}
	notices, err := fs.Sub(policy.FS, "notices")
	if err != nil {
		t.Fatal(err)
	}
	err = fs.WalkDir(notices, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(notices, path)
		files[path] = &fstest.MapFile{Data: data}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range versions {
		affects := ""
		for _, p := range v.affects {
			affects += "\n  - " + p
		}
		if affects == "" {
			affects = " []"
		}
		files[v.kind+"/"+v.version+".yaml"] = &fstest.MapFile{Data: fmt.Appendf(nil, "effective_at: %s\nmaterial: %t\naffects:%s\ntitle: {zh-CN: 新版, en: New}\nsummary_of_changes: {zh-CN: 变更, en: Changes}\n",
			v.at.Format(time.RFC3339), v.material, affects)}
		for _, lang := range []string{"zh-CN", "en"} {
			files[v.kind+"/"+v.version+"."+lang+".md"] = &fstest.MapFile{Data: []byte("# " + v.version + " " + lang + "\n")}
		}
	}
	return files
}

func person() consent.Actor {
	return consent.Actor{Book: ident.Source{Reader: rand.Reader}.New(ident.Subject)}
}

func (s *stage) decide(t *testing.T, who consent.Actor, verb consent.Verb, purpose, version string) error {
	t.Helper()
	_, _, err := s.Decide(t.Context(), who, consent.Batch{Method: "tap", Language: "zh-CN",
		Decisions: []consent.Decision{{Purpose: purpose, Verb: verb, NoticeVersion: version}}})
	return err
}

func (s *stage) must(t *testing.T, who consent.Actor, verb consent.Verb, purpose, version string) {
	t.Helper()
	if err := s.decide(t, who, verb, purpose, version); err != nil {
		t.Fatalf("%s %s: %v", verb, purpose, err)
	}
}

// stands reads a purpose's effective state, and why it would be prompted for.
func (s *stage) stands(t *testing.T, who consent.Actor, purpose string, ask bool) (consent.Standing, consent.PromptReason) {
	t.Helper()
	o, err := s.Overview(t.Context(), who, "zh-CN", ask)
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(o.Standings, func(x consent.Standing) bool { return x.Purpose == purpose })
	reason := consent.PromptReason("")
	for _, p := range o.Prompts {
		if p.Purpose.Code == purpose {
			reason = p.Reason
		}
	}
	return o.Standings[i], reason
}

func (s *stage) sound(t *testing.T) {
	t.Helper()
	if r, err := s.Verify(t.Context()); err != nil || !r.Sound() {
		t.Fatalf("verify: %v %v", err, r.Breaks)
	}
}

func TestAConsentRunsOutOnItsDay(t *testing.T) {
	s, who := open(t), person()
	s.must(t, who, consent.Grant, "promotion.participation", "1.0")
	x, _ := s.stands(t, who, "promotion.participation", false)
	if x.ValidUntil.IsZero() || x.ValidUntil.After(s.now.AddDate(1, 0, 1)) {
		t.Fatalf("valid until %s", x.ValidUntil)
	}
	s.now = x.ValidUntil.Add(-time.Millisecond)
	if x, _ := s.stands(t, who, "promotion.participation", false); x.State != consent.Given {
		t.Errorf("a millisecond before the end: %s", x.State)
	}
	s.now = x.ValidUntil
	if x, why := s.stands(t, who, "promotion.participation", false); x.State != consent.Expired || why != consent.PromptExpired {
		t.Errorf("at the end: %s, prompt %q", x.State, why)
	}
	s.must(t, who, consent.Grant, "promotion.participation", "1.0")
	h, _, err := s.History(t.Context(), who.Book, 0, 10)
	if err != nil || len(h) != 3 || h[0].State != "renewed" || h[1].State != "expired" || h[1].Capacity != "system" {
		t.Errorf("history: %v %+v", err, h)
	}
	s.sound(t)
}

func TestAMaterialNoticeEndsWhatItAffectsAndNothingElse(t *testing.T) {
	at := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	s, who := open(t, later{"privacy", "1.1", at.AddDate(0, -1, 0), false, nil}, later{"privacy", "2.0", at, true, []string{"analytics.usage"}}), person()
	s.must(t, who, consent.Grant, "analytics.usage", "1.0")
	s.must(t, who, consent.Grant, "improvement.product", "1.0")
	s.now = at.Add(-time.Second) // 1.1 is in force and changes nothing
	for _, p := range []string{"analytics.usage", "improvement.product"} {
		if x, _ := s.stands(t, who, p, false); x.State != consent.Given {
			t.Errorf("after an immaterial version %s is %s", p, x.State)
		}
	}
	s.now = at // 2.0 comes into force by itself
	if x, why := s.stands(t, who, "analytics.usage", false); x.State != consent.Invalidated || why != consent.PromptNoticeChanged {
		t.Errorf("affected: %s, prompt %q", x.State, why)
	}
	if x, why := s.stands(t, who, "improvement.product", false); x.State != consent.Given || why != "" {
		t.Errorf("not affected: %s, prompt %q", x.State, why)
	}
	if err := s.decide(t, who, consent.Grant, "analytics.usage", "1.1"); !errors.Is(err, consent.ErrOutdated) {
		t.Errorf("on the old notice: %v", err)
	}
	if err := s.decide(t, who, consent.Withdraw, "improvement.product", ""); err != nil {
		t.Errorf("saying no on the old notice: %v", err)
	}
	s.must(t, who, consent.Grant, "analytics.usage", "2.0")
	if x, _ := s.stands(t, who, "analytics.usage", false); x.State != consent.Renewed {
		t.Errorf("agreed again: %s", x.State)
	}
	s.sound(t)
}

func TestARefusalIsNotAskedAboutAgainForTwoDays(t *testing.T) {
	s, who := open(t), person()
	s.must(t, who, consent.Refuse, "analytics.usage", "")
	s.now = s.now.Add(48*time.Hour - time.Millisecond)
	if _, why := s.stands(t, who, "analytics.usage", false); why != "" {
		t.Errorf("within the cool-down: %q", why)
	}
	if _, why := s.stands(t, who, "analytics.usage", true); why != consent.PromptAsked {
		t.Errorf("when the person asks: %q", why)
	}
	s.now = s.now.Add(time.Millisecond)
	if _, why := s.stands(t, who, "analytics.usage", false); why != consent.PromptAgain {
		t.Errorf("after the cool-down: %q", why)
	}
	s.must(t, who, consent.Grant, "analytics.usage", "1.0")
	s.must(t, who, consent.Withdraw, "analytics.usage", "")
	s.now = s.now.AddDate(1, 0, 0)
	if _, why := s.stands(t, who, "analytics.usage", false); why != "" {
		t.Errorf("after a withdrawal: %q", why)
	}
}

// TestEveryWriteMayFail lets the nth write of a batch that moves a page fail before and after it took effect; a retry
// with the same key must end in the same chain.
func TestEveryWriteMayFail(t *testing.T) {
	for _, after := range []bool{false, true} {
		for n := 1; n <= 3; n++ {
			t.Run(fmt.Sprintf("write %d, after=%t", n, after), func(t *testing.T) {
				s, who := open(t), person()
				for range ledger.PageSize {
					s.must(t, who, consent.Grant, "analytics.usage", "1.0")
				}
				fail := s.engine.FailBefore
				if after {
					fail = s.engine.FailAfter
				}
				fail(n)
				batch := consent.Batch{Method: "tap", Language: "zh-CN", IdempotencyKey: "k", Decisions: []consent.Decision{{Purpose: "improvement.product", Verb: consent.Refuse}}}
				var entries []consent.Recorded
				var err error
				for range 5 {
					if _, entries, err = s.Decide(t.Context(), who, batch); err == nil {
						break
					}
					if !errors.Is(err, store.ErrUnavailable) {
						t.Fatal(err)
					}
				}
				if err != nil || len(entries) != 1 || entries[0].Seq != ledger.PageSize+1 {
					t.Fatalf("%v %+v", err, entries)
				}
				h, _, err := s.History(t.Context(), who.Book, 0, 100)
				if err != nil || len(h) != ledger.PageSize+1 {
					t.Fatalf("%d entries, %v", len(h), err)
				}
				s.sound(t)
			})
		}
	}
}
