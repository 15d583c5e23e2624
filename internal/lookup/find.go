package lookup

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"
	"time"

	"zhiqing/internal/audit"
	"zhiqing/internal/ident"
	"zhiqing/internal/rights"
	"zhiqing/internal/staff"
	"zhiqing/internal/subject"
)

// The results that rows tell.
const (
	allowed  = "allowed"
	denied   = "denied"
	missed   = "not_found"
	several  = "several"
	approval = "approval_required"
)

// minorLife is how long the look-up of a minor's record stays: a second officer may answer a shift later. What opens the
// record is the approval, which lives for 30 minutes.
const minorLife = 9 * time.Hour

// Find opens one record for one officer: permission, reason and reference, the form of the term, the quota, then the search,
// then the audit, then the answer. Of a minor's record that no second officer has opened, it returns the look-up together
// with staff.ErrApproval, for Ask. Faults: those of staff.Desk.Allow and Spend, ErrReason, ErrTerm, ErrCheck, ErrNobody,
// ErrSeveral.
func (d *Desk) Find(ctx context.Context, s staff.Session, q Query) (Lookup, error) {
	if err := d.o.Staff.Allow(ctx, s, staff.LookupSubject); err != nil {
		return Lookup{}, err
	}
	if err := q.check(); err != nil {
		return Lookup{}, err
	}
	t, err := parseTerm(q.Term)
	if err != nil {
		return Lookup{}, err
	}
	if err := d.o.Staff.Spend(ctx, s.Officer, staff.Lookups); err != nil {
		return Lookup{}, err
	}
	l := Lookup{Officer: s.Officer.ID, Reason: q.Reason, Reference: q.Reference, At: d.o.Now()}
	person, err := d.search(ctx, t)
	if errors.Is(err, ErrNobody) || errors.Is(err, ErrSeveral) {
		return Lookup{}, errors.Join(d.note(ctx, s, l, "staff.lookup", resultOf(err), string(t.kind)), err)
	}
	if err != nil {
		return Lookup{}, err
	}
	return d.begin(ctx, s, l, person, t)
}

// begin writes the row of a search that found somebody, then the look-up.
func (d *Desk) begin(ctx context.Context, s staff.Session, l Lookup, person subject.Subject, t term) (Lookup, error) {
	l.ID, l.Subject, l.Minor, l.Ends = d.o.IDs.New(prefix), person.ID, d.minor(person), l.At.Add(Life)
	closed := d.unlock(ctx, s, &l)
	if closed != nil && resultOf(closed) == "" {
		return Lookup{}, closed
	}
	if err := d.note(ctx, s, l, "staff.lookup", resultOf(closed), string(t.kind)); err != nil {
		return Lookup{}, err
	}
	if closed != nil && !errors.Is(closed, staff.ErrApproval) {
		return Lookup{}, closed
	}
	stored := l
	if stored.Minor {
		stored.Ends = l.At.Add(minorLife)
	}
	if err := d.records.Insert(ctx, l.ID, stored); err != nil {
		return Lookup{}, err
	}
	return l, closed
}

// resultOf is what a row says of an outcome; "" for a failure that is none of the officer's.
func resultOf(err error) string {
	switch {
	case err == nil:
		return allowed
	case errors.Is(err, ErrNobody):
		return missed
	case errors.Is(err, ErrSeveral):
		return several
	case errors.Is(err, staff.ErrApproval):
		return approval
	case errors.Is(err, staff.ErrForbidden), errors.Is(err, staff.ErrTraining), errors.Is(err, staff.ErrStepUp):
		return denied
	}
	return ""
}

// referenceForm has no room for a name: the person reads it.
var referenceForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._/#-]{0,39}$`)

// isReference wants a digit, which names lack; one number in twenty of our own lacks it too, and is known by its check symbol.
func isReference(s string) bool {
	return referenceForm.MatchString(s) && (strings.ContainsAny(s, "0123456789") || isOurs(s))
}

