package ledger

import (
	"errors"
	"html"
	"strings"
	"testing"
)

// byGuardian is an entry by which a guardian agrees for a child.
func byGuardian(seq int64) Statement {
	s := statement(testBook, seq)
	s.Guardian = &Guardian{LinkID: "gdn_4rv0g8d5ce9a7m2kq3xzt6w1yn", Relation: "parent", VerifyLevel: "phone"}
	s.Actor, s.Capacity, s.Band, s.Notice.Kind = s.Guardian.LinkID, "guardian", "under_14", "children"
	return s
}

func TestAnEntryNamesTheGuardianByTheLinkAlone(t *testing.T) {
	for name, spoil := range map[string]func(*Statement){
		"a guardian without a link":         func(s *Statement) { s.Guardian = nil },
		"another actor than the link":       func(s *Statement) { s.Actor = testBook },
		"the person for somebody else":      func(s *Statement) { s.Actor, s.Capacity = testBook, "self" },
		"a link that is a name":             func(s *Statement) { s.Actor, s.Guardian = "妈妈", &Guardian{"妈妈", "parent", "phone"} },
		"a relation that is no code":        func(s *Statement) { s.Guardian.Relation = "his mother" },
		"a guardian who was not verified":   func(s *Statement) { s.Guardian.VerifyLevel = "" },
		"a guardian without a relation":     func(s *Statement) { s.Guardian.Relation = "" },
		"a phone number as verification":    func(s *Statement) { s.Guardian.VerifyLevel = "+8613800138000" },
		"an empty guardian of the system's": func(s *Statement) { s.Actor, s.Capacity, s.Guardian = "system", "system", &Guardian{} },
	} {
		s := byGuardian(1)
		spoil(&s)
		if b, err := s.Encode(); !errors.Is(err, ErrStatement) {
			t.Errorf("%s was written: %s", name, b)
		}
	}
	ended := byGuardian(1)
	ended.Actor, ended.Capacity, ended.State = "system", "system", "expired"
	for _, s := range []Statement{byGuardian(1), ended} {
		got, err := ParseStatement(encoded(t, s))
		if err != nil || *got.Guardian != *s.Guardian || got.Actor != s.Actor {
			t.Errorf("%+v, %v", got, err)
		}
	}
}

func TestAReceiptSaysThroughWhichLinkAGuardianSpoke(t *testing.T) {
	l, k := Log{}, testKeys()
	r := complete(t, l.Append(encoded(t, byGuardian(1))), genesis)
	if r.PRC.Guardian == nil || r.Events[0].Capacity != "guardian" || r.Events[0].EntityID != r.PRC.Guardian.LinkID {
		t.Fatalf("%+v %+v", r.PRC, r.Events[0])
	}
	jws, err := k.SignReceipt(r)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := VerifyReceipt(jws, k.Verifier()); err != nil || *got.PRC.Guardian != *r.PRC.Guardian {
		t.Errorf("%+v, %v", got.PRC, err)
	}
	page := html.UnescapeString(rendered(t, r, "zh"))
	for _, text := range []string{"监护人", "父母", "手机号验证", r.PRC.Guardian.LinkID} {
		if !strings.Contains(page, text) {
			t.Errorf("%q is not on the page", text)
		}
	}
	for name, lie := range map[string]*Guardian{"none": nil, "another link": {"gdn_1", "parent", "phone"}, "another relation": {r.PRC.Guardian.LinkID, "sibling", "phone"}} {
		other := r
		other.PRC.Guardian = lie
		if jws, err = k.Sign(UseReceipt, TypReceipt, other); err != nil {
			t.Fatal(err)
		}
		if _, err := VerifyReceipt(jws, k.Verifier()); !errors.Is(err, ErrReceiptContradiction) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
