package guardian_test

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"zhiqing/internal/guardian"
	"zhiqing/internal/subject"
)

// Here is requirements.md C3, a test for each row.

func refused(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("got %v, want %v", err, want)
	}
}

func TestAMinorCannotPoseAsTheirGuardian(t *testing.T) {
	s := open(t)
	kid, other := s.aged("kid", 12), s.aged("kidsecond", 40) // a second WeChat, and a lie about the age
	s.adults.minors["13800000009"] = true
	link := s.claimed(kid, other)
	refused(t, s.verify(other, link, "13800000009"), guardian.ErrUnderage)
	_, err := s.Decide(t.Context(), other, link, yes())
	refused(t, err, guardian.ErrNotNow)
	refused(t, s.verify(other, link, "13800000001"), guardian.ErrNotNow) // no second try on this link
	s.stands(kid, guardian.Pending, subject.PendingGuardian)
	if l := s.stored(kid).Minority.Links[0]; l.State != string(guardian.LinkInvalid) || l.Phone != "" || l.Verify != "" {
		t.Errorf("the link is %+v", l)
	}
}

func TestWhoWasFoundToBeAMinorCannotSayNoEither(t *testing.T) {
	s := open(t)
	f := s.family(12)
	liar := s.aged("liar", 40)
	s.adults.minors["13800000009"] = true
	link := s.claimed(f.kid, liar)
	refused(t, s.verify(liar, link, "13800000009"), guardian.ErrUnderage)
	_, err := s.Decide(t.Context(), liar, link, no())
	refused(t, err, guardian.ErrNotNow)
	_, err = s.Withdraw(t.Context(), liar, link, "zh-CN", "tap")
	refused(t, err, guardian.ErrNotNow)
	s.stands(f.kid, guardian.Active, subject.Active)
}

func TestAMinorIsNobodysGuardian(t *testing.T) {
	s := open(t)
	kid := s.aged("kid", 12)
	for _, who := range []string{s.aged("teen", 17), s.aged("child", 9), s.person("unasked")} {
		i := s.invited(kid)
		_, err := s.Claim(t.Context(), who, i.Token, i.PairingCode)
		refused(t, err, guardian.ErrNotAdult)
	}
}

func TestTheSamePersonWithTwoAccountsIsRefused(t *testing.T) {
	s := open(t)
	kid, second := s.aged("kid", 12), s.aged("kid_2", 40)
	i := s.invited(kid)
	_, err := s.Claim(t.Context(), second, i.Token, i.PairingCode)
	refused(t, err, guardian.ErrSelf)
	s.stands(kid, guardian.Invited, subject.PendingGuardian)
}

func TestTheChildsOwnPhoneCannotClaim(t *testing.T) {
	s := open(t)
	kid := s.aged("kid", 12)
	i := s.invited(kid)
	if _, err := s.Claim(t.Context(), kid, i.Token, i.PairingCode); !errors.Is(err, guardian.ErrNotAdult) && !errors.Is(err, guardian.ErrSelf) {
		t.Errorf("got %v", err)
	}
	s.stands(kid, guardian.Invited, subject.PendingGuardian)
}

func TestOneOfAHundredClaimsWins(t *testing.T) {
	s := open(t)
	kid := s.aged("kid", 12)
	i := s.invited(kid)
	adults := make([]string, 100)
	for n := range adults {
		adults[n] = s.aged(fmt.Sprint("adult", n), 30)
	}
	links, faults := make([]string, len(adults)), make([]error, len(adults))
	desks := []*guardian.Desk{s.Desk, s.another().Desk}
	start := make(chan struct{})
	var wg sync.WaitGroup
	for n, adult := range adults {
		wg.Go(func() {
			<-start
			links[n], faults[n] = desks[n%2].Claim(t.Context(), adult, i.Token, i.PairingCode)
		})
	}
	close(start)
	wg.Wait()
	won := 0
	for n := range adults {
		switch {
		case faults[n] == nil:
			won++
			again, err := s.Claim(t.Context(), adults[n], i.Token, i.PairingCode)
			if err != nil || again != links[n] {
				t.Errorf("the winner's repetition: %s, %v", again, err)
			}
		case !errors.Is(faults[n], guardian.ErrInvitation):
			t.Error(faults[n])
		}
	}
	if m := s.stored(kid).Minority; won != 1 || len(m.Links) != 1 {
		t.Errorf("%d won, links %+v", won, m.Links)
	}
}