// isOurs reports whether s is the number of a request or a report, written out.
func isOurs(s string) bool {
	request, err := ident.ParseRequestNumber(s)
	if err == nil && strings.EqualFold(s, request) {
		return true
	}
	report, err := ident.ParseReportNumber(s)
	return err == nil && strings.EqualFold(s, report)
}

// check refuses a query without a reason of the list and a reference, before anything is searched (A-L48.4).
func (q Query) check() error {
	var wrong = ErrReason
	if !slices.ContainsFunc(reasons, func(r Reason) bool { return r.Code == q.Reason }) {
		wrong = wrong.At("body.reason", "请选择理由", "choose a reason")
	}
	if !isReference(q.Reference) {
		wrong = wrong.At("body.reference", "1 至 40 个字母、数字或 . _ / # -，至少一个数字", "1 to 40 letters, digits or . _ / # -, with at least one digit")
	}
	if len(wrong.Fields) > 0 {
		return wrong
	}
	return nil
}

// search finds exactly one person, ErrNobody or ErrSeveral: by an id or an index, never by a part of anything.
func (d *Desk) search(ctx context.Context, t term) (subject.Subject, error) {
	if t.kind == phoneNumber {
		return d.byPhone(ctx, t.value)
	}
	id, err := d.owner(ctx, t)
	if err == nil && id == "" {
		err = ErrNobody
	}
	if err != nil {
		return subject.Subject{}, orNobody(err)
	}
	s, err := d.o.Subjects.Find(ctx, id)
	return s, orNobody(err)
}

func (d *Desk) byPhone(ctx context.Context, number string) (subject.Subject, error) {
	found, err := d.o.Subjects.WithPhone(ctx, d.o.PhoneOf(number))
	switch {
	case err != nil:
		return subject.Subject{}, err
	case len(found) == 0:
		return subject.Subject{}, ErrNobody
	case len(found) > 1:
		return subject.Subject{}, ErrSeveral
	}
	return found[0], nil
}

// owner is whose number it is; "" = nobody's whom staff can look up, such as a guest's.
func (d *Desk) owner(ctx context.Context, t term) (string, error) {
	switch t.kind {
	case privacyNumber:
		return d.o.Subjects.NumberOf(ctx, t.value)
	case requestNumber:
		r, err := d.o.Requests.ByNumber(ctx, t.value)
		return r.Subject, err
	}
	book, seq, ok := ident.ParseEntryID(t.value)
	if !ok || !ident.Is(ident.Subject, book) {
		return "", nil
	}
	entries, _, err := d.o.Consents.History(ctx, book, seq+1, 1)
	if err != nil || len(entries) == 0 || entries[0].Seq != seq {
		return "", err
	}
	return book, nil
}

func orNobody(err error) error {
	if errors.Is(err, subject.ErrUnknown) || errors.Is(err, rights.ErrUnknown) {
		return ErrNobody
	}
	return err
}

// minor reports whether a record is a minor's, also of one whose account is erased.
func (d *Desk) minor(s subject.Subject) bool {
	band, _ := d.o.Subjects.BandOf(s)
	return band.Minor() || s.Erasure != nil && s.Erasure.Minor
}

// unlock asks whether a second officer has opened a minor's record, and until when. Of an adult's it has nothing to ask.
func (d *Desk) unlock(ctx context.Context, s staff.Session, l *Lookup) error {
	if !l.Minor {
		return nil
	}
	a, err := d.o.Staff.Use(ctx, s, staff.MinorAccessRequest, l.Subject)
	if err == nil {
		l.Ends = a.Expires
	}
	return err
}

// note writes a row. What it tells of happens afterwards, or not at all.
func (d *Desk) note(ctx context.Context, s staff.Session, l Lookup, action, result string, fields ...string) error {
	_, err := d.o.Audit.Append(ctx, audit.Row{
		Actor: s.Officer.ID, Role: string(s.Officer.Role), Action: action, Subject: l.Subject, Reason: l.Reason, Reference: l.Reference,
		Fields: fields, Result: result,
	})
	return err
}
