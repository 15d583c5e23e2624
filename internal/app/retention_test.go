package app_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"zhiqing/internal/app"
	"zhiqing/internal/app/apptest"
	"zhiqing/internal/register/prove"
	"zhiqing/internal/retention"
	"zhiqing/internal/store"
	"zhiqing/internal/store/flaky"
)

// transaction reports an order of somebody, completed at a time.
func transaction(p *apptest.Program, id, reference string, at time.Time) {
	p.T.Helper()
	reported(p, retention.Event{Subject: id, Category: "order", Reference: reference, Event: "completed", At: at})
}

func reported(p *apptest.Program, e retention.Event) {
	p.T.Helper()
	if err := p.App.Retention.Report(p.T.Context(), e); err != nil {
		p.T.Fatal(err)
	}
}

// clocksOf is what is kept of somebody's things, by category and reference.
func clocksOf(p *apptest.Program, id string) (list []string) {
	p.T.Helper()
	for _, h := range p.App.Holdings() {
		if h.Name() != "retention" {
			continue
		}
		files, err := h.Export(p.T.Context(), id)
		if err != nil {
			p.T.Fatal(err)
		}
		for _, r := range files[0].Records {
			m := r.(map[string]any)
			list = append(list, m["category"].(string)+" "+m["reference"].(string))
		}
	}
	slices.Sort(list)
	return list
}

// sweepsRetention runs the job, and stands aside for the server's own run of it.
func sweepsRetention(p *apptest.Program) {
	p.T.Helper()
	if _, err := p.App.SweepRetention(p.T.Context()); err != nil {
		p.T.Fatal(err)
	}
}

// An order is kept for three years whatever else ends, and not a day longer; what its person is told says so.
func TestATransactionIsKeptForThreeYearsAndThenGone(t *testing.T) {
	longest, duty, expired := prove.Row(t, "A-L32.2"), prove.Row(t, "A-L5.1"), prove.Row(t, "A-L37.1")
	apptest.OnEveryEngine(t, func(t *testing.T, storeURL string) {
		p := apptest.Start(t, storeURL)
		mum := p.Login("mum")
		token, id := mum.Str("access_token"), mum.Str("subject", "id")
		transaction(p, id, "O-1", p.Clock.Now())
		fresh := stepUp(p, token, "mum")
		p.Want(200, patchProfile(p, fresh, map[string]any{"nickname": "小石头"}))
		withdrawn := p.Want(201, ask(fresh, "withdraw_all")).Str("number")
		done(p, fresh, withdrawn)
		sweepsRetention(p)
		duty.Equal(clocksOf(p, id), []string{"order O-1"})
		answer := done(p, fresh, p.Want(201, ask(fresh, "access")).Str("number"))
		duty.That(strings.Contains(string(answer.Raw), "retention_clock"), "the person is not told: %s", answer.Raw)

		end := done(p, fresh, p.Want(201, ask(fresh, "cancel_account")).Str("number"))
		text, _ := json.Marshal(end.Get("outcome", "kept"))
		duty.That(strings.Contains(string(text), "电子商务法") && strings.Contains(string(text), `"order"`), "the law is not named: %s", text)
		sweepsRetention(p)
		longest.Equal(clocksOf(p, id), []string{"consent_record book", "order O-1"})
		p.Clock.Advance(3 * 366 * 24 * time.Hour)
		sweepsRetention(p)
		expired.Equal(len(clocksOf(p, id)), 0)
		entries, _, err := p.App.Consents.History(t.Context(), id, 0, 10)
		expired.That(err == nil && len(entries) == 0, "the consent book is there three years after the end: %d %v", len(entries), err)
		p.Stop()
		sound(t, p)
	})
}

