package guardian_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"zhiqing/internal/consent"
	"zhiqing/internal/guardian"
	"zhiqing/internal/store"
	"zhiqing/internal/subject"
)

func TestABirthDateIsAskedOnce(t *testing.T) {
	s := open(t)
	declare := func(id, date, retry string, want error) guardian.Declared {
		t.Helper()
		d, err := s.Declare(t.Context(), id, date, retry)
		refused(t, err, want)
		return d
	}
	mum, kid := s.person("mum"), s.person("kid")
	first := declare(mum, s.born(40), "tap-1", nil)
	if first.Band != subject.Adult || first.State != subject.Active || !first.ChangesOn.IsZero() {
		t.Errorf("an adult: %+v", first)
	}
	if again := declare(mum, s.born(40), "tap-1", nil); again != first {
		t.Errorf("again: %+v", again)
	}
	declare(mum, s.born(40), "tap-2", guardian.ErrDeclared)
	declare(mum, s.born(41), "", guardian.ErrDeclared)
	first = declare(kid, s.born(12), "tap-1", nil)
	if first.Band != subject.Under14 || first.State != subject.PendingGuardian || first.ChangesOn.IsZero() {
		t.Errorf("a minor: %+v", first)
	}
	if again := declare(kid, s.born(30), "tap-1", nil); again != first { // the first answer, whatever is said now
		t.Errorf("again: %+v", again)
	}
	if again := declare(kid, s.born(12), "", nil); again != first {
		t.Errorf("the same date again: %+v", again)
	}
	declare(kid, s.born(30), "tap-2", guardian.ErrDeclared) // minor to adult: never by oneself
	declare(kid, s.born(13), "", guardian.ErrDeclared)
	declare(kid, s.born(16), "", guardian.ErrDeclared)
	for date, want := range map[string]error{"2026-02-29": guardian.ErrDateInvalid, "2027-01-01": guardian.ErrDateFuture, "1876-01-01": guardian.ErrDateTooOld} {
		declare(s.person("other"), date, "", want)
	}
	if s.stored(s.person("other")).Band != subject.Unasked {
		t.Error("a date that is none was an answer")
	}
}

func TestSomebodyBornOnTheTwentyNinthOfFebruaryComesOfAgeOnTheFirstOfMarch(t *testing.T) {
	s := open(t)
	s.clock.set(inChina(t, "2026-02-25 12:00:00"))
	for name, birth := range map[string]string{"kid": "2012-02-29", "teen": "2008-02-29"} {
		if _, err := s.Declare(t.Context(), s.person(name), birth, ""); err != nil {
			t.Fatal(err)
		}
	}
	kid, teen := s.person("kid"), s.person("teen")
	s.clock.set(inChina(t, "2026-02-28 23:59:59"))
	s.stands(kid, guardian.Pending, subject.PendingGuardian)
	s.stands(teen, guardian.Pending, subject.PendingGuardian)
	if s.stored(kid).Band != subject.Under14 {
		t.Error("14 too early")
	}
	s.clock.set(inChina(t, "2026-03-01 00:00:00"))
	s.stands(kid, guardian.Pending, subject.PendingGuardian)
	s.stands(teen, "", subject.Active)
	if s.stored(kid).Band != subject.From14 {
		t.Error("not 14 yet")
	}
}

