package guardian_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"zhiqing/internal/guardian"
	"zhiqing/internal/subject"
)

// Here is every timer of requirements.md C2, from both sides: nobody looks until the sweep does, which is one second early
// at first.

// after runs the sweep one second before a time is over, expects nothing, and then in the very second.
func (s *stage) after(id string, d time.Duration, was, becomes guardian.State) {
	s.t.Helper()
	s.later(d - time.Second)
	s.sweep()
	if p := s.stored(id); p.Minority == nil || p.Minority.State != string(was) {
		s.t.Fatalf("a second early the account is %s, %+v; want %s", p.State, p.Minority, was)
	}
	s.later(time.Second)
	if s.sweep() == 0 {
		s.t.Error("nothing was due")
	}
	switch p := s.stored(id); {
	case becomes == guardian.Expired:
		s.erased(id)
	case p.Minority == nil && becomes != guardian.Released, p.Minority != nil && p.Minority.State != string(becomes):
		s.t.Fatalf("the account is %s, %+v; want %s", p.State, p.Minority, becomes)
	}
}

func TestAPendingMinorIsErasedAfterSevenDays(t *testing.T) {
	s := open(t)
	kid := s.aged("kid", 12)
	s.after(kid, 7*day, guardian.Pending, guardian.Expired)
	if e := s.stored(kid).Erasure; e.Reason != "minor_expired" {
		t.Errorf("the reason is %s", e.Reason)
	}
	if s.sweep(); s.sweep() != 0 {
		t.Error("an erased account is looked at again and again")
	}
}

func TestAnInvitationEndsAfterSeventyTwoHours(t *testing.T) {
	s := open(t)
	kid := s.aged("kid", 12)
	s.invited(kid)
	s.after(kid, 72*time.Hour, guardian.Invited, guardian.Pending)
	if seen, err := s.Family(t.Context(), kid); err != nil || len(seen.Invitations) > 0 {
		t.Errorf("still shown: %+v, %v", seen.Invitations, err)
	}
}

func TestAReviewEndsAfterADayAndTheGuardiansDataIsGone(t *testing.T) {
	s := open(t)
	kid := s.aged("kid", 12)
	mum := s.aged("mum", 40)
	link := s.reviewing(kid, mum, "13800000001")
	s.after(kid, day, guardian.Reviewing, guardian.Pending)
	if l := s.stored(kid).Minority.Links[0]; l.State != string(guardian.LinkExpired) || l.Phone != "" {
		t.Errorf("the link is %+v", l)
	}
	_, err := s.Decide(t.Context(), mum, link, yes())
	refused(t, err, guardian.ErrNotNow)
	s.withdrawalIsRefused(mum, link)
}

func TestAReviewEndsWhileAnotherGuardianWasInvited(t *testing.T) {
	s := open(t)
	kid := s.aged("kid", 12)
	s.reviewing(kid, s.aged("mum", 40), "13800000001")
	s.invited(kid)
	s.after(kid, day, guardian.Reviewing, guardian.Invited)
}

func TestASecondGuardianWhoNeverDecidesChangesNothing(t *testing.T) {
	s := open(t)
	f := s.family(12)
	s.father(f)
	s.later(day)
	s.sweep()
	s.stands(f.kid, guardian.Active, subject.Active)
}

func TestAConsentLivesTwelveMonthsThenWaitsAMonth(t *testing.T) {
	s := open(t)
	f := s.family(9)
	s.field(f.kid, "nickname", "小石头")
	year := s.clock.now().AddDate(1, 0, 0).Sub(s.clock.now())
	s.after(f.kid, year, guardian.Active, guardian.Reconsent)
	s.stands(f.kid, guardian.Reconsent, subject.Restricted)
	s.after(f.kid, 30*day, guardian.Reconsent, guardian.Expired)
}

func TestAConsentIsRenewedBeforeAndAfterItRunsOut(t *testing.T) {
	s := open(t)
	f := s.family(9)
	s.later(300 * day)
	s.decide(f.mum, f.link, yes())
	s.later(300 * day)
	s.sweep()
	s.stands(f.kid, guardian.Active, subject.Active)
	s.later(80 * day)
	s.sweep()
	s.stands(f.kid, guardian.Reconsent, subject.Restricted)
	s.decide(f.mum, f.link, yes())
	s.stands(f.kid, guardian.Active, subject.Active)
	if u := s.stored(f.kid).Minority.Until; !u.Equal(s.rules.Consent.AddTo(s.clock.now())) {
		t.Errorf("until %v", u)
	}
}

func TestOneGuardiansYearEndsAndTheOthersGoesOn(t *testing.T) {
	s := open(t)
	f := s.family(9)
	s.later(180 * day)
	dad, link := s.father(f)
	s.decide(dad, link, yes())
	s.later(186 * day)
	s.sweep()
	s.stands(f.kid, guardian.Active, subject.Active)
	if m := s.stored(f.kid).Minority; !m.Due.After(s.clock.now()) {
		t.Errorf("due %v, now %v", m.Due, s.clock.now())
	}
	s.later(180 * day)
	s.sweep()
	s.stands(f.kid, guardian.Reconsent, subject.Restricted)
}