// The account is closed while a repair goes on: what the repair needs stays, until 180 days after it.
func TestAClosedAccountLeavesOnlyWhatStillServes(t *testing.T) {
	row := prove.Row(t, "A-L33-36")
	p := apptest.Start(t, "")
	mum := p.Login("mum")
	token, id := mum.Str("access_token"), mum.Str("subject", "id")
	now := p.Clock.Now()
	reported(p, retention.Event{Subject: id, Category: "ticket", Reference: "T-1", Event: "service_ended"}) // has begun
	reported(p, retention.Event{Subject: id, Category: "delivery", Reference: "O-1", Event: "completed", At: now})
	fresh := stepUp(p, token, "mum")
	p.Want(200, patchProfile(p, fresh, map[string]any{"nickname": "小石头"}))
	done(p, fresh, p.Want(201, ask(fresh, "cancel_account")).Str("number"))
	sweepsRetention(p)
	row.Equal(clocksOf(p, id), []string{"consent_record book", "ticket T-1"})
	reported(p, retention.Event{Subject: id, Category: "ticket", Reference: "T-1", Event: "service_ended", At: now})
	p.Clock.Advance(179 * 24 * time.Hour)
	sweepsRetention(p)
	row.Equal(clocksOf(p, id), []string{"consent_record book", "ticket T-1"})
	p.Clock.Advance(3 * 24 * time.Hour)
	sweepsRetention(p)
	row.Equal(clocksOf(p, id), []string{"consent_record book"})
}

func onHold(p *apptest.Program, id, category string) retention.Hold {
	p.T.Helper()
	h, err := p.App.Retention.Hold(p.T.Context(), retention.Hold{
		Subject: id, Category: category, Reason: "lawsuit", Approver: "stf_x", ReviewBy: p.Clock.Now().AddDate(0, 1, 0),
	})
	if err != nil {
		p.T.Fatal(err)
	}
	return h
}

// waits follows a request until it is told to wait.
func waits(p *apptest.Program, token, number string) apptest.Answer {
	p.T.Helper()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); {
		a := p.Want(200, call{Method: "GET", Path: "/v1/me/requests/" + number, Token: token})
		if a.Get("outcome") != nil {
			return a
		}
	}
	p.T.Fatalf("request %s does not wait", number)
	return apptest.Answer{}
}

// Somebody in a dispute asks for their account to be erased: it is stored and nothing else, they are told why, and the end of
// the hold ends the account.
func TestAHoldStopsAnErasureAndItsClosingContinuesIt(t *testing.T) {
	row := prove.Row(t, "A-L5.2")
	apptest.OnEveryEngine(t, func(t *testing.T, storeURL string) {
		p := apptest.Start(t, storeURL)
		mum := p.Login("mum")
		token, id := mum.Str("access_token"), mum.Str("subject", "id")
		p.Want(200, patchProfile(p, token, map[string]any{"nickname": "小石头"}))
		h := onHold(p, id, "")
		p.Refused(409, "subject.held", patchProfile(p, token, map[string]any{"nickname": nil}))
		fresh := stepUp(p, token, "mum")
		number := p.Want(201, ask(fresh, "cancel_account")).Str("number")
		answer := waits(p, fresh, number)
		row.Equal(answer.Str("state"), "in_progress")
		row.Equal(answer.Str("outcome", "kept", 0, "reason"), "legal_hold")
		row.That(strings.Contains(answer.Str("outcome", "kept", 0, "law"), "第四十七条"), "no law: %s", answer.Raw)
		s, err := p.App.Subjects.Find(t.Context(), id)
		row.That(err == nil && !s.State.Over() && len(s.Fields) == 1 && len(s.Key) > 0, "held data is gone: %s %v", s.State, err)
		usable, err := p.App.Usable(t.Context(), id)
		row.That(err == nil && !usable("account.service") && usable("legal.records"), "it is used: %v", err)
		row.That(slices.Contains(kindsOf(inbox(p, fresh)), "request_held"), "nobody was told")

		p.Clock.Advance(40 * 24 * time.Hour)
		sweepsRetention(p)
		row.That(strings.Contains(p.Log.String(), "past their review"), "a late review raises no alarm")

		if _, err := p.App.ReleaseHold(t.Context(), h.ID, "stf_y"); err != nil {
			t.Fatal(err)
		}
		for end := time.Now().Add(30 * time.Second); s.State != "erased" && time.Now().Before(end); {
			if s, err = p.App.Subjects.Find(t.Context(), id); err != nil {
				t.Fatal(err)
			}
		}
		row.That(s.State == "erased" && len(s.Key) == 0 && len(s.Fields) == 0, "the erasure does not go on: %s", s.State)
		p.Stop()
		sound(t, p)
	})
}

func kindsOf(a apptest.Answer) (list []string) {
	items, _ := a.Get("items").([]any)
	for i := range items {
		list = append(list, a.Str("items", i, "kind"))
	}
	return list
}

