package guardian_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"zhiqing/internal/consent"
	"zhiqing/internal/fault"
	"zhiqing/internal/guardian"
	"zhiqing/internal/store/flaky"
	"zhiqing/internal/subject"
)

// life is a child, three adults who may come and go, and what they happen to do.
type life struct {
	*stage
	r       *rapid.T
	kid     string
	name    string
	adults  [3]string
	links   [3]string
	called  int // adults so far
	invited guardian.Invitation
	told    []string
}

func (l *life) pick(label string, n int) int { return rapid.IntRange(0, n-1).Draw(l.r, label) }

// do runs one act. Being refused is part of life; a defect, or an account that does not come to rest, is not.
func (l *life) do(name string, act func() error) {
	err := act()
	l.told = append(l.told, fmt.Sprint(name, ": ", err))
	if err != nil && fault.KindOf(err) == fault.Internal {
		l.r.Fatalf("%v\n%s", err, strings.Join(l.told, "\n"))
	}
}

func (l *life) arrive(i int) {
	l.called++
	l.adults[i] = l.aged(fmt.Sprint(l.name, "adult", l.called), 40)
	l.links[i] = ""
}

// child is the child's account; one who was erased comes back.
func (l *life) child(years int) {
	l.kid = l.person(l.name)
	l.do("declare", func() error {
		_, err := l.Declare(l.t.Context(), l.kid, l.born(years), "")
		return err
	})
}

func (l *life) step() {
	ctx, i := l.t.Context(), l.pick("who", 3)
	adult, link := l.adults[i], l.links[i]
	acts := []struct {
		name string
		act  func() error
	}{
		{"invite", func() (err error) { l.invited, err = l.Invite(ctx, l.kid); return err }},
		{"claim", func() error {
			id, err := l.Claim(ctx, adult, l.invited.Token, l.invited.PairingCode)
			if err == nil {
				l.links[i] = id
			}
			return err
		}},
		{"verify", func() error {
			_, err := l.VerifyPhone(ctx, adult, link, call(l.name+fmt.Sprint(i)))
			return err
		}},
		{"come as far as the decision", func() error { return l.join(ctx, i) }},
		{"grant", func() error { _, err := l.Decide(ctx, adult, link, yes()); return err }},
		{"refuse", func() error { _, err := l.Decide(ctx, adult, link, no()); return err }},
		{"withdraw", func() error { _, err := l.Withdraw(ctx, adult, link, "zh-CN", "tap"); return err }},
		{"confirm", func() error { return l.confirm(ctx) }},
		{"resolve", func() error { return l.Resolve(ctx, l.kid, rapid.Bool().Draw(l.r, "for")) }},
		{"leave", func() error { l.close(adult); l.arrive(i); return nil }},
		{"is a minor", func() error {
			_, err := l.Declare(ctx, adult, l.born(16), "")
			l.arrive(i)
			return err
		}},
		{"end use", func() error { return l.EndUse(ctx, l.kid) }},
	}
	a := acts[[]int{0, 1, 2, 3, 3, 3, 3, 3, 4, 4, 4, 4, 4, 4, 5, 5, 6, 7, 7, 8, 9, 10, 11}[l.pick("act", 23)]]
	if l.pick("power", 8) == 0 && a.name != "leave" && a.name != "is a minor" {
		fail := []func(*flaky.Engine, int){(*flaky.Engine).FailBefore, (*flaky.Engine).FailAfter}[l.pick("effect", 2)]
		fail(l.engine, 1+l.pick("write", 4))
		l.do(a.name+" in a storm", a.act)
		l.engine = flaky.Wrap(l.base)
		l.restart()
		return
	}
	l.do(a.name, a.act)
}

// join is an adult's way from the invitation to the verified phone, in one go.
func (l *life) join(ctx context.Context, i int) error {
	made, err := l.Invite(ctx, l.kid)
	if err != nil {
		return err
	}
	l.invited = made
	if l.links[i], err = l.Claim(ctx, l.adults[i], made.Token, made.PairingCode); err != nil {
		return err
	}
	_, err = l.VerifyPhone(ctx, l.adults[i], l.links[i], call(l.name+fmt.Sprint(i)))
	return err
}

