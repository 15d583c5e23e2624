package consent_test

import (
	"crypto/rand"
	"errors"
	"slices"
	"testing"
	"time"

	"zhiqing/internal/consent"
	"zhiqing/internal/ident"
	"zhiqing/internal/ledger"
	"zhiqing/internal/purpose"
	"zhiqing/internal/register/prove"
	"zhiqing/internal/subject"
)

// child is somebody under 14, teen somebody from 14 to 17, as the caller describes them.
func child() consent.Actor {
	who := person()
	who.Band, who.Guardian = subject.Under14, true
	return who
}

func teen() consent.Actor {
	who := person()
	who.Band, who.Own, who.Guardian = subject.From14, true, true
	return who
}

// parent is one guardian of one minor.
type parent struct {
	*stage
	minor consent.Actor
	link  string
}

func (s *stage) parentOf(minor consent.Actor) parent {
	return parent{s, minor, ident.Source{Reader: rand.Reader}.New("gdn")}
}

// act is what a guardian's tap submits; without a key it gets one of its own.
func (p parent) act(verb consent.Verb, key string, ticks ...string) consent.GuardianAct {
	if key == "" {
		key = rand.Text()
	}
	return consent.GuardianAct{
		Book: p.minor.Book, Link: p.link, Relation: "parent", Verify: "phone", Band: p.minor.Band, Key: key, Verb: verb, Purposes: ticks,
		NoticeVersion: "1.0", Language: "zh-CN", Method: "tap",
	}
}

func (p parent) says(t *testing.T, verb consent.Verb, ticks ...string) []consent.Recorded {
	t.Helper()
	entries, err := p.DecideAsGuardian(t.Context(), p.act(verb, "", ticks...))
	if err != nil {
		t.Fatalf("%s %v: %v", verb, ticks, err)
	}
	return entries
}

// isLive fails unless Live and Overview agree that a purpose is allowed, or that it is not.
func (s *stage) isLive(t *testing.T, who consent.Actor, purpose string, want bool) consent.Standing {
	t.Helper()
	live, err := s.Live(t.Context(), who)
	if err != nil {
		t.Fatal(err)
	}
	x, _ := s.stands(t, who, purpose, false)
	if live(purpose) != want || x.State.Allows() != want {
		t.Errorf("%s is %s, live %t, want %t", purpose, x.State, live(purpose), want)
	}
	return x
}

func TestAGuardianSpeaksForAChildByName(t *testing.T) {
	p := prove.Row(t, "A-L54.3")
	s, kid := open(t), child()
	mum := s.parentOf(kid)
	p.That(errors.Is(s.decide(t, kid, consent.Grant, "account.phone", "1.0"), consent.ErrGuardian), "a child agrees alone")
	p.That(errors.Is(s.decide(t, kid, consent.Grant, "account.minor", "1.0"), consent.ErrGuardian), "a child opens its own account")
	s.isLive(t, kid, "account.phone", false)
	entries := mum.says(t, consent.Grant, "account.phone")
	p.Equal([]string{entries[0].Purpose, entries[1].Purpose}, []string{"account.minor", "account.phone"})
	for _, e := range s.history(t, kid) {
		p.Equal(e.Actor, mum.link)
		p.Equal(e.Capacity, "guardian")
		p.Equal(*e.Guardian, ledger.Guardian{LinkID: mum.link, Relation: "parent", VerifyLevel: "phone"})
		p.Equal([]string{e.Band, e.Notice.Kind, e.State}, []string{"under_14", "children", "given"})
		r := s.receipt(t, kid, e.Seq, "zh-CN")
		p.Equal(*r.PRC.Guardian, *e.Guardian)
		s.onFile(t, r, consent.FileStands)
	}
	for _, purpose := range []string{"account.minor", "account.phone"} {
		x := s.isLive(t, kid, purpose, true)
		p.Equal(x.Guardian, consent.Given)
		p.That(x.EntryID != "", "the child gets no receipt of %s", purpose)
	}
	s.isLive(t, kid, "account.contact", false) // not ticked
	mum.says(t, consent.Grant, "account.contact")
	s.isLive(t, kid, "account.phone", false) // no longer ticked
	s.isLive(t, kid, "account.contact", true)
	mum.says(t, consent.Withdraw)
	s.isLive(t, kid, "account.contact", false)
	s.isLive(t, kid, "account.minor", false)
	s.sound(t)
}

