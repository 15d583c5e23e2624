package app_test

import (
	"bytes"
	"strings"
	"testing"

	"zhiqing/internal/app"
	"zhiqing/internal/app/apptest"
	"zhiqing/internal/staff"
	"zhiqing/internal/store"
)

// The daily walk tells of a break where an operator hears it: in the log, and in a figure that an alert can rest on.
func TestABreakOfTheAuditReachesTheOperator(t *testing.T) {
	var engine store.Engine
	p := apptest.Start(t, "", func(o *app.Options) { o.Engine = func(e store.Engine) store.Engine { engine = e; return e } })
	officer(p, "li.hua", staff.Support)
	walk := func() string {
		for _, job := range []string{"audit.check", "alarms"} {
			if _, err := p.App.Jobs.RunOnce(t.Context(), job); err != nil {
				t.Fatal(job, err)
			}
		}
		return string(p.Want(200, call{Method: "GET", Path: "/metrics"}).Raw)
	}
	if !strings.Contains(walk(), "\nzhiqing_audit_broken 0\n") || strings.Contains(p.Log.String(), "the audit log is broken") {
		t.Fatal("a chain that holds is called broken")
	}
	const first = "0000000000000000001"
	row, err := engine.Get(t.Context(), "audit", first)
	must(t, err)
	row.Body = bytes.Replace(row.Body, []byte(`"action":"s`), []byte(`"action":"t`), 1)
	must(t, engine.Replace(t.Context(), "audit", row))
	if !strings.Contains(walk(), "\nzhiqing_audit_broken 1\n") {
		t.Error("/metrics does not tell")
	}
	if log := p.Log.String(); !strings.Contains(log, "the audit log is broken") || !strings.Contains(log, first) {
		t.Error("the log does not name the row")
	}
}
