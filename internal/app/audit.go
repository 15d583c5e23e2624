package app

import (
	"context"
	"fmt"
	"io"
	"time"

	"zhiqing/internal/audit"
	"zhiqing/internal/consent"
	"zhiqing/internal/job"
	"zhiqing/internal/store"
)

// checkAuditEvery is how often the whole log of the audit is walked.
const checkAuditEvery = 24 * time.Hour

// auditJob walks the audit's chain and tells the operator of a break; the console shows how the last walk went.
func (a *App) auditJob() job.Job {
	return job.Job{Name: "audit.check", Every: checkAuditEvery, Run: func(ctx context.Context) (int, error) {
		c, err := a.Audit.Check(ctx)
		if err == nil && c.Broken != "" {
			a.log.Error("the audit log is broken", "row", c.Broken, "reason", c.Reason)
		}
		return int(c.Rows), err
	}}
}

// watchAudit reads how the last walk went, whichever server walked, for this one's /metrics.
func (a *App) watchAudit(ctx context.Context) error {
	c, _, err := a.Audit.LastCheck(ctx)
	if err == nil {
		a.torn.Store(c.Broken != "")
	}
	return err
}

// Report is what Verify found: in the books of consent, in what should be erased, and in the audit.
type Report struct {
	consent.Report
	AuditRows int64 // that hold, from the first
}

// verifyAudit walks the audit and adds the row at which it breaks.
func verifyAudit(ctx context.Context, engine store.Engine, report *Report) error {
	log, err := audit.Open(ctx, engine, Clock)
	if err != nil {
		return err
	}
	rows, broken, err := log.Verify(ctx)
	report.AuditRows = rows
	if broken != nil {
		report.Break(fmt.Sprintf("audit row %s: %s", broken.Row, broken.Reason))
	}
	return err
}

// PackAudit writes the log of a period (to is exclusive) for an auditor, with the figures on minors beside it. That it was made
// is a row of the log first.
func (a *App) PackAudit(ctx context.Context, w io.Writer, from, to time.Time) (rows int64, err error) {
	built := audit.Row{Actor: "system", Role: "operator", Action: "audit.pack_built", Fields: []string{"time"}, Result: "allowed"}
	if _, err := a.Audit.Append(ctx, built); err != nil {
		return 0, err
	}
	figures, err := a.figuresOf(ctx, from, to, 0)
	if err != nil {
		return 0, err
	}
	return a.Audit.Pack(ctx, w, from, to, figures, 0, a.keys)
}
