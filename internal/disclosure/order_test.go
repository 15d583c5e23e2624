package disclosure_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"zhiqing/internal/disclosure"
	"zhiqing/internal/staff"
)

// One officer cannot complete a disclosure, and what leaves is what the document demands: an item more is not in it.
func TestAnOrderNeedsASecondOfficerAndGivesItsScopeAlone(t *testing.T) {
	s := open(t)
	o := order()
	o.Fields = []string{"phone", "postal_address"}
	x, err := s.Request(t.Context(), officer, o)
	if err != nil || len(s.world.asked) != 1 || s.world.asked[0].Record != x.ID {
		t.Fatal(err, s.world.asked)
	}
	_, data, err := s.Release(t.Context(), officer, x.ID)
	s.refused(err, staff.ErrApproval)
	s.world.approved[x.ID] = officer.Officer.ID
	_, more, err := s.Release(t.Context(), officer, x.ID)
	s.refused(err, staff.ErrApproval)
	if data != nil || more != nil || len(s.sees(10)) != 0 {
		t.Fatal("data left without a second officer")
	}
	s.world.approved[x.ID] = "stf_second"
	_, _, err = s.Release(t.Context(), staff.Session{Officer: staff.Officer{ID: "stf_third"}}, x.ID)
	s.refused(err, disclosure.ErrUnknown)
	sent, data, err := s.Release(t.Context(), officer, x.ID)
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Fields  map[string]any `json:"fields"`
		NotKept []string       `json:"not_kept"`
	}
	if err := json.Unmarshal(data, &got); err != nil || len(got.Fields) != 1 || got.Fields["phone"] != "13800138000" || len(got.NotKept) != 1 || strings.Contains(string(data), "小石头") {
		t.Errorf("not the scope: %v %s", err, data)
	}
	if sent.AllowBy != "stf_second" || sent.State != disclosure.Sent || len(sent.Digest) != 64 {
		t.Errorf("%+v", sent)
	}
	if list := s.sees(10); len(list) != 1 || list[0].Document != o.Document || list[0].LegalBasis != "legal_duty" || list[0].Name.ZH != o.Organ || len(s.world.told) != 1 {
		t.Errorf("the person is not told: %+v %v", list, s.world.told)
	}
	for _, row := range s.rows() {
		if strings.Contains(row, "person") {
			t.Errorf("a row names the person: %s", row)
		}
	}
}

// Whether somebody is there is told as often as a look-up may be, and no more.
func TestAnOrderIsNoWayToTryOutPhoneNumbers(t *testing.T) {
	s := open(t)
	o := order()
	o.Person = "13800138001"
	for range 60 {
		_, err := s.Request(t.Context(), officer, o)
		s.refused(err, disclosure.ErrPerson)
	}
	for _, person := range []string{o.Person, order().Person} {
		o.Person = person
		_, err := s.Request(t.Context(), officer, o)
		s.refused(err, staff.ErrQuota)
	}
}

// A foreign authority is refused whatever else is right or wrong, and there is a row of it (PIPL art. 41).
func TestAForeignAuthorityGetsNothing(t *testing.T) {
	s := open(t)
	for _, country := range []string{"US", "FR", "HK"} {
		o := order()
		o.Jurisdiction, o.Document = country, ""
		_, err := s.Request(t.Context(), officer, o)
		s.refused(err, disclosure.ErrForeign)
	}
	if rows := s.rows(); len(rows) != 3 || rows[0] != "disclosure.refused denied" || len(s.world.asked) != 0 {
		t.Error(rows)
	}
}

func TestAnOrderSaysWhatTheLawWants(t *testing.T) {
	s := open(t)
	for want, change := range map[string]func(*disclosure.Order){
		"basis":        func(o *disclosure.Order) { o.Basis = "legitimate_interest" },
		"authority":    func(o *disclosure.Order) { o.Authority = "economic_loss" },
		"jurisdiction": func(o *disclosure.Order) { o.Jurisdiction = "" },
		"organ":        func(o *disclosure.Order) { o.Organ = "法院\n" },
		"contact":      func(o *disclosure.Order) { o.Contact = "" },
		"document":     func(o *disclosure.Order) { o.Document = "" },
		"fields":       func(o *disclosure.Order) { o.Fields = []string{"phone", "phone"} },
		"secret_until": func(o *disclosure.Order) { o.Secrecy = "《刑事诉讼法》第一百五十二条" },
		"secrecy": func(o *disclosure.Order) {
			o.Basis, o.Secrecy, o.SecretUntil = disclosure.Emergency, "x", s.at.Add(time.Hour)
		},
		"later": func(o *disclosure.Order) { o.Later = true },
	} {
		o := order()
		change(&o)
		_, err := s.Request(t.Context(), officer, o)
		s.refused(err, disclosure.ErrOrder)
		if fieldsOf(err) != want {
			t.Errorf("%s: %q", want, fieldsOf(err))
		}
	}
	o := order()
	o.Authority = "rescue"
	if _, err := s.Request(t.Context(), officer, o); fieldsOf(err) != "authority" {
		t.Error("rescue services may demand outside of an emergency", err)
	}
	o = order()
	o.Secrecy, o.SecretUntil = "law", s.at.AddDate(2, 0, 0)
	if _, err := s.Request(t.Context(), officer, o); fieldsOf(err) != "secret_until" {
		t.Error("a secret without an end", err)
	}
	o = order()
	o.Person = "PN-0000-0000"
	_, err := s.Request(t.Context(), officer, o)
	s.refused(err, disclosure.ErrPerson)
	s.world.forbidden = true
	_, err = s.Request(t.Context(), officer, order())
	s.refused(err, staff.ErrForbidden)
}

