// Package audit writes down who looked at whose data and why, before the data is shown.
//
// It owns one chain of rows for the whole system: each row holds its canonical bytes and a hash over the row before, so a
// changed, removed or reordered row is found by Verify. A row is inserted under its number, and an insert fails when the
// number is taken: that is the only coordination, for any number of servers. It refuses to hold personal data: actors and
// subjects are ids, reasons are codes, and what was seen is named by field, never by value.
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
	"errors"
	"fmt"
	"time"

	"zhiqing/internal/canon"
	"zhiqing/internal/fault"
	"zhiqing/internal/store"
)

// Row is one thing that somebody did. Every text is a code or an id.
type Row struct {
	Seq       int64     `json:"seq"`
	At        time.Time `json:"at"`
	Actor     string    `json:"actor"` // stf_…, or system
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

	turn chan struct{} // held by whoever appends; guards head
	head head          // what this process believes to be the newest row
}

type head struct {
	known bool
	seq   int64
	hash  []byte
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

// maxTries bounds how often an append looks for the end of the chain again because another server was quicker. The rows of one
// server take turns, so it competes with as many as there are servers: sixteen staff on four servers take two or three tries
// each, and 64 are lost in a row only when something else is wrong.
const maxTries = 64

// ErrBusy says that other servers were quicker every time. Nothing was written.
var ErrBusy = fault.Define(fault.Unavailable, "audit.busy", "审计记录繁忙，请稍后再试。", "The audit log is busy; please try again in a moment.").After(time.Second)

// Append writes a row and returns when it is durable. Whoever is about to show data calls it first, and shows nothing if it
// fails. Seq and At are filled in. Faults: ErrBusy; store.ErrUnavailable, when the row may have been written or not.
func (l *Log) Append(ctx context.Context, r Row) (Row, error) {
	select {
	case l.turn <- struct{}{}:
		defer func() { <-l.turn }()
	case <-ctx.Done():
		return r, ErrBusy.Because(ctx.Err())
	}
	for range maxTries {
		written, err := l.append(ctx, r)
		if !errors.Is(err, store.ErrExists) { // otherwise another server was quicker
			return written, err
		}
	}
	return r, ErrBusy
}

// append tries to write a row after what this process believes to be the newest.
func (l *Log) append(ctx context.Context, r Row) (Row, error) {
	if !l.head.known {
		if err := l.reload(ctx); err != nil {
			return r, err
		}
	}
	r.Seq, r.At = l.head.seq+1, l.now().UTC().Truncate(time.Millisecond)
	bytes, err := canon.Bytes(r)
	if err != nil {
		return r, err
	}
	s := stored{Bytes: bytes, Prev: l.head.hash, Hash: chain(l.head.hash, bytes), At: r.At, Actor: r.Actor, Subject: r.Subject, Reason: r.Reason}
	if err := l.rows.Insert(ctx, rowID(r.Seq), s); err != nil {
		l.head.known = false // taken, or perhaps written: look before the next one
		return r, err
	}
	l.head = head{true, r.Seq, s.Hash}
	return r, nil
}

func chain(prev, bytes []byte) []byte {
	h := sha256.New()
	h.Write([]byte(tag))
	h.Write(prev)
	h.Write(bytes)
	return h.Sum(nil)
}

func (l *Log) reload(ctx context.Context) error {
	found, _, err := l.rows.Find(ctx, store.ByID, store.Range{Desc: true, Limit: 1})
	if err != nil {
		return err
	}
	l.head = head{known: true}
	if len(found) > 0 {
		r, err := parse(found[0].Value.Bytes)
		if err != nil {
			return err
		}
		l.head.seq, l.head.hash = r.Seq, found[0].Value.Hash
	}
	return nil
}
