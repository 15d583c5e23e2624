package rights_test

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"zhiqing/internal/register/prove"
	"zhiqing/internal/rights"
	"zhiqing/internal/store"
	"zhiqing/internal/subject"
)

// TestAnErasureIsDoneOnlyWhenEveryStoreIsEmpty looks at every store at the moment at which done is written.
func TestAnErasureIsDoneOnlyWhenEveryStoreIsEmpty(t *testing.T) {
	p, real := prove.Row(t, "A-L39.10"), prove.Row(t, "F-9")
	s := open(t)
	var anna string
	s.options.Engine = &watching{s.engine, func(collection string, d store.Document) {
		var r rights.Request
		if collection != "requests" || bson.Unmarshal(d.Body, &r) != nil || r.Type != rights.CancelAccount || r.State != rights.Fulfilled {
			return
		}
		left := look(s.world, func() int { return s.world.first.things[anna] + s.world.second.things[anna] })
		p.Equal(left, 0)
		real.Equal(left, 0)
		who, err := s.subjects.Find(t.Context(), anna)
		p.NoError(err)
		p.Equal(who.State, subject.Erased)
		p.Equal(len(who.Key), 0)
	}}
	s.reopen()
	anna = s.person("anna")
	written := asks(anna, rights.Correct)
	written.Detail = "a word that only I know"
	before := s.lodge(written)
	s.done(asks(anna, rights.Access))
	r := s.done(asks(anna, rights.CancelAccount))

	p.Equal(happened(r), []string{"received", "accepted", "step:erase", "step:exports", "step:holders", "step:scan", "fulfilled"})
	p.Equal(r.Proof, "proof of "+anna)
	kept := map[string]string{}
	for _, k := range r.Outcome.Kept { // what stays is explained
		kept[k.What] = k.Reason
	}
	p.Equal(kept, map[string]string{"orders": "legal_duty", "request_record": "evidence"})
	proof, err := s.ProofOf(t.Context(), anna, r.Number)
	p.NoError(err)
	p.Equal(proof, r.Proof)
	text, err := s.Detail(t.Context(), s.seen(before))
	p.NoError(err)
	p.Equal(text, "")
	for _, d := range s.stored("requests") {
		p.That(!bytes.Contains(d.Body, []byte("only I know")), "what was written lies in the clear")
	}
	_, err = s.Lodge(t.Context(), asks(anna, rights.Access))
	s.wants(err, rights.ErrClosing)
	_, err = s.ProofOf(t.Context(), anna, before.Number)
	s.wants(err, rights.ErrNoProof)
}

func TestEverySystemTypeIsDoneAtOnce(t *testing.T) {
	s := open(t)
	p := s.person("anna")
	access := s.done(asks(p, rights.Access))
	for _, want := range []string{`"orders","count":3`, `"support","count":2`, `"request_record"`} {
		if !strings.Contains(strings.ReplaceAll(string(access.Answer), `,"title":"orders"`, ""), want) &&
			!strings.Contains(strings.ReplaceAll(string(access.Answer), `,"title":"support"`, ""), want) {
			t.Errorf("the answer lacks %s: %s", want, access.Answer)
		}
	}
	if r := s.done(asks(p, rights.Explain, "p.one")); string(r.Answer) != `{"language":"zh-CN","purposes":["p.one"]}` {
		t.Errorf("explained: %s", r.Answer)
	}
	if r := s.done(asks(p, rights.Restrict)); !s.world.paused[r.Number] {
		t.Error("not restricted")
	}
	if r := s.done(asks(p, rights.WithdrawAll)); s.world.drawn[p+"/"+r.Number] != 1 {
		t.Error("not withdrawn")
	}
	if s.done(asks(p, rights.Delete, "nickname")); !slices.Equal(s.world.erased[p], []string{"nickname"}) {
		t.Errorf("erased: %v", s.world.erased)
	}
}

func TestAFailingHolderIsRetriedAndNeverShownAsDone(t *testing.T) {
	s := open(t)
	p := s.person("anna")
	s.world.troubled(breaks("support"))
	r := s.lodge(asks(p, rights.CancelAccount))
	var waits []time.Duration
	for range 13 {
		s.work()
		got := s.seen(r)
		if got.State != rights.InProgress || got.Timeline[len(got.Timeline)-1].What != "retry" {
			t.Fatalf("%s: %v", got.State, happened(got))
		}
		if s.work() != 0 {
			t.Fatal("tried again at once")
		}
		wait := got.Next.Sub(s.clock.now())
		waits = append(waits, wait)
		s.later(wait)
	}
	if !slices.IsSorted(waits) || waits[0] != 2*time.Second || waits[1] != 4*time.Second || waits[12] != 10*time.Minute {
		t.Errorf("back-off: %v", waits)
	}
	if len(s.world.failures) != 13 || strings.Contains(s.world.failures[0], p) {
		t.Errorf("the operator is told %v", s.world.failures)
	}
	if again := s.lodge(asks(p, rights.CancelAccount)); again.Number != r.Number {
		t.Error("asking again while it is being tried is another request")
	}
	s.world.troubled(nil)
	s.work()
	got := s.seen(r)
	if got.State != rights.Fulfilled || got.Failures != 0 || s.world.closed[p] != 1 || s.world.second.taken[p] != 2 {
		t.Errorf("%s after healing, %d failures, closed %d times", got.State, got.Failures, s.world.closed[p])
	}
}

