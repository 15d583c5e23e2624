package casework

import (
	"context"
	"errors"
	"time"

	"zhiqing/internal/audit"
	"zhiqing/internal/guardian"
	"zhiqing/internal/report"
	"zhiqing/internal/rights"
	"zhiqing/internal/staff"
	"zhiqing/internal/subject"
)

// Audit is the chain into which everything goes first; package audit keeps it.
type Audit interface {
	Append(ctx context.Context, r audit.Row) (audit.Row, error)
}

// Requests is the rights desk; package rights is it.
type Requests interface {
	Queue(ctx context.Context, after string, limit int) (list []rights.Request, next string, err error)
	ByNumber(ctx context.Context, number string) (rights.Request, error)
	Detail(ctx context.Context, r rights.Request) (string, error)
	Take(ctx context.Context, number, officer string) (rights.Request, error)
	VerifyIdentity(ctx context.Context, number, officer string, ok bool) (rights.Request, error)
	Decide(ctx context.Context, number string, v rights.Verdict) (rights.Request, error)
	LodgeOffline(ctx context.Context, o rights.Offline) (rights.Request, error)
}

// Subjects says who is behind a number and whether they are minors; package subject does.
type Subjects interface {
	Find(ctx context.Context, id string) (subject.Subject, error)
	NumberOf(ctx context.Context, privacyNumber string) (string, error)
	Standing(ctx context.Context, id string) (subject.Standing, error)
	BandOf(s subject.Subject) (subject.Band, time.Time)
}

// Guardians ends disputes and corrects ages; package guardian does.
type Guardians interface {
	Disputes(ctx context.Context, after string, limit int) (list []guardian.Dispute, next string, err error)
	DisputeOf(ctx context.Context, link string) (guardian.Dispute, error)
	Resolve(ctx context.Context, minor string, inFavour bool) error
	CorrectToAdult(ctx context.Context, id string) error
}

// Reports are what people without an account have told; package report keeps them.
type Reports interface {
	Queue(ctx context.Context, after string, limit int) (list []report.Report, next string, err error)
	Find(ctx context.Context, number string) (report.Report, error)
	Text(r report.Report) (string, error)
	Take(ctx context.Context, number, handler string) (report.Report, error)
	Decide(ctx context.Context, number, handler string, upheld bool, birth string) (report.Report, error)
}

// Options are what a Desk is made of. All fields are needed.
type Options struct {
	Staff     *staff.Desk
	Audit     Audit
	Requests  Requests
	Subjects  Subjects
	Guardians Guardians
	Reports   Reports
	Workdays  func(from, to time.Time) int // working days after from, up to and with to; negative when to is earlier
	Now       func() time.Time
}

// Desk is where staff work on cases. It keeps nothing itself. Safe for concurrent use.
type Desk struct{ o Options }

// Open prepares the desk.
func Open(o Options) (*Desk, error) {
	if o.Staff == nil || o.Audit == nil || o.Requests == nil || o.Subjects == nil || o.Guardians == nil || o.Reports == nil ||
		o.Workdays == nil || o.Now == nil {
		return nil, errors.New("casework: a staff desk, an audit log, five desks and a clock are needed")
	}
	return &Desk{o: o}, nil
}

// note writes a row before what it tells of is shown or done.
func (d *Desk) note(ctx context.Context, s staff.Session, r audit.Row) error {
	r.Actor, r.Role = s.Officer.ID, string(s.Officer.Role)
	_, err := d.o.Audit.Append(ctx, r)
	return err
}

// act writes the row, then does it. What then fails is written down, too, so that the audit tells no deed that nobody did.
func (d *Desk) act(ctx context.Context, s staff.Session, r audit.Row, do func() error) error {
	if err := d.note(ctx, s, r); err != nil {
		return err
	}
	err := do()
	if err == nil {
		return nil
	}
	r.Result = failed
	return errors.Join(err, d.note(ctx, s, r))
}