func TestAMaterialChangeOfTheNoticeAsksAgain(t *testing.T) {
	for _, material := range []bool{true, false} {
		s := open(t)
		f := s.family(9)
		s.announce("2.0", s.clock.now().Add(10*day), material)
		s.restart()
		s.stands(f.kid, guardian.Active, subject.Active)
		s.later(10 * day)
		if _, err := s.Review(t.Context()); err != nil {
			t.Fatal(err)
		}
		if !material {
			s.stands(f.kid, guardian.Active, subject.Active)
			continue
		}
		if p := s.stored(f.kid); p.State != subject.Restricted {
			t.Errorf("the account is %s", p.State)
		}
		_, err := s.Decide(t.Context(), f.mum, f.link, yes()) // to the old text
		if err == nil {
			t.Error("agreed to a text that is not in force")
		}
		d := yes()
		d.Notice = "2.0"
		s.decide(f.mum, f.link, d)
		s.stands(f.kid, guardian.Active, subject.Active)
	}
}

// turning brings a child with a consent in force to the second of a birthday.
func (s *stage) turning(years int) family {
	s.t.Helper()
	f := s.family(years)
	s.clock.set(s.settled(f.kid).ChangesOn)
	return f
}

func TestTurningFourteenNeedsOnesOwnConsentToo(t *testing.T) {
	s := open(t)
	f := s.turning(13)
	s.later(-time.Second)
	s.stands(f.kid, guardian.Active, subject.Active)
	s.later(time.Second)
	s.sweep()
	s.stands(f.kid, guardian.Transition14, subject.Restricted)
	s.later(29 * day)
	s.own(f.kid)
	s.stands(f.kid, guardian.Active, subject.Active)
	if p := s.stored(f.kid); p.Band != subject.From14 {
		t.Errorf("the band is %s", p.Band)
	}
}

func TestTurningFourteenWithoutAWordEndsAfterThirtyDays(t *testing.T) {
	s := open(t)
	f := s.turning(13)
	s.sweep()
	s.after(f.kid, 30*day, guardian.Transition14, guardian.Expired)
}

func TestAGuardianCanRenewOrEndWhileTheMinorTurnsFourteen(t *testing.T) {
	s := open(t)
	f := s.turning(13)
	s.decide(f.mum, f.link, yes())
	s.stands(f.kid, guardian.Transition14, subject.Restricted)
	s.own(f.kid)
	s.stands(f.kid, guardian.Active, subject.Active)
	s.withdraw(f.mum, f.link)
	s.erased(f.kid)
}

func TestTurningFourteenWhileWaitingForAGuardianChangesOnlyTheBand(t *testing.T) {
	s := open(t)
	kid := s.person("kid")
	birthday := s.clock.now().In(cst).AddDate(-14, 0, 1)
	if _, err := s.Declare(t.Context(), kid, birthday.Format(time.DateOnly), ""); err != nil {
		t.Fatal(err)
	}
	s.later(2 * day)
	s.sweep()
	s.stands(kid, guardian.Pending, subject.PendingGuardian)
	if p := s.stored(kid); p.Band != subject.From14 {
		t.Errorf("the band is %s", p.Band)
	}
}

func TestTurningFourteenIsAskedAboutOnceTheDisputeOrTheReviewIsOver(t *testing.T) {
	s := open(t)
	f := s.family(13)
	dad, link := s.father(f)
	s.decide(dad, link, no())
	s.clock.set(s.settled(f.kid).ChangesOn)
	s.stands(f.kid, guardian.Disputed, subject.Restricted)
	if err := s.Resolve(t.Context(), f.kid, true); err != nil {
		t.Fatal(err)
	}
	s.stands(f.kid, guardian.Transition14, subject.Restricted)
	s.own(f.kid)
	s.stands(f.kid, guardian.Active, subject.Active)

	teen, aunt := s.person("teen"), s.aged("aunt", 40)
	if _, err := s.Declare(t.Context(), teen, s.clock.now().In(cst).AddDate(-14, 0, 0).Format(time.DateOnly), ""); err != nil {
		t.Fatal(err)
	}
	s.later(day / 2)
	theirs := s.reviewing(teen, aunt, "13800000003")
	s.later(day / 2)
	s.decide(aunt, theirs, yes())
	if p := s.stored(teen); p.State != subject.Restricted {
		t.Errorf("open for a moment: %s", p.State)
	}
	s.stands(teen, guardian.Transition14, subject.Restricted)
	s.own(teen)
	s.stands(teen, guardian.Active, subject.Active)

	older := s.aged("older", 15) // who is declared as 14 to 17 agrees purpose by purpose
	s.later(day)
	s.decide(aunt, s.reviewing(older, aunt, "13800000003"), yes())
	s.stands(older, guardian.Active, subject.Active)
}