func TestAnAdultWhoIsAMinorLosesEverythingAtOnce(t *testing.T) {
	s := open(t)
	teen := s.aged("teen", 40)
	s.field(teen, "nickname", "小石头")
	s.field(teen, "email", "a@example.com")
	agree := consent.Batch{Method: "tap", Language: "zh-CN", Decisions: []consent.Decision{{Purpose: "analytics.usage", Verb: consent.Grant, NoticeVersion: "1.0"}}}
	if _, _, err := s.consents.Decide(t.Context(), consent.Actor{Book: teen, Band: subject.Adult, Own: true}, agree); err != nil {
		t.Fatal(err)
	}
	writes := s.engine.Writes()
	s.engine.FailBefore(3) // the marker, the change, and then the power fails
	if _, err := s.Declare(t.Context(), teen, s.born(16), ""); err == nil {
		t.Fatal("no failure")
	}
	if s.engine.Writes() != writes+3 {
		t.Fatalf("%d writes", s.engine.Writes()-writes)
	}
	p := s.stored(teen)
	if len(p.Fields) > 0 || p.State != subject.PendingGuardian || p.Band != subject.From14 {
		t.Errorf("in the very change: %s %s, %d fields", p.State, p.Band, len(p.Fields))
	}
	s.sweep() // at once: the note is due
	entries := s.history(teen)
	if last := entries[len(entries)-1]; last.Purpose != "analytics.usage" || last.State != "revoked" {
		t.Errorf("the consent is %+v", last)
	}
	s.stands(teen, guardian.Pending, subject.PendingGuardian)
}

func TestACorrectionToAdultIsAnAdultsAccountWithoutATrace(t *testing.T) {
	s := open(t)
	f := s.family(12)
	s.field(f.kid, "nickname", "小石头")
	if err := s.CorrectToAdult(t.Context(), f.kid); err != nil {
		t.Fatal(err)
	}
	s.stands(f.kid, "", subject.Active)
	if p := s.stored(f.kid); p.Band != subject.Adult || len(p.Fields) != 1 || strings.Contains(s.raw(f.kid), "gdn_") {
		t.Errorf("%+v", p)
	}
	if m, err := s.subjects.Marked(t.Context(), s.stored(f.kid)); err != nil || m != (subject.Marker{}) {
		t.Errorf("still marked: %+v, %v", m, err)
	}
	if m, err := s.consents.Minor(t.Context(), f.kid); err != nil || m.Guardian.Allows() {
		t.Errorf("the guardian's consent is %+v, %v", m, err)
	}
	_, err := s.View(t.Context(), f.mum, f.link)
	refused(t, err, guardian.ErrUnknownLink)
	refused(t, s.CorrectToAdult(t.Context(), f.kid), guardian.ErrNoMinor)
}

func TestAnErasureDestroysTheKeyAndLeavesAProof(t *testing.T) {
	s := open(t)
	f := s.family(12)
	s.field(f.kid, "nickname", "小石头")
	before := s.stored(f.kid)
	f1, _ := before.Field("nickname")
	s.withdraw(f.mum, f.link)
	p := s.erased(f.kid)
	if _, err := s.subjects.Open(&p, "nickname", f1.Sealed); err == nil {
		t.Error("a copy can still be read")
	}
	var proof guardian.Proof
	if err := json.Unmarshal([]byte(p.Erasure.Proof), &proof); err != nil {
		t.Fatal(err)
	}
	entries := s.history(f.kid)
	head := entries[len(entries)-1]
	if proof.Subject != f.kid || proof.Reason != "minor_withdrawn" || !slices.Equal(proof.Fields, []string{"openid", "unionid", "nickname"}) || len(proof.KeyDigest) != 64 || proof.HeadSeq != head.Seq {
		t.Errorf("the proof says %+v, the chain ends at %d", proof, head.Seq)
	}
	rev := s.revision(f.kid)
	s.settled(f.kid)
	s.restart()
	s.settled(f.kid)
	if s.revision(f.kid) != rev {
		t.Error("settling the settled writes")
	}
	if again := s.person("kid"); again == f.kid {
		t.Error("the identity still leads there")
	}
}

func (s *stage) revision(id string) int64 {
	s.t.Helper()
	d, err := s.engine.Get(s.t.Context(), "subjects", id)
	if err != nil {
		s.t.Fatal(err)
	}
	return d.Rev
}