func TestFromFourteenBothMustAgree(t *testing.T) {
	for _, ownFirst := range []bool{false, true} {
		s, who := open(t), teen()
		mum := s.parentOf(who)
		if ownFirst {
			s.must(t, who, consent.Grant, "account.phone", "1.0")
			s.isLive(t, who, "account.phone", false)
			mum.says(t, consent.Grant, "account.phone")
		} else {
			mum.says(t, consent.Grant, "account.phone")
			x, why := s.stands(t, who, "account.phone", false)
			if x.State != consent.Unknown || x.Guardian != consent.Given || why != consent.PromptNew {
				t.Errorf("guardian alone: %+v, prompt %q", x, why)
			}
			if _, why := s.stands(t, who, "account.contact", true); why != "" {
				t.Errorf("asked for what no guardian has agreed to: %q", why)
			}
			s.must(t, who, consent.Grant, "account.phone", "1.0")
		}
		x := s.isLive(t, who, "account.phone", true)
		if x.ValidUntil.IsZero() || x.ValidUntil.After(s.now.AddDate(1, 0, 1)) {
			t.Errorf("a guardian's yes has no end: %s", x.ValidUntil)
		}
		s.must(t, who, consent.Withdraw, "account.phone", "")
		if x := s.isLive(t, who, "account.phone", false); x.State != consent.Withdrawn || x.Guardian != consent.Given {
			t.Errorf("after the person's own no: %+v", x)
		}
		mum.says(t, consent.Grant, "account.phone") // a guardian cannot outvote somebody of 14
		s.isLive(t, who, "account.phone", false)
		s.must(t, who, consent.Grant, "account.phone", "1.0")
		s.isLive(t, who, "account.phone", true)
		mum.says(t, consent.Withdraw)
		if x := s.isLive(t, who, "account.phone", false); x.State != consent.Withdrawn || x.Guardian != consent.Withdrawn {
			t.Errorf("after the guardian's no: %+v", x)
		}
		s.sound(t)
	}
}

func TestOneGuardiansNoOutweighsAnothersYes(t *testing.T) {
	p := prove.Row(t, "A-L54.3")
	s, kid := open(t), child()
	mum, dad := s.parentOf(kid), s.parentOf(kid)
	mum.says(t, consent.Grant, "account.phone", "account.contact")
	dad.says(t, consent.Grant, "account.phone") // has said nothing about the other
	s.isLive(t, kid, "account.phone", true)
	s.isLive(t, kid, "account.contact", true)
	dad.says(t, consent.Grant) // now no longer agrees to the phone
	p.Equal(s.isLive(t, kid, "account.phone", false).State, consent.Withdrawn)
	s.isLive(t, kid, "account.contact", true)
	dad.says(t, consent.Refuse)
	for _, purpose := range []string{"account.minor", "account.phone", "account.contact"} {
		p.That(!s.isLive(t, kid, purpose, false).State.Allows(), "%s outlives a no", purpose)
	}
	mum.says(t, consent.Grant, "account.phone", "account.contact") // one yes more changes nothing
	s.isLive(t, kid, "account.minor", false)
	p.NoError(s.EndParty(t.Context(), kid.Book, dad.link, consent.Revoked, "k")) // he is not a guardian (any more)
	for _, purpose := range []string{"account.minor", "account.phone", "account.contact"} {
		s.isLive(t, kid, purpose, true)
	}
	p.NoError(s.EndParty(t.Context(), kid.Book, mum.link, consent.Expired, "k"))
	p.Equal(s.isLive(t, kid, "account.minor", false).State, consent.Expired)
	for _, e := range s.history(t, kid) { // neither learns of the other's account
		p.That(e.Guardian != nil && (e.Actor == e.Guardian.LinkID || e.Actor == "system"), "%+v", e.Statement)
	}
	s.sound(t)
}

