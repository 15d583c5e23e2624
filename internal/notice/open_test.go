package notice_test

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"zhiqing/internal/notice"
	"zhiqing/internal/store"
)

var ctx = context.Background()

func TestPublishingAgainChangesNothing(t *testing.T) {
	e := newMemory()
	tree := files{}.version("privacy", "1.0", day(0), true, "affects: [a, b]\n")
	open(t, e, tree, at(day(1)))
	before := stored(e)
	s := open(t, e, tree, at(day(9)))
	if after := stored(e); !slices.EqualFunc(before, after, func(a, b store.Document) bool { return a.ID == b.ID && a.Rev == b.Rev && bytes.Equal(a.Body, b.Body) }) {
		t.Error("a second start rewrote what is published")
	}
	n, err := s.Current("privacy", "en")
	if err != nil || !slices.Equal(n.Affects, []string{"a", "b"}) || !n.EffectiveAt.Equal(day(0)) || n.Markdown != "# Notice\n\nprivacy, version 1.0, 甲\n" {
		t.Errorf("served %+v, %v", n, err)
	}
}

func stored(m *memory) []store.Document {
	return slices.SortedFunc(maps.Values(m.docs), func(a, b store.Document) int { return strings.Compare(a.ID, b.ID) })
}

func TestAPublishedTextCannotChange(t *testing.T) {
	e := newMemory()
	tree := files{}.version("privacy", "1.0", day(0), false, "")
	open(t, e, tree, at(day(1)))
	changed := tree.but(files{"privacy/1.0.en.md": "another {{operator}}\n"}).version("privacy", "2.0", day(2), false, "")
	old, edited := tree.mustLoad(t)[1].SHA256, changed.mustLoad(t)[1].SHA256
	_, err := notice.Open(ctx, e, changed.mustLoad(t), at(day(1)))
	wantProblems(t, err, "privacy/1.0.en.md: ")
	for _, want := range []string{old, edited, "publish the change as a new version"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not told in %v", want, err)
		}
	}
	if got := len(stored(e)); got != 2 {
		t.Errorf("%d notices stored after a refused start, want the 2 of before", got)
	}
}

