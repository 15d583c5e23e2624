package report

import (
	"context"
	"time"

	"zhiqing/internal/guardian"
	"zhiqing/internal/ident"
	"zhiqing/internal/store"
	"zhiqing/internal/subject"
	"zhiqing/internal/vault"
)

// Accounts pauses processing; the same plug serves package rights.
type Accounts interface {
	// Pause stops, or lets go on, processing for purposes (empty = all optional ones) while logging in, rights, reading the
	// profile and basic functions stay. Idempotent per request.
	Pause(ctx context.Context, id, request string, purposes []string, on bool) error
}

// Ages is the age question; package guardian asks it.
type Ages interface {
	Declare(ctx context.Context, id, date, retry string) (guardian.Declared, error)
}

// Told is what a person is told about a report on them.
type Told string

// The things told.
const (
	TellPaused  Told = "report_received" // optional purposes pause; a birth date ends it
	TellCleared Told = "report_cleared"  // the pause has ended
	TellUpheld  Told = "report_upheld"   // the account is a minor's
)

// Teller tells people, once per key; package message does.
type Teller interface {
	Tell(ctx context.Context, who string, what Told, number, key string) error
}

// Options are what a Desk is made of. All fields are needed.
type Options struct {
	Engine   store.Engine
	Subjects *subject.Register
	Vault    *vault.Vault
	Accounts Accounts
	Ages     Ages
	Rules    guardian.Rules
	Teller   Teller
	// Deadline says when the nth working day after from is over, and whether the calendar was fully known.
	Deadline func(from time.Time, n int) (at time.Time, provisional bool)
	Poke     func()                           // tells the worker that there is something to do now
	Failed   func(number string, cause error) // told of what Work could not do, for the operator
	Now      func() time.Time
	IDs      ident.Source
}

// Desk is where reports are taken, carried out and decided. Safe for concurrent use, also by several processes on one store.
type Desk struct {
	o       Options
	records records
}

// Open prepares the desk.
func Open(ctx context.Context, o Options) (*Desk, error) {
	r, err := openRecords(ctx, o.Engine)
	return &Desk{o: o, records: r}, err
}
