package profile_test

import (
	"errors"
	"reflect"
	"slices"
	"testing"

	"zhiqing/internal/fault"
	"zhiqing/internal/guardian"
	"zhiqing/internal/profile"
	"zhiqing/internal/register/prove"
	"zhiqing/internal/subject"
)

func TestAFieldIsWrittenOnlyUnderALivePurpose(t *testing.T) {
	s := open(t)
	id := s.person(t, "a", subject.Adult)
	// The account itself needs no consent.
	p := s.must(t, id, "nickname", `"小明"`, "contact_preferences", `{"sms":false}`, "avatar", `"https://example.com/a"`)
	if v := value(p, "nickname"); v.Purpose != "account.service" || v.Source != "person" || !v.At.Equal(today) {
		t.Errorf("%+v", v)
	}
	for _, c := range []struct {
		field, value string
		purposes     []string
	}{
		{"email", `"a@example.com"`, []string{"account.contact", "marketing.email"}},
		{"postal_address", `"某市某区某路"`, []string{"account.contact", "marketing.post"}},
		{"gender", `"other"`, []string{"account.profile"}},
		{"birth_date", `"1990-05-01"`, []string{"account.profile"}},
		{"reminder_date", `"05-20"`, []string{"reminder.special_date"}},
	} {
		before := s.read(t, id).Rev
		_, err := s.write(t, id, c.field, c.value, "nickname", `"other"`)
		if !errors.Is(err, profile.ErrConsent) || !slices.Equal(wrong(err), []string{"body." + c.field}) || !reflect.DeepEqual(extra(err, "purposes"), c.purposes) {
			t.Errorf("%s: %v %v %v", c.field, err, wrong(err), extra(err, "purposes"))
		}
		if s.read(t, id).Rev != before || value(s.read(t, id), "nickname").Value != "小明" {
			t.Errorf("%s: half of a refused patch was kept", c.field)
		}
		for _, code := range c.purposes { // each of them alone is enough
			s.consents.set(true, code)
			if v := value(s.must(t, id, c.field, c.value), c.field); v.Purpose != code || !slices.Equal(v.Purposes, []string{code}) {
				t.Errorf("%s under %s: %+v", c.field, code, v)
			}
			s.consents.set(false, code)
		}
	}
}

func extra(err error, name string) any {
	var f *fault.Fault
	if errors.As(err, &f) {
		return f.Extra[name]
	}
	return nil
}

func TestADutyThatUsesAFieldIsNoReasonToKeepIt(t *testing.T) {
	s := open(t)
	id := s.person(t, "a", subject.Adult)
	// incident.notify names the phone among its items and needs no consent.
	if _, err := s.SetPhone(t.Context(), id, "code", nil); !errors.Is(err, profile.ErrConsent) || len(s.wechat.asked) > 0 {
		t.Errorf("%v, WeChat asked %v", err, s.wechat.asked)
	}
}

func TestLosingTheLastPurposeErasesTheField(t *testing.T) {
	s := open(t)
	id := s.person(t, "a", subject.Adult)
	s.consents.set(true, "account.contact", "marketing.email", "account.profile")
	s.must(t, id, "email", `"a@example.com"`, "gender", `"other"`, "nickname", `"小明"`)
	if v := value(s.read(t, id), "email"); v.Purpose != "account.contact" || !slices.Equal(v.Purposes, []string{"account.contact", "marketing.email"}) {
		t.Errorf("%+v", v)
	}

	s.consents.set(false, "account.contact") // the one under which it was collected
	s.reconcile(t, id)
	if v := value(s.read(t, id), "email"); v.Purpose != "marketing.email" || v.Value != "a@example.com" {
		t.Errorf("another purpose still covers it: %+v", v)
	}

	s.consents.set(false, "marketing.email")
	if v := value(s.read(t, id), "email"); v.Name != "" {
		t.Errorf("shown without a purpose: %+v", v)
	}
	before := s.read(t, id).Rev
	s.reconcile(t, id)
	if got := s.stored(t, id); got != "gender nickname" {
		t.Errorf("%s is left", got)
	}
	if p := s.read(t, id); p.Rev != before+1 {
		t.Errorf("Rev moved from %d to %d", before, p.Rev)
	}
	s.reconcile(t, id)
	if p := s.read(t, id); p.Rev != before+1 {
		t.Error("erasing again has changed something")
	}
	s.consents.set(true, "marketing.email")
	if shown(s.read(t, id)) != "gender=other nickname=小明" {
		t.Error("consent given anew brings back what was erased")
	}
}

func (s *stage) reconcile(t *testing.T, id string) {
	t.Helper()
	if err := s.Reconcile(t.Context(), id); err != nil {
		t.Fatal(err)
	}
}