func TestGuessedTokensLookLikeExpiredOnes(t *testing.T) {
	s := open(t)
	kid, mum, dad := s.aged("kid", 12), s.aged("mum", 40), s.aged("dad", 41)
	cancelled := s.invited(kid)
	used := s.invited(kid)
	if _, err := s.Claim(t.Context(), mum, used.Token, used.PairingCode); err != nil {
		t.Fatal(err)
	}
	open := s.invited(kid)
	old := s.invited(s.aged("teen", 15))
	claim := func(token, code string) {
		t.Helper()
		_, err := s.Claim(t.Context(), dad, token, code)
		if !errors.Is(err, guardian.ErrInvitation) || err.Error() != guardian.ErrInvitation.Error() {
			t.Errorf("got %v", err)
		}
	}
	claim("", "")
	claim("AAAAAAAAAAAAAAAAAAAAAA", "123456")
	claim(cancelled.Token, cancelled.PairingCode)
	claim(used.Token, used.PairingCode)
	claim(open.Token, used.PairingCode)
	claim(open.Token, "")
	s.later(s.rules.Invitation)
	claim(old.Token, old.PairingCode)
	claim(open.Token, open.PairingCode)
}

func TestFiveWrongCodesEndAnInvitation(t *testing.T) {
	s := open(t)
	kid, mum := s.aged("kid", 12), s.aged("mum", 40)
	for tries, want := range map[int]error{4: nil, 5: guardian.ErrInvitation} {
		i := s.invited(kid)
		for range tries {
			_, err := s.Claim(t.Context(), mum, i.Token, "wrong")
			refused(t, err, guardian.ErrInvitation)
		}
		if want != nil {
			s.restart() // counted for good
		}
		_, err := s.Claim(t.Context(), mum, i.Token, i.PairingCode)
		refused(t, err, want)
	}
}

func TestAnInvitationThatWasGuessedAtLetsTheMinorInviteAgain(t *testing.T) {
	s := open(t)
	kid, stranger := s.aged("kid", 12), s.aged("stranger", 40)
	i := s.invited(kid)
	for range s.rules.PairingTries {
		_, _ = s.Claim(t.Context(), stranger, i.Token, "wrong")
	}
	s.stands(kid, guardian.Pending, subject.PendingGuardian)
	s.reviewing(kid, s.aged("mum", 40), "13800000001")
	s.stands(kid, guardian.Reviewing, subject.PendingGuardian)
}

func TestTheTokenFitsAWeChatCodeAndIsNotStored(t *testing.T) {
	s := open(t)
	kid := s.aged("kid", 12)
	i := s.invited(kid)
	if len(i.Token) != 22 || len(i.PairingCode) != 6 {
		t.Errorf("token %d, code %d characters", len(i.Token), len(i.PairingCode))
	}
	image, err := s.QRCode(t.Context(), kid, i.ID)
	if err != nil || !strings.Contains(string(image), i.Token) {
		t.Errorf("%s %v", image, err)
	}
	if raw := s.raw(kid); strings.Contains(raw, i.Token) || strings.Contains(raw, i.PairingCode) {
		t.Error("the document holds what opens the invitation")
	}
	_, err = s.QRCode(t.Context(), s.aged("teen", 15), i.ID)
	refused(t, err, guardian.ErrInvitation)
	s.later(s.rules.Invitation)
	_, err = s.QRCode(t.Context(), kid, i.ID)
	refused(t, err, guardian.ErrInvitation)
}

func TestTheMinorsNumberCannotVerifyAGuardian(t *testing.T) {
	s := open(t)
	f := s.family(12)
	s.field(f.kid, subject.PhoneField, "13900000001")
	dad := s.aged("dad", 41)
	link := s.claimed(f.kid, dad)
	refused(t, s.verify(dad, link, "13900000001"), guardian.ErrSamePhone)
	if err := s.verify(dad, link, "13800000002"); err != nil { // another number may try
		t.Error(err)
	}
}

func TestANumberOfAnyMinorCannotVerify(t *testing.T) {
	s := open(t)
	f := s.family(12)
	s.field(f.kid, subject.PhoneField, "13900000001")
	teen, dad := s.aged("teen", 15), s.aged("dad", 41)
	link := s.claimed(teen, dad)
	refused(t, s.verify(dad, link, "13900000001"), guardian.ErrSamePhone)
	grown := s.aged("grown", 19)
	s.field(grown, subject.PhoneField, "13900000002") // an adult's own number is fine
	if err := s.verify(dad, link, "13900000002"); err != nil {
		t.Error(err)
	}
}

