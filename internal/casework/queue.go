package casework

import (
	"context"
	"errors"

	"zhiqing/internal/audit"
	"zhiqing/internal/rights"
	"zhiqing/internal/staff"
	"zhiqing/internal/subject"
)

const (
	// maxPage bounds a page of any list here.
	maxPage = 100
	// maxReads bounds how often a filtered page goes on reading before it hands back what it has, with a position.
	maxReads = 10
)

// Queue lists open cases by due date, the most overdue first; limit is 1…100. One row of the audit per page; it names the
// filter. A page is a range of one index. Faults: those of staff.Desk.Allow for request.read, rights.ErrType.
func (d *Desk) Queue(ctx context.Context, s staff.Session, f Filter, after string, limit int) (Page, error) {
	if err := d.o.Staff.Allow(ctx, s, staff.RequestRead); err != nil {
		return Page{}, err
	}
	if f.Type != "" && !f.Type.Known() { // it would be written into the audit as it came
		return Page{}, rights.ErrType
	}
	if err := d.note(ctx, s, audit.Row{Action: "staff.queue_viewed", Fields: f.names(), Result: allowed}); err != nil {
		return Page{}, err
	}
	limit = min(max(limit, 1), maxPage)
	p := Page{Next: after}
	for range maxReads {
		list, next, err := d.o.Requests.Queue(ctx, p.Next, limit-len(p.Items))
		if err != nil {
			return Page{}, err
		}
		for _, r := range list {
			item, err := d.item(ctx, s, r)
			if err != nil {
				return Page{}, err
			}
			if f.fits(item, r) {
				p.Items = append(p.Items, item)
			}
		}
		if p.Next = next; next == "" || len(p.Items) == limit {
			break
		}
	}
	return p, nil
}

// names is a filter in the audit.
func (f Filter) names() []string {
	names := []string{"requests"}
	if f.Type != "" {
		names = append(names, "type."+string(f.Type))
	}
	if f.Mine {
		names = append(names, "mine")
	}
	if f.Minors {
		names = append(names, "minors")
	}
	return names
}

func (f Filter) fits(i Item, r rights.Request) bool {
	switch {
	case f.Type != "" && r.Type != f.Type:
		return false
	case f.Mine && (i.Handler != HandOwn || r.Type == rights.Complaint):
		return false
	}
	return !f.Minors || i.MinorsMatter
}

// item is what a list shows of a request.
func (d *Desk) item(ctx context.Context, s staff.Session, r rights.Request) (Item, error) {
	now := d.o.Now()
	i := Item{
		Number: r.Number, Type: r.Type, State: r.State, Channel: r.Channel, ReceivedAt: r.ReceivedAt, DueAt: r.DueAt,
		Provisional: r.Provisional, Urgency: rights.UrgencyOf(r, now), Handler: hand(s, r.Handler), Next: next(s, r),
	}
	if !r.State.Over() {
		i.WorkdaysLeft = d.o.Workdays(now, r.DueAt)
	}
	var err error
	i.MinorsMatter, err = d.minors(ctx, r)
	return i, err
}

// minors reports whether a request is about a minor's data, from what is at hand for every request of the program.
func (d *Desk) minors(ctx context.Context, r rights.Request) (bool, error) {
	if r.Link != "" { // a guardian asked
		return true, nil
	}
	standing, err := d.o.Subjects.Standing(ctx, r.Subject)
	if errors.Is(err, subject.ErrUnknown) {
		return false, nil
	}
	return standing.Band.Minor(), err
}

func hand(s staff.Session, handler string) Hand {
	switch handler {
	case "":
		return HandNone
	case s.Officer.ID:
		return HandOwn
	}
	return HandOther
}

// next is what a request waits for, as one officer sees it.
func next(s staff.Session, r rights.Request) NextStep {
	switch {
	case r.State.Over():
		return StepNothing
	case forOther(s, r):
		return StepOther
	case r.State == rights.IdentityRequired:
		return StepVerify
	case r.State == rights.ConfirmationRequired:
		return StepPerson
	case !r.ByStaff():
		return StepSystem
	case r.Type != rights.Complaint && r.Handler == "":
		return StepTake
	}
	return StepDecide
}
