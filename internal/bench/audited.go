package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"zhiqing/internal/app"
	"zhiqing/internal/audit"
	"zhiqing/internal/store"
	"zhiqing/internal/store/sqlite"
)

// The audit of some years: who of the staff looked at whom, and why.
const (
	perPerson = 10         // rows of each person
	mostRows  = 10_000_000 // rows unless -audit says otherwise
	pastStaff = 40         // who wrote them
	past      = 3 * 365 * 24 * time.Hour
	rowBatch  = 50_000 // written in one transaction
)

// pastReasons are the classes of reasons that the rows name, in turn.
var pastReasons = []string{"support_ticket", "rights_request", "consent_question", "complaint", "guardian_question"}

// auditRows is how many rows the audit has before the load.
func (o options) auditRows() int {
	if o.audit > 0 {
		return o.audit
	}
	return min(perPerson*o.people, mostRows)
}

// fillAudit writes rows into a copy that has none: the real log makes them, one chain from the first row on, over an engine
// that only collects documents.
func fillAudit(ctx context.Context, f folder, rows int) (err error) {
	fmt.Fprintf(os.Stderr, "writing %d audit rows\n", rows)
	people, err := f.ids(ctx, "subjects")
	if err != nil {
		return err
	}
	engine, err := sqlite.Open(ctx, f.path(copyFile))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, engine.Close()) }()
	collected := newCollector()
	when := app.Clock().Add(-past)
	log, err := audit.Open(ctx, collected, func() time.Time { return when })
	if err != nil {
		return err
	}
	for _, s := range collected.schemas {
		if err := engine.Declare(ctx, s); err != nil {
			return err
		}
	}
	for i := range rows {
		when = when.Add(past / time.Duration(rows+1))
		if _, err := log.Append(ctx, pastRow(i, people)); err != nil {
			return err
		}
		if (i+1)%rowBatch == 0 || i+1 == rows {
			if err := writeAll(ctx, engine, collected); err != nil {
				return err
			}
		}
	}
	return nil
}

// pastRow is number i of the rows. Each person has as many as the others, spread over the whole time.
func pastRow(i int, people []string) audit.Row {
	return audit.Row{
		Actor: fmt.Sprintf("stf_past%d", i%pastStaff), Role: "support", Action: "staff.viewed", Subject: people[i%len(people)],
		Reason: pastReasons[i%len(pastReasons)], Reference: fmt.Sprintf("T-%d", i), Fields: []string{"account_state", "consents", "timeline"}, Result: "allowed",
	}
}

// writeAll moves what is collected into the store.
func writeAll(ctx context.Context, engine *sqlite.Engine, collected *collector) error {
	for collection, docs := range collected.take() {
		if err := engine.InsertMany(ctx, collection, docs); err != nil {
			return err
		}
	}
	return nil
}

// ids lists the ids of a collection of the copy. No server may have it open.
func (f folder) ids(ctx context.Context, collection string) (ids []string, err error) {
	engine, err := app.OpenStoreToRead(ctx, settings(f).Store)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, engine.Close()) }()
	if err := engine.Declare(ctx, store.Schema{Name: collection}); err != nil {
		return nil, err
	}
	for r := (store.Range{Limit: store.MaxLimit}); ; {
		page, err := engine.Find(ctx, collection, store.ByID, r)
		if err != nil {
			return nil, err
		}
		for _, d := range page.Docs {
			ids = append(ids, d.ID)
		}
		if r.After = page.Next; r.After == "" {
			return ids, nil
		}
	}
}
