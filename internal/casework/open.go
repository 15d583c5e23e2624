package casework

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"zhiqing/internal/audit"
	"zhiqing/internal/rights"
	"zhiqing/internal/staff"
	"zhiqing/internal/subject"
)

// The results that rows tell.
const (
	allowed  = "allowed"
	denied   = "denied"
	approval = "approval_required"
	missed   = "not_found"
	failed   = "failed" // its act reported a failure
)

// The reasons that rows give, of the list that package lookup tells people.
const (
	forRequest   = "rights_request"
	forComplaint = "complaint"
	forGuardian  = "guardian_question"
	forDuty      = "legal_duty"
)

// Open shows a case; the row is in the audit before. Of a minor's case that no second officer has opened, it returns what the
// list shows together with staff.ErrApproval, for Ask. Faults: those of staff.Desk.Allow, Use and Spend, rights.ErrUnknown.
func (d *Desk) Open(ctx context.Context, s staff.Session, number string) (Case, error) {
	r, err := d.find(ctx, s, number)
	if err == nil {
		err = d.o.Staff.Spend(ctx, s.Officer, staff.Cases)
	}
	if err != nil {
		return Case{}, err
	}
	item, err := d.item(ctx, s, r)
	if err != nil {
		return Case{}, err
	}
	closed := d.unlock(ctx, s, r)
	if errors.Is(closed, staff.ErrApproval) {
		if err := d.note(ctx, s, row("staff.request_viewed", r, approval)); err != nil {
			return Case{}, err
		}
		item.MinorsMatter = true
		return Case{Item: item, Actions: []Action{ActApprove}}, closed
	}
	if closed != nil {
		return Case{}, closed
	}
	shown := row("staff.request_viewed", r, allowed)
	shown.Fields = fields(r)
	if err := d.note(ctx, s, shown); err != nil {
		return Case{}, err
	}
	return d.gather(ctx, s, r, item)
}

// Ask puts a minor's case before the other officers; once one has approved, Open shows it for 30 minutes. Faults: those of
// staff.Desk.Ask, rights.ErrUnknown.
func (d *Desk) Ask(ctx context.Context, s staff.Session, number string) (staff.Approval, error) {
	r, err := d.find(ctx, s, number)
	if err != nil {
		return staff.Approval{}, err
	}
	return d.o.Staff.Ask(ctx, s, staff.Question{
		Permission: staff.MinorAccessRequest, Record: r.Subject, Reason: reason(r), Reference: r.Number,
	})
}

// Waiting lists the approvals that this officer may answer, oldest first; see staff.Desk.Waiting. Approve and Deny are
// package staff's.
func (d *Desk) Waiting(ctx context.Context, s staff.Session) ([]staff.Approval, error) {
	return d.o.Staff.Waiting(ctx, s)
}

// find reads a request for whoever may read requests. Nothing of it is shown by that. Faults: those of staff.Desk.Allow and
// of nowhere.
func (d *Desk) find(ctx context.Context, s staff.Session, number string) (rights.Request, error) {
	if err := d.o.Staff.Allow(ctx, s, staff.RequestRead); err != nil {
		return rights.Request{}, err
	}
	r, err := d.o.Requests.ByNumber(ctx, number)
	if errors.Is(err, rights.ErrUnknown) {
		err = d.nowhere(ctx, s, err, audit.Row{Action: "staff.request_viewed", Reason: forRequest})
	}
	return r, err
}

// nowhere counts a number that leads nowhere as a look-up, and writes it down: nobody tries out numbers here. unknown is what
// is wrong; the fault may also be staff.ErrQuota.
func (d *Desk) nowhere(ctx context.Context, s staff.Session, unknown error, r audit.Row) error {
	if err := d.o.Staff.Spend(ctx, s.Officer, staff.Lookups); err != nil {
		return err
	}
	r.Result = missed
	return errors.Join(unknown, d.note(ctx, s, r))
}

// unlock asks for the approval that a minor's case needs; an adult's needs none.
func (d *Desk) unlock(ctx context.Context, s staff.Session, r rights.Request) error {
	minor := r.Link != ""
	if !minor {
		var err error
		if minor, err = d.isMinor(ctx, r.Subject); err != nil {
			return err
		}
	}
	if !minor {
		return nil
	}
	_, err := d.o.Staff.Use(ctx, s, staff.MinorAccessRequest, r.Subject)
	return err
}