// TestOneThatFailsHoldsNobodyUp: others are served in the same round.
func TestOneThatFailsHoldsNobodyUp(t *testing.T) {
	s := open(t)
	s.world.troubled(breaks("build"))
	bad := s.lodge(asks(s.person("anna"), rights.Copy))
	s.later(time.Second)
	good := s.lodge(asks(s.person("bert"), rights.Access))
	if s.work(); s.seen(good).State != rights.Fulfilled || s.seen(bad).State != rights.InProgress {
		t.Errorf("%s, %s", s.seen(good).State, s.seen(bad).State)
	}
}

func TestARemainKeepsTheRequestOpen(t *testing.T) {
	s := open(t)
	p := s.person("anna")
	s.world.second.deaf = true // says that it has erased
	r := s.lodge(asks(p, rights.CancelAccount))
	for range 5 {
		s.work()
		if got := s.seen(r); got.State != rights.InProgress || slices.Contains(happened(got), "step:scan") {
			t.Fatalf("%s although something is left: %v", got.State, happened(got))
		}
		s.later(10 * time.Minute)
	}
	if !strings.Contains(s.world.failures[0], "support still keeps 2 things") {
		t.Errorf("the operator is told %q", s.world.failures[0])
	}
	look(s.world, func() bool { delete(s.world.second.things, p); return true })
	s.work()
	if got := s.seen(r); got.State != rights.Fulfilled {
		t.Errorf("%s after it was erased by hand", got.State)
	}
}

func TestAnErasureWithoutAProofIsNotDone(t *testing.T) {
	s := open(t)
	p := s.person("anna")
	s.options.Accounts = unproved{s.options.Accounts}
	s.reopen()
	r := s.lodge(asks(p, rights.CancelAccount))
	if s.work(); s.seen(r).State != rights.InProgress {
		t.Errorf("%s without a proof", s.seen(r).State)
	}
}

type unproved struct{ rights.Accounts }

func (u unproved) Close(ctx context.Context, id, reason string) (string, error) {
	_, err := u.Accounts.Close(ctx, id, reason)
	return "", err
}

// TestCancelOnlyBeforeTheIrreversible cancels each type before the worker, in the middle of its effect, and afterwards.
func TestCancelOnlyBeforeTheIrreversible(t *testing.T) {
	s := open(t)
	ctx := t.Context()
	effect := map[rights.Type]string{
		rights.Delete: "fields", rights.CancelAccount: "close", rights.WithdrawAll: "withdraw", rights.Restrict: "pause", rights.Object: "pause",
		rights.Copy: "build", rights.Explain: "explain", rights.Access: "orders:describe",
	}
	final := []rights.Type{rights.Delete, rights.CancelAccount, rights.WithdrawAll}
	for kind, what := range effect {
		p := s.person(string(kind))
		early := s.lodge(asks(p, kind))
		if r, err := s.Cancel(ctx, p, early.Number); err != nil || r.State != rights.Cancelled {
			t.Errorf("%s: %s, %v", kind, r.State, err)
		}
		if r, err := s.Cancel(ctx, p, early.Number); err != nil || r.State != rights.Cancelled {
			t.Errorf("%s, cancelled again: %s, %v", kind, r.State, err)
		}
		s.work()
		if s.world.closed[p] > 0 || s.world.erased[p] != nil || s.world.paused[early.Number] || s.parts() > 0 {
			t.Errorf("%s had an effect although it was cancelled", kind)
		}

		for _, after := range []bool{false, true} {
			p := s.person(string(kind) + map[bool]string{true: "after"}[after])
			r := s.lodge(asks(p, kind, "nickname"))
			var got error
			once := false
			s.world.troubled(func(asked string, then bool) error {
				if asked == what && then == after && !once {
					once = true // what cancelling does may come here again
					_, got = s.Cancel(ctx, p, r.Number)
				}
				return nil
			})
			s.work()
			s.world.troubled(nil)
			s.later(time.Minute)
			s.work()
			end := s.seen(r)
			switch {
			case !once:
				t.Errorf("%s: nobody came by %s", kind, what)
			case slices.Contains(final, kind):
				s.wants(got, rights.ErrTooLate)
				if end.State != rights.Fulfilled {
					t.Errorf("%s ends %s", kind, end.State)
				}
			case got != nil || end.State != rights.Cancelled || s.world.paused[r.Number] || s.parts() > 0:
				t.Errorf("%s: %v, ends %s, paused %t, %d parts", kind, got, end.State, s.world.paused[r.Number], s.parts())
			}
			if !end.Next.IsZero() {
				t.Errorf("%s: the worker never gets rid of it", kind)
			}
			if s.Cancel(ctx, p, r.Number); slices.Contains(final, kind) {
				_, err := s.Cancel(ctx, p, r.Number)
				s.wants(err, rights.ErrTooLate)
			}
		}
	}
	done := s.done(asks(s.person("x"), rights.Access))
	_, err := s.Cancel(ctx, done.Requester, done.Number)
	s.wants(err, rights.ErrNotNow)
}

