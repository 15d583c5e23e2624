package notice_test

import (
	"sync/atomic"
	"testing"
	"time"

	"zhiqing/internal/notice"
)

// fourVersions is a line with every kind of change: 1.0, then 2.0 material for ads only, 3.0 not material, 4.0 material
// for everything.
func fourVersions() files {
	return files{}.version("privacy", "1.0", day(0), false, "").
		version("privacy", "2.0", day(10), true, "affects: [ads.personalised]\n").
		version("privacy", "3.0", day(20), false, "").
		version("privacy", "4.0", day(30), true, "")
}

func TestAFutureVersionBecomesCurrentByItself(t *testing.T) {
	var now atomic.Pointer[time.Time]
	set := func(t time.Time) { now.Store(&t) }
	set(day(0).Add(-time.Second))
	s := open(t, newMemory(), fourVersions(), func() time.Time { return *now.Load() })
	_, err := s.Current("privacy", "zh-CN")
	wantUnknown(t, err)
	for _, c := range []struct {
		now  time.Time
		want string
	}{
		{day(0), "1.0"}, {day(10).Add(-time.Nanosecond), "1.0"}, {day(10), "2.0"}, {day(29), "3.0"}, {day(300), "4.0"},
	} {
		set(c.now)
		if n, err := s.Current("privacy", "zh-CN"); err != nil || n.Version != c.want {
			t.Errorf("at %v current is %s, %v; want %s", c.now, n.Version, err, c.want)
		}
	}
}

func TestOnlyALaterMaterialVersionInForceSupersedes(t *testing.T) {
	e := newMemory()
	for _, c := range []struct {
		when             time.Time
		version, purpose string
		by               string // "" = not superseded
	}{
		{day(9), "1.0", "ads.personalised", ""},
		{day(10), "1.0", "ads.personalised", "2.0"},
		{day(10), "1.0", "marketing.email", ""},
		{day(10), "2.0", "ads.personalised", ""},
		{day(25), "1.0", "marketing.email", ""},
		{day(25), "2.0", "ads.personalised", ""},
		{day(30).Add(-time.Nanosecond), "3.0", "anything", ""},
		{day(30), "3.0", "anything", "4.0"},
		{day(30), "1.0", "marketing.email", "4.0"},
		{day(30), "1.0", "ads.personalised", "2.0"}, // the first that ended it
		{day(30), "4.0", "anything", ""},
		{day(10), "4.0", "anything", ""}, // read ahead of its time
	} {
		by, yes := open(t, e, fourVersions(), at(c.when)).Superseded("privacy", c.version, c.purpose)
		if yes != (c.by != "") || by.Version != c.by {
			t.Errorf("%v: %s for %s: superseded %v by %q, want by %q", c.when, c.version, c.purpose, yes, by.Version, c.by)
		}
	}
}

func TestAConsentUnderANoticeThatNeverWasIsNotTrusted(t *testing.T) {
	s := open(t, newMemory(), fourVersions(), at(day(15)))
	if by, yes := s.Superseded("privacy", "0.9", "a"); !yes || by.Version != "2.0" {
		t.Errorf("unknown version: %v by %q, want yes by the current one", yes, by.Version)
	}
	if by, yes := s.Superseded("nothing", "1.0", "a"); !yes || by.Kind != "" {
		t.Errorf("unknown kind: %v by %q, want yes by none", yes, by.Kind)
	}
}

func TestVersionsAreListedNewestFirstWithThoseToCome(t *testing.T) {
	s := open(t, newMemory(), fourVersions().version("privacy", "10.0", day(40), false, ""), at(day(0)))
	list := s.Versions("privacy", "en")
	var got string
	for _, n := range list {
		got += n.Version + " " + n.Language + ","
	}
	if want := "10.0 en,4.0 en,3.0 en,2.0 en,1.0 en,"; got != want {
		t.Errorf("versions are %s, want %s", got, want)
	}
	list[0] = notice.Notice{}
	if s.Versions("privacy", "en")[0].Version != "10.0" {
		t.Error("a caller changed the shelf")
	}
	if s.Versions("nothing", "en") != nil {
		t.Error("an unknown kind has versions")
	}
}

func TestGetAndByDigestFindWhatWasPublishedAndNothingElse(t *testing.T) {
	s := open(t, newMemory(), fourVersions(), at(day(15)))
	n, err := s.Get("privacy", "4.0", "en") // announced, not in force
	if err != nil || n.Version != "4.0" || n.Language != "en" {
		t.Fatalf("got %+v, %v", n, err)
	}
	if same, err := s.ByDigest(n.SHA256); err != nil || same.Version != "4.0" || same.Language != "en" {
		t.Errorf("by digest: %+v, %v", same, err)
	}
	_, err = s.Get("privacy", "5.0", "en")
	wantUnknown(t, err)
	_, err = s.Get("nothing", "1.0", "en")
	wantUnknown(t, err)
	_, err = s.Current("nothing", "en")
	wantUnknown(t, err)
	_, err = s.ByDigest("00")
	wantUnknown(t, err)
}

func TestAnotherLanguageFallsBackToChinese(t *testing.T) {
	s := open(t, newMemory(), fourVersions(), at(day(15)))
	for _, lang := range []string{"fr", "", "zh", "EN"} {
		if n, err := s.Current("privacy", lang); err != nil || n.Language != "zh-CN" {
			t.Errorf("%q: got %q, %v", lang, n.Language, err)
		}
	}
}

func TestHotQuestionsDoNotAllocate(t *testing.T) {
	s := open(t, newMemory(), fourVersions(), at(day(30)))
	digest := s.Versions("privacy", "en")[0].SHA256
	for name, ask := range map[string]func(){
		"superseded": func() { s.Superseded("privacy", "1.0", "marketing.email") },
		"current":    func() { s.Current("privacy", "en") },
		"get":        func() { s.Get("privacy", "1.0", "en") },
		"by digest":  func() { s.ByDigest(digest) },
	} {
		if n := testing.AllocsPerRun(100, ask); n != 0 {
			t.Errorf("%s allocates %v times", name, n)
		}
	}
}

func BenchmarkSuperseded(b *testing.B) {
	loaded, err := fourVersions().load()
	if err != nil {
		b.Fatal(err)
	}
	s := notice.NewShelf(loaded, at(day(30)))
	for b.Loop() {
		s.Superseded("privacy", "4.0", "marketing.email")
	}
}