// isMinor reports whether somebody is a minor, also one whose account is erased.
func (d *Desk) isMinor(ctx context.Context, id string) (bool, error) {
	person, err := d.o.Subjects.Find(ctx, id)
	if errors.Is(err, subject.ErrUnknown) {
		return false, nil
	}
	band, _ := d.o.Subjects.BandOf(person)
	return band.Minor() || person.Erasure != nil && person.Erasure.Minor, err
}

// row is the audit's of something done to a request.
func row(action string, r rights.Request, result string) audit.Row {
	return audit.Row{Action: action, Subject: r.Subject, Reason: reason(r), Reference: r.Number, Result: result}
}

func reason(r rights.Request) string {
	if r.Type == rights.Complaint {
		return forComplaint
	}
	return forRequest
}

// fields names what an opened case shows.
func fields(r rights.Request) []string {
	names := []string{"timeline"}
	if len(r.Detail) > 0 {
		names = append(names, "detail")
	}
	if r.Outcome != nil {
		names = append(names, "outcome")
	}
	return names
}

func (d *Desk) gather(ctx context.Context, s staff.Session, r rights.Request, item Item) (c Case, err error) {
	c = Case{
		Item: item, Requester: requester(r), Language: r.Language, Scope: r.Scope, About: r.About, Complaint: r.Complaint,
		Timeline: r.Timeline, Outcome: r.Outcome, Revision: revision(r),
	}
	if c.Detail, err = d.o.Requests.Detail(ctx, r); err != nil {
		return Case{}, err
	}
	barred, err := d.barred(ctx, s, r)
	if err != nil {
		return Case{}, err
	}
	if barred && !r.State.Over() {
		c.Next = StepOther
	}
	c.Actions = d.actions(s, r, barred)
	if c.May(ActFulfil) {
		c.Templates = Templates(r.Type)
		c.Grounds = grounds()
	}
	return c, nil
}

func requester(r rights.Request) string {
	switch {
	case r.Requester == "":
		return "nobody"
	case r.Requester != r.Subject:
		return "guardian"
	}
	return "person"
}

// revision changes with everything that a page of a request shows.
func revision(r rights.Request) string {
	last := rights.Happening{}
	if n := len(r.Timeline); n > 0 {
		last = r.Timeline[n-1]
	}
	return fmt.Sprintf("%s.%d.%d.%s", r.State, len(r.Timeline), last.At.UnixMilli(), last.What)
}

// barred reports whether a request is for another officer: a complaint about what this one has had a hand in, or a letter that
// this one typed in and the system acts upon. Package rights refuses both.
func (d *Desk) barred(ctx context.Context, s staff.Session, r rights.Request) (bool, error) {
	if known := forOther(s, r); known || r.Type != rights.Complaint || r.About == "" {
		return known, nil
	}
	about, err := d.o.Requests.ByNumber(ctx, r.About)
	return about.Handled(s.Officer.ID), err
}

// forOther is what a request tells of barred by itself.
func forOther(s staff.Session, r rights.Request) bool {
	if r.State == rights.IdentityRequired {
		return r.OwnLetter(s.Officer.ID)
	}
	return r.Type == rights.Complaint && r.Handled(s.Officer.ID)
}

// permission is what deciding a request needs.
func permission(r rights.Request) staff.Permission {
	if r.Type == rights.Complaint {
		return staff.ComplaintDecide
	}
	return staff.RequestDecide
}

func (d *Desk) actions(s staff.Session, r rights.Request, barred bool) []Action {
	switch {
	case !d.o.Staff.Roles().May(s.Officer.Role, permission(r)), barred, r.State.Over():
		return nil
	case r.State == rights.IdentityRequired && d.o.Staff.Roles().May(s.Officer.Role, staff.RequestIdentity):
		return []Action{ActVerify}
	case r.State != rights.InProgress || !r.ByStaff():
		return nil
	case r.Type != rights.Complaint && r.Handler != s.Officer.ID:
		return []Action{ActTake, ActFulfil, ActRefuse}
	}
	return []Action{ActFulfil, ActRefuse}
}

// grounds lists the coded grounds in a stable order.
func grounds() (list []Ground) {
	for code, text := range rights.Grounds() {
		list = append(list, Ground{code, text})
	}
	slices.SortFunc(list, func(a, b Ground) int { return cmp.Compare(a.Code, b.Code) })
	return list
}