// TestATakenBackPauseIsTakenBackAlsoWhenThatFails: the person has cancelled, the pause does not end yet, the worker ends it.
func TestATakenBackPauseIsTakenBackAlsoWhenThatFails(t *testing.T) {
	s := open(t)
	p := s.person("anna")
	r := s.lodge(asks(p, rights.Object))
	s.work()
	s.world.troubled(breaks("pause"))
	if got, err := s.Cancel(t.Context(), p, r.Number); err != nil || got.State != rights.Cancelled {
		t.Fatalf("%s, %v", got.State, err)
	}
	s.work()
	s.world.troubled(nil)
	s.later(10 * time.Minute)
	s.work()
	if got := s.seen(r); s.world.paused[r.Number] || !got.Next.IsZero() || slices.Contains(happened(got), "retry") {
		t.Errorf("paused %t, next %v, %v", s.world.paused[r.Number], got.Next, happened(got))
	}
}

// TestARequestWhoseAccountIsGoneEnds: it was lodged, then the account was closed before the worker came by.
func TestARequestWhoseAccountIsGoneEnds(t *testing.T) {
	s := open(t)
	builds := 0
	s.world.packages = func(rights.Request) []byte { builds++; return []byte("x") }
	for _, kind := range []rights.Type{rights.Access, rights.Copy, rights.Explain, rights.Restrict, rights.Object, rights.WithdrawAll, rights.Delete} {
		p := s.person(string(kind))
		r := s.lodge(asks(p, kind))
		if _, err := s.options.Accounts.Close(t.Context(), p, "by a guardian"); err != nil {
			t.Fatal(err)
		}
		s.work()
		if got := s.seen(r); got.State != rights.Cancelled || !got.Next.IsZero() {
			t.Errorf("%s is %s, next %v", kind, got.State, got.Next)
		}
	}
	p := s.person("also")
	closing := s.lodge(asks(p, rights.CancelAccount))
	if _, err := s.options.Accounts.Close(t.Context(), p, "by a guardian"); err != nil {
		t.Fatal(err)
	}
	if s.work(); s.seen(closing).State != rights.Fulfilled {
		t.Errorf("closing a closed account is %s", s.seen(closing).State)
	}
	if builds > 0 || s.parts() > 0 || len(s.world.failures) > 0 {
		t.Errorf("%d packages were built, %v", builds, s.world.failures)
	}
}

// TestAnUnknownAccountEndsARequest, as after a backup that is older than the request.
func TestAnUnknownAccountEndsARequest(t *testing.T) {
	s := open(t)
	r := s.lodge(asks(s.person("anna"), rights.Copy))
	d, err := s.base.Get(t.Context(), "subjects", r.Subject)
	if err == nil {
		err = s.base.Delete(t.Context(), "subjects", r.Subject, d.Rev)
	}
	if err != nil {
		t.Fatal(err)
	}
	if s.work(); s.seen(r).State != rights.Cancelled {
		t.Errorf("%s", s.seen(r).State)
	}
}

func TestATimelineIsBoundedAndKeepsItsEnds(t *testing.T) {
	s := open(t)
	s.world.troubled(breaks("build"))
	r := s.lodge(asks(s.person("anna"), rights.Copy))
	for range 2 * rights.MaxTimeline {
		s.work()
		s.later(10 * time.Minute)
	}
	s.world.troubled(nil)
	s.work()
	got := happened(s.seen(r))
	if len(got) != rights.MaxTimeline || got[0] != "received" || got[1] != "accepted" || got[len(got)-1] != "fulfilled" {
		t.Errorf("%d lines: %v", len(got), got)
	}
}

