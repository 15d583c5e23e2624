package rights_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"zhiqing/config/policy"
	"zhiqing/internal/rights"
	"zhiqing/internal/store"
)

func transfers(who, to string) rights.Lodged {
	l := asks(who, rights.Transfer)
	l.Recipient = to
	return l
}

// waiting is a transfer whose package waits, and its token.
func (s *stage) waiting(who string) (rights.Request, string) {
	s.t.Helper()
	r := s.lodge(transfers(who, "takeover"))
	if _, err := s.Confirm(s.t.Context(), who, r.Number); err != nil {
		s.t.Fatal(err)
	}
	s.work()
	p, err := s.PickupOf(s.t.Context(), who, r.Number)
	if err != nil {
		s.t.Fatal(err, s.world.failures)
	}
	return s.seen(r), p.Token
}

// TestATransferIsBuiltOnlyAfterThePersonHasSeenWhoReceives walks a transfer from the asking to the fetching.
func TestATransferIsBuiltOnlyAfterThePersonHasSeenWhoReceives(t *testing.T) {
	s := open(t)
	var told []rights.State
	s.options.Tell = func(_ context.Context, _ rights.Request, to rights.State) error { told = append(told, to); return nil }
	s.reopen()
	me := s.person("me")
	r := s.lodge(transfers(me, "takeover"))
	if r.State != rights.ConfirmationRequired || r.State.DPV() != "dpv:RequestRequiresAction" || r.Transfer.Recipient.Name.ZH != "甲公司" {
		t.Fatalf("asked: %s %+v", r.State, r.Transfer)
	}
	s.work()
	if s.parts() != 0 {
		t.Error("built before it was confirmed")
	}
	_, err := s.PickupOf(t.Context(), me, r.Number)
	s.wants(err, rights.ErrNoPackage)
	for range 2 { // the second is a repetition
		if r, err = s.Confirm(t.Context(), me, r.Number); err != nil || r.State != rights.InProgress {
			t.Fatal(r.State, err)
		}
	}
	s.work()
	p, err := s.PickupOf(t.Context(), me, r.Number)
	if err != nil || len(p.Token) != 22 || !p.ExpiresAt.Equal(s.clock.now().Add(72*time.Hour)) {
		t.Fatalf("%+v %v", p, err)
	}
	_, err = s.fetch(r, r.Session)
	s.wants(err, rights.ErrUnknown) // it is the company's package, not a copy
	name, data, err := s.Collect(t.Context(), p.Token)
	if err != nil || string(data) != "zip of "+me || name == "" {
		t.Fatal(name, err)
	}
	r = s.seen(r)
	if r.State != rights.Fulfilled || r.Transfer.PickedUpAt.IsZero() || s.parts() != 0 {
		t.Errorf("after the pickup: %s, %d parts", r.State, s.parts())
	}
	if want := []string{"received", "confirmation_required", "confirmed", "accepted", "step:build", "picked_up", "fulfilled"}; !slices.Equal(happened(r), want) {
		t.Errorf("timeline %v", happened(r))
	}
	if !slices.Contains(told, rights.InProgress) || !slices.Contains(told, rights.Fulfilled) {
		t.Errorf("told %v", told)
	}
	list, _, err := s.Delivered(t.Context(), me, "", 10)
	if err != nil || len(list) != 1 || list[0].Number != r.Number {
		t.Errorf("delivered: %d %v", len(list), err)
	}
}

