package lookup_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"zhiqing/internal/audit"
	"zhiqing/internal/consent"
	"zhiqing/internal/fault"
	"zhiqing/internal/ident"
	"zhiqing/internal/lookup"
	"zhiqing/internal/rights"
	"zhiqing/internal/staff"
	"zhiqing/internal/subject"
)

// untouched fails the test when anybody is searched for.
type untouched struct {
	*subject.Register
	t *testing.T
}

func (u untouched) NumberOf(context.Context, string) (string, error) {
	u.t.Error("a number was searched")
	return "", subject.ErrUnknown
}

func (u untouched) WithPhone(context.Context, string) ([]subject.Subject, error) {
	u.t.Error("a phone was searched")
	return nil, nil
}

func TestNothingIsSearchedWithoutAReasonAReferenceAndAWholeNumber(t *testing.T) {
	s := set(t)
	in, p := s.officer("sup", staff.Support), s.person("a")
	s.options.Subjects = untouched{s.subjects, t}
	s.reopen()
	before := len(s.rows(""))
	last := p.PrivacyNumber[len(p.PrivacyNumber)-1]
	typo := p.PrivacyNumber[:len(p.PrivacyNumber)-1] + string(ident.Alphabet[(strings.IndexByte(ident.Alphabet, last)+1)%32])
	for _, c := range []struct {
		q    lookup.Query
		want error
		kind fault.Kind
	}{
		{lookup.Query{Term: p.PrivacyNumber}, lookup.ErrReason, fault.Forbidden},
		{lookup.Query{Term: p.PrivacyNumber, Reason: "support_ticket"}, lookup.ErrReason, fault.Forbidden},
		{lookup.Query{Term: p.PrivacyNumber, Reference: "T-17"}, lookup.ErrReason, fault.Forbidden},
		{lookup.Query{Term: p.PrivacyNumber, Reason: "curiosity", Reference: "T-17"}, lookup.ErrReason, fault.Forbidden},
		{lookup.Query{Term: p.PrivacyNumber, Reason: "complaint", Reference: "小明要求"}, lookup.ErrReason, fault.Forbidden},
		{lookup.Query{Term: p.PrivacyNumber, Reason: "complaint", Reference: "Alice"}, lookup.ErrReason, fault.Forbidden},
		{lookup.Query{Term: p.PrivacyNumber, Reason: "complaint", Reference: strings.Repeat("1", 41)}, lookup.ErrReason, fault.Forbidden},
		{why(typo), lookup.ErrCheck, fault.Invalid},
		{why("小明"), lookup.ErrTerm, fault.Invalid},
		{why(""), lookup.ErrTerm, fault.Invalid},
		{why("138"), lookup.ErrTerm, fault.Invalid},
	} {
		l, err := s.Find(t.Context(), in, c.q)
		var f *fault.Fault
		if !errors.Is(err, c.want) || fault.KindOf(err) != c.kind || !errors.As(err, &f) || len(f.Fields) == 0 || l != (lookup.Lookup{}) {
			t.Errorf("%+v: %v %v", c.q, l, err)
		}
	}
	if n := len(s.rows("")); n != before {
		t.Errorf("%d rows for what was never searched", n-before)
	}
}