// A hold over one field keeps that field and nothing else; a consent that ends meanwhile takes it along when the hold ends.
func TestAHoldOverAFieldKeepsThatFieldAndNothingElse(t *testing.T) {
	row := prove.Row(t, "A-L5.2")
	p := apptest.Start(t, "")
	mum := p.Login("mum")
	token, id := mum.Str("access_token"), mum.Str("subject", "id")
	p.Want(201, decide(token, decision("account.contact", "grant", current(p, "privacy"))))
	p.Want(200, patchProfile(p, token, map[string]any{"nickname": "小石头", "email": "someone@example.com"}))
	h := onHold(p, id, "email")
	p.Want(200, call{Method: "DELETE", Path: "/v1/me/consents/account.contact", Token: token})
	row.Equal(fieldsOf(p, id), []string{"email", "nickname"})
	shown := p.Want(200, call{Method: "GET", Path: "/v1/me/profile", Token: token})
	row.That(shown.Get("fields", "email") == nil, "what is only stored is shown: %s", shown.Raw)
	fresh := stepUp(p, token, "mum")
	number := p.Want(201, ask(fresh, "delete")).Str("number")
	waits(p, fresh, number)
	row.Equal(fieldsOf(p, id), []string{"email"})
	if _, err := p.App.ReleaseHold(t.Context(), h.ID, "stf_y"); err != nil {
		t.Fatal(err)
	}
	row.Equal(len(fieldsOf(p, id)), 0)
	row.Equal(done(p, fresh, number).Str("state"), "fulfilled")
}

func fieldsOf(p *apptest.Program, id string) (names []string) {
	p.T.Helper()
	s, err := p.App.Subjects.Find(p.T.Context(), id)
	if err != nil {
		p.T.Fatal(err)
	}
	for _, f := range s.Fields {
		names = append(names, f.Name)
	}
	return names
}

// A guardian's withdrawal is never harder for a hold: it counts at once, and the account goes when the hold ends.
func TestAHoldDoesNotHinderAGuardiansWithdrawal(t *testing.T) {
	p := apptest.Start(t, "")
	f := review(p, "kid", "mum", "13800138000", 12)
	p.Want(200, f.decide("grant"))
	h := onHold(p, f.childID, "")
	p.Want(200, f.withdraw())
	s, err := p.App.Subjects.Find(t.Context(), f.childID)
	if err != nil || s.State != "restricted" || len(s.Key) == 0 {
		t.Fatalf("%s, key %t, %v", s.State, len(s.Key) > 0, err)
	}
	if _, err := p.App.ReleaseHold(t.Context(), h.ID, "stf_y"); err != nil {
		t.Fatal(err)
	}
	if s, err = p.App.Subjects.Find(t.Context(), f.childID); err != nil || s.State != "erased" {
		t.Errorf("%s %v", s.State, err)
	}
}

// The sweep of a whole program is killed at each of its writes, before and after the effect: what is left at the end is the
// same, and every chain verifies.
func TestASweepThatIsKilledAnywhereEndsTheSame(t *testing.T) {
	row := prove.Row(t, "A-L37.1")
	dir := t.TempDir()
	p := apptest.Start(t, "", func(o *app.Options) { o.Config = apptest.Configure(dir, "") })
	mum := p.Login("mum")
	id := mum.Str("subject", "id")
	p.Want(201, decide(mum.Str("access_token"), decision("analytics.usage", "grant", current(p, "privacy"))))
	for _, reference := range []string{"O-1", "O-2"} {
		transaction(p, id, reference, p.Clock.Now())
	}
	c := closeAccount(p, "mum")
	if c.id != id {
		t.Fatal("another person")
	}
	p.Stop()
	before := files(t, dir, "zhiqing.db")
	later := func() time.Time { return app.Clock().AddDate(4, 0, 0) }
	opened := func(now func() time.Time) (*app.App, *flaky.Engine) {
		var engine *flaky.Engine
		a, err := app.Open(t.Context(), app.Options{Config: p.Config, Now: now, Engine: func(e store.Engine) store.Engine {
			engine = flaky.Wrap(e)
			return engine
		}})
		if err != nil {
			t.Fatal(err)
		}
		return a, engine
	}
	a, engine := opened(later)
	start := engine.Writes()
	if n, err := a.SweepRetention(t.Context()); n != 3 || err != nil {
		t.Fatalf("%d let go of, %v", n, err)
	}
	writes := engine.Writes() - start
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	for n := 1; n <= writes; n++ {
		for when, fail := range map[string]func(*flaky.Engine, int){"before": (*flaky.Engine).FailBefore, "after": (*flaky.Engine).FailAfter} {
			restore(t, dir, before)
			a, engine := opened(later)
			fail(engine, n)
			_, failed := a.SweepRetention(t.Context())
			row.That(engine.Failures() == 1, "write %d does not fail %s its effect: %v", n, when, failed)
			if err := a.Close(); err != nil { // and nothing else: the process is gone
				t.Fatal(err)
			}
			a, _ = opened(func() time.Time { return later().AddDate(0, 0, 2) })
			_, err := a.SweepRetention(t.Context())
			entries, _, errEntries := a.Consents.History(t.Context(), id, 0, 10)
			row.That(err == nil && errEntries == nil && len(entries) == 0, "write %d fails %s its effect: %v %v, %d entries are left", n, when, err, errEntries, len(entries))
			row.Equal(len(clocksOf(&apptest.Program{T: t, App: a}, id)), 0)
			if err := a.Close(); err != nil {
				t.Fatal(err)
			}
			sound(t, p)
		}
	}
}