func TestAutomatedMarketingIsNeverOpenToAMinor(t *testing.T) {
	p, off := prove.Row(t, "A-L27.minors"), prove.Row(t, "F-11")
	s := open(t)
	closed := []string{"ads.personalised", "marketing.email", "marketing.post", "marketing.phone", "marketing.sms", "marketing.wechat", "marketing.sales",
		"reminder.special_date", "recipient.provide", "analytics.usage", "improvement.product", "account.profile"}
	for _, who := range []consent.Actor{child(), teen()} {
		mum := s.parentOf(who)
		offered := s.OfferedTo(who.Band, "zh-CN")
		p.That(len(offered) > 0, "nothing is offered for %s", who.Band)
		for _, code := range closed {
			recipient := map[bool]string{true: "sample_ads"}[code == "recipient.provide"]
			_, _, err := s.Decide(t.Context(), who, batch("", consent.Decision{Purpose: code, Recipient: recipient, Verb: consent.Grant, NoticeVersion: "1.0"}))
			p.That(errors.Is(err, consent.ErrAge), "%s granted %s: %v", who.Band, code, err)
			off.That(errors.Is(err, consent.ErrAge), "%s granted %s: %v", who.Band, code, err)
			_, err = s.DecideAsGuardian(t.Context(), mum.act(consent.Grant, "", code))
			p.That(errors.Is(err, consent.ErrAge), "a guardian granted %s for %s: %v", code, who.Band, err)
			p.That(!slices.ContainsFunc(offered, func(x *purpose.Purpose) bool { return x.Code == code }), "%s is offered for %s", code, who.Band)
			if _, why := s.stands(t, who, code, true); why != "" {
				t.Errorf("%s is asked for %s: %s", who.Band, code, why)
			}
		}
		p.That(len(s.history(t, who)) == 0, "something was recorded")
		grown := who
		grown.Band, grown.Own, grown.Guardian = subject.Unasked, false, false // agreed before the age was known
		s.must(t, grown, consent.Grant, "analytics.usage", "1.0")
		mum.says(t, consent.Grant)
		s.isLive(t, who, "analytics.usage", false)
	}
}

func TestAChildsOwnNoCounts(t *testing.T) {
	for _, verb := range []consent.Verb{consent.Refuse, consent.Withdraw} {
		s, kid := open(t), child()
		mum := s.parentOf(kid)
		mum.says(t, consent.Grant, "account.phone", "account.contact")
		s.must(t, kid, verb, "account.phone", "")
		if x := s.isLive(t, kid, "account.phone", false); x.State != consent.Withdrawn || x.Guardian != consent.Given {
			t.Errorf("%+v", x)
		}
		s.isLive(t, kid, "account.contact", true)
		mum.says(t, consent.Grant, "account.phone", "account.contact") // who has talked with the child
		s.isLive(t, kid, "account.phone", true)
		s.must(t, kid, verb, "account.phone", "")
		s.isLive(t, kid, "account.phone", false)
		mum.says(t, consent.Grant, "account.phone", "account.contact")
		s.must(t, kid, verb, "account.minor", "") // ends the use altogether
		for _, purpose := range []string{"account.minor", "account.phone", "account.contact"} {
			s.isLive(t, kid, purpose, false)
		}
		if h := s.history(t, kid)[0]; h.Capacity != "self" || h.Guardian != nil || h.Actor != kid.Book {
			t.Errorf("%+v", h.Statement)
		}
		s.sound(t)
	}
}

