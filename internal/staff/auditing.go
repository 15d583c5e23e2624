package staff

import (
	"context"
	"io"
	"time"

	"zhiqing/internal/audit"
)

// Reading the audit is written into it, too: nobody reads quietly.

// ReadAudit lists rows, each checked. Each page is a row of the log first. Faults: those of Allow for audit.read.
func (d *Desk) ReadAudit(ctx context.Context, s Session, q audit.Query) (rows []audit.Seen, next string, err error) {
	if err := d.Allow(ctx, s, AuditRead); err != nil {
		return nil, "", err
	}
	if err := d.note(ctx, s.Officer, audit.Row{Action: "audit.viewed", Fields: narrowed(q), Result: allowed}); err != nil {
		return nil, "", err
	}
	return d.o.Audit.Look(ctx, q)
}

// narrowed names what a query was narrowed by, never the value.
func narrowed(q audit.Query) (by []string) {
	for _, n := range []struct {
		name string
		used bool
	}{{"actor", q.Actor != ""}, {"subject", q.Subject != ""}, {"reason", q.Reason != ""}, {"time", !q.From.IsZero() || !q.To.IsZero()}} {
		if n.used {
			by = append(by, n.name)
		}
	}
	return by
}

// CheckAudit walks the whole chain now, which is a row of the log first. A process walks it for one officer at a time. Faults:
// those of Allow for audit.read; ErrWalking; context.DeadlineExceeded for a log too long for one request, which the nightly job
// walks.
func (d *Desk) CheckAudit(ctx context.Context, s Session) (audit.Checked, error) {
	if err := d.Allow(ctx, s, AuditRead); err != nil {
		return audit.Checked{}, err
	}
	if !d.walking.TryLock() {
		return audit.Checked{}, ErrWalking
	}
	defer d.walking.Unlock()
	if err := d.note(ctx, s.Officer, audit.Row{Action: "audit.checked", Result: allowed}); err != nil {
		return audit.Checked{}, err
	}
	return d.o.Audit.Check(ctx)
}

// LastCheck is how the last walk along the chain went; ok is false when there was none.
func (d *Desk) LastCheck(ctx context.Context) (c audit.Checked, ok bool, err error) {
	return d.o.Audit.LastCheck(ctx)
}

// PackRows bounds a pack that is made for a page; the command line has no bound.
const PackRows = 100_000

// PackAudit writes the log of a period for an auditor (see audit.Log.Pack). That it was made is a row of the log first.
// Faults: those of Allow for audit.export; audit.ErrMany, audit.ErrBroken.
func (d *Desk) PackAudit(ctx context.Context, s Session, w io.Writer, from, to time.Time, figures any, signer audit.Signer) (rows int64, err error) {
	if err := d.Allow(ctx, s, AuditExport); err != nil {
		return 0, err
	}
	if err := d.note(ctx, s.Officer, audit.Row{Action: "audit.pack_built", Fields: []string{"time"}, Result: allowed}); err != nil {
		return 0, err
	}
	return d.o.Audit.Pack(ctx, w, from, to, figures, PackRows, signer)
}