// confirm is the person's own word at 14 or 18, where it is asked for.
func (l *life) confirm(ctx context.Context) error {
	p, err := l.Settle(ctx, l.kid)
	if err != nil || p.Minority == nil {
		return err
	}
	who := consent.Actor{Book: l.kid}
	who.Band, _ = l.subjects.BandOf(p)
	who.Own, who.Guardian = l.rules.Needs(who.Band)
	who.Closed, who.Confirming = guardian.Gate(p.State, guardian.State(p.Minority.State))
	_, _, err = l.consents.Decide(ctx, who, consent.Batch{
		Method: "tap", Language: "zh-CN", Decisions: []consent.Decision{{Purpose: "account.minor", Verb: consent.Grant, NoticeVersion: "1.0"}},
	})
	return err
}

// sound checks what holds at every moment of every life.
func (l *life) sound() {
	p, err := l.Settle(l.t.Context(), l.kid)
	bad := func(what string) {
		l.r.Fatalf("%s: %s %+v, %v\n%s", what, p.State, p.Minority, err, strings.Join(l.told, "\n"))
	}
	m := p.Minority
	switch {
	case err != nil:
		bad("does not settle")
	case p.State == subject.Erased && (p.Erasure.Proof == "" || len(p.Key)+len(p.Fields) > 0):
		bad("half erased")
	case p.State == subject.Closing:
		bad("never erased")
	case m == nil:
		return
	case m.Todo != nil:
		bad("an act is under way for ever")
	case p.State == subject.PendingGuardian && len(p.Fields) > 0:
		bad("a profile without consent")
	case m.State != string(guardian.Disputed) && !m.Due.After(l.clock.now()):
		bad("no clock moves it")
	}
	stands, err := book{l.consents}.Stands(l.t.Context(), l.kid)
	noes := 0
	for _, link := range m.Links {
		if link.State == string(guardian.LinkRefused) || link.State == string(guardian.LinkWithdrawn) {
			noes++
		}
	}
	if p.State == subject.Active && (err != nil || !stands.Guardian || noes > 0) {
		bad("open without consent")
	}
}

// TestEveryLifeIsSoundAndEveryAccountComesToAnEnd lets families act at random, with failures and restarts in between.
// Whatever they did: once nobody acts any more, the account is erased, or an adult's, or in a dispute that somebody must
// decide.
func TestEveryLifeIsSoundAndEveryAccountComesToAnEnd(t *testing.T) {
	s, lives := open(t), 0
	start := s.clock.now()
	rapid.Check(t, func(r *rapid.T) {
		s.clock.set(start)
		lives++
		l := &life{stage: s, r: r, name: fmt.Sprint("life", lives)}
		for i := range l.adults {
			l.arrive(i)
		}
		l.child(rapid.SampledFrom([]int{9, 13, 17}).Draw(r, "years"))
		for i := range rapid.IntRange(0, 3).Draw(r, "guardians") { // some begin as a family
			l.do("join", func() error { return l.join(t.Context(), i) })
			l.do("grant", func() error { _, err := l.Decide(t.Context(), l.adults[i], l.links[i], yes()); return err })
			l.sound()
		}
		for range rapid.IntRange(4, 12).Draw(r, "acts") {
			l.step()
			l.sound()
			l.later(rapid.SampledFrom([]time.Duration{0, 0, 0, 0, 0, 0, 0, time.Hour, day, 20 * day, 300 * day}).Draw(r, "wait"))
			if l.pick("night", 2) == 0 {
				l.sweep()
			}
			l.sound()
			if l.settled(l.kid).State.Over() {
				l.child(12)
				l.sound()
			}
		}
		for range 3 {
			l.later(5 * 366 * day)
			l.sweep()
		}
		p := l.stored(l.kid)
		if _, err := l.subjects.FindByIdentity(t.Context(), identity(l.name)); p.State == subject.Erased && !errors.Is(err, subject.ErrUnknown) {
			r.Fatalf("the identity still leads to an account: %v", err)
		}
		if p.State != subject.Erased && p.Band != subject.Adult {
			r.Fatalf("left as %s %+v\n%s", p.State, p.Minority, strings.Join(l.told, "\n"))
		}
	})
}
