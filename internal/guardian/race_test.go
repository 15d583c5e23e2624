package guardian_test

import (
	"crypto/rand"
	"fmt"
	"sync"
	"testing"

	"zhiqing/internal/fault"
	"zhiqing/internal/guardian"
	"zhiqing/internal/ident"
	"zhiqing/internal/subject"
)

// atOnce runs acts at the same moment, each on its own server, and returns what each was told.
func (s *stage) atOnce(acts ...func(*stage) error) []error {
	s.t.Helper()
	faults := make([]error, len(acts))
	start := make(chan struct{})
	var wg sync.WaitGroup
	for i, act := range acts {
		server := s.another()
		wg.Go(func() {
			<-start
			faults[i] = act(server)
		})
	}
	close(start)
	wg.Wait()
	for _, err := range faults {
		if err != nil && fault.KindOf(err) == fault.Internal {
			s.t.Errorf("a defect: %v", err)
		}
	}
	return faults
}

// rounds runs a race some times, each on a new stage.
func rounds(t *testing.T, race func(s *stage)) {
	t.Parallel()
	for range 3 {
		race(open(t))
	}
}

func decides(adult, link string, d guardian.Decision) func(*stage) error {
	return func(s *stage) error { _, err := s.Decide(s.t.Context(), adult, link, d); return err }
}

func TestAYesAndANoAtTheSameMomentNeverOpenAnAccount(t *testing.T) {
	rounds(t, func(s *stage) {
		kid, mum, dad := s.aged("kid", 12), s.aged("mum", 40), s.aged("dad", 41)
		mums, dads := s.reviewing(kid, mum, "13800000001"), s.reviewing(kid, dad, "13800000002")
		faults := s.atOnce(decides(mum, mums, yes()), decides(dad, dads, no()))
		refused(t, faults[1], nil) // a no is never lost
		switch p := s.settled(kid); {
		case p.State == subject.Erased:
			s.erased(kid)
		case p.State != subject.Restricted || p.Minority.State != string(guardian.Disputed):
			t.Errorf("the account is %s, %+v", p.State, p.Minority)
		}
		if m, err := s.consents.Minor(t.Context(), kid); err != nil || m.Guardian.Allows() {
			t.Errorf("the consent is %+v, %v", m, err)
		}
	})
}

func TestARenewalAndAWithdrawalAtTheSameMomentEndInErasure(t *testing.T) {
	rounds(t, func(s *stage) {
		f := s.family(12)
		faults := s.atOnce(decides(f.mum, f.link, yes()), func(s *stage) error {
			_, err := s.Withdraw(s.t.Context(), f.mum, f.link, "zh-CN", "tap")
			return err
		})
		refused(t, faults[1], nil)
		s.erased(f.kid)
	})
}

func TestTheMinorEndsTheUseWhileTheGuardianAgrees(t *testing.T) {
	rounds(t, func(s *stage) {
		kid, mum := s.aged("kid", 12), s.aged("mum", 40)
		link := s.reviewing(kid, mum, "13800000001")
		faults := s.atOnce(decides(mum, link, yes()), func(s *stage) error { return s.EndUse(s.t.Context(), kid) })
		refused(t, faults[1], nil)
		s.erased(kid)
	})
}

func TestAClaimAndANewInvitationAtTheSameMoment(t *testing.T) {
	rounds(t, func(s *stage) {
		kid, mum := s.aged("kid", 12), s.aged("mum", 40)
		old := s.invited(kid)
		var fresh guardian.Invitation
		faults := s.atOnce(func(s *stage) error {
			_, err := s.Claim(s.t.Context(), mum, old.Token, old.PairingCode)
			return err
		}, func(s *stage) (err error) {
			fresh, err = s.Invite(s.t.Context(), kid)
			return err
		})
		refused(t, faults[1], nil)
		if faults[0] != nil {
			refused(t, faults[0], guardian.ErrInvitation)
		}
		if _, err := s.Claim(t.Context(), s.aged("dad", 41), fresh.Token, fresh.PairingCode); err != nil {
			t.Errorf("the new one: %v", err)
		}
	})
}

func TestAGuardianLeavesWhileAgreeing(t *testing.T) {
	rounds(t, func(s *stage) {
		kid, mum := s.aged("kid", 12), s.aged("mum", 40)
		link := s.reviewing(kid, mum, "13800000001")
		s.atOnce(decides(mum, link, yes()), func(s *stage) error {
			_, err := s.Declare(s.t.Context(), mum, s.born(16), "")
			return err
		})
		s.sweep()
		p := s.settled(kid)
		for _, l := range p.Minority.Links {
			if l.State == string(guardian.LinkActive) {
				t.Errorf("a minor is a guardian: %s %+v", p.State, p.Minority)
			}
		}
		if p.State == subject.Active {
			t.Error("open without a guardian")
		}
	})
}

// meanwhile is randomness that lets something happen each time before it is drawn.
type meanwhile func()

func (m meanwhile) Read(p []byte) (int, error) {
	m()
	return rand.Read(p)
}

func TestWhoTurnsOutToBeAMinorWhileClaimingHasNoLink(t *testing.T) {
	s := open(t)
	kid, mum := s.aged("kid", 12), s.aged("mum", 40)
	i := s.invited(kid)
	desk := s.Desk
	s.reopen(func(o *guardian.Options) {
		o.IDs = ident.Source{Reader: meanwhile(func() {
			if _, err := desk.Declare(t.Context(), mum, s.born(16), ""); err != nil {
				t.Error(err)
			}
		})}
	})
	_, err := s.Claim(t.Context(), mum, i.Token, i.PairingCode)
	refused(t, err, guardian.ErrNotAdult)
	s.stands(kid, guardian.Pending, subject.PendingGuardian)
	if l := s.stored(kid).Minority.Links; len(l) != 1 || l[0].State != string(guardian.LinkInvalid) {
		t.Errorf("the links are %+v", l)
	}
	_, err = s.Decide(t.Context(), mum, s.stored(kid).Minority.Links[0].ID, no())
	refused(t, err, guardian.ErrNotNow)
}

func TestManyServersSweepTogether(t *testing.T) {
	t.Parallel()
	s := open(t)
	var kids []string
	for n := range 8 {
		kids = append(kids, s.aged(fmt.Sprint("child", n), 12))
	}
	s.later(s.rules.Pending)
	sweep := func(s *stage) error { _, err := s.Sweep(s.t.Context()); return err }
	for _, err := range s.atOnce(sweep, sweep, sweep) {
		refused(t, err, nil)
	}
	for _, kid := range kids {
		s.erased(kid)
	}
}