func TestEachWayToOneRecordIsExactAndWrittenDownFirst(t *testing.T) {
	s := set(t)
	in, p, twin := s.officer("sup", staff.Support), s.person("a"), s.person("b")
	s.withPhone(p, "13800138000")
	s.requests["RQ-0000-0000"] = rights.Request{Number: "RQ-0000-0000", Subject: p.ID}
	entry := s.decide(p, "account.contact", consent.Withdraw)
	book, seq, _ := ident.ParseEntryID(entry)
	for term, kind := range map[string]string{
		p.PrivacyNumber: "privacy_number", "RQ-0000-0000": "request_number", entry: "receipt_number", "+86 138 0013 8000": "phone",
	} {
		l, err := s.Find(t.Context(), in, why(term))
		row := s.last()
		if err != nil || l.Subject != p.ID || !ident.Is("lkp", l.ID) || l.Ends.Sub(l.At) != 30*time.Minute {
			t.Errorf("%s: %+v %v", kind, l, err)
		}
		if row.Action != "staff.lookup" || row.Subject != p.ID || row.Actor != in.Officer.ID || row.Role != "support" ||
			row.Reason != "support_ticket" || row.Reference != "T-17" || row.Result != "allowed" || !slices.Equal(row.Fields, []string{kind}) {
			t.Errorf("%s: %+v", kind, row)
		}
	}
	ids := ident.Source{Reader: strings.NewReader(strings.Repeat("nobody at all ", 9))}
	for _, nobody := range []string{ids.NewPrivacyNumber(), ids.NewRequestNumber(), "13900139000", ident.EntryID(book, seq+1), ident.EntryID(ids.New(ident.Guest), 1), ident.EntryID(ids.New(ident.Subject), 1)} {
		_, err := s.Find(t.Context(), in, why(nobody))
		row := s.last()
		if !errors.Is(err, lookup.ErrNobody) || fault.KindOf(err) != fault.Missing || row.Action != "staff.lookup" || row.Result != "not_found" || row.Subject != "" || row.Reference != "T-17" {
			t.Errorf("%s: %v %+v", nobody, err, row)
		}
	}
	s.withPhone(twin, "13800138000")
	if _, err := s.Find(t.Context(), in, why("13800138000")); !errors.Is(err, lookup.ErrSeveral) || s.last().Result != "several" || s.last().Subject != "" {
		t.Errorf("%v %+v", err, s.last())
	}
}

// What staff see is masked, and the row before it names exactly that.
func TestARecordIsMaskedAndTheAuditNamesWhatWasShown(t *testing.T) {
	s := set(t)
	in, p := s.officer("sup", staff.Support), s.person("a", "nickname", `"王小明"`, "email", `"wang@example.com"`)
	s.withPhone(p, "13812345678")
	s.decide(p, "analytics.usage", consent.Grant)
	s.decide(p, "analytics.usage", consent.Withdraw)
	l := s.found(in, p)
	r, err := s.Record(t.Context(), in, l.ID, "zh-CN")
	s.must(err)
	shown := map[string]string{}
	for _, f := range r.Profile {
		shown[f.Name] = f.Masked
		if f.Title.ZH == "" || f.Purpose == "" || f.UpdatedAt.IsZero() {
			t.Errorf("%+v", f)
		}
	}
	if shown["phone"] != "138****5678" || shown["email"] != "w***@e***.com" || shown["nickname"] != "王**" {
		t.Error(shown)
	}
	for _, secret := range []string{"王小明", "13812345678", "wang@example.com"} {
		if strings.Contains(fmt.Sprintf("%+v", r), secret) {
			t.Errorf("%s is in the record", secret)
		}
	}
	row := s.last()
	want := []string{"account_state", "age_band", "consents", "timeline", "email.masked", "nickname.masked", "phone.masked"}
	if row.Action != "staff.viewed" || row.Subject != p.ID || !slices.Equal(row.Fields, want) {
		t.Errorf("%+v", row)
	}
	i := slices.IndexFunc(r.Standings, func(x lookup.Standing) bool { return x.Purpose == "analytics.usage" })
	if x := r.Standings[i]; x.State != "withdrawn" || x.Allows || x.By != lookup.BySelf || x.EntryID == "" || x.Title.ZH == "" || x.Notice.Version != s.version {
		t.Errorf("%+v", x)
	}
	if e := r.Timeline[0]; len(r.Timeline) != 5 || e.State != "withdrawn" || e.Seq != 5 || len(e.Hash) != 64 || e.By != lookup.BySelf || r.MoreTimeline != 0 {
		t.Errorf("%+v, more at %d", r.Timeline, r.MoreTimeline)
	}
}