func TestAPhoneCodeIsBoundToTheGuardiansAccountAndUsedOnce(t *testing.T) {
	s := open(t)
	kid, mum := s.aged("kid", 12), s.aged("mum", 40)
	link, code := s.claimed(kid, mum), call("13800000001")
	if _, err := s.VerifyPhone(t.Context(), mum, link, code); err != nil {
		t.Fatal(err)
	}
	if _, err := s.VerifyPhone(t.Context(), mum, link, code); err == nil {
		t.Error("a code worked twice")
	}
	_, err := s.VerifyPhone(t.Context(), s.aged("dad", 41), link, call("13800000002"))
	refused(t, err, guardian.ErrUnknownLink)
}

func TestFiveMinorsPerNumber(t *testing.T) {
	s := open(t)
	mum := s.aged("mum", 40)
	for n := range s.rules.MinorsPerPhone + 1 {
		s.later(s.rules.LinkCoolDown)
		kid := s.aged(fmt.Sprint("kid", n), 9)
		link := s.claimed(kid, mum)
		err := s.verify(mum, link, "13800000001")
		if n < s.rules.MinorsPerPhone {
			refused(t, err, nil)
			s.decide(mum, link, yes())
			continue
		}
		refused(t, err, guardian.ErrManyMinors)
	}
}

func TestADayBetweenLinksOfOneNumber(t *testing.T) {
	s := open(t)
	mum, dad := s.aged("mum", 40), s.aged("dad", 41)
	s.decide(mum, s.reviewing(s.aged("kid", 12), mum, "13800000001"), yes())
	teen := s.aged("teen", 15)
	s.later(s.rules.LinkCoolDown - time.Second)
	theirs := s.claimed(teen, dad) // another account with the same number
	refused(t, s.verify(dad, theirs, "13800000001"), guardian.ErrCoolDown)
	s.later(time.Second)
	refused(t, s.verify(dad, theirs, "13800000001"), nil)
}

// Two requests that look at the same moment both see a number that is free. At most one may have it.
func TestOneNumberCannotVerifyTwoMinorsInTheSameMoment(t *testing.T) {
	s := open(t)
	mum, desks := s.aged("mum", 40), []*guardian.Desk{s.Desk, s.another().Desk}
	for round := range 20 {
		s.later(2 * s.rules.LinkCoolDown)
		var links [2]string
		for n := range links {
			links[n] = s.claimed(s.aged(fmt.Sprint("kid", round, n), 9), mum)
		}
		number, faults := fmt.Sprint(13800000100+round), [2]error{}
		var wg sync.WaitGroup
		for n := range links {
			wg.Go(func() { _, faults[n] = desks[n].VerifyPhone(t.Context(), mum, links[n], call(number)) })
		}
		wg.Wait()
		if faults[0] == nil && faults[1] == nil {
			t.Fatalf("round %d: both were verified", round)
		}
		for _, err := range faults {
			if err != nil {
				refused(t, err, guardian.ErrCoolDown)
			}
		}
	}
}

func TestAGuardianWhoTurnsOutToBeAMinorLosesTheirWards(t *testing.T) {
	s := open(t)
	f := s.family(12)
	if _, err := s.Declare(t.Context(), f.mum, s.born(16), ""); err != nil {
		t.Fatal(err)
	}
	s.stands(f.mum, guardian.Pending, subject.PendingGuardian)
	s.stands(f.kid, guardian.Reconsent, subject.Restricted)
	l := s.stored(f.kid).Minority.Links[0]
	if l.State != string(guardian.LinkInvalid) || l.Phone != "" {
		t.Errorf("the link is %+v", l)
	}
	if m, err := s.consents.Minor(t.Context(), f.kid); err != nil || m.Guardian.Allows() {
		t.Errorf("the consent is %+v, %v", m, err)
	}
	_, err := s.Decide(t.Context(), f.mum, f.link, yes())
	refused(t, err, guardian.ErrNotAdult)
	s.withdrawalIsRefused(f.mum, f.link)
	dad, link := s.father(f) // another guardian can consent again
	s.decide(dad, link, yes())
	s.stands(f.kid, guardian.Active, subject.Active)
}

