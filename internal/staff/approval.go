package staff

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"time"

	"zhiqing/internal/audit"
	"zhiqing/internal/store"
)

// How long approvals live.
const (
	ApprovalLife = 30 * time.Minute    // from the approval on
	askLife      = 8 * time.Hour       // a question that nobody has answered within a shift lapses
	keptFor      = 30 * 24 * time.Hour // then the audit alone remembers it
)

// ApprovalState is where an approval stands.
type ApprovalState string

// The states. An approval also ends when Expires has passed.
const (
	Asked    ApprovalState = "asked"
	Approved ApprovalState = "approved"
	Denied   ApprovalState = "denied"
)

// Approval is one officer's question to another: may I do this, to this one record?
type Approval struct {
	ID         string        `bson:"-"` // apv_…
	Permission Permission    `bson:"permission"`
	Record     string        `bson:"record"` // sub_…, or a request's number
	Reason     string        `bson:"reason"` // a class of reasons, told to the person
	Reference  string        `bson:"reference"`
	State      ApprovalState `bson:"state"`
	AskedBy    string        `bson:"asked_by"` // stf_…
	AskedAt    time.Time     `bson:"asked_at"`
	AnsweredBy string        `bson:"answered_by,omitempty"`
	AnsweredAt time.Time     `bson:"answered_at,omitempty"`
	Expires    time.Time     `bson:"expires"` // of the question, then of the approval
}

// Question is what Ask wants to know.
type Question struct {
	Permission Permission // one that needs four eyes
	Record     string     // sub_…, or a request's number
	Reason     string     // a code
	Reference  string     // the ticket's or request's number
}

var (
	recordForm    = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$`)
	reasonForm    = regexp.MustCompile(`^[a-z][a-z0-9_.]{0,31}$`)
	referenceForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9 ._/#-]{0,63}$`)
)

func (q Question) check(r *Roles) error {
	switch {
	case !r.FourEyes(q.Permission):
		return ErrInvalid.At("body.permission", "这项权限不需要批准。", "This permission needs no approval.")
	case !recordForm.MatchString(q.Record):
		return ErrInvalid.At("body.record", "请写明一条记录的编号。", "The id of one record is needed.")
	case !reasonForm.MatchString(q.Reason):
		return ErrInvalid.At("body.reason", "请选择理由。", "A reason is needed.")
	case !referenceForm.MatchString(q.Reference):
		return ErrInvalid.At("body.reference", "请填写工单或请求编号。", "The number of a ticket or request is needed.")
	}
	return nil
}

// Ask puts a question before the other officers. Asking again for the same record while one waits returns that one. Faults:
// those of Allow, ErrInvalid, ErrQuota.
func (d *Desk) Ask(ctx context.Context, s Session, q Question) (Approval, error) {
	if err := d.Allow(ctx, s, q.Permission); err != nil {
		return Approval{}, err
	}
	if err := q.check(d.o.Roles); err != nil {
		return Approval{}, err
	}
	open, found, err := d.latest(ctx, s.Officer.ID, q.Permission, q.Record, Asked)
	if err != nil || found {
		return open, err
	}
	if err := d.Spend(ctx, s.Officer, Approvals); err != nil {
		return Approval{}, err
	}
	now := d.o.Now()
	a := Approval{
		ID: d.o.IDs.New("apv"), Permission: q.Permission, Record: q.Record, Reason: q.Reason, Reference: q.Reference, State: Asked,
		AskedBy: s.Officer.ID, AskedAt: now, Expires: now.Add(askLife),
	}
	if err := d.note(ctx, s.Officer, a.row("requested", allowed)); err != nil {
		return Approval{}, err
	}
	return a, d.approvals.Insert(ctx, a.ID, a)
}

// row tells the audit of an approval: `staff.minor_access_requested` for minor.access.request (requirements part H).
func (a Approval) row(happened, result string) audit.Row {
	act := strings.ReplaceAll(strings.TrimSuffix(string(a.Permission), ".request"), ".", "_")
	r := audit.Row{Action: "staff." + act + "_" + happened, Reason: a.Reason, Reference: a.Reference, Result: result}
	if strings.HasPrefix(a.Record, "sub_") {
		r.Subject = a.Record
	}
	return r
}

// latest finds the newest approval of an officer for a permission and a record that is in a state and has not expired.
func (d *Desk) latest(ctx context.Context, officer string, p Permission, record string, want ApprovalState) (Approval, bool, error) {
	r := store.Prefix(officer, string(p), record)
	r.Desc, r.Limit = true, 10
	found, _, err := d.approvals.Find(ctx, byUse, r)
	for _, f := range found {
		if a := f.Value; a.State == want && d.o.Now().Before(a.Expires) {
			a.ID = f.ID
			return a, true, nil
		}
	}
	return Approval{}, false, err
}

