package profile_test

import (
	"errors"
	"slices"
	"testing"

	"zhiqing/internal/guardian"
	"zhiqing/internal/profile"
	"zhiqing/internal/subject"
	"zhiqing/internal/wechat"
)

func TestThePhoneComesFromWeChatAlone(t *testing.T) {
	s := open(t)
	s.consents.set(true, "account.phone", "marketing.sms")
	id := s.person(t, "openid-a", subject.Adult)
	for _, sent := range []string{`"+8613800138000"`, `"13800138000"`, "13800138000", `{"number":"13800138000"}`, `""`} {
		if _, err := s.write(t, id, "phone", sent); !errors.Is(err, profile.ErrInvalid) || !slices.Equal(wrong(err), []string{"body.phone"}) {
			t.Errorf("%s: %v", sent, err)
		}
	}
	p, err := s.SetPhone(t.Context(), id, "code-1", nil)
	if err != nil {
		t.Fatal(err)
	}
	if v := value(p, "phone"); v.Value != "+8613800138000" || v.Source != "wechat" || v.Purpose != "account.phone" || !slices.Equal(v.Purposes, []string{"account.phone", "marketing.sms"}) {
		t.Errorf("%+v", v)
	}
	if !slices.Equal(s.wechat.asked, []string{"code-1 of openid-a"}) {
		t.Errorf("WeChat was asked %v", s.wechat.asked)
	}
	owners, err := s.subjects.WithPhone(t.Context(), guardian.PhoneIndex(s.subjects, wechat.Phone{CountryCode: "86", Number: "13800138000"}))
	if err != nil || len(owners) != 1 || owners[0].ID != id {
		t.Errorf("the number does not lead to its owner: %d %v", len(owners), err)
	}
	// Erasing takes no number from anybody, and is the person's right.
	if p := s.must(t, id, "phone", "null"); shown(p) != "" {
		t.Error(shown(p))
	}
	if owners, _ := s.subjects.WithPhone(t.Context(), s.subjects.Index("phone", "+8613800138000")); len(owners) > 0 {
		t.Error("an erased number still leads to its owner")
	}
}

func TestWeChatIsNotAskedForANumberThatMayNotBeKept(t *testing.T) {
	s := open(t)
	id := s.person(t, "a", subject.Adult)
	_, none := s.SetPhone(t.Context(), id, "code", nil)
	s.consents.set(true, "account.phone")
	_, stale := s.SetPhone(t.Context(), id, "code", func(int64) bool { return false })
	_, unknown := s.SetPhone(t.Context(), "sub_unknown", "code", nil)
	if !errors.Is(none, profile.ErrConsent) || !errors.Is(stale, profile.ErrStale) || !errors.Is(unknown, subject.ErrUnknown) || len(s.wechat.asked) > 0 {
		t.Errorf("%v, %v, %v; WeChat asked %v", none, stale, unknown, s.wechat.asked)
	}
	s.wechat.err = wechat.ErrCodeUsed
	if _, err := s.SetPhone(t.Context(), id, "code", nil); !errors.Is(err, wechat.ErrCodeUsed) || s.stored(t, id) != "" {
		t.Error(err)
	}
}

func TestANumberThatArrivesAfterTheConsentEndedIsNotKept(t *testing.T) {
	s := open(t)
	id := s.person(t, "a", subject.Adult)
	for look := 2; look <= 3; look++ { // after WeChat was asked; after the number was stored
		s.consents.set(true, "account.phone")
		s.consents.from(look, func() { s.consents.set(false, "account.phone") })
		if _, err := s.SetPhone(t.Context(), id, "code", nil); !errors.Is(err, profile.ErrConsent) || s.stored(t, id) != "" {
			t.Errorf("look %d: %v, %q is left", look, err, s.stored(t, id))
		}
	}
}

func TestAGuardiansNumberIsNoMinorsNumber(t *testing.T) {
	s := open(t)
	s.consents.set(true, "account.phone")
	index := s.subjects.Index("phone", "+8613800138000")
	guarded := func(name string) string {
		id := s.person(t, name, subject.From14)
		s.alter(t, id, func(p *subject.Subject) {
			p.Minority = &subject.Minority{State: "active", Links: []subject.Link{{ID: "gdn_" + name, Guardian: "sub_g", Phone: index}}}
		})
		return id
	}
	own, other, adult := guarded("own"), s.person(t, "other", subject.Under14), s.person(t, "adult", subject.Adult)
	for _, id := range []string{own, other} {
		if _, err := s.SetPhone(t.Context(), id, "code", nil); !errors.Is(err, guardian.ErrSamePhone) || s.stored(t, id) != "" {
			t.Errorf("%v", err)
		}
	}
	if _, err := s.SetPhone(t.Context(), adult, "code", nil); err != nil {
		t.Errorf("the guardian's own profile: %v", err)
	}
	s.wechat.number = "13900139000"
	if _, err := s.SetPhone(t.Context(), own, "code", nil); err != nil {
		t.Errorf("a number of the minor's own: %v", err)
	}
}

func TestANumberThatComesToVerifyAGuardianMeanwhileIsRefused(t *testing.T) {
	s := open(t)
	s.consents.set(true, "account.phone")
	id := s.person(t, "minor", subject.From14)
	index := s.subjects.Index("phone", "+8613800138000")
	s.consents.from(2, func() { // after the look for guardians with this number, before the swap
		s.alter(t, id, func(p *subject.Subject) {
			p.Minority = &subject.Minority{Links: []subject.Link{{ID: "gdn_1", Guardian: "sub_g", Phone: index}}}
		})
	})
	if _, err := s.SetPhone(t.Context(), id, "code", nil); !errors.Is(err, guardian.ErrSamePhone) || s.stored(t, id) != "" {
		t.Error(err)
	}
}
