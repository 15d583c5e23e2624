package consent_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"zhiqing/config/policy"
	"zhiqing/internal/consent"
	"zhiqing/internal/ident"
	"zhiqing/internal/notice"
	"zhiqing/internal/purpose"
	"zhiqing/internal/store/flaky"
	"zhiqing/internal/store/sqlite"
)

// stage is a desk on a real store, with a clock that the test moves and a policy of its own.
type stage struct {
	*consent.Desk
	engine *flaky.Engine
	files  fstest.MapFS // the built-in policy with the test's changes
	now    time.Time
	ended  func(book string) error // what hears of ended consents; set it, then restart
	watch  func(consent.Change)    // what counts; set it, then restart
}

// later is a notice version that does not exist in the built-in policy.
type later struct {
	kind, version string
	at            time.Time
	material      bool
	affects       []string
}

// open is a desk whose policy has further versions of some notices.
func open(t *testing.T, versions ...later) *stage {
	t.Helper()
	base, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "c.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = base.Close() })
	s := &stage{engine: flaky.Wrap(base), files: builtIn(t), now: time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)}
	for _, v := range versions {
		s.announce(v)
	}
	s.restart(t)
	return s
}

// builtIn is a copy of the policy that the program carries.
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

// announce adds a notice version to the files.
func (s *stage) announce(v later) {
	meta := fmt.Sprintf("effective_at: %s\nmaterial: %t\naffects: [%s]\ntitle: {zh-CN: 新版, en: New}\nsummary_of_changes: {zh-CN: 变更, en: Changes}\n",
		v.at.Format(time.RFC3339), v.material, strings.Join(v.affects, ", "))
	name := "notices/" + v.kind + "/" + v.version
	s.files[name+".yaml"] = &fstest.MapFile{Data: []byte(meta)}
	for _, lang := range []string{"zh-CN", "en"} {
		s.files[name+"."+lang+".md"] = &fstest.MapFile{Data: []byte("# " + v.kind + " " + v.version + " " + lang + "\n")}
	}
}

// edit replaces a piece of purposes.yaml or recipients.yaml, which must be there.
func (s *stage) edit(t *testing.T, file, old, changed string) {
	t.Helper()
	text := string(s.files[file].Data)
	if !strings.Contains(text, old) {
		t.Fatalf("%s no longer says %q", file, old)
	}
	s.files[file] = &fstest.MapFile{Data: []byte(strings.Replace(text, old, changed, 1))}
}

// restart opens the desk anew on the same store, with the files as they are now.
func (s *stage) restart(t *testing.T) {
	t.Helper()
	catalogue, err := purpose.Load(s.files)
	if err != nil {
		t.Fatal(err)
	}
	if err := catalogue.Publish(t.Context(), s.engine); err != nil {
		t.Fatal(err)
	}
	folder, err := fs.Sub(s.files, "notices")
	if err != nil {
		t.Fatal(err)
	}
	loaded, err := notice.Load(folder, map[string]string{"operator": "示例", "operator_address": "示例", "contact": "示例", "dpo": "示例"})
	if err != nil {
		t.Fatal(err)
	}
	now := func() time.Time { return s.now }
	notices, err := notice.Open(t.Context(), s.engine, loaded, now)
	if err != nil {
		t.Fatal(err)
	}
	var onEnded func(context.Context, string) error
	if s.ended != nil {
		onEnded = func(_ context.Context, book string) error { return s.ended(book) }
	}
	s.Desk, err = consent.Open(t.Context(), consent.Options{
		Engine: s.engine, Purposes: catalogue, Notices: notices, Now: now, IDs: ident.Source{Reader: rand.Reader},
		CoolDown: 48 * time.Hour, GuestTTL: 24 * time.Hour, Party: consent.Party{Name: "示例", Address: "示例", Contact: "示例", URL: "https://example.test"},
		OnEnded: onEnded, Observe: s.watch,
	})
	if err != nil {
		t.Fatal(err)
	}
}

func person() consent.Actor {
	return consent.Actor{Book: ident.Source{Reader: rand.Reader}.New(ident.Subject)}
}

func guest(session string) consent.Actor {
	return consent.Actor{Book: ident.Source{Reader: rand.Reader}.New(ident.Guest), Guest: true, Session: session}
}

func (s *stage) decide(t *testing.T, who consent.Actor, verb consent.Verb, purpose, version string) error {
	t.Helper()
	_, _, err := s.Decide(t.Context(), who, batch("", consent.Decision{Purpose: purpose, Verb: verb, NoticeVersion: version}))
	return err
}

// batch is what a tap on a Chinese page submits.
func batch(key string, decisions ...consent.Decision) consent.Batch {
	return consent.Batch{Method: "tap", Language: "zh-CN", IdempotencyKey: key, Decisions: decisions}
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

// history is a book's entries, newest first.
func (s *stage) history(t *testing.T, who consent.Actor) (all []consent.Entry) {
	t.Helper()
	for before := int64(0); ; {
		some, next, err := s.History(t.Context(), who.Book, before, 7)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, some...)
		if before = next; next == 0 {
			return all
		}
	}
}

func (s *stage) sound(t *testing.T) {
	t.Helper()
	if r, err := s.Verify(t.Context()); err != nil || !r.Sound() {
		t.Fatalf("verify: %v %v", err, r.Breaks)
	}
}