func TestALongHistoryComesInPagesEachWrittenDown(t *testing.T) {
	s := set(t)
	in, p := s.officer("sup", staff.Support), s.person("a")
	for range 15 {
		s.decide(p, "analytics.usage", consent.Grant)
		s.decide(p, "analytics.usage", consent.Withdraw)
	}
	l := s.found(in, p)
	r, err := s.Record(t.Context(), in, l.ID, "zh-CN")
	s.must(err)
	if len(r.Timeline) != lookup.TimelinePage || r.MoreTimeline == 0 {
		t.Fatalf("%d events, more at %d", len(r.Timeline), r.MoreTimeline)
	}
	before := len(s.rows(p.ID))
	rest, more, err := s.Timeline(t.Context(), in, l.ID, r.MoreTimeline)
	if err != nil || len(rest) != 13 || more != 0 || rest[12].Seq != 1 || len(s.rows(p.ID)) != before+1 {
		t.Errorf("%d events, more at %d, %v", len(rest), more, err)
	}
}

// Whatever write fails, before it has an effect or after: who sees data is in the audit.
func TestNothingIsShownThatTheAuditDoesNotHold(t *testing.T) {
	s := set(t)
	in, p := s.officer("sup", staff.Support), s.person("a", "nickname", `"王小明"`)
	entry := s.decide(p, "analytics.usage", consent.Grant)
	l := s.found(in, p)
	views := map[string]func() (shown bool, err error){
		"find": func() (bool, error) {
			l, err := s.Find(t.Context(), in, why(p.PrivacyNumber))
			return l != (lookup.Lookup{}), err
		},
		"record": func() (bool, error) {
			r, err := s.Record(t.Context(), in, l.ID, "zh-CN")
			return r.PrivacyNumber != "" || len(r.Profile)+len(r.Standings)+len(r.Timeline) > 0, err
		},
		"timeline": func() (bool, error) {
			e, more, err := s.Timeline(t.Context(), in, l.ID, 0)
			return len(e) > 0 || more != 0, err
		},
		"reveal": func() (bool, error) {
			v, err := s.Reveal(t.Context(), in, l.ID, "nickname")
			return v != "", err
		},
		"receipt": func() (bool, error) {
			r, ok, err := s.Receipt(t.Context(), in, l.ID, entry, "zh-CN")
			return ok || r.Header.RecordID != "", err
		},
		"allowed on": func() (bool, error) {
			a, err := s.AllowedOn(t.Context(), in, l.ID, "analytics.usage", s.clock.now())
			return a.Allowed || a.Entry != nil || a.Why != "", err
		},
	}
	for name, view := range views {
		for n := 1; ; n++ {
			for _, fail := range []func(int){s.engine.FailBefore, s.engine.FailAfter} {
				fail(n)
				failures, before := s.engine.Failures(), len(s.rows(p.ID))
				shown, err := view()
				if err != nil && shown {
					t.Errorf("%s: data and an error, when write %d fails", name, n)
				}
				if shown && len(s.rows(p.ID)) == before {
					t.Errorf("%s: seen and not written down, when write %d fails", name, n)
				}
				if s.engine.Failures() == failures && (err != nil || !shown) {
					t.Errorf("%s: %v without a failure", name, err)
				}
			}
			if n == 5 { // more than any view writes
				break
			}
		}
	}
	s.engine.Down(true)
	for name, view := range views {
		if shown, err := view(); shown || !errors.Is(err, fault.Define(fault.Unavailable, "store.unavailable", "", "")) {
			t.Errorf("%s: shown %v, %v, with no audit", name, shown, err)
		}
	}
	s.engine.Down(false)
}