func TestAnotherPlaceholderValueIsAnotherText(t *testing.T) {
	e := newMemory()
	tree := files{}.version("privacy", "1.0", day(0), false, "")
	open(t, e, tree, at(day(1)))
	loaded, err := tree.loadWith(map[string]string{"operator": "乙"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = notice.Open(ctx, e, loaded, at(day(1)))
	wantProblems(t, err, "privacy/1.0.zh-CN.md: ", "privacy/1.0.en.md: ")
}

func TestPublishedMetadataCannotChange(t *testing.T) {
	tree := files{}.version("privacy", "1.0", day(0), true, "affects: [a]\n")
	for field, replace := range map[string][2]string{
		"title":              {"en: Notice", "en: Other"},
		"effective_at":       {"2026-01-01T00:00:00+08:00", "2026-01-01T01:00:00+08:00"},
		"material":           {"material: true\n", "material: false\n"},
		"affects":            {"affects: [a]", "affects: [b]"},
		"summary_of_changes": {"en: Summary", "en: Other"},
	} {
		t.Run(field, func(t *testing.T) {
			e := newMemory()
			open(t, e, tree, at(day(1)))
			meta := strings.Replace(tree["privacy/1.0.yaml"], replace[0], replace[1], 1)
			if field == "material" {
				meta = strings.Replace(meta, "affects: [a]", "", 1)
			}
			_, err := notice.Open(ctx, e, tree.but(files{"privacy/1.0.yaml": meta}).mustLoad(t), at(day(1)))
			if err == nil || !strings.Contains(err.Error(), "privacy/1.0.yaml: this version is published and its "+field) {
				t.Errorf("error is %v", err)
			}
		})
	}
}

func TestTheSameInstantInAnotherOffsetIsNoChange(t *testing.T) {
	e := newMemory()
	tree := files{}.version("privacy", "1.0", day(0), false, "")
	open(t, e, tree, at(day(1)))
	meta := strings.Replace(tree["privacy/1.0.yaml"], "2026-01-01T00:00:00+08:00", "2025-12-31T16:00:00Z", 1)
	open(t, e, tree.but(files{"privacy/1.0.yaml": meta}), at(day(1)))
}

func TestAVanishedVersionStaysServed(t *testing.T) {
	e := newMemory()
	old := files{}.version("privacy", "1.0", day(0), false, "").version("old_kind", "1.0", day(0), false, "")
	first := open(t, e, old, at(day(1)))
	want, _ := first.Get("privacy", "1.0", "en")
	s := open(t, e, files{}.version("privacy", "2.0", day(2), false, ""), at(day(3)))
	got, err := s.ByDigest(want.SHA256)
	if err != nil || got.Version != "1.0" || got.Markdown != want.Markdown {
		t.Errorf("the vanished text is %+v, %v", got, err)
	}
	if !slices.Equal(s.Kinds(), []string{"old_kind", "privacy"}) {
		t.Errorf("kinds are %v", s.Kinds())
	}
}

func TestHistoryIsNotRewrittenByAnOlderVersionPublishedLate(t *testing.T) {
	e := newMemory()
	open(t, e, files{}.version("privacy", "2.0", day(2), false, ""), at(day(3)))
	_, err := notice.Open(ctx, e, files{}.version("privacy", "1.5", day(1), true, "").mustLoad(t), at(day(3)))
	wantProblems(t, err, "privacy/1.5.zh-CN.md: version 2.0 of privacy is already published", "privacy/1.5.en.md: version 2.0 of privacy is already published")
	_, err = notice.Open(ctx, e, files{}.version("privacy", "3.0", day(1), true, "").mustLoad(t), at(day(3)))
	wantProblems(t, err, "privacy/3.0.yaml: takes effect no later than privacy/2.0.yaml")
}

func TestAStoredNoticeThatWasAlteredStopsTheStart(t *testing.T) {
	e := newMemory()
	tree := files{}.version("privacy", "1.0", day(0), false, "")
	open(t, e, tree, at(day(1)))
	doc, err := e.Get(ctx, "notices", "privacy/1.0/en")
	if err != nil {
		t.Fatal(err)
	}
	doc.Body = bytes.Replace(doc.Body, []byte("version"), []byte("vErsion"), 2)
	doc.Keys = nil
	if err := e.Replace(ctx, "notices", doc); err != nil {
		t.Fatal(err)
	}
	_, err = notice.Open(ctx, e, nil, at(day(1)))
	if err == nil || !strings.Contains(err.Error(), "privacy/1.0/en was altered") {
		t.Errorf("error is %v", err)
	}
}

func TestManyInstancesPublishTogether(t *testing.T) {
	e := newMemory()
	loaded := files{}.version("privacy", "1.0", day(0), false, "").version("privacy", "2.0", day(1), false, "").mustLoad(t)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			if _, err := notice.Open(ctx, e, loaded, at(day(1))); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if got := len(stored(e)); got != 4 {
		t.Errorf("%d notices stored, want 4", got)
	}
}

// racing answers an empty listing, as if another instance published between our look and our insert.
type racing struct{ store.Engine }

func (r racing) Find(context.Context, string, string, store.Range) (store.Page, error) {
	return store.Page{}, nil
}

func TestAnotherInstancesDifferentTextIsNotOverlooked(t *testing.T) {
	e := newMemory()
	tree := files{}.version("privacy", "1.0", day(0), false, "")
	open(t, e, tree, at(day(1)))
	if _, err := notice.Open(ctx, racing{e}, tree.mustLoad(t), at(day(1))); err != nil {
		t.Errorf("the same text, published twice: %v", err)
	}
	_, err := notice.Open(ctx, racing{e}, tree.but(files{"privacy/1.0.zh-CN.md": "别的\n"}).mustLoad(t), at(day(1)))
	wantProblems(t, err, "privacy/1.0.zh-CN.md: this version is published and cannot change")
}

// broken refuses writes.
type broken struct{ store.Engine }

func (broken) Insert(context.Context, string, store.Document) error { return store.ErrUnavailable }

func TestAnUnpublishedNoticeIsNotServed(t *testing.T) {
	e := newMemory()
	s, err := notice.Open(ctx, broken{e}, files{}.version("privacy", "1.0", day(0), false, "").mustLoad(t), at(day(1)))
	if s != nil || err == nil || !strings.Contains(err.Error(), "publish notice privacy/1.0/zh-CN") {
		t.Errorf("shelf %v, error %v", s, err)
	}
}

func TestManyNoticesArePagedThrough(t *testing.T) {
	e := newMemory()
	tree := files{}
	for i := range 6 {
		tree.version("privacy", fmt.Sprintf("1.%d", i), day(i), false, "")
	}
	for i := range 50 {
		tree.version("kind_"+strings.Repeat("x", i%25)+string(rune('a'+i/25)), "1.0", day(0), false, "")
	}
	open(t, e, tree, at(day(99)))
	s, err := notice.Open(ctx, e, nil, at(day(99)))
	if err != nil {
		t.Fatal(err)
	}
	if got := len(s.Kinds()); got != 51 {
		t.Errorf("%d kinds from the store, want 51", got)
	}
	if n, err := s.Current("privacy", "en"); err != nil || n.Version != "1.5" {
		t.Errorf("current is %s, %v", n.Version, err)
	}
}

func TestNoticesAreStoredUnderReadableIdsAndFoundByDigest(t *testing.T) {
	e := newMemory()
	loaded := files{}.version("privacy", "1.0", day(0), false, "").mustLoad(t)
	if _, err := notice.Open(ctx, e, loaded, at(day(1))); err != nil {
		t.Fatal(err)
	}
	if s := e.declared[0]; s.Name != "notices" || !slices.Equal(s.Indexes, []string{"digest"}) {
		t.Errorf("declared %+v", s)
	}
	for _, n := range loaded {
		doc, ok := e.docs["privacy/1.0/"+n.Language]
		if !ok || !slices.Equal(doc.Keys["digest"], []string{n.SHA256}) {
			t.Errorf("%s is stored as %v with keys %v", n.Language, ok, doc.Keys)
		}
	}
}