// TestAPickupTokenWorksOnceInTimeForOneCompany: used, late, unknown, cancelled, switched off: all the same answer.
func TestAPickupTokenWorksOnceInTimeForOneCompany(t *testing.T) {
	spoil := map[string]func(s *stage, r rights.Request, token string) string{
		"used": func(s *stage, _ rights.Request, token string) string {
			_, _, _ = s.Collect(t.Context(), token)
			return token
		},
		"unknown": func(*stage, rights.Request, string) string { return "AAAAAAAAAAAAAAAAAAAAAA" },
		"empty":   func(*stage, rights.Request, string) string { return "" },
		"late":    func(s *stage, _ rights.Request, token string) string { s.later(72 * time.Hour); return token },
		"swept":   func(s *stage, _ rights.Request, token string) string { s.later(72 * time.Hour); s.work(); return token },
		"cancelled": func(s *stage, r rights.Request, token string) string {
			_, err := s.Cancel(t.Context(), r.Requester, r.Number)
			s.wants(err, nil)
			return token
		},
		"erased": func(s *stage, r rights.Request, token string) string {
			s.done(asks(r.Requester, rights.CancelAccount))
			return token
		},
		"switched off": func(s *stage, _ rights.Request, token string) string {
			s.options.Recipients = nil
			s.reopen()
			return token
		},
	}
	for name, f := range spoil {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			r, token := s.waiting(s.person("me"))
			_, data, err := s.Collect(t.Context(), f(s, r, token))
			if s.wants(err, rights.ErrPickup); data != nil {
				t.Error("gave the package")
			}
		})
	}
}

// TestOfTwoCompaniesWithOneTokenOneGetsThePackage lets many come at the same moment, to two servers.
func TestOfTwoCompaniesWithOneTokenOneGetsThePackage(t *testing.T) {
	s := open(t)
	_, token := s.waiting(s.person("me"))
	servers := []*stage{s, s.another()}
	var won atomic.Int32
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			switch _, _, err := servers[i%2].Collect(t.Context(), token); {
			case err == nil:
				won.Add(1)
			case !errors.Is(err, rights.ErrPickup):
				t.Error(err)
			}
		})
	}
	all.Wait()
	if won.Load() != 1 {
		t.Errorf("%d got it", won.Load())
	}
}

// TestATransferThatNobodyFinishesEnds: not confirmed, or not fetched, within 72 hours.
func TestATransferThatNobodyFinishesEnds(t *testing.T) {
	s := open(t)
	me, other := s.person("me"), s.person("other")
	silent := s.lodge(transfers(me, "takeover"))
	left, _ := s.waiting(other)
	s.later(72 * time.Hour)
	_, err := s.Confirm(t.Context(), me, silent.Number)
	s.wants(err, rights.ErrNotNow)
	s.work()
	for _, r := range []rights.Request{silent, left} {
		if r = s.seen(r); r.State != rights.Cancelled || !slices.Contains(happened(r), "lapsed") {
			t.Errorf("%s %v", r.State, happened(r))
		}
	}
	if s.parts() != 0 {
		t.Error("a package is left")
	}
}

// TestACompanyThatIsNotOnboardedIsRefusedWithTheReason: PIPL art. 50, A-L40.2. What was typed is not kept.
func TestACompanyThatIsNotOnboardedIsRefusedWithTheReason(t *testing.T) {
	s := open(t)
	me := s.person("me")
	r := s.lodge(transfers(me, "some_company"))
	if r.State != rights.Refused || r.Outcome.Ground != "not_feasible" || r.Outcome.Text == "" || r.Transfer != nil {
		t.Errorf("%s %+v", r.State, r.Outcome)
	}
	s.work()
	if again := s.seen(r); again.State != rights.Refused {
		t.Error(again.State)
	}
}

// TestOnlyWhoAskedConfirms: neither a stranger nor the child whose guardian asked; and only what was shown.
func TestOnlyWhoAskedConfirms(t *testing.T) {
	s := open(t)
	mum, kid, stranger := s.person("mum"), s.person("kid"), s.person("stranger")
	s.world.guards[mum+"/link"] = kid
	l := transfers(mum, "takeover")
	l.Link = "link"
	r := s.lodge(l)
	_, err := s.Confirm(t.Context(), stranger, r.Number)
	s.wants(err, rights.ErrUnknown)
	_, err = s.Confirm(t.Context(), kid, r.Number)
	s.wants(err, rights.ErrNotNow)
	s.options.Recipients[0].Contact.ZH = "另一地址"
	_, err = s.Confirm(t.Context(), mum, r.Number)
	s.wants(err, rights.ErrRecipient)
	s.options.Recipients[0].Contact.ZH = ""
	if _, err = s.Confirm(t.Context(), mum, r.Number); err != nil {
		t.Error(err)
	}
	s.work()
	_, err = s.PickupOf(t.Context(), kid, r.Number)
	s.wants(err, rights.ErrUnknown)
}