func TestALookupIsItsOfficersForHalfAnHourAndAllIsAskedAgain(t *testing.T) {
	s := set(t)
	in, colleague, p := s.officer("sup", staff.Support), s.officer("sup2", staff.Support), s.person("a")
	auditor := s.officer("aud", staff.Auditor)
	l := s.found(in, p)
	refused := func(what string, in staff.Session, id string, want error) {
		t.Helper()
		before := s.last()
		r, err := s.Record(t.Context(), in, id, "zh-CN")
		if !errors.Is(err, want) || r.PrivacyNumber != "" {
			t.Errorf("%s: %v", what, err)
		}
		if _, err := s.Reveal(t.Context(), in, id, "nickname"); !errors.Is(err, want) {
			t.Errorf("%s, a field: %v", what, err)
		}
		if now := s.last(); now.Action == "staff.viewed" && now.Seq != before.Seq {
			t.Errorf("%s: a view is in the audit", what)
		}
	}
	refused("a colleague", colleague, l.ID, lookup.ErrOver)
	refused("an auditor", auditor, l.ID, staff.ErrForbidden)
	refused("an invented id", in, "lkp_00000000000000000000000000", lookup.ErrOver)
	refused("no id", in, "", lookup.ErrOver)
	if _, err := s.Find(t.Context(), auditor, why(p.PrivacyNumber)); !errors.Is(err, staff.ErrForbidden) {
		t.Error(err)
	}
	demoted, untrained := in, in
	demoted.Officer.Role, untrained.Officer.TrainedUntil = staff.Auditor, s.clock.now()
	refused("a role taken away", demoted, l.ID, staff.ErrForbidden)
	refused("a training that has lapsed", untrained, l.ID, staff.ErrTraining)
	s.clock.pass(30*time.Minute - time.Millisecond)
	if _, err := s.Record(t.Context(), in, l.ID, "zh-CN"); err != nil {
		t.Error(err)
	}
	s.clock.pass(time.Millisecond)
	refused("half an hour later", in, l.ID, lookup.ErrOver)
	if n, err := s.Sweep(t.Context()); n != 0 || err != nil {
		t.Errorf("swept %d on the same day, %v", n, err)
	}
	s.clock.pass(25 * time.Hour)
	if n, err := s.Sweep(t.Context()); n != 1 || err != nil {
		t.Errorf("swept %d, %v", n, err)
	}
}

func TestAMinorsRecordOpensForOneOfficerByAnotherAndForHalfAnHour(t *testing.T) {
	s := set(t)
	in, other, chief := s.officer("sup", staff.Support), s.officer("sup2", staff.Support), s.officer("cdo", staff.ChildDataOfficer)
	admin := s.officer("adm", staff.Administrator)
	child, sibling := s.person("child"), s.person("sibling")
	child, sibling = s.band(child.ID, subject.Under14), s.band(sibling.ID, subject.From14)

	l, err := s.Find(t.Context(), in, why(child.PrivacyNumber))
	if !errors.Is(err, staff.ErrApproval) || !l.Minor || l.ID == "" {
		t.Fatalf("%+v %v", l, err)
	}
	if row := s.last(); row.Subject != child.ID || row.Result != "approval_required" {
		t.Errorf("%+v", row)
	}
	if _, err := s.Find(t.Context(), admin, why(child.PrivacyNumber)); !errors.Is(err, staff.ErrForbidden) || s.last().Result != "denied" || s.last().Subject != child.ID {
		t.Errorf("%v %+v", err, s.last())
	}
	closed := func(what string, in staff.Session, id string, want error) {
		t.Helper()
		if r, err := s.Record(t.Context(), in, id, "zh-CN"); !errors.Is(err, want) || r.PrivacyNumber != "" || r.Band != "" {
			t.Errorf("%s: %v", what, err)
		}
	}
	closed("before it is asked", in, l.ID, staff.ErrApproval)
	a, err := s.Ask(t.Context(), in, l.ID)
	s.must(err)
	closed("before it is answered", in, l.ID, staff.ErrApproval)
	_, err = s.staff.Approve(t.Context(), chief, a.ID)
	s.must(err)
	r, err := s.Record(t.Context(), in, l.ID, "zh-CN")
	if err != nil || r.Band != "under_14" || r.Lookup.Ends.Sub(s.clock.now()) != 30*time.Minute {
		t.Errorf("%+v %v", r.Lookup, err)
	}
	second, err := s.Find(t.Context(), in, why(sibling.PrivacyNumber))
	if !errors.Is(err, staff.ErrApproval) {
		t.Errorf("one approval opens another record: %v", err)
	}
	closed("another record", in, second.ID, staff.ErrApproval)
	if _, err := s.Find(t.Context(), other, why(child.PrivacyNumber)); !errors.Is(err, staff.ErrApproval) {
		t.Errorf("one officer's approval opens it for another: %v", err)
	}
	s.clock.pass(30 * time.Minute)
	closed("half an hour after the approval", in, l.ID, staff.ErrApproval)
}