// withdrawalIsRefused: whose link has ended has no say any more, not even a no.
func (s *stage) withdrawalIsRefused(adult, link string) {
	s.t.Helper()
	_, err := s.Withdraw(s.t.Context(), adult, link, "zh-CN", "tap")
	refused(s.t, err, guardian.ErrNotNow)
}

func TestAgeIsAskedOfTheMomentNotOfWhatIsStored(t *testing.T) {
	s := open(t)
	kid, sister := s.aged("kid", 12), s.aged("sister", 17)
	s.later(2 * day)
	i := s.invited(kid)
	_, err := s.Claim(t.Context(), sister, i.Token, i.PairingCode)
	refused(t, err, guardian.ErrNotAdult)
	s.later(365 * day) // no job has run
	kid = s.aged("again", 12)
	s.reviewing(kid, sister, "13800000001")
}

func TestBothParentsDenyOverrides(t *testing.T) {
	s := open(t)
	f := s.family(12)
	dad, link := s.father(f)
	s.stands(f.kid, guardian.Active, subject.Active)
	if got := s.decide(dad, link, no()); got != guardian.LinkRefused {
		t.Errorf("his link is %s", got)
	}
	s.stands(f.kid, guardian.Disputed, subject.Restricted)
	if m, err := s.consents.Minor(t.Context(), f.kid); err != nil || m.Guardian.Allows() {
		t.Errorf("the consent is %+v, %v", m, err)
	}
	for who, other := range map[string]string{f.mum: link, dad: f.link} {
		seen, err := s.Family(t.Context(), who)
		if err != nil || len(seen.Links) != 1 || seen.Links[0].ID == other {
			t.Errorf("sees %+v, %v", seen.Links, err)
		}
		_, err = s.View(t.Context(), who, other)
		refused(t, err, guardian.ErrUnknownLink)
		_, err = s.Guards(t.Context(), who, other)
		refused(t, err, guardian.ErrUnknownLink)
	}
}

func TestBothParentsMayAgree(t *testing.T) {
	s := open(t)
	f := s.family(12)
	dad, link := s.father(f)
	s.decide(dad, link, yes())
	s.stands(f.kid, guardian.Active, subject.Active)
	s.withdraw(f.mum, f.link) // and either of them can stop it
	s.stands(f.kid, guardian.Disputed, subject.Restricted)
	s.withdraw(dad, link)
	s.erased(f.kid)
}

func TestADisputeIsStoreOnlyUntilResolved(t *testing.T) {
	for _, inFavour := range []bool{true, false} {
		s := open(t)
		f := s.family(12)
		s.field(f.kid, "nickname", "小石头")
		dad, link := s.father(f)
		s.decide(dad, link, no())
		s.stands(f.kid, guardian.Disputed, subject.Restricted)
		_, err := s.Decide(t.Context(), f.mum, f.link, yes())
		refused(t, err, guardian.ErrDisputed)
		_, err = s.Invite(t.Context(), f.kid)
		refused(t, err, guardian.ErrDisputed)
		seen, err := s.Family(t.Context(), f.kid)
		if want := s.clock.now().AddDate(0, 0, s.rules.DisputeDays); err != nil || !seen.Due.Equal(want) {
			t.Errorf("due %v, want %v; %v", seen.Due, want, err)
		}
		s.later(40 * day)
		s.sweep()
		s.stands(f.kid, guardian.Disputed, subject.Restricted) // no clock decides it
		if len(s.stored(f.kid).Fields) != 1 {
			t.Error("what is disputed is stored")
		}
		if err := s.Resolve(t.Context(), f.kid, inFavour); err != nil {
			t.Fatal(err)
		}
		refused(t, s.Resolve(t.Context(), f.kid, inFavour), guardian.ErrNotNow)
		if !inFavour {
			s.erased(f.kid)
			continue
		}
		s.stands(f.kid, guardian.Active, subject.Active)
		if m, err := s.consents.Minor(t.Context(), f.kid); err != nil || !m.Guardian.Allows() {
			t.Errorf("the consent is %+v, %v", m, err)
		}
		s.withdrawalIsRefused(dad, link)
	}
}

// Several people can object; the decision of a court sets all of them aside.
func TestADisputeWithSeveralOpponentsIsResolvedAtOnce(t *testing.T) {
	s := open(t)
	f := s.family(12)
	for _, name := range []string{"dad", "granny"} {
		who := s.aged(name, 50)
		link := s.claimed(f.kid, who)
		defer func() { s.withdrawalIsRefused(who, link) }()
	}
	for _, l := range s.stored(f.kid).Minority.Links[1:] {
		s.decide(l.Guardian, l.ID, no())
	}
	s.stands(f.kid, guardian.Disputed, subject.Restricted)
	if err := s.Resolve(t.Context(), f.kid, true); err != nil {
		t.Fatal(err)
	}
	s.stands(f.kid, guardian.Active, subject.Active)
}

