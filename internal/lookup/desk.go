package lookup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"zhiqing/internal/audit"
	"zhiqing/internal/consent"
	"zhiqing/internal/fault"
	"zhiqing/internal/ident"
	"zhiqing/internal/ledger"
	"zhiqing/internal/profile"
	"zhiqing/internal/purpose"
	"zhiqing/internal/rights"
	"zhiqing/internal/staff"
	"zhiqing/internal/store"
	"zhiqing/internal/subject"
)

// Audit is the chain into which everything goes first; package audit keeps it.
type Audit interface {
	Append(ctx context.Context, r audit.Row) (audit.Row, error)
	Find(ctx context.Context, q audit.Query) (rows []audit.Row, next string, err error)
}

// Subjects finds people by what staff may know of them; package subject does.
type Subjects interface {
	Find(ctx context.Context, id string) (subject.Subject, error)
	NumberOf(ctx context.Context, privacyNumber string) (string, error)
	WithPhone(ctx context.Context, index string) ([]subject.Subject, error)
	GuardedBy(ctx context.Context, guardian string) ([]subject.Subject, error)
	BandOf(s subject.Subject) (subject.Band, time.Time)
}

// Consents reads books; package consent does.
type Consents interface {
	Overview(ctx context.Context, who consent.Actor, lang string, ask bool) (consent.Overview, error)
	History(ctx context.Context, book string, before int64, limit int) (entries []consent.Entry, next int64, err error)
	Receipt(ctx context.Context, book, entryID, lang string) (ledger.Receipt, error)
	Whole(ctx context.Context, book string) (bool, error)
	At(ctx context.Context, who consent.Actor, code, recipient string, at time.Time) (consent.Standing, *consent.Entry, error)
}

// Profiles opens what a purpose lets somebody see now; package profile does.
type Profiles interface {
	Of(ctx context.Context, s *subject.Subject) (profile.Profile, error)
}

// Requests finds rights requests; package rights does.
type Requests interface {
	ByNumber(ctx context.Context, number string) (rights.Request, error)
	List(ctx context.Context, who, after string, limit int) (list []rights.Request, next string, err error)
}

// Options are what a Desk is made of. All fields but Disclosures are needed.
type Options struct {
	Engine   store.Engine
	Audit    Audit
	Staff    *staff.Desk
	Subjects Subjects
	Consents Consents
	Profiles Profiles
	Requests Requests
	Purposes *purpose.Catalogue
	PhoneOf  func(number string) (index string)              // the blind index of +8613800138000
	Actor    func(subject.Subject) consent.Actor             // whose consents count for somebody now
	Needs    func(subject.Band) (own, guardian bool)         // the same by age
	Relation func(code string) (title fault.Text, ok bool)   // of guardians
	Paused   func([]subject.Pause) func(purpose string) bool // which purposes pauses cover
	// Disclosures lists what was handed to whom, newest first; nil = nothing is.
	Disclosures func(ctx context.Context, id string, limit int) ([]Disclosure, error)
	Now         func() time.Time // UTC, whole milliseconds
	IDs         ident.Source
}

// Desk is where staff look. Safe for concurrent use, also by several processes on one store.
type Desk struct {
	o        Options
	records  *store.Collection[Lookup]
	purposes map[string]fault.Text // titles by code
	fields   map[string]fault.Text // of data items
}

// Open prepares the desk.
func Open(ctx context.Context, o Options) (*Desk, error) {
	if o.Engine == nil || o.Audit == nil || o.Staff == nil || o.Purposes == nil || o.Now == nil || o.IDs.Reader == nil {
		return nil, errors.New("lookup: an engine, an audit log, a staff desk, a catalogue, a clock and ids are needed")
	}
	if o.Disclosures == nil {
		o.Disclosures = func(context.Context, string, int) ([]Disclosure, error) { return nil, nil }
	}
	records, err := openRecords(ctx, o.Engine)
	d := &Desk{o: o, records: records, purposes: map[string]fault.Text{}, fields: map[string]fault.Text{}}
	for _, p := range o.Purposes.All() {
		d.purposes[p.Code] = fault.Text{ZH: p.Title.In("zh-CN"), EN: p.Title.In("en")}
		for _, i := range p.DataItems {
			d.fields[i.Code] = fault.Text{ZH: i.Title.In("zh-CN"), EN: i.Title.In("en")}
		}
	}
	return d, err
}

// Format prints a placeholder for every verb of fmt.
func (*Desk) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "[lookup]") }