func TestARecordThatTurnsOutToBeAMinorsCloses(t *testing.T) {
	s := set(t)
	in, p := s.officer("sup", staff.Support), s.person("a")
	l := s.found(in, p)
	s.band(p.ID, subject.Under14)
	if _, err := s.Record(t.Context(), in, l.ID, "zh-CN"); !errors.Is(err, staff.ErrApproval) {
		t.Error(err)
	}
}

func TestAFieldIsRevealedWithItsOwnPermissionAFreshProofAndAQuota(t *testing.T) {
	s := set(t)
	in, admin := s.officer("sup", staff.Support), s.officer("adm", staff.Administrator)
	p := s.person("a", "nickname", `"王小明"`, "email", `"wang@example.com"`, "contact_preferences", `{"sms":true,"email":false}`)
	l, theirs := s.found(in, p), s.found(admin, p)
	v, err := s.Reveal(t.Context(), in, l.ID, "nickname")
	row := s.last()
	if err != nil || v != "王小明" || row.Action != "staff.revealed" || row.Subject != p.ID || !slices.Equal(row.Fields, []string{"nickname"}) || row.Reference != "T-17" {
		t.Errorf("%s %v %+v", v, err, row)
	}
	if v, err := s.Reveal(t.Context(), in, l.ID, "contact_preferences"); err != nil || v != "sms" {
		t.Errorf("%s %v", v, err)
	}
	if _, err := s.Reveal(t.Context(), admin, theirs.ID, "nickname"); !errors.Is(err, staff.ErrForbidden) {
		t.Error(err)
	}
	if _, err := s.Reveal(t.Context(), in, l.ID, "openid"); !errors.Is(err, lookup.ErrNoField) {
		t.Error(err)
	}
	s.decide(p, "account.contact", consent.Withdraw)
	if v, err := s.Reveal(t.Context(), in, l.ID, "email"); !errors.Is(err, lookup.ErrNoField) || v != "" {
		t.Errorf("no purpose covers it any more: %s %v", v, err)
	}
	for {
		if _, err = s.Reveal(t.Context(), in, l.ID, "contact_preferences"); err != nil {
			break
		}
	}
	if !errors.Is(err, staff.ErrQuota) {
		t.Error(err)
	}
	s.clock.pass(staff.StepUpLife + time.Second)
	if _, err := s.Reveal(t.Context(), in, l.ID, "contact_preferences"); !errors.Is(err, staff.ErrStepUp) {
		t.Error(err)
	}
}

func TestTenThousandGuessesEndInOneAlarm(t *testing.T) {
	s := set(t)
	in := s.officer("sup", staff.Support)
	ids := s.options.IDs
	tried, refused := 0, 0
	for range 10_000 {
		switch _, err := s.Find(t.Context(), in, why(ids.NewPrivacyNumber())); {
		case errors.Is(err, lookup.ErrNobody):
			tried++
		case errors.Is(err, staff.ErrQuota) && fault.KindOf(err) == fault.TooMany:
			refused++
		default:
			t.Fatal(err)
		}
	}
	alarms, searches := 0, 0
	for _, r := range s.rows("") {
		switch r.Action {
		case "staff.bulk_blocked":
			alarms++
		case "staff.lookup":
			searches++
		}
	}
	if limit := s.staff.Roles().PerHour(staff.Lookups); tried != limit || refused != 10_000-limit || alarms != 1 || searches != limit {
		t.Errorf("%d tried of %d, %d refused, %d alarms, %d rows", tried, limit, refused, alarms, searches)
	}
}

