// Package audit writes down who looked at whose data and why, before the data is shown.
//
// It owns one chain of rows for the whole system: each row holds its canonical bytes and a hash over the row before, so a
// changed, removed or reordered row is found by Verify. A row is inserted under its number, and an insert fails when the
// number is taken: that is the only coordination, for any number of servers. Rows that wait together are written together, and
// time never goes back from one to the next. It refuses to hold personal data: actors and subjects are ids, reasons are codes,
// and what was seen is named by field, never by value.
//
// Rows are kept for as long as the store is, and no retention sweep or erasure reaches them: they are the record of handling
// that has to be there for three years at least (PIPL art. 56), and a chain without its beginning proves nothing. That is
// lawful because they name pseudonyms only; what an erased pseudonym stood for is gone with the account.
//
// Law: PIPL art. 51(4), 54, 56; 未成年人网络保护条例 art. 36; requirements.md F, H.
// Start at Log.Append.
package audit

import (
	"context"
	"crypto/sha256"
	"fmt"
	"sync"
	"time"

	"zhiqing/internal/store"
)

// Row is one thing that somebody did. Every text is a code or an id.
type Row struct {
	Seq       int64     `json:"seq"`
	At        time.Time `json:"at"`
	Actor     string    `json:"actor"` // stf_…, svc_… for a system of the operator, or system
	Role      string    `json:"role"`
	Action    string    `json:"action"`             // an event of requirements.md H: staff.lookup, request.refused, …
	Subject   string    `json:"subject,omitzero"`   // whose data; "" = nobody's
	Reason    string    `json:"reason,omitzero"`    // a class of reasons, told to the person
	Reference string    `json:"reference,omitzero"` // ticket or request number
	Fields    []string  `json:"fields,omitempty"`   // what was seen
	Result    string    `json:"result,omitzero"`    // allowed, denied, …
}

// stored is a row as it lies in the store: the bytes that were hashed, and copies of what it is found by.
type stored struct {
	Bytes   []byte    `bson:"bytes"`
	Prev    []byte    `bson:"prev"`
	Hash    []byte    `bson:"hash"`
	At      time.Time `bson:"at"`
	Actor   string    `bson:"actor"`
	Subject string    `bson:"subject,omitempty"`
	Reason  string    `bson:"reason,omitempty"`
}

const (
	byActor   = "actor"
	bySubject = "subject"
	byReason  = "reason"
	byTime    = "time"
)

// tag keeps these hashes apart from those of any other chain.
const tag = "zhiqing/audit/v1"

// Log is the chain. Safe for concurrent use, also by several processes on one store.
type Log struct {
	rows   *store.Collection[stored]
	checks *store.Collection[Checked]
	now    func() time.Time

	turn chan struct{} // held by whoever writes; guards head
	head head          // what this process believes to be the newest row

	mu    sync.Mutex
	queue []*entry // rows that wait to be written
}

type head struct {
	known bool
	seq   int64
	hash  []byte
	at    time.Time
}

// Open prepares the log.
func Open(ctx context.Context, e store.Engine, now func() time.Time) (*Log, error) {
	rows, err := store.Open(ctx, e, "audit",
		store.Index[stored]{Name: byActor, Keys: func(s *stored) []string { return []string{store.Key(s.Actor, s.At)} }},
		store.Index[stored]{Name: bySubject, Keys: func(s *stored) []string { return orNone(s.Subject, s.At) }},
		store.Index[stored]{Name: byReason, Keys: func(s *stored) []string { return orNone(s.Reason, s.At) }},
		store.Index[stored]{Name: byTime, Keys: func(s *stored) []string { return []string{store.Key(s.At)} }},
	)
	if err != nil {
		return nil, err
	}
	checks, err := store.Open[Checked](ctx, e, "audit_checks")
	return &Log{rows: rows, checks: checks, now: now, turn: make(chan struct{}, 1)}, err
}

func orNone(value string, at time.Time) []string {
	if value == "" {
		return nil
	}
	return []string{store.Key(value, at)}
}

func rowID(seq int64) string { return fmt.Sprintf("%019d", seq) }

func chain(prev, bytes []byte) []byte {
	h := sha256.New()
	h.Write([]byte(tag))
	h.Write(prev)
	h.Write(bytes)
	return h.Sum(nil)
}