func TestWhoHasNoProfileHasNothingToLose(t *testing.T) {
	s := open(t)
	s.reconcile(t, "sub_unknown")
	s.reconcile(t, s.person(t, "a", subject.Adult))
	if s.consents.looks != 0 || s.engine.Writes() > 4 {
		t.Error("work for nothing")
	}
}

func TestAConsentThatEndsWhileAFieldIsWrittenWins(t *testing.T) {
	for _, look := range []int{1, 2} {
		s := open(t)
		id := s.person(t, "a", subject.Adult)
		s.consents.set(true, "account.contact")
		s.must(t, id, "nickname", `"小明"`)
		// The withdrawal, with its own erasure, happens before the consents are first read, or between check and swap.
		s.consents.from(look, func() {
			s.consents.set(false, "account.contact")
			if err := s.Reconcile(t.Context(), id); err != nil {
				t.Error(err)
			}
		})
		_, err := s.write(t, id, "email", `"a@example.com"`)
		if !errors.Is(err, profile.ErrConsent) || s.stored(t, id) != "nickname" {
			t.Errorf("look %d: %v, %s is left", look, err, s.stored(t, id))
		}
	}
}

func TestAnErasureUnderWayLeavesWhatWasWrittenSince(t *testing.T) {
	s := open(t)
	id := s.person(t, "a", subject.Adult)
	s.consents.set(true, "account.contact")
	s.must(t, id, "email", `"old@example.com"`)
	s.consents.set(false, "account.contact")
	// An erasure that reads the book late: before it gets its no, the person has consented again and written.
	late := &consents{live: map[string]bool{}}
	late.from(1, func() {
		s.consents.set(true, "account.contact")
		s.must(t, id, "email", `"new@example.com"`)
	})
	if err := s.with(late).Reconcile(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if got := shown(s.read(t, id)); got != "email=new@example.com" {
		t.Errorf("what was acknowledged is %q", got)
	}
}

func TestTheReminderDateIsNotTheBirthDate(t *testing.T) {
	p := prove.Row(t, "A-L15.2")
	s := open(t)
	id := s.person(t, "a", subject.Adult)
	s.consents.set(true, "account.profile", "reminder.special_date")
	s.must(t, id, "birth_date", `"1990-05-01"`)
	p.Equal(shown(s.read(t, id)), "birth_date=1990-05-01")
	s.must(t, id, "reminder_date", `"05-20"`)
	p.Equal(value(s.read(t, id), "birth_date").Purposes, []string{"account.profile"})
	p.Equal(value(s.read(t, id), "reminder_date").Purposes, []string{"reminder.special_date"})
	s.consents.set(false, "reminder.special_date")
	s.reconcile(t, id)
	p.Equal(shown(s.read(t, id)), "birth_date=1990-05-01")
}

func TestOneChannelLeavesTheOthersAlone(t *testing.T) {
	p := prove.Row(t, "A-L16.1")
	s := open(t)
	id := s.person(t, "a", subject.Adult)
	s.must(t, id, "contact_preferences", `{"email":true,"post":true,"phone":true,"sms":true,"wechat":true}`)
	s.must(t, id, "contact_preferences", `{"sms":false}`)
	s.must(t, id, "contact_preferences", `{"post":null}`)
	p.Equal(value(s.read(t, id), "contact_preferences").Value, map[string]any{"email": true, "phone": true, "sms": false, "wechat": true})
	s.must(t, id, "contact_preferences", `{"email":null,"phone":null,"sms":null,"wechat":null}`)
	p.Equal(s.stored(t, id), "")
	s.must(t, id, "contact_preferences", `{"sms":true}`, "nickname", `"小明"`)
	s.must(t, id, "contact_preferences", "null")
	p.Equal(shown(s.read(t, id)), "nickname=小明")
}

func TestAProfileIsChangedAtOnceAndNeverOverWhatOthersWrote(t *testing.T) {
	p := prove.Row(t, "A-L39.9")
	s := open(t)
	id := s.person(t, "a", subject.Adult)
	seen := s.must(t, id, "nickname", `"first"`).Rev
	is := func(rev int64) profile.Match { return func(current int64) bool { return current == rev } }
	changed, err := s.Write(t.Context(), id, is(seen), patch("nickname", `"second"`))
	p.NoError(err)
	p.Equal(changed.Rev, seen+1)
	_, err = s.Write(t.Context(), id, is(seen), patch("nickname", `"third"`))
	p.That(errors.Is(err, profile.ErrStale), "a write over an unseen change: %v", err)
	p.Equal(shown(s.read(t, id)), "nickname=second")
	again := s.must(t, id, "nickname", "null", "avatar", "null")
	p.Equal(shown(again), "")
	p.Equal(again.Rev, seen+2)
	p.Equal(s.must(t, id, "nickname", "null").Rev, seen+2) // nothing to erase: nothing has changed
	p.Equal(s.must(t, id).Rev, seen+2)
}

func TestAProfileIsWrittenOnlyWhileTheAccountIsActive(t *testing.T) {
	s := open(t)
	s.consents.set(true, every...)
	for _, c := range []struct {
		state subject.State
		err   error
		read  string
	}{
		{subject.PendingGuardian, guardian.ErrNeeded, ""},
		{subject.Restricted, guardian.ErrRestricted, "nickname=小明"},
	} {
		id := s.person(t, string(c.state), subject.From14)
		s.must(t, id, "nickname", `"小明"`)
		s.alter(t, id, func(p *subject.Subject) { p.State = c.state })
		for _, pairs := range [][]string{{"nickname", `"x"`}, {"nickname", "null"}, {}} {
			if _, err := s.write(t, id, pairs...); !errors.Is(err, c.err) {
				t.Errorf("%s %v: %v", c.state, pairs, err)
			}
		}
		if _, err := s.SetPhone(t.Context(), id, "code", nil); !errors.Is(err, c.err) || len(s.wechat.asked) > 0 {
			t.Errorf("%s: %v, WeChat asked %v", c.state, err, s.wechat.asked)
		}
		if got := shown(s.read(t, id)); got != c.read {
			t.Errorf("%s reads %q", c.state, got)
		}
	}
	id := s.person(t, "over", subject.Adult)
	s.must(t, id, "nickname", `"小明"`)
	s.alter(t, id, func(p *subject.Subject) {
		if err := s.subjects.Shred(p, "test", today); err != nil {
			t.Error(err)
		}
	})
	_, read := s.Read(t.Context(), id)
	_, write := s.write(t, id, "nickname", `"x"`)
	_, phone := s.SetPhone(t.Context(), id, "code", nil)
	_, unknown := s.Read(t.Context(), "sub_unknown")
	if !errors.Is(read, subject.ErrOver) || !errors.Is(write, subject.ErrOver) || !errors.Is(phone, subject.ErrOver) || !errors.Is(unknown, subject.ErrUnknown) {
		t.Error(read, write, phone, unknown)
	}
}

func TestAMinorHasOnlyTheListedFields(t *testing.T) {
	s := open(t)
	s.consents.set(true, every...)
	for _, band := range []subject.Band{subject.Under14, subject.From14} {
		id := s.person(t, string(band), band)
		s.must(t, id, "nickname", `"小明"`, "avatar", `"https://example.com/a"`, "contact_preferences", `{"sms":true}`)
		for name, sent := range map[string]string{"gender": `"other"`, "birth_date": `"1990-05-01"`, "email": `"a@example.com"`, "postal_address": `"某市某区某路"`, "reminder_date": `"05-20"`} {
			if _, err := s.write(t, id, name, sent); !errors.Is(err, profile.ErrMinors) || !slices.Equal(wrong(err), []string{"body." + name}) {
				t.Errorf("%s %s: %v", band, name, err)
			}
		}
	}
	// An adult who turns out to be a minor keeps nothing else either.
	id := s.person(t, "corrected", subject.Adult)
	s.must(t, id, "nickname", `"小明"`, "gender", `"other"`, "email", `"a@example.com"`)
	s.alter(t, id, func(p *subject.Subject) { p.Band, p.ChangesOn = subject.From14, today.AddDate(1, 0, 0) })
	if got := shown(s.read(t, id)); got != "nickname=小明" {
		t.Errorf("shown: %s", got)
	}
	s.reconcile(t, id)
	if got := s.stored(t, id); got != "nickname" {
		t.Errorf("stored: %s", got)
	}
}

func TestABirthDateIsNoSecondAnswerToTheAgeQuestion(t *testing.T) {
	s := open(t)
	s.consents.set(true, every...)
	unasked := s.person(t, "unasked", subject.Unasked)
	if _, err := s.write(t, unasked, "birth_date", `"1990-05-01"`); !errors.Is(err, profile.ErrAge) {
		t.Error(err)
	}
	adult := s.person(t, "adult", subject.Adult)
	for _, day := range []string{`"2008-11-23"`, `"2015-01-01"`} { // the birthday itself still counts as 17
		if _, err := s.write(t, adult, "birth_date", day); !errors.Is(err, profile.ErrInvalid) || !slices.Equal(wrong(err), []string{"body.birth_date"}) {
			t.Errorf("%s: %v", day, err)
		}
	}
	s.must(t, adult, "birth_date", `"2008-11-22"`)
}

func TestAPurposeForAdultsCoversNothingWhileTheAgeIsUnknown(t *testing.T) {
	s := open(t)
	s.consents.set(true, "marketing.email", "reminder.special_date") // both from 18
	id := s.person(t, "a", subject.Unasked)
	_, err := s.write(t, id, "email", `"a@example.com"`, "reminder_date", `"05-20"`)
	if !errors.Is(err, profile.ErrConsent) || !reflect.DeepEqual(extra(err, "purposes"), []string{"account.contact"}) {
		t.Errorf("%v %v", err, extra(err, "purposes"))
	}
}
