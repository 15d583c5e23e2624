package disclosure_test

import (
	"strings"
	"testing"
	"time"

	"zhiqing/internal/disclosure"
	"zhiqing/internal/fault"
)

func provision(purpose, recipient string, fields ...string) disclosure.Provision {
	return disclosure.Provision{Service: "shop", Subject: person, Purpose: purpose, Recipient: recipient, Fields: fields, Reference: "O-1001"}
}

// Everything that no purpose, no list and no consent lets go is refused, and there is a row of each refusal.
func TestNothingIsProvidedUnlessEverythingLetsIt(t *testing.T) {
	s := open(t)
	for name, c := range map[string]struct {
		p    disclosure.Provision
		want error
	}{
		"unlisted":               {provision("order.fulfil", "somebody_else", "order"), disclosure.ErrUnlisted},
		"of another purpose":     {provision("order.fulfil", "sample_ads", "order"), disclosure.ErrUnlisted},
		"no such purpose":        {provision("sell.data", "sample_ads", "order"), disclosure.ErrUnlisted},
		"a field too many":       {provision("order.fulfil", "sample_logistics", "order", "phone"), disclosure.ErrFields},
		"a field twice":          {provision("order.fulfil", "sample_logistics", "order", "order"), disclosure.ErrFields},
		"no field":               {provision("order.fulfil", "sample_logistics"), disclosure.ErrFields},
		"no consent":             {provision("recipient.provide", "sample_ads", "interest_labels"), disclosure.ErrConsent},
		"consent to another one": {provision("recipient.provide", "sample_ads", "interest_labels"), disclosure.ErrConsent},
	} {
		s.world.consents = map[string]string{person + "/ads.personalised/": "ent_1", person + "/recipient.provide/another": "ent_2"}
		if _, err := s.Provide(t.Context(), c.p); err == nil {
			t.Errorf("%s: provided", name)
		} else {
			s.refused(err, c.want)
		}
	}
	s.world.stopped["sample_logistics"] = true
	_, err := s.Provide(t.Context(), provision("order.fulfil", "sample_logistics", "order"))
	s.refused(err, disclosure.ErrStopped)
	bad := provision("order.fulfil", "sample_logistics", "order")
	bad.Reference = "小石头"
	_, err = s.Provide(t.Context(), bad)
	s.refused(err, disclosure.ErrOrder)
	rows := s.rows()
	if len(rows) != 9 || len(s.sees(10)) != 0 {
		t.Fatal(rows)
	}
	for _, row := range rows {
		if row != "disclosure.refused denied of the person" {
			t.Error(row)
		}
	}
}

// What is provided is on record with the five items as they were, the consent that allowed it, and the person sees it at once.
func TestWhatIsProvidedIsOnRecordBeforeItLeaves(t *testing.T) {
	s := open(t)
	s.world.consents[person+"/recipient.provide/sample_ads"] = "ent_s4rvjq2m1k8s0t3wxyz5a6b7c8d-7"
	given, err := s.Provide(t.Context(), provision("recipient.provide", "sample_ads", "interest_labels", "recipient_id"))
	if err != nil {
		t.Fatal(err)
	}
	r := given.Recipient
	for _, item := range []fault.Text{r.Name, r.Contact, r.Purpose, r.Method, r.Kinds} {
		if item.ZH == "" || item.EN == "" {
			t.Errorf("one of the five items is missing: %+v", r)
		}
	}
	list := s.sees(10)
	if len(list) != 1 || list[0].Consent != "ent_s4rvjq2m1k8s0t3wxyz5a6b7c8d-7" || list[0].LegalBasis != "consent" || strings.Join(list[0].Fields, " ") != "interest_labels recipient_id" {
		t.Errorf("%+v", list)
	}
	if n, err := s.Received(t.Context(), "sample_ads"); n != 1 || err != nil {
		t.Error(n, err)
	}
	for fail := range 2 {
		s.writes.FailBefore(fail + 1)
		if given, err := s.Provide(t.Context(), provision("recipient.provide", "sample_ads", "interest_labels")); err == nil || given.ID != "" {
			t.Error("it leaves without a row and an entry")
		}
	}
}

// The list has two sources; its pages hold everything once, newest first, whatever the size of a page.
func TestTheListOfDisclosuresMissesNothingAndRepeatsNothing(t *testing.T) {
	s := open(t)
	begin := s.at
	for i := range 11 {
		s.at = begin.Add(time.Duration(i) * time.Minute)
		if i%3 == 0 {
			if _, err := s.Provide(t.Context(), provision("order.fulfil", "sample_logistics", "order")); err != nil {
				t.Fatal(err)
			}
			continue
		}
		s.world.transfers = append([]disclosure.Told{{At: s.at, Reference: "RQ"}}, s.world.transfers...)
	}
	for limit := 1; limit <= 12; limit++ {
		list := s.sees(limit)
		if len(list) != 11 {
			t.Fatalf("pages of %d: %d of 11", limit, len(list))
		}
		for i := 1; i < len(list); i++ {
			if !list[i].At.Before(list[i-1].At) {
				t.Errorf("pages of %d: not newest first", limit)
			}
		}
	}
	if _, _, err := s.List(t.Context(), person, "x", 10); fault.KindOf(err) != fault.Invalid {
		t.Error(err)
	}
}