func TestTurningEighteenNeedsOnesOwnConsent(t *testing.T) {
	s := open(t)
	f := s.turning(17)
	s.sweep()
	s.stands(f.kid, guardian.Transition18, subject.Restricted)
	if m, err := s.consents.Minor(t.Context(), f.kid); err != nil || m.Guardian.Allows() {
		t.Errorf("the guardian's consent is %+v, %v", m, err)
	}
	s.own(f.kid)
	s.stands(f.kid, "", subject.Active)
	if p := s.stored(f.kid); p.Band != subject.Adult || p.Minority != nil {
		t.Errorf("released as %+v", p)
	}
}

func TestTurningEighteenWithoutAWordEndsAfterThirtyDays(t *testing.T) {
	s := open(t)
	f := s.turning(17)
	s.sweep()
	s.after(f.kid, 30*day, guardian.Transition18, guardian.Expired)
}

func TestTurningEighteenWhileWaitingForAGuardianNeedsNone(t *testing.T) {
	s := open(t)
	kid := s.person("kid")
	birthday := s.clock.now().In(cst).AddDate(-18, 0, 1)
	if _, err := s.Declare(t.Context(), kid, birthday.Format(time.DateOnly), ""); err != nil {
		t.Fatal(err)
	}
	s.later(2 * day)
	s.sweep()
	s.stands(kid, "", subject.Active)
}

func TestTurningEighteenEndsADispute(t *testing.T) {
	s := open(t)
	f := s.family(17)
	dad, link := s.father(f)
	s.decide(dad, link, no())
	s.clock.set(s.settled(f.kid).ChangesOn)
	s.sweep()
	s.stands(f.kid, guardian.Transition18, subject.Restricted)
	s.own(f.kid)
	s.stands(f.kid, "", subject.Active)
}

func TestAJobThatDidNotRunProlongsNothing(t *testing.T) {
	s := open(t)
	f := s.family(13)
	s.later(5 * 366 * day) // through 14 and 18, with nobody looking
	_, err := s.View(t.Context(), f.mum, f.link)
	refused(t, err, guardian.ErrEnded)
	s.stands(f.kid, guardian.Transition18, subject.Restricted)
}

func TestThreeInvitationsADay(t *testing.T) {
	s := open(t)
	kid := s.aged("kid", 12)
	first := s.invited(kid)
	s.later(time.Hour)
	s.invited(kid)
	last := s.invited(kid)
	_, err := s.Invite(t.Context(), kid)
	refused(t, err, guardian.ErrTooMany)
	if seen, err := s.Family(t.Context(), kid); err != nil || len(seen.Invitations) != 1 || seen.Invitations[0] != last {
		t.Errorf("open: %+v, %v", seen.Invitations, err)
	}
	s.later(23*time.Hour - time.Second)
	_, err = s.Invite(t.Context(), kid)
	refused(t, err, guardian.ErrTooMany)
	s.later(time.Second)
	if again := s.invited(kid); again.Token == first.Token {
		t.Error("a token came twice")
	}
	_, err = s.Invite(t.Context(), kid)
	refused(t, err, guardian.ErrTooMany)
}

func TestAnEndedInvitationsHashIsGoneAfterSevenDays(t *testing.T) {
	s := open(t)
	f := s.family(12)
	if n := len(s.stored(f.kid).Minority.Invitations); n != 1 {
		t.Fatalf("%d invitations", n)
	}
	s.later(7*day - time.Second)
	s.sweep()
	if n := len(s.stored(f.kid).Minority.Invitations); n != 1 {
		t.Errorf("%d invitations a second early", n)
	}
	s.later(time.Second)
	s.sweep()
	if p := s.stored(f.kid); len(p.Minority.Invitations) != 0 || strings.Contains(s.raw(f.kid), "inv_") {
		t.Error("the hash is still there")
	}
}

// sour is a book that cannot be read for one account.
type sour struct {
	book
	id string
}

func (b sour) Stands(ctx context.Context, id string) (guardian.Standing, error) {
	if id == b.id {
		return guardian.Standing{}, errSour
	}
	return b.book.Stands(ctx, id)
}

var errSour = errors.New("sour")

func TestOneAccountThatCannotBeSettledHoldsUpNoOther(t *testing.T) {
	s := open(t)
	f := s.family(9)
	s.later(366*day - 7*day)
	other := s.aged("other", 12)
	s.later(7 * day)
	s.reopen(func(o *guardian.Options) { o.Consents = sour{book{s.consents}, f.kid} })
	for range 2 {
		if _, err := s.Sweep(t.Context()); !errors.Is(err, errSour) {
			t.Errorf("got %v", err)
		}
	}
	s.erased(other)
	s.restart()
	s.sweep()
	s.stands(f.kid, guardian.Reconsent, subject.Restricted)
}