func TestWasItAllowedOnThisDayIsAnsweredByTheEntryThatProvesIt(t *testing.T) {
	s := set(t)
	in, p := s.officer("sup", staff.Support), s.person("a")
	born := s.clock.now()
	s.clock.pass(time.Hour)
	given := s.decide(p, "analytics.usage", consent.Grant)
	s.clock.pass(time.Hour)
	taken := s.decide(p, "analytics.usage", consent.Withdraw)
	s.clock.pass(time.Hour)
	l := s.found(in, p)
	for _, c := range []struct {
		purpose string
		at      time.Time
		allowed bool
		why     lookup.Why
		entry   string
	}{
		{"analytics.usage", born.Add(-time.Minute), false, lookup.WhyNoAccount, ""},
		{"analytics.usage", born, false, lookup.WhyNever, ""},
		{"analytics.usage", born.Add(time.Hour - time.Millisecond), false, lookup.WhyNever, ""},
		{"analytics.usage", born.Add(time.Hour), true, lookup.WhyConsent, given},
		{"analytics.usage", born.Add(2*time.Hour - time.Millisecond), true, lookup.WhyConsent, given},
		{"analytics.usage", born.Add(2 * time.Hour), false, lookup.WhyNo, taken},
		{"analytics.usage", s.clock.now(), false, lookup.WhyNo, taken},
		{"account.service", born, true, lookup.WhyBasis, ""},
	} {
		a, err := s.AllowedOn(t.Context(), in, l.ID, c.purpose, c.at)
		s.must(err)
		entry := ""
		if a.Entry != nil {
			entry = a.Entry.EntryID
		}
		if a.Allowed != c.allowed || a.Why != c.why || entry != c.entry || a.Text.ZH == "" || a.Text.EN == "" {
			t.Errorf("%s at %v: %+v", c.purpose, c.at.Sub(born), a)
		}
	}
	if _, err := s.AllowedOn(t.Context(), in, l.ID, "analytics.usage", s.clock.now().Add(time.Second)); !errors.Is(err, lookup.ErrMoment) {
		t.Error(err)
	}
	if _, err := s.AllowedOn(t.Context(), in, l.ID, "invented", born); !errors.Is(err, lookup.ErrNoPurpose) {
		t.Error(err)
	}
	r, verified, err := s.Receipt(t.Context(), in, l.ID, given, "en")
	if err != nil || !verified || r.Header.RecordID != given || s.last().Action != "staff.viewed" || !slices.Equal(s.last().Fields, []string{"receipt"}) {
		t.Errorf("%v %v %+v", verified, err, s.last())
	}
	stranger := s.person("b")
	if _, _, err := s.Receipt(t.Context(), in, l.ID, s.decide(stranger, "analytics.usage", consent.Grant), "en"); !errors.Is(err, lookup.ErrNoEntry) {
		t.Errorf("somebody else's entry: %v", err)
	}
}

func TestATamperedEntryIsNoProof(t *testing.T) {
	s := set(t)
	in, p := s.officer("sup", staff.Support), s.person("a")
	first := s.decide(p, "analytics.usage", consent.Grant)
	last := s.decide(p, "analytics.usage", consent.Withdraw)
	d, err := s.engine.Get(t.Context(), "books", p.ID)
	s.must(err)
	i := strings.Index(string(d.Body), `"method":"tap"`)
	d.Body[i+len(`"method":"t`)]++
	s.must(s.engine.Replace(t.Context(), "books", d))
	l := s.found(in, p)
	for _, entry := range []string{first, last} {
		if _, verified, err := s.Receipt(t.Context(), in, l.ID, entry, "en"); verified || err != nil {
			t.Errorf("%v %v", verified, err)
		}
	}
	if a, err := s.AllowedOn(t.Context(), in, l.ID, "analytics.usage", s.clock.now()); err == nil {
		t.Errorf("%+v from a chain that does not hold", a)
	}
}