// TestEveryWriteOfATransferMayFail lets each write fail, with and without effect, from the asking to the deletion.
func TestEveryWriteOfATransferMayFail(t *testing.T) {
	s := open(t)
	s.options.Engine = s.engine
	s.reopen()
	again := func(f func() error) {
		t.Helper()
		for range 20 {
			err := f()
			if err == nil {
				return
			}
			if !errors.Is(err, store.ErrUnavailable) && !errors.Is(err, errAgain) {
				t.Fatal(err)
			}
			s.restart()
			s.later(61 * time.Second)
		}
		t.Fatal("does not end", s.world.failures)
	}
	life := func(name string, arm func()) (string, int) {
		me, writes := s.person(name), s.engine.Writes()
		arm()
		var r rights.Request
		var p rights.Pickup
		again(func() (err error) { r, err = s.Lodge(t.Context(), transfers(me, "takeover")); return err })
		again(func() error { _, err := s.Confirm(t.Context(), me, r.Number); return err })
		again(func() (err error) {
			if _, err = s.Work(t.Context()); err == nil {
				if p, err = s.PickupOf(t.Context(), me, r.Number); errors.Is(err, rights.ErrNoPackage) {
					err = errAgain
				}
			}
			return err
		})
		again(func() error {
			_, _, err := s.Collect(t.Context(), p.Token)
			if errors.Is(err, rights.ErrPickup) {
				return nil // the taking was written, and its answer was lost
			}
			return err
		})
		again(func() error {
			if _, err := s.Work(t.Context()); err != nil {
				return err
			}
			if now := s.seen(r); !now.Next.IsZero() {
				return errAgain
			}
			return nil
		})
		line := slices.DeleteFunc(happened(s.seen(r)), func(what string) bool { return what == "retry" })
		return string(s.seen(r).State) + " " + s.seen(r).Transfer.Pickup + " " + strings.Join(line, " "), s.engine.Writes() - writes
	}
	want, writes := life("calm", func() {})
	if writes < 6 {
		t.Fatalf("%d writes", writes)
	}
	for n := 1; n <= writes; n++ {
		for way, fail := range map[string]func(int){"before": s.engine.FailBefore, "after": s.engine.FailAfter} {
			name, before := fmt.Sprint(way, " write ", n), s.engine.Failures()
			got, _ := life(name, func() { fail(n) })
			if s.engine.Failures() != before+1 {
				t.Fatalf("%s: nothing failed", name)
			}
			if got != want || s.parts() != 0 {
				t.Errorf("%s: %s, want %s; %d parts", name, got, want, s.parts())
			}
		}
	}
}

var errAgain = errors.New("not yet")

// TestTheListOfCompaniesIsReadStrictly: what is on it can be shown to people; samples stay out of production.
func TestTheListOfCompaniesIsReadStrictly(t *testing.T) {
	list, err := rights.LoadRecipients(policy.FS, true)
	if err != nil || len(list) == 0 {
		t.Fatal(len(list), err)
	}
	for _, r := range list {
		if r.Name.EN == "" || r.Name.ZH == "" || r.Licence == "" {
			t.Errorf("%s is not complete", r.Code)
		}
	}
	if real, err := rights.LoadRecipients(policy.FS, false); err != nil || len(real) != 0 {
		t.Errorf("%d samples in production, %v", len(real), err)
	}
}
