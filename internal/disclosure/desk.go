package disclosure

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"zhiqing/internal/audit"
	"zhiqing/internal/fault"
	"zhiqing/internal/ident"
	"zhiqing/internal/purpose"
	"zhiqing/internal/staff"
	"zhiqing/internal/store"
)

// Audit is the chain into which everything goes first; package audit keeps it.
type Audit interface {
	Append(ctx context.Context, r audit.Row) (audit.Row, error)
}

// Staff says what officers may do, and what another has approved; package staff does.
type Staff interface {
	Allow(ctx context.Context, s staff.Session, p staff.Permission) error
	Spend(ctx context.Context, by staff.Officer, what staff.Quota) error
	Ask(ctx context.Context, s staff.Session, q staff.Question) (staff.Approval, error)
	Use(ctx context.Context, s staff.Session, p staff.Permission, record string) (staff.Approval, error)
}

// People knows the persons whose data it is; internal/app plugs in who does.
type People interface {
	// Person finds who has a privacy number or an exact phone number. ErrPerson.
	Person(ctx context.Context, term string) (subject string, err error)
	// Lets says whether a person's data may go to a recipient for a purpose at this moment, and by which entry of the consent
	// book; "" where the purpose does not rest on consent. ErrConsent, ErrPerson.
	Lets(ctx context.Context, subject string, p purpose.Purpose, recipient string) (entry string, err error)
	// Values opens fields of what is kept about a person. What is not kept is left out. ErrPerson.
	Values(ctx context.Context, subject string, fields []string) (map[string]any, error)
	// Tell leaves the person a message that there is something new among the disclosures; once for each key.
	Tell(ctx context.Context, subject, key string) error
}

// Options are what a Desk is made of. All are needed.
type Options struct {
	Engine   store.Engine
	Audit    Audit
	Staff    Staff
	People   People
	Purposes *purpose.Catalogue
	Fields   map[string]fault.Text // what an order may ask for, with its title
	// Transfers lists what companies have fetched at a person's own request, newest first; package rights keeps it.
	Transfers func(ctx context.Context, subject, after string, limit int) (list []Told, next string, err error)
	// Stopped reports whether provision to a recipient has been stopped by hand.
	Stopped func(ctx context.Context, recipient string) (bool, error)
	Now     func() time.Time // UTC, whole milliseconds
	IDs     ident.Source
}

// Desk is where data is handed over. Safe for concurrent use, also by several processes on one store.
type Desk struct {
	o       Options
	records *store.Collection[Disclosure]
}

// Open prepares the desk.
func Open(ctx context.Context, o Options) (*Desk, error) {
	if o.Engine == nil || o.Audit == nil || o.Staff == nil || o.People == nil || o.Purposes == nil || len(o.Fields) == 0 || o.Transfers == nil ||
		o.Stopped == nil || o.Now == nil || o.IDs.Reader == nil {
		return nil, errors.New("disclosure: an engine, an audit log, staff, people, a catalogue, fields, transfers, switches, a clock and ids are needed")
	}
	records, err := openRecords(ctx, o.Engine)
	return &Desk{o: o, records: records}, err
}

// Format prints a placeholder for every verb of fmt.
func (*Desk) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "[disclosure]") }

// note writes a row before what it tells of has an effect.
func (d *Desk) note(ctx context.Context, by staff.Officer, r audit.Row) error {
	r.Actor, r.Role = by.ID, string(by.Role)
	_, err := d.o.Audit.Append(ctx, r)
	return err
}

// Results of rows.
const (
	allowed = "allowed"
	denied  = "denied"
)
