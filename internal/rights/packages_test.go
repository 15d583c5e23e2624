package rights_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"zhiqing/internal/rights"
	"zhiqing/internal/store"
)

func TestAPackageIsFetchedThreeTimesByTheSessionThatAsked(t *testing.T) {
	s := open(t)
	p, ctx := s.person("anna"), t.Context()
	early := s.lodge(asks(p, rights.Copy))
	_, err := s.fetch(early, early.Session)
	s.wants(err, rights.ErrNoPackage)
	s.work()
	for _, session := range []string{"another", ""} {
		_, err = s.fetch(early, session)
		s.wants(err, rights.ErrSession)
	}
	for range rights.MaxDownloads {
		name, data, err := s.Fetch(ctx, p, early.Session, early.Number)
		if err != nil || string(data) != "zip of "+p || name != "export-"+early.Number+"-20261123.zip" {
			t.Fatalf("%s %q %v", name, data, err)
		}
	}
	_, err = s.fetch(early, early.Session)
	s.wants(err, rights.ErrPackage)
	s.later(time.Minute)
	s.work()
	if s.parts() != 0 || !s.seen(early).Package.Gone {
		t.Error("what was fetched often enough is still there")
	}
	if s.later(time.Hour); s.work() != 0 {
		t.Error("the worker still has something to do")
	}

	late := s.done(asks(p, rights.Copy))
	s.later(72*time.Hour - time.Millisecond)
	if _, err = s.fetch(late, late.Session); err != nil {
		t.Errorf("within 72 hours: %v", err)
	}
	s.later(time.Millisecond)
	_, err = s.fetch(late, late.Session)
	s.wants(err, rights.ErrPackage)
	s.work()
	if s.parts() != 0 {
		t.Error("72 hours are over and the package is there")
	}

	last := s.done(asks(p, rights.Copy))
	s.done(asks(p, rights.CancelAccount))
	_, err = s.fetch(last, last.Session)
	s.wants(err, rights.ErrPackage)
	if s.parts() != 0 {
		t.Error("a package survived the erasure")
	}
	_, _, err = s.Fetch(ctx, p, "session-of-"+p, s.lodgedOf(p, rights.CancelAccount).Number)
	s.wants(err, rights.ErrUnknown) // it has no package
}

// lodgedOf is somebody's newest request of a type.
func (s *stage) lodgedOf(who string, kind rights.Type) rights.Request {
	s.t.Helper()
	list, _, err := s.List(s.t.Context(), who, "", 100)
	if err != nil {
		s.t.Fatal(err)
	}
	i := slices.IndexFunc(list, func(r rights.Request) bool { return r.Type == kind })
	if i < 0 {
		s.t.Fatalf("no %s", kind)
	}
	return list[i]
}

// TestThreeDownloadsAreThreeAlsoAtOnce lets many hands fetch at the same moment.
func TestThreeDownloadsAreThreeAlsoAtOnce(t *testing.T) {
	s := open(t)
	r := s.done(asks(s.person("anna"), rights.Copy))
	got := make(chan error, 12)
	for range cap(got) {
		go func() {
			_, err := s.fetch(r, r.Session)
			got <- err
		}()
	}
	had := 0
	for range cap(got) {
		if err := <-got; err == nil {
			had++
		} else if !errors.Is(err, rights.ErrPackage) {
			t.Error(err)
		}
	}
	if had != rights.MaxDownloads {
		t.Errorf("%d downloads", had)
	}
}

func large(seed byte) []byte {
	return bytes.Repeat([]byte{seed, 'P', 'L', 'A', 'I', 'N', seed}, (5<<19)/7) // 2.5 MiB
}

func TestPartsAreSealedAndGoWithTheKey(t *testing.T) {
	s := open(t)
	s.world.packages = func(rights.Request) []byte { return large(1) }
	r := s.done(asks(s.person("anna"), rights.Copy))
	parts := s.stored("package_parts")
	if len(parts) != 3 || r.Package.Parts != 3 || r.Package.Bytes != int64(len(large(1))) {
		t.Fatalf("%d parts, %+v", len(parts), r.Package)
	}
	for _, d := range parts {
		if bytes.Contains(d.Body, []byte("PLAIN")) {
			t.Error("a part lies in the clear")
		}
	}
	data, err := s.fetch(r, r.Session)
	if sum := sha256.Sum256(data); err != nil || hex.EncodeToString(sum[:]) != r.Package.SHA256 {
		t.Errorf("%d bytes come back, %v", len(data), err)
	}
	before, err := s.base.Get(t.Context(), "requests", r.Number)
	if err != nil {
		t.Fatal(err)
	}
	s.done(asks(r.Subject, rights.CancelAccount))
	for _, d := range parts { // a backup brings everything back but the key
		d.Keys = map[string][]string{"subject": {store.Key(r.Subject)}}
		if err := s.base.Insert(t.Context(), "package_parts", d); err != nil {
			t.Fatal(err)
		}
	}
	now, err := s.base.Get(t.Context(), "requests", r.Number)
	if err != nil {
		t.Fatal(err)
	}
	now.Body = before.Body
	if err := s.base.Replace(t.Context(), "requests", now); err != nil {
		t.Fatal(err)
	}
	_, err = s.fetch(r, r.Session)
	s.wants(err, rights.ErrPackage)
}