func TestAGuardianCanFetchTheProofForSevenDays(t *testing.T) {
	s := open(t)
	f := s.family(12)
	stranger := s.aged("stranger", 30)
	s.withdraw(f.mum, f.link)
	check := func() {
		t.Helper()
		v, err := s.View(t.Context(), f.mum, f.link)
		if err != nil || v.Proof == "" || v.Proof != s.stored(f.kid).Erasure.Proof {
			t.Errorf("%+v, %v", v, err)
		}
		if seen, err := s.Family(t.Context(), f.mum); err != nil || len(seen.Links) != 1 || seen.Links[0].Proof == "" {
			t.Errorf("%+v, %v", seen, err)
		}
		_, err = s.View(t.Context(), stranger, f.link)
		refused(t, err, guardian.ErrUnknownLink)
	}
	check()
	s.later(7*day - time.Second)
	s.sweep()
	check()
	s.later(time.Second)
	s.sweep()
	_, err := s.View(t.Context(), f.mum, f.link)
	refused(t, err, guardian.ErrUnknownLink)
	if raw := s.raw(f.kid); strings.Contains(raw, f.mum) || strings.Contains(raw, f.link) {
		t.Error("the guardian is still named")
	}
	if s.stored(f.kid).Erasure.Proof == "" {
		t.Error("the proof is gone")
	}
}

// What is in the raw documents of the whole collection while people live and after they went.
func TestADumpShowsNoPlaintext(t *testing.T) {
	s := open(t)
	f := s.family(12)
	s.field(f.kid, "nickname", "小石头")
	s.field(f.kid, subject.PhoneField, "13900000001")
	look := func() {
		t.Helper()
		for _, collection := range []string{"subjects", "identities", "age_markers", "privacy_numbers", "books"} {
			page, err := s.engine.Find(t.Context(), collection, store.ByID, store.Range{Limit: 100})
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range page.Docs {
				for _, secret := range []string{"openid-", "unionid-", "小石头", "13900000001", "13800000001"} {
					if strings.Contains(string(d.Body)+d.ID, secret) {
						t.Errorf("%s shows %s", collection, secret)
					}
				}
			}
		}
	}
	look()
	s.withdraw(f.mum, f.link)
	look()
}

// stuck fails as often as it is told to.
type stuck struct {
	guardian.Sessions
	guardian.Prover
	sessions, proofs int
}

func (f *stuck) EndAll(ctx context.Context, owner string) error {
	if f.sessions--; f.sessions >= 0 {
		return store.ErrUnavailable
	}
	return f.Sessions.EndAll(ctx, owner)
}

func (f *stuck) Prove(p guardian.Proof) (string, error) {
	if f.proofs--; f.proofs >= 0 {
		return "", store.ErrUnavailable
	}
	return f.Prover.Prove(p)
}

func TestAnErasureIsFinishedByTheSweepWhateverFailed(t *testing.T) {
	s := open(t)
	f := s.family(12)
	neighbours := &stuck{Sessions: s.sessions, Prover: s.prover, sessions: 2, proofs: 2}
	s.reopen(func(o *guardian.Options) { o.Sessions, o.Prover = neighbours, neighbours })
	if _, err := s.Withdraw(t.Context(), f.mum, f.link, "zh-CN", "tap"); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("got %v", err)
	}
	if p := s.stored(f.kid); p.State != subject.Closing || len(p.Key) > 0 {
		t.Errorf("the data was not destroyed first: %s", p.State)
	}
	v, err := s.subjects.Standing(t.Context(), f.kid)
	if err != nil || !v.State.Over() {
		t.Errorf("a request sees %+v, %v", v, err)
	}
	for range 3 {
		if _, err := s.Sweep(t.Context()); err == nil {
			t.Error("no failure")
		}
	}
	s.sweep()
	s.erased(f.kid)
	if state, err := s.Withdraw(t.Context(), f.mum, f.link, "zh-CN", "tap"); err != nil || state != guardian.LinkWithdrawn {
		t.Errorf("said again: %s, %v", state, err)
	}
}