func TestThePersonSeesWhoLookedAndNotWhoTheyAre(t *testing.T) {
	s := set(t)
	in, p, other := s.officer("sup", staff.Support), s.person("a", "nickname", `"王小明"`), s.person("b")
	l := s.found(in, p)
	_, err := s.Record(t.Context(), in, l.ID, "zh-CN")
	s.must(err)
	_, err = s.Reveal(t.Context(), in, l.ID, "nickname")
	s.must(err)
	_, err = s.audit.Append(t.Context(), audit.Row{Actor: "system", Role: "system", Action: "retention.expired", Subject: p.ID})
	s.must(err)
	_, err = s.audit.Append(t.Context(), audit.Row{Actor: in.Officer.ID, Role: "support", Action: "request.refused", Subject: p.ID, Reference: "call Alice"})
	s.must(err)
	var seen []lookup.Access
	for after := ""; ; {
		page, next, err := s.AccessLog(t.Context(), p.ID, after, 2)
		s.must(err)
		seen = append(seen, page...)
		if after = next; next == "" {
			break
		}
	}
	var told []string
	for _, a := range seen {
		told = append(told, a.Action+" "+a.Reason+" "+a.Reference+" "+strings.Join(a.Fields, ","))
		if a.Role != "support" || a.RoleTitle.ZH == "" || a.RoleTitle.EN == "" || a.ActionTitle.ZH == "" {
			t.Errorf("%+v", a)
		}
	}
	want := []string{
		"request.refused   ", "staff.revealed support_ticket T-17 nickname",
		"staff.viewed support_ticket T-17 account_state,age_band,consents,timeline,nickname.masked", "staff.lookup support_ticket T-17 privacy_number",
	}
	if !slices.Equal(told, want) {
		t.Errorf("%q", told)
	}
	if all := fmt.Sprintf("%+v", seen); strings.Contains(all, in.Officer.ID) || strings.Contains(all, "sup ") || strings.Contains(all, "王小明") {
		t.Error(all)
	}
	if theirs, _, err := s.AccessLog(t.Context(), other.ID, "", 10); err != nil || len(theirs) != 0 {
		t.Errorf("%+v %v", theirs, err)
	}
}

func TestAnErasureEndsTheLookupsAndKeepsTheChain(t *testing.T) {
	s := set(t)
	in, p, other := s.officer("sup", staff.Support), s.person("a"), s.person("b")
	l, theirs := s.found(in, p), s.found(in, other)
	_, err := s.Record(t.Context(), in, l.ID, "zh-CN")
	s.must(err)
	h, rows := s.Holder(), len(s.rows(p.ID))
	kinds, err := h.Describe(t.Context(), p.ID)
	if err != nil || len(kinds) != 1 || kinds[0].Count != rows || kinds[0].Until.IsZero() {
		t.Errorf("%+v %v", kinds, err)
	}
	files, err := h.Export(t.Context(), p.ID)
	if err != nil || len(files) != 1 || len(files[0].Records) != rows || strings.Contains(fmt.Sprint(files[0].Records), in.Officer.ID) {
		t.Errorf("%+v %v", files, err)
	}
	if left, err := h.Remains(t.Context(), p.ID); err != nil || !slices.Equal(left, []string{"lookups"}) {
		t.Errorf("%v %v", left, err)
	}
	for range 2 { // again is no error
		kept, err := h.Erase(t.Context(), p.ID)
		if err != nil || len(kept) != 1 || kept[0].Reason != "legal_duty" {
			t.Errorf("%+v %v", kept, err)
		}
	}
	if left, err := h.Remains(t.Context(), p.ID); err != nil || len(left) != 0 {
		t.Errorf("%v %v", left, err)
	}
	if n := len(s.rows(p.ID)); n != rows {
		t.Errorf("%d of %d rows are left", n, rows)
	}
	if _, err := s.Lookup(t.Context(), in, l.ID); !errors.Is(err, lookup.ErrOver) {
		t.Error(err)
	}
	if _, err := s.Lookup(t.Context(), in, theirs.ID); err != nil {
		t.Error(err)
	}
}