// TestAPackageIsDeletedWhole lets each deletion of a part fail, as a crash would.
func TestAPackageIsDeletedWhole(t *testing.T) {
	s := open(t)
	s.world.packages = func(rights.Request) []byte { return large(1) }
	for n := 1; n <= 6; n++ { // the claim, the mark, three parts, the end
		for name, fail := range map[string]func(int){"before": s.engine.FailBefore, "after": s.engine.FailAfter} {
			s.done(asks(s.person(fmt.Sprint(name, n)), rights.Copy))
			s.later(73 * time.Hour)
			failed := s.engine.Failures()
			fail(n)
			s.drain()
			if s.parts() != 0 {
				t.Errorf("%s write %d: %d parts stay", name, n, s.parts())
			}
			if s.engine.Failures() == failed {
				t.Errorf("%s write %d: nothing failed", name, n)
			}
		}
	}
}

// drain works, each time a little later and in a new process, until nothing was left three times: longer than
// a claim, and than the wait after a first failure.
func (s *stage) drain() {
	s.t.Helper()
	for idle := 0; idle < 3; {
		s.restart()
		n, err := s.Work(s.t.Context())
		if err != nil && !errors.Is(err, store.ErrUnavailable) {
			s.t.Fatal(err)
		}
		if idle++; n > 0 || err != nil {
			idle = 0
		}
		s.later(61 * time.Second)
	}
}

// TestAnExportAndAnErasureHaveOneWinner: whichever is asked for first, and however their steps fall between each other, the
// erasure is done and nothing that was erased can be fetched, or lies anywhere.
func TestAnExportAndAnErasureHaveOneWinner(t *testing.T) {
	for _, kind := range []rights.Type{rights.Delete, rights.CancelAccount} {
		for _, exportFirst := range []bool{true, false} {
			t.Run(fmt.Sprint(kind, exportFirst), func(t *testing.T) {
				s := open(t)
				s.world.packages = s.world.portrait
				servers := []*stage{s, s.another()}
				for round := range 10 {
					p := s.person(fmt.Sprint("p", round))
					order := []rights.Type{rights.Copy, kind}
					if !exportFirst {
						slices.Reverse(order)
					}
					var all sync.WaitGroup
					for i, asked := range order {
						all.Go(func() {
							for range round % 3 { // a little out of step
								_, _ = servers[i].Work(t.Context())
							}
							_, err := servers[i].Lodge(t.Context(), asks(p, asked))
							if err != nil && !errors.Is(err, rights.ErrClosing) {
								t.Error(err)
							}
							for range 3 {
								if _, err := servers[i].Work(t.Context()); err != nil {
									t.Error(err)
								}
							}
						})
					}
					all.Wait()
					for range 40 {
						s.later(2 * time.Second)
						s.work()
					}
					s.nothingErasedCanBeFetched(p, kind)
				}
			})
		}
	}
}

// portrait is a package that shows whether it was built before the erasure.
func (w *world) portrait(r rights.Request) []byte {
	if _, erased := w.erased[r.Subject]; erased || w.closed[r.Subject] > 0 { // erasing everything names no field
		return []byte("nothing")
	}
	return []byte("secret")
}

func (s *stage) nothingErasedCanBeFetched(p string, kind rights.Type) {
	s.t.Helper()
	if r := s.lodgedOf(p, kind); r.State != rights.Fulfilled {
		s.t.Errorf("the erasure is %s: %v %v", r.State, happened(r), s.world.failures)
	}
	list, _, err := s.List(s.t.Context(), p, "", 10)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, r := range list {
		if r.Type != rights.Copy {
			continue
		}
		if !r.State.Over() {
			s.t.Errorf("the export is %s", r.State)
		}
		if data, err := s.fetch(r, r.Session); err == nil && (kind == rights.CancelAccount || string(data) != "nothing") {
			s.t.Errorf("%q can be fetched after the erasure", data)
		}
	}
	for _, d := range s.stored("package_parts") {
		if kind == rights.CancelAccount && bytes.Contains(d.Body, []byte(p)) {
			s.t.Error("a part of a package survives the erasure")
		}
	}
}