// TestAStoppedWorkerLeavesItsRequestToTheNext: stopping is no failure.
func TestAStoppedWorkerLeavesItsRequestToTheNext(t *testing.T) {
	s := open(t)
	r := s.lodge(asks(s.person("anna"), rights.Copy))
	ctx, stop := context.WithCancel(t.Context())
	s.world.troubled(func(string, bool) error { stop(); return ctx.Err() })
	if _, err := s.Work(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	s.world.troubled(nil)
	if s.work() != 0 || slices.Contains(happened(s.seen(r)), "retry") || len(s.world.failures) > 0 {
		t.Errorf("a stop looks like a failure: %v", happened(s.seen(r)))
	}
	s.later(time.Minute)
	if s.work(); s.seen(r).State != rights.Fulfilled {
		t.Errorf("%s", s.seen(r).State)
	}
}

// TestTwoWorkersEraseOnce: one is so slow in the middle of the erasure that its claim runs out, and another one ends it.
func TestTwoWorkersEraseOnce(t *testing.T) {
	for _, where := range []string{"close", "support", "support:remains"} {
		for _, after := range []bool{false, true} {
			s := open(t)
			r := s.lodge(asks(s.person("anna"), rights.CancelAccount))
			inside, release, ended := make(chan struct{}), make(chan struct{}), make(chan struct{})
			s.world.troubled(func(what string, then bool) error {
				if what == where && then == after {
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
			s.later(time.Minute)
			s.another().work()
			before := s.seen(r)
			close(release)
			<-ended
			s.work()
			got := s.seen(r)
			if before.State != rights.Fulfilled || got.State != rights.Fulfilled || !slices.Equal(happened(got), happened(before)) || !got.Next.IsZero() {
				t.Errorf("%s: %s %v, then %s %v", where, before.State, happened(before), got.State, happened(got))
			}
			if p := r.Subject; s.world.closed[p] != 1 || s.world.first.taken[p] != 3 || s.world.second.taken[p] != 2 || len(s.world.failures) > 0 {
				t.Errorf("%s: closed %d times, %v", where, s.world.closed[p], s.world.failures)
			}
		}
	}
}

// TestAGuardianKeepsTheProof: the erasure ends the guardianship, the proof stays to be fetched by who asked.
func TestAGuardianKeepsTheProof(t *testing.T) {
	s := open(t)
	mum, child := s.person("mum"), s.person("child")
	s.world.guards[mum+"/gdn_1"] = child
	l := asks(mum, rights.CancelAccount)
	l.Link = "gdn_1"
	r := s.done(l)
	delete(s.world.guards, mum+"/gdn_1")
	if proof, err := s.ProofOf(t.Context(), mum, r.Number); err != nil || proof != "proof of "+child {
		t.Errorf("%q, %v", proof, err)
	}
	if who, err := s.subjects.Find(t.Context(), mum); err != nil || who.State.Over() {
		t.Errorf("the guardian's own account is %s, %v", who.State, err)
	}
}

// TestNothingCanBeAskedForWhileTheErasureFails: the key is not destroyed yet, but that has begun.
func TestNothingCanBeAskedForWhileTheErasureFails(t *testing.T) {
	s := open(t)
	p := s.person("anna")
	s.world.troubled(breaks("close"))
	r := s.lodge(asks(p, rights.CancelAccount))
	s.work()
	_, err := s.Lodge(t.Context(), asks(p, rights.Copy))
	s.wants(err, rights.ErrClosing)
	if again := s.lodge(asks(p, rights.CancelAccount)); again.Number != r.Number {
		t.Error("asking again is another request")
	}
	_, err = s.Cancel(t.Context(), p, r.Number)
	s.wants(err, rights.ErrTooLate)
}

// TestASlowWorkersNewsIsOld: what it brings was noted by another one, whose request is not over yet.
func TestASlowWorkersNewsIsOld(t *testing.T) {
	s := open(t)
	r := s.lodge(asks(s.person("anna"), rights.CancelAccount))
	inside, release, ended := make(chan struct{}), make(chan struct{}), make(chan struct{})
	s.world.troubled(func(what string, after bool) error {
		if what == "support" && after {
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
	s.world.troubled(breaks("support:remains"))
	s.later(time.Minute)
	s.another().work()
	close(release)
	<-ended
	lines := happened(s.seen(r))
	if n := len(slices.DeleteFunc(slices.Clone(lines), func(l string) bool { return l != "step:holders" })); n != 1 {
		t.Errorf("told %d times: %v", n, lines)
	}
	s.world.troubled(nil)
	s.later(time.Hour)
	if s.work(); s.seen(r).State != rights.Fulfilled {
		t.Errorf("%s", s.seen(r).State)
	}
}