// Approve lets the asker do it, for ApprovalLife. Of two officers who answer at once, one wins and the other gets ErrNotNow.
// Faults: those of Allow for what the table wants of the second officer, ErrSelf, ErrUnknown, ErrNotNow.
func (d *Desk) Approve(ctx context.Context, s Session, id string) (Approval, error) {
	return d.answer(ctx, s, id, Approved)
}

// Deny answers no. Faults: those of Approve.
func (d *Desk) Deny(ctx context.Context, s Session, id string) (Approval, error) {
	return d.answer(ctx, s, id, Denied)
}

func (d *Desk) answer(ctx context.Context, s Session, id string, state ApprovalState) (Approval, error) {
	a, err := d.approvals.Get(ctx, id)
	if errors.Is(err, store.ErrMissing) {
		return a, ErrUnknown
	}
	if err != nil {
		return a, err
	}
	if err := d.mayAnswer(ctx, s, a); err != nil {
		return Approval{}, err
	}
	if err := d.note(ctx, s.Officer, a.row(string(state), string(state))); err != nil {
		return Approval{}, err
	}
	a, err = d.approvals.Update(ctx, id, func(a *Approval) error {
		if !a.open(d.o.Now()) {
			return ErrNotNow
		}
		a.State, a.AnsweredBy, a.AnsweredAt, a.Expires = state, s.Officer.ID, d.o.Now(), d.o.Now().Add(ApprovalLife)
		return nil
	})
	a.ID = id
	return a, err
}

func (a *Approval) open(now time.Time) bool { return a.State == Asked && now.Before(a.Expires) }

func (d *Desk) mayAnswer(ctx context.Context, s Session, a Approval) error {
	if err := d.Allow(ctx, s, d.o.Roles.rule(a.Permission).Approval); err != nil {
		return err
	}
	if s.Officer.ID == a.AskedBy {
		if err := d.note(ctx, s.Officer, a.row("denied", "self")); err != nil {
			return err
		}
		return ErrSelf
	}
	if !a.open(d.o.Now()) {
		return ErrNotNow
	}
	return nil
}

// Use says whether an approval lets a session do what needs four eyes to one record, now. Until it expires it may be used
// again; the caller writes each use into the audit, as every read. It counts only as long as whoever gave it may still give
// it. Faults: those of Allow, ErrApproval.
func (d *Desk) Use(ctx context.Context, s Session, p Permission, record string) (Approval, error) {
	if err := d.Allow(ctx, s, p); err != nil {
		return Approval{}, err
	}
	if !recordForm.MatchString(record) {
		return Approval{}, ErrApproval
	}
	a, found, err := d.latest(ctx, s.Officer.ID, p, record, Approved)
	if err != nil {
		return Approval{}, err
	}
	if !found || a.AnsweredBy == s.Officer.ID {
		return Approval{}, ErrApproval
	}
	by, err := d.accounts.Get(ctx, a.AnsweredBy)
	if err != nil {
		return Approval{}, err
	}
	if by.Disabled || !d.o.Roles.May(by.Role, d.o.Roles.rule(p).Approval) {
		return Approval{}, ErrApproval
	}
	return a, nil
}

// Waiting lists the questions that a session's officer may answer, the oldest first; at most a page of 100.
func (d *Desk) Waiting(ctx context.Context, s Session) ([]Approval, error) {
	r := store.Prefix(string(Asked))
	r.From = store.Key(string(Asked), d.o.Now().Add(-askLife)) // older questions have lapsed
	return d.list(ctx, byState, r, func(a Approval) bool {
		return a.AskedBy != s.Officer.ID && a.open(d.o.Now()) && d.o.Roles.May(s.Officer.Role, d.o.Roles.rule(a.Permission).Approval)
	})
}

// Mine lists what a session's officer has asked, the newest first; at most a page of 100.
func (d *Desk) Mine(ctx context.Context, s Session) ([]Approval, error) {
	r := store.Prefix(s.Officer.ID)
	r.Desc = true
	return d.list(ctx, byAsker, r, func(Approval) bool { return true })
}

func (d *Desk) list(ctx context.Context, index string, r store.Range, wanted func(Approval) bool) (list []Approval, err error) {
	const page = 100
	r.Limit = page
	for {
		found, next, err := d.approvals.Find(ctx, index, r)
		if err != nil {
			return nil, err
		}
		for _, f := range found {
			if f.Value.ID = f.ID; wanted(f.Value) && len(list) < page {
				list = append(list, f.Value)
			}
		}
		if r.After = next; next == "" || len(list) == page {
			return list, nil
		}
	}
}