// TestAnErasureWaitsForAnExportUnderWay holds an export in the middle of its building, until after the erasure wanted to
// delete what it left; then once more with one that has crashed.
func TestAnErasureWaitsForAnExportUnderWay(t *testing.T) {
	for _, kind := range []rights.Type{rights.Delete, rights.CancelAccount} {
		for _, crashes := range []bool{false, true} {
			s := open(t)
			s.world.packages = s.world.portrait
			p := s.person("anna")
			copied := s.lodge(asks(p, rights.Copy))
			inside, release, ended := make(chan struct{}), make(chan struct{}), make(chan struct{})
			s.world.troubled(func(what string, after bool) error {
				if what == "build" && after {
					close(inside)
					<-release
					if crashes {
						return context.Canceled
					}
				}
				return nil
			})
			dying, die := context.WithCancel(t.Context())
			go func() {
				defer close(ended)
				_, _ = s.Work(dying)
			}()
			<-inside
			s.world.troubled(nil)
			erasing := s.lodge(asks(p, kind))
			s.another().work()
			if got := s.seen(erasing); got.State == rights.Fulfilled {
				t.Errorf("%s (crash %t): done while an export is being built", kind, crashes)
			}
			if crashes {
				die()
			}
			close(release)
			<-ended
			die()
			if !crashes {
				s.later(2 * time.Second)
			} else if s.later(30 * time.Second); s.work() >= 0 && s.seen(erasing).State == rights.Fulfilled {
				t.Errorf("%s: done before the claim of the crashed worker is over", kind)
			} else {
				s.later(31 * time.Second)
			}
			s.work()
			s.later(2 * time.Second)
			s.work()
			if s.parts() != 0 || s.seen(copied).State != rights.Cancelled {
				t.Errorf("%s (crash %t): %d parts stay, the export is %s", kind, crashes, s.parts(), s.seen(copied).State)
			}
			if got := s.seen(erasing); got.State != rights.Fulfilled || len(s.world.failures) > 0 {
				t.Errorf("%s (crash %t): %s, %v %v", kind, crashes, got.State, happened(got), s.world.failures)
			}
		}
	}
}

// TestOfTwoBuildsOneCounts: a worker is so slow that its claim runs out, and another one builds the package meanwhile. What
// the slow one brings then changes nothing and leaves nothing.
func TestOfTwoBuildsOneCounts(t *testing.T) {
	s := open(t)
	builds := byte(0)
	s.world.packages = func(rights.Request) []byte { builds++; return large(builds) }
	r := s.lodge(asks(s.person("anna"), rights.Copy))
	inside, release, ended := make(chan struct{}), make(chan struct{}), make(chan struct{})
	s.world.troubled(func(what string, after bool) error {
		if what == "build" && after {
			close(inside)
			<-release
		}
		return nil
	})
	go func() {
		defer close(ended)
		if _, err := s.Work(t.Context()); err != nil {
			t.Error(err)
		}
	}()
	<-inside
	s.world.troubled(nil)
	if n := s.another().work(); n != 0 {
		t.Errorf("%d requests moved while another worker has them", n)
	}
	s.later(time.Minute)
	if n := s.another().work(); n != 1 {
		t.Errorf("%d requests moved when the claim was over", n)
	}
	if _, err := s.fetch(r, r.Session); err != nil {
		t.Fatal(err)
	}
	close(release)
	<-ended
	got := s.seen(r)
	if data, err := s.fetch(r, r.Session); err != nil || !bytes.Equal(data, large(2)) {
		t.Errorf("another package is fetched now: %v", err)
	}
	if got.Package.Downloads != 1 || s.parts() != 3 {
		t.Errorf("%d downloads counted, %d parts", got.Package.Downloads, s.parts())
	}
	if n := len(slices.DeleteFunc(happened(got), func(w string) bool { return w != "step:build" && w != "fulfilled" })); n != 2 {
		t.Errorf("told twice: %v", happened(got))
	}
	s.later(72 * time.Hour)
	s.work()
	if s.parts() != 0 {
		t.Errorf("%d parts stay", s.parts())
	}
}

func TestAPackageThatIsTooLargeIsADefectAndNothingIsStored(t *testing.T) {
	s := open(t)
	s.world.packages = func(rights.Request) []byte { return make([]byte, 64<<20+1) }
	r := s.lodge(asks(s.person("anna"), rights.Copy))
	s.work()
	if s.parts() != 0 || s.seen(r).State != rights.InProgress || len(s.world.failures) != 1 {
		t.Errorf("%d parts, %s, %v", s.parts(), s.seen(r).State, s.world.failures)
	}
}

// TestADeletionTakesThePackagesAlong: what was built before it is gone when it is shown as done, not three days later.
func TestADeletionTakesThePackagesAlong(t *testing.T) {
	s := open(t)
	p := s.person("anna")
	copied := s.done(asks(p, rights.Copy))
	s.done(asks(p, rights.Delete, "nickname"))
	if s.parts() != 0 {
		t.Error("a package with what was deleted is still stored")
	}
	_, err := s.fetch(copied, copied.Session)
	s.wants(err, rights.ErrPackage)
	if got := happened(s.seen(copied)); got[len(got)-1] != "package_gone" {
		t.Errorf("the person is not told: %v", got)
	}
}
