package app_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"zhiqing/internal/app"
	"zhiqing/internal/app/apptest"
	"zhiqing/internal/inspection"
	"zhiqing/internal/register/prove"
	"zhiqing/internal/staff"
	"zhiqing/internal/store"
)

// night is what an inspection finds.
func night(p *apptest.Program) inspection.Outcome {
	p.T.Helper()
	for _, job := range []string{"inspection", "alarms"} {
		if _, err := p.App.Jobs.RunOnce(p.T.Context(), job); err != nil {
			p.T.Fatal(job, err)
		}
	}
	o, ok, err := p.App.Inspection.Last(p.T.Context())
	if err != nil || !ok {
		p.T.Fatal("no outcome", err)
	}
	return o
}

func answer(o inspection.Outcome, q inspection.Question) inspection.Answer {
	i := slices.IndexFunc(o.Answers, func(a inspection.Answer) bool { return a.Question == q })
	return o.Answers[i]
}

// change rewrites a stored document beside the program, as somebody with the store in hand can.
func change(t *testing.T, e store.Engine, collection, id string, edit func(bson.M)) {
	t.Helper()
	d, err := e.Get(t.Context(), collection, id)
	must(t, err)
	var m bson.M
	must(t, bson.Unmarshal(d.Body, &m))
	edit(m)
	d.Body, err = bson.Marshal(m)
	must(t, err)
	must(t, e.Replace(t.Context(), collection, d))
}

// The inspection asks the store itself. Lives as people lead them are sound; what somebody changes in the store is named where
// the operator hears of it: in the log, in the metrics and on the page of the audit.
func TestTheInspectionNamesWhatThePolicyDoesNotAllow(t *testing.T) {
	apptest.OnEveryEngine(t, func(t *testing.T, storeURL string) {
		first, gone, declared := prove.Row(t, "F-1"), prove.Row(t, "F-9"), prove.Row(t, "F-15")
		var engine store.Engine
		p := apptest.Start(t, storeURL, func(o *app.Options) { o.Engine = func(e store.Engine) store.Engine { engine = e; return e } })
		if _, ok, err := p.App.Inspection.Last(t.Context()); ok || err != nil {
			t.Fatal("an outcome before the first inspection", err)
		}

		mail := adult(p, "mail")
		p.Refused(403, "profile.consent_required", patchProfile(p, mail, map[string]any{"email": "lan@example.com"}))
		grantMail(p, mail)
		p.Clock.Advance(time.Minute)
		p.Want(200, patchProfile(p, mail, map[string]any{"email": "lan@example.com", "nickname": "小兰"}))
		renewed := adult(p, "renewed") // says yes again after the address is there
		grantMail(p, renewed)
		p.Want(200, patchProfile(p, renewed, map[string]any{"email": "hua@example.com"}))
		p.Clock.Advance(time.Minute)
		grantMail(p, renewed)
		f := review(p, "child", "mum", "13800138001", 10)
		p.Want(200, f.decide("grant"))
		p.Want(200, patchProfile(p, f.child, map[string]any{"nickname": "小明"}))
		left := adult(p, "left")
		p.Want(200, patchProfile(p, left, map[string]any{"nickname": "小左"}))
		closed := closeAccount(p, "left")
		p.Guest()

		o := night(p)
		for _, a := range o.Answers {
			first.That(a.Found == 0 && len(a.Named) == 0, "a sound store: %+v", a)
		}
		first.Equal(answer(o, inspection.ConsentFirst).Looked, int64(4)) // two addresses, two names
		gone.Equal(answer(o, inspection.Erased).Looked, int64(1))
		declared.That(answer(o, inspection.Declared).Looked > 20, "too few documents were looked at: %+v", o.Answers)
		auditor := hire(p, "wang.fang", staff.Auditor).signIn()
		auditor.wants(auditor.get("/console/audit"), 200, "每夜自查", "库中只有登记过的数据项")
		if log := p.Log.String(); strings.Contains(log, "the inspection found") {
			t.Errorf("an alarm about a sound store: %s", log)
		}

		person, err := p.App.Sessions.Authenticate(t.Context(), mail)
		must(t, err)
		change(t, engine, "subjects", person.Owner, func(m bson.M) { // as if collected before the consent
			for _, field := range m["fields"].(bson.A) {
				d := field.(bson.D)
				for i := range d {
					if d[i].Key == "at" {
						d[i].Value = bson.NewDateTimeFromTime(p.Clock.Now().Add(-90 * 24 * time.Hour))
					}
				}
			}
			m["shoe_size"] = 38
			m["张三 13800138000"] = true
		})
		change(t, engine, "subjects", f.childID, func(m bson.M) {
			for _, field := range m["fields"].(bson.A) {
				d := field.(bson.D)
				for i := range d {
					if d[i].Key == "at" {
						d[i].Value = bson.NewDateTimeFromTime(p.Clock.Now().Add(-90 * 24 * time.Hour))
					}
				}
			}
		})
		change(t, engine, "subjects", closed.id, func(m bson.M) { m["openid"] = bson.Binary{Data: []byte("left behind")} })

		o = night(p)
		first.That(slices.Equal(sorted(answer(o, inspection.ConsentFirst).Named), sorted([]string{person.Owner + ": email", f.childID + ": nickname"})),
			"collected before consent: %+v", answer(o, inspection.ConsentFirst))
		gone.That(fmt.Sprint(answer(o, inspection.Erased).Named) == "["+closed.id+": subjects: openid]", "erased: %+v", answer(o, inspection.Erased))
		undeclared := answer(o, inspection.Declared)
		declared.That(undeclared.Found == 1 && slices.Contains(undeclared.Named, "subjects "+person.Owner+": shoe_size") && slices.Contains(undeclared.Named, "subjects "+person.Owner+": ?"),
			"undeclared: %+v", undeclared)
		metrics := string(p.Want(200, call{Method: "GET", Path: "/metrics"}).Raw)
		for _, line := range []string{`{question="consent_first"} 2`, `{question="declared"} 1`, `{question="erased"} 1`} {
			if !strings.Contains(metrics, "zhiqing_inspection_findings"+line) {
				t.Errorf("/metrics does not say %s", line)
			}
		}
		if log := p.Log.String(); strings.Count(log, "the inspection found") != 3 || strings.Contains(log, "13800138000") {
			t.Errorf("the log: %s", log)
		}
		page := auditor.wants(auditor.get("/console/audit"), 200, "每夜自查发现 4 处", person.Owner+": email", closed.id+": subjects: openid").body
		if strings.Contains(page, "张三") {
			t.Error("the page repeats a name that somebody has put into the store")
		}
	})
}

func sorted(list []string) []string { return slices.Sorted(slices.Values(list)) }