// How much there was, by month, stays of usage records whose year is over, and nothing that leads to anybody.
func TestWhatIsAnonymisedLeadsToNobody(t *testing.T) {
	row := prove.Row(t, "A-L37.2")
	p := apptest.Start(t, "")
	mum := p.Login("mum")
	token, id := mum.Str("access_token"), mum.Str("subject", "id")
	p.Want(201, decide(token, decision("analytics.usage", "grant", current(p, "privacy"))))
	for i := range 12 {
		reported(p, retention.Event{Subject: id, Category: "usage", Reference: fmt.Sprint("U-", i), Event: "recorded", At: p.Clock.Now()})
	}
	sweepsRetention(p)
	row.Equal(len(clocksOf(p, id)), 12)
	p.Clock.Advance(367 * 24 * time.Hour)
	sweepsRetention(p)
	row.Equal(len(clocksOf(p, id)), 0)
	counts, err := p.App.Retention.Counts(t.Context())
	row.That(err == nil && len(counts) == 1 && counts[0].N == 12 && counts[0].Category == "usage", "%+v %v", counts, err)
	engine, err := app.OpenStoreToRead(t.Context(), p.Config.Store)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = engine.Close() }()
	tallies, err := store.Open[map[string]any](t.Context(), engine, "anonymised")
	if err != nil {
		t.Fatal(err)
	}
	kept, _, err := tallies.Find(t.Context(), store.ByID, store.Range{Limit: 10})
	row.That(err == nil && len(kept) == 1, "%v %v", kept, err)
	for _, f := range kept {
		text := fmt.Sprint(f.ID, f.Value)
		row.That(!strings.Contains(text, id) && !strings.Contains(text, "U-") && strings.Count(text, "pending") == 0, "it leads back: %s", text)
	}
}

// A dry run tells what would go, by category and rule, and the store is the same afterwards.
func TestADryRunCountsByRuleAndChangesNothing(t *testing.T) {
	dir := t.TempDir()
	early := func() time.Time { return app.Clock().AddDate(-4, 0, 0) }
	p := apptest.Start(t, "", func(o *app.Options) { o.Config, o.Now = apptest.Configure(dir, ""), early })
	id := p.Login("mum").Str("subject", "id")
	transaction(p, id, "O-1", early())
	p.Stop()
	before := read(t, filepath.Join(dir, "zhiqing.db"))
	planned, err := app.SweepDryRun(t.Context(), p.Config)
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(planned, func(x app.Planned) bool { return x.Would != nil })
	want := retention.Due{Category: "order", Purpose: "legal.records", Period: "P3Y"}
	if i < 0 || len(planned) < 8 || planned[i].Would.By[want] != 1 || planned[i].Would.Total() != 1 {
		t.Errorf("%+v", planned)
	}
	if !bytes.Equal(before, read(t, filepath.Join(dir, "zhiqing.db"))) {
		t.Error("a dry run has changed the store")
	}
}
