package lookup

import (
	"context"
	"errors"
	"time"

	"zhiqing/internal/ledger"
	"zhiqing/internal/staff"
)

var errSoon = errors.New("lookup: not built yet")

// Find opens one record: the reason, then the search, then the audit, then the look-up. Of a minor's record without an approval it returns the look-up together with staff.ErrApproval: Ask asks for one.
func (d *Desk) Find(ctx context.Context, s staff.Session, q Query) (Lookup, error) {
	return Lookup{}, errSoon
}

// Ask puts a minor's record before the other officers; once one has approved, Record opens it for 30 minutes.
func (d *Desk) Ask(ctx context.Context, s staff.Session, lookupID string) (staff.Approval, error) {
	return staff.Approval{}, errSoon
}

// Lookup is an officer's own look-up, for pages that only name it. It shows nothing of the record and writes no row.
func (d *Desk) Lookup(ctx context.Context, s staff.Session, lookupID string) (Lookup, error) {
	return Lookup{}, errSoon
}

// Record shows one record.
func (d *Desk) Record(ctx context.Context, s staff.Session, lookupID, lang string) (Record, error) {
	return Record{}, errSoon
}

// Timeline goes on where Record.MoreTimeline, or the call before, ended.
func (d *Desk) Timeline(ctx context.Context, s staff.Session, lookupID string, before int64) (events []Event, more int64, err error) {
	return nil, 0, errSoon
}

// Reveal shows one field without its mask.
func (d *Desk) Reveal(ctx context.Context, s staff.Session, lookupID, field string) (string, error) {
	return "", errSoon
}

// Receipt renders an entry of the record, and says whether it proves what it says.
func (d *Desk) Receipt(ctx context.Context, s staff.Session, lookupID, entryID, lang string) (r ledger.Receipt, verified bool, err error) {
	return r, false, errSoon
}

// AllowedOn says whether processing for a purpose was allowed at a moment.
func (d *Desk) AllowedOn(ctx context.Context, s staff.Session, lookupID, purpose string, at time.Time) (Answer, error) {
	return Answer{}, errSoon
}

// AccessLog lists who looked at somebody's data, newest first.
func (d *Desk) AccessLog(ctx context.Context, subject, after string, limit int) (list []Access, next string, err error) {
	return nil, "", errSoon
}

// Sweep deletes look-ups that ended a day ago.
func (d *Desk) Sweep(ctx context.Context) (int, error) { return 0, errSoon }
