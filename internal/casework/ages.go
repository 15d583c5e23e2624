package casework

import (
	"context"

	"zhiqing/internal/audit"
	"zhiqing/internal/staff"
)

// CorrectAge makes a declared minor an adult on evidence that this officer has seen (requirements C2, guard 1). The evidence
// is not kept; its kind, reference and time are in the audit. It counts as a look-up. Faults: those of staff.Desk.Allow for
// age.correct (and Use, where the table wants four eyes) and Spend, ErrEvidence, ErrNumber, subject.ErrUnknown,
// guardian.ErrNoMinor.
func (d *Desk) CorrectAge(ctx context.Context, s staff.Session, privacyNumber string, e Evidence) error {
	if err := d.o.Staff.Allow(ctx, s, staff.AgeCorrect); err != nil {
		return err
	}
	if err := e.check(ageEvidence); err != nil {
		return err
	}
	r := audit.Row{
		Action: "age.corrected", Reason: forDuty, Reference: e.Reference, Fields: []string{"evidence." + e.Kind}, Result: "adult",
	}
	id, err := d.number(ctx, s, privacyNumber, r)
	if err == nil {
		err = d.fourEyes(ctx, s, staff.AgeCorrect, id)
	}
	if err != nil {
		return err
	}
	r.Subject = id
	return d.act(ctx, s, r, func() error { return d.o.Guardians.CorrectToAdult(ctx, id) })
}

// AskAge puts a correction before the other officers, where the table wants four eyes for age.correct. Faults: those of
// staff.Desk.Ask and Spend, ErrEvidence, ErrNumber, subject.ErrUnknown.
func (d *Desk) AskAge(ctx context.Context, s staff.Session, privacyNumber string, e Evidence) (staff.Approval, error) {
	if err := d.o.Staff.Allow(ctx, s, staff.AgeCorrect); err != nil {
		return staff.Approval{}, err
	}
	if err := e.check(ageEvidence); err != nil {
		return staff.Approval{}, err
	}
	id, err := d.number(ctx, s, privacyNumber, audit.Row{Action: "age.corrected", Reason: forDuty, Reference: e.Reference})
	if err != nil {
		return staff.Approval{}, err
	}
	return d.o.Staff.Ask(ctx, s, staff.Question{Permission: staff.AgeCorrect, Record: id, Reason: forDuty, Reference: e.Reference})
}