func TestNothingOutlivesTheConsentToTheAccount(t *testing.T) {
	s, kid := open(t), child()
	mum := s.parentOf(kid)
	mum.says(t, consent.Grant, "account.phone", "promotion.participation")
	m, err := s.Minor(t.Context(), kid.Book)
	if err != nil || m.Guardian != consent.Given || m.Own != consent.Unknown || m.Until.IsZero() {
		t.Fatalf("%+v, %v", m, err)
	}
	for _, purpose := range []string{"account.phone", "promotion.participation"} {
		if x := s.isLive(t, kid, purpose, true); x.ValidUntil.After(m.Until) || x.ValidUntil.IsZero() {
			t.Errorf("%s until %s", purpose, x.ValidUntil)
		}
	}
	s.now = m.Until.Add(-time.Millisecond)
	s.isLive(t, kid, "account.phone", true)
	s.now = m.Until
	s.isLive(t, kid, "account.phone", false)
	if m, err = s.Minor(t.Context(), kid.Book); err != nil || m.Guardian != consent.Expired || !m.Until.IsZero() {
		t.Errorf("%+v, %v", m, err)
	}
	mum.says(t, consent.Grant)
	s.isLive(t, kid, "account.minor", true)
	s.isLive(t, kid, "account.phone", false)
	s.sound(t)
}

func TestAMaterialChildrensNoticeEndsAGuardiansConsent(t *testing.T) {
	at := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	s, kid := open(t, later{"children", "2.0", at, true, nil}), child()
	mum := s.parentOf(kid)
	mum.says(t, consent.Grant, "account.phone")
	s.now = at
	if x := s.isLive(t, kid, "account.minor", false); x.State != consent.Invalidated {
		t.Errorf("%s", x.State)
	}
	act := mum.act(consent.Grant, "", "account.phone")
	if err := s.CheckGuardianAct(act); !errors.Is(err, consent.ErrOutdated) {
		t.Errorf("on the old notice: %v", err)
	}
	act.NoticeVersion = "2.0"
	if _, err := s.DecideAsGuardian(t.Context(), act); err != nil {
		t.Fatal(err)
	}
	if x := s.isLive(t, kid, "account.phone", true); x.Notice.Version != "2.0" || x.State != consent.Renewed {
		t.Errorf("%+v", x)
	}
}

// A guardian's yes to one thing counts while that guardian's consent to the account does, not another's.
func TestAYesNeedsTheSameGuardiansConsentToTheAccount(t *testing.T) {
	at := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	s, kid := open(t, later{"children", "2.0", at, true, []string{"account.minor"}}), child()
	mum, dad := s.parentOf(kid), s.parentOf(kid)
	mum.says(t, consent.Grant, "account.phone")
	s.now = at
	act := dad.act(consent.Grant, "")
	act.NoticeVersion = "2.0"
	if _, err := s.DecideAsGuardian(t.Context(), act); err != nil {
		t.Fatal(err)
	}
	s.isLive(t, kid, "account.minor", true)
	if x := s.isLive(t, kid, "account.phone", false); x.State != consent.Invalidated {
		t.Errorf("%s", x.State)
	}
}

func TestWithdrawingAlsoTakesBackWhatHasRunOut(t *testing.T) {
	s, kid := open(t), child()
	mum, dad := s.parentOf(kid), s.parentOf(kid)
	mum.says(t, consent.Grant, "account.phone")
	s.now = s.now.AddDate(1, 0, 2)
	dad.says(t, consent.Grant, "account.phone")
	s.isLive(t, kid, "account.phone", true)
	mum.says(t, consent.Withdraw)
	s.isLive(t, kid, "account.phone", false)
	mum.says(t, consent.Grant) // to the account again, not to the phone
	s.isLive(t, kid, "account.minor", true)
	s.isLive(t, kid, "account.phone", false)
}