func TestNoRegrantWithinSevenDays(t *testing.T) {
	s := open(t)
	f := s.family(12)
	s.withdraw(f.mum, f.link)
	s.erased(f.kid)
	s.later(2 * day)
	back := s.aged("kid", 12)
	if back == f.kid {
		t.Fatal("the returning child is the erased one")
	}
	link := s.reviewing(back, f.mum, "13800000001")
	_, err := s.Decide(t.Context(), f.mum, link, yes())
	refused(t, err, guardian.ErrRegrant)
	_, dads := s.father(family{kid: back})
	_, err = s.Decide(t.Context(), s.person("dad"), dads, yes())
	refused(t, err, guardian.ErrRegrant) // nor another guardian
	s.later(5*day - time.Second)
	link = s.reviewing(back, f.mum, "13800000001")
	_, err = s.Decide(t.Context(), f.mum, link, yes())
	refused(t, err, guardian.ErrRegrant)
	s.later(time.Second)
	s.decide(f.mum, link, yes())
	s.stands(back, guardian.Active, subject.Active)
}

func TestTheGuardianSeesNoWhereaboutsOfTheChild(t *testing.T) {
	fine := []string{"ID", "Role", "State", "Relation", "Verify", "Account", "Band", "Notice", "Due", "Until", "Proof", "Book"}
	var got []string
	for i := range reflect.TypeFor[guardian.View]().NumField() {
		got = append(got, reflect.TypeFor[guardian.View]().Field(i).Name)
	}
	if !reflect.DeepEqual(got, fine) {
		t.Errorf("a view has %v: is each of them fit for a violent parent's eyes?", got)
	}
	s := open(t)
	f := s.family(12)
	s.invited(f.kid)
	seen, err := s.Family(t.Context(), f.mum)
	if err != nil || len(seen.Invitations) > 0 || seen.Account != "" || !seen.Since.IsZero() || !seen.Due.IsZero() {
		t.Errorf("a guardian's page shows %+v, %v", seen, err)
	}
}

func TestAGuardiansPowerEndsInTheSecondOfTheBirthday(t *testing.T) {
	s := open(t)
	s.clock.set(inChina(t, "2026-05-02 12:00:00"))
	kid, mum := s.person("kid"), s.aged("mum", 45)
	if _, err := s.Declare(t.Context(), kid, "2008-06-01", ""); err != nil {
		t.Fatal(err)
	}
	link := s.reviewing(kid, mum, "13800000001")
	s.decide(mum, link, yes())
	s.clock.set(inChina(t, "2026-06-01 23:59:59"))
	if _, err := s.View(t.Context(), mum, link); err != nil {
		t.Error(err)
	}
	if book, err := s.Guards(t.Context(), mum, link); err != nil || book != kid {
		t.Error(book, err)
	}
	s.clock.set(inChina(t, "2026-06-02 00:00:00"))
	_, view := s.View(t.Context(), mum, link)
	refused(t, view, guardian.ErrEnded)
	_, guards := s.Guards(t.Context(), mum, link)
	refused(t, guards, guardian.ErrEnded)
	_, decide := s.Decide(t.Context(), mum, link, yes())
	refused(t, decide, guardian.ErrEnded)
	_, withdraw := s.Withdraw(t.Context(), mum, link, "zh-CN", "tap")
	refused(t, withdraw, guardian.ErrEnded)
	s.stands(kid, guardian.Transition18, subject.Restricted)
	seen, err := s.Family(t.Context(), mum)
	if err != nil || len(seen.Links) != 1 || seen.Links[0].Band != "" || seen.Links[0].State != guardian.LinkClosed {
		t.Errorf("the mother's page shows %+v, %v", seen.Links, err)
	}
}

func TestAskingTheAgeAgainByANewAccount(t *testing.T) {
	s := open(t)
	kid := s.aged("kid", 12)
	if err := s.EndUse(t.Context(), kid); err != nil {
		t.Fatal(err)
	}
	s.erased(kid)
	back := s.person("kid")
	_, err := s.Declare(t.Context(), back, s.born(30), "")
	refused(t, err, guardian.ErrMarked)
	s.later(s.rules.Marker - time.Second)
	_, err = s.Declare(t.Context(), back, s.born(30), "")
	refused(t, err, guardian.ErrMarked)
	s.later(time.Second)
	s.sweep() // the marker is gone, not only over
	if _, err := s.Declare(t.Context(), back, s.born(30), ""); err != nil {
		t.Error(err)
	}
}