// What a law wants secret is nowhere until its day; then the person sees it, without anybody's doing.
func TestASecretDisclosureIsToldOnItsDay(t *testing.T) {
	s := open(t)
	o := order()
	o.Secrecy, o.SecretUntil = "《刑事诉讼法》第一百五十二条", s.at.AddDate(0, 3, 0)
	x := s.release(o)
	s.sweep()
	kinds, err := s.Holder().Describe(t.Context(), person)
	files, errFiles := s.Holder().Export(t.Context(), person)
	if err != nil || errFiles != nil || len(s.sees(10)) != 0 || len(s.world.told) != 0 || len(kinds) != 0 || len(files[0].Records) != 0 {
		t.Fatal("the person learns of it too early")
	}
	s.refused(s.Tell(t.Context(), officer, x.ID), disclosure.ErrNotNow)
	s.at = o.SecretUntil.Add(time.Second)
	s.world.trouble = errors.New("no messages now")
	if _, err := s.Sweep(t.Context()); err == nil || len(s.sees(10)) != 0 {
		t.Error("a message that was not left is forgotten")
	}
	s.world.trouble = nil
	if s.sweep() != 1 || len(s.sees(10)) != 1 || len(s.world.told) != 1 || s.sweep() != 0 {
		t.Error("the person is not told once", s.world.told)
	}
}

// An emergency may be told later, and an alarm rings while nobody has (PIPL art. 18(2)).
func TestAnEmergencyWithoutLaterNoticeIsAnAlarm(t *testing.T) {
	s := open(t)
	o := order()
	o.Basis, o.Authority, o.Organ, o.Document, o.Later = disclosure.Emergency, "rescue", "上海市急救中心", "", true
	x := s.release(o)
	untold := func() int {
		list, err := s.Untold(t.Context(), 10)
		if err != nil {
			t.Fatal(err)
		}
		return len(list)
	}
	if untold() != 0 || len(s.sees(10)) != 0 {
		t.Fatal("an alarm before its time, or told too early")
	}
	s.at = s.at.Add(72*time.Hour + time.Second)
	if s.sweep(); untold() != 1 {
		t.Fatal("nobody hears that the notice is late")
	}
	if err := errors.Join(s.Tell(t.Context(), officer, x.ID), s.Tell(t.Context(), officer, x.ID)); err != nil {
		t.Fatal(err)
	}
	if list := s.sees(10); untold() != 0 || len(list) != 1 || list[0].LegalBasis != "emergency" || len(s.world.told) != 1 {
		t.Error("not told, or told twice", list, s.world.told)
	}
}

// If the audit cannot be written, nothing leaves and nothing is marked as sent.
func TestNothingIsReleasedThatCannotBeWrittenDown(t *testing.T) {
	s := open(t)
	x := s.request(order())
	s.writes.FailBefore(1)
	if _, data, err := s.Release(t.Context(), officer, x.ID); err == nil || data != nil {
		t.Fatal("it left without a row", err)
	}
	if len(s.sees(10)) != 0 {
		t.Fatal("it is told of what has not left")
	}
	if _, data, err := s.Release(t.Context(), officer, x.ID); err != nil || data == nil {
		t.Error("a retry does not converge", err)
	}
}

// An order that nobody approves lapses, what was sent may be fetched again within the approval, and both stay for three years.
func TestAnOrderLapsesAndTheLedgerStaysForThreeYears(t *testing.T) {
	s := open(t)
	late := s.request(order())
	sent := s.release(order())
	if _, data, err := s.Release(t.Context(), officer, sent.ID); err != nil || data == nil {
		t.Error(err)
	}
	s.at = s.at.Add(10 * time.Hour)
	_, _, err := s.Release(t.Context(), officer, late.ID)
	s.refused(err, disclosure.ErrNotNow)
	s.refused(s.AskAgain(t.Context(), officer, late.ID), disclosure.ErrNotNow)
	if s.sweep() != 1 {
		t.Error("it does not lapse")
	}
	list, _, err := s.Orders(t.Context(), officer, "", 10)
	if err != nil || len(list) != 2 || len(s.sees(10)) != 1 {
		t.Error(list, err)
	}
	s.at = s.at.AddDate(3, 0, -1)
	if s.sweep() != 0 {
		t.Error("an entry goes before its time")
	}
	s.at = s.at.AddDate(0, 0, 2)
	if s.sweep(); len(s.sees(10)) != 0 {
		t.Error("an entry stays for ever")
	}
}