func TestAGuardiansActIsCheckedBeforeItIsRecorded(t *testing.T) {
	s, kid := open(t), child()
	mum := s.parentOf(kid)
	for name, c := range map[string]struct {
		spoil func(*consent.GuardianAct)
		want  error
	}{
		"an unknown purpose":            {func(a *consent.GuardianAct) { a.Purposes = []string{"nonsense.purpose"} }, consent.ErrPurpose},
		"one that needs no consent":     {func(a *consent.GuardianAct) { a.Purposes = []string{"account.service"} }, consent.ErrNotNeeded},
		"a tick twice":                  {func(a *consent.GuardianAct) { a.Purposes = []string{"account.phone", "account.phone"} }, consent.ErrTwice},
		"the account as a tick":         {func(a *consent.GuardianAct) { a.Purposes = []string{"account.minor"} }, consent.ErrTwice},
		"no notice":                     {func(a *consent.GuardianAct) { a.NoticeVersion = "" }, consent.ErrNoticeNone},
		"another notice":                {func(a *consent.GuardianAct) { a.NoticeVersion = "0.9" }, consent.ErrOutdated},
		"silence":                       {func(a *consent.GuardianAct) { a.Method = "timeout" }, consent.ErrMethod},
		"an unknown verb":               {func(a *consent.GuardianAct) { a.Verb = "assume" }, consent.ErrVerb},
		"an adult":                      {func(a *consent.GuardianAct) { a.Band = subject.Adult }, consent.ErrClosed},
		"withdrawing what is not there": {func(a *consent.GuardianAct) { a.Verb = consent.Withdraw }, consent.ErrNothing},
	} {
		act := mum.act(consent.Grant, "")
		c.spoil(&act)
		if _, err := s.DecideAsGuardian(t.Context(), act); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	if len(s.history(t, kid)) != 0 {
		t.Error("something was recorded")
	}
	no := mum.act(consent.Refuse, "")
	no.NoticeVersion, no.Purposes = "0.1", []string{"nonsense"} // a no is never refused for what it does not need
	if _, err := s.DecideAsGuardian(t.Context(), no); err != nil {
		t.Error(err)
	}
}

func TestAGuardiansActRepeatedIsAnsweredAsTheFirstTime(t *testing.T) {
	s, kid := open(t), child()
	mum, dad := s.parentOf(kid), s.parentOf(kid)
	act := mum.act(consent.Grant, "k", "account.phone")
	first, err := s.DecideAsGuardian(t.Context(), act)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 20 { // the child's own submissions do not push a guardian's out
		if _, _, err := s.Decide(t.Context(), kid, batch(string(rune('a'+i)), consent.Decision{Purpose: "account.contact", Verb: consent.Refuse})); err != nil {
			t.Fatal(err)
		}
	}
	mum.says(t, consent.Withdraw)
	s.announce(later{"children", "2.0", s.now, true, nil})
	s.restart(t)
	again, err := s.DecideAsGuardian(t.Context(), act)
	if err != nil || len(again) != 2 || again[0].EntryID != first[0].EntryID || again[1].EntryID != first[1].EntryID {
		t.Errorf("%v, %v", again, err)
	}
	s.isLive(t, kid, "account.minor", false) // a late retry agrees to nothing
	other := mum.act(consent.Refuse, "k")
	if _, err := s.DecideAsGuardian(t.Context(), other); !errors.Is(err, consent.ErrKeyReused) {
		t.Errorf("another act under the key: %v", err)
	}
	his := dad.act(consent.Refuse, "k") // a key is the link's own
	if e, err := s.DecideAsGuardian(t.Context(), his); err != nil || e[0].State != consent.Refused {
		t.Errorf("%v %v", e, err)
	}
	s.sound(t)
}

func TestRevokingAllTakesEverybodysConsentOnce(t *testing.T) {
	s, who := open(t), teen()
	mum := s.parentOf(who)
	if err := s.RevokeAll(t.Context(), who.Book, "first"); err != nil {
		t.Errorf("of nobody: %v", err)
	}
	mum.says(t, consent.Grant, "account.phone")
	s.must(t, who, consent.Grant, "account.phone", "1.0")
	s.must(t, who, consent.Refuse, "account.contact", "")
	for range 2 {
		if err := s.RevokeAll(t.Context(), who.Book, "k"); err != nil {
			t.Fatal(err)
		}
		if n := len(s.history(t, who)); n != 7 {
			t.Fatalf("%d entries", n)
		}
	}
	if x := s.isLive(t, who, "account.phone", false); x.State != consent.Revoked || x.Guardian != consent.Revoked {
		t.Errorf("%+v", x)
	}
	if x, _ := s.stands(t, who, "account.minor", false); x.State != consent.Revoked {
		t.Errorf("%+v", x)
	}
	mum.says(t, consent.Grant, "account.phone")
	s.must(t, who, consent.Grant, "account.phone", "1.0")
	if err := s.RevokeAll(t.Context(), who.Book, "k"); err != nil {
		t.Fatal(err)
	}
	s.isLive(t, who, "account.phone", true) // what was agreed to since stays
	forged := batch(`revoke "k2"`, consent.Decision{Purpose: "account.contact", Verb: consent.Refuse})
	if _, _, err := s.Decide(t.Context(), who, forged); err != nil {
		t.Fatal(err)
	}
	if err := s.RevokeAll(t.Context(), who.Book, "k2"); err != nil {
		t.Fatal(err)
	}
	s.isLive(t, who, "account.phone", false) // nobody's own key stands in the way
	s.sound(t)
}

func TestAClosedAccountCanOnlySayNo(t *testing.T) {
	s, who := open(t), teen()
	waits := errors.New("waits for a guardian")
	s.must(t, who, consent.Grant, "account.phone", "1.0")
	who.Closed = waits
	if err := s.decide(t, who, consent.Grant, "account.contact", "1.0"); !errors.Is(err, waits) {
		t.Errorf("granted: %v", err)
	}
	s.must(t, who, consent.Refuse, "account.contact", "")
	s.must(t, who, consent.Withdraw, "account.phone", "")
	o, err := s.Overview(t.Context(), who, "zh-CN", true)
	if err != nil || len(o.Prompts) != 0 {
		t.Errorf("asked for %v, %v", o.Prompts, err)
	}
	if err := s.decide(t, who, consent.Grant, "account.minor", "1.0"); !errors.Is(err, consent.ErrGuardian) {
		t.Errorf("opened the account alone: %v", err)
	}
	who.Confirming = true // has just turned 14
	if _, why := s.stands(t, who, "account.minor", false); why != consent.PromptNew {
		t.Errorf("not asked to confirm: %q", why)
	}
	s.must(t, who, consent.Grant, "account.minor", "1.0")
	m, err := s.Minor(t.Context(), who.Book)
	if err != nil || m.Own != consent.Given || !m.OwnSince.Equal(s.now) || m.Guardian != consent.Unknown {
		t.Errorf("%+v, %v", m, err)
	}
}

func TestAdultsAndGuestsDoNotHearOfAMinorsAccount(t *testing.T) {
	s := open(t)
	grown := person()
	grown.Own, grown.Band = true, subject.Adult
	for _, who := range []consent.Actor{person(), grown, guest("s")} {
		o, err := s.Overview(t.Context(), who, "zh-CN", true)
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range o.Standings {
			if x.Purpose == purpose.MinorAccount || x.Guardian != "" {
				t.Errorf("%s sees %+v", who.Book, x)
			}
		}
		for _, x := range o.Prompts {
			if x.Purpose.Code == purpose.MinorAccount {
				t.Errorf("%s is asked about it", who.Book)
			}
		}
	}
	// A guardian's word ends at 18, the person's own does not.
	young := teen()
	mum := s.parentOf(young)
	mum.says(t, consent.Grant, "account.phone")
	s.must(t, young, consent.Grant, "account.phone", "1.0")
	grown.Book = young.Book
	mum.says(t, consent.Withdraw)
	s.isLive(t, young, "account.phone", false)
	s.isLive(t, grown, "account.phone", true)
}