func TestAnUnsuitableRelationNeedsADocument(t *testing.T) {
	s := open(t)
	kid, aunt := s.aged("kid", 12), s.aged("aunt", 40)
	link := s.reviewing(kid, aunt, "13800000001")
	d := yes()
	for _, c := range []struct {
		relation string
		want     error
	}{{"", guardian.ErrRelation}, {"friend", guardian.ErrRelation}, {"other_designated", guardian.ErrDocument}} {
		d.Relation = c.relation
		_, err := s.Decide(t.Context(), aunt, link, d)
		refused(t, err, c.want)
	}
	d.Document = "2026-001"
	s.decide(aunt, link, d)
	if l := s.stored(kid).Minority.Links[0]; l.Document != "2026-001" || l.Relation != "other_designated" {
		t.Errorf("the link is %+v", l)
	}
}

func TestAGuardianWhoLeavesLapses(t *testing.T) {
	s := open(t)
	f := s.family(12)
	s.close(f.mum)
	s.stands(f.kid, guardian.Reconsent, subject.Restricted)
	if l := s.stored(f.kid).Minority.Links[0]; l.State != string(guardian.LinkLapsed) {
		t.Errorf("the link is %s", l.State)
	}
	s.later(s.rules.Reconsent - time.Second)
	s.sweep()
	s.stands(f.kid, guardian.Reconsent, subject.Restricted)
	s.later(time.Second)
	if s.sweep() == 0 {
		t.Error("the sweep saw nothing due")
	}
	s.erased(f.kid)
}

// close ends an adult's account, as the cancellation of an account does.
func (s *stage) close(id string) {
	s.t.Helper()
	_, err := s.subjects.Change(s.t.Context(), id, func(p *subject.Subject) error {
		return s.subjects.Shred(p, "cancelled", s.clock.now().Add(7*day))
	})
	if err != nil {
		s.t.Fatal(err)
	}
	s.settled(id)
}

func TestOneOfTwoGuardiansLeaves(t *testing.T) {
	s := open(t)
	f := s.family(12)
	dad, link := s.father(f)
	s.decide(dad, link, yes())
	s.close(f.mum)
	s.stands(f.kid, guardian.Active, subject.Active)
	s.close(dad)
	s.stands(f.kid, guardian.Reconsent, subject.Restricted)
}

func TestAGuardianOfManyLeavesNobodyBehind(t *testing.T) {
	s := open(t)
	mum := s.aged("mum", 40)
	var kids []string
	for n := range subject.MaxFound + 1 {
		kid := s.aged(fmt.Sprint("kid", n), 9)
		i := s.invited(kid)
		_, err := s.Claim(t.Context(), mum, i.Token, i.PairingCode)
		if n == subject.MaxFound {
			refused(t, err, guardian.ErrManyMinors)
			continue
		}
		refused(t, err, nil)
		kids = append(kids, kid)
	}
	s.close(mum)
	for _, kid := range kids {
		if m := s.stored(kid).Minority; m.State != string(guardian.Pending) || m.Links[0].State != string(guardian.LinkLapsed) {
			t.Fatalf("left behind: %+v", m)
		}
	}
}

func TestARefusalNeedsAnActiveStepAndNothingIsHalfDone(t *testing.T) {
	s := open(t)
	f := s.family(12)
	d := no()
	d.Method = "default"
	if _, err := s.Decide(t.Context(), f.mum, f.link, d); err == nil {
		t.Error("nobody tapped, and it counted")
	}
	s.stands(f.kid, guardian.Active, subject.Active)
}

func TestTheMinorEndsTheUseByTheirOwnLink(t *testing.T) {
	s := open(t)
	f := s.family(9)
	if state, err := s.Withdraw(t.Context(), f.kid, f.link, "zh-CN", "tap"); err != nil || state != guardian.LinkWithdrawn {
		t.Error(state, err)
	}
	s.erased(f.kid)
	refused(t, s.EndUse(t.Context(), f.kid), nil) // again is no harm
	refused(t, s.EndUse(t.Context(), f.mum), guardian.ErrNoMinor)
}
