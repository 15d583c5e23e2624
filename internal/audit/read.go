package audit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"

	"zhiqing/internal/store"
)

// ErrRow says that stored bytes are no row that this package wrote.
var ErrRow = errors.New("audit: not a row")

func parse(b []byte) (Row, error) {
	var r Row
	if json.Unmarshal(b, &r, json.RejectUnknownMembers(true)) != nil {
		return Row{}, ErrRow
	}
	return r, nil
}

// Query says which rows to list: by exactly one of Actor, Subject and Reason, or by time alone; newest first.
type Query struct {
	Actor, Subject, Reason string
	From, To               time.Time // zero = no bound; To is exclusive
	After                  string    // position of the call before
	Limit                  int       // 1…1000
}

// page is the range of one index that a query means.
func (q Query) page() (index string, page store.Range) {
	index, prefix := byTime, []any{}
	switch {
	case q.Subject != "":
		index, prefix = bySubject, []any{q.Subject}
	case q.Actor != "":
		index, prefix = byActor, []any{q.Actor}
	case q.Reason != "":
		index, prefix = byReason, []any{q.Reason}
	}
	page = store.Prefix(prefix...)
	if !q.From.IsZero() {
		page.From = store.Key(append(prefix, q.From)...)
	}
	if !q.To.IsZero() {
		page.To = store.Key(append(prefix, q.To)...)
	}
	page.Desc, page.Limit, page.After = true, q.Limit, q.After
	return index, page
}

// Find lists rows. next is "" at the end.
func (l *Log) Find(ctx context.Context, q Query) (rows []Row, next string, err error) {
	index, page := q.page()
	found, next, err := l.rows.Find(ctx, index, page)
	for _, f := range found {
		r, err := parse(f.Value.Bytes)
		if err != nil {
			return nil, "", fmt.Errorf("row %s: %w", f.ID, err)
		}
		rows = append(rows, r)
	}
	return rows, next, err
}

// Break is the first place at which the chain does not hold.
type Break struct {
	Row    string // its number as stored
	Reason string
}

// Verify walks the chain from the beginning: how many rows hold, and the first break, nil when there is none. It reads in
// pages, so a log of any length can be walked beside a running server.
func (l *Log) Verify(ctx context.Context) (rows int64, broken *Break, err error) {
	var prev []byte
	page := store.Range{Limit: store.MaxLimit}
	for ctx.Err() == nil {
		found, next, err := l.rows.Find(ctx, store.ByID, page)
		if err != nil {
			return rows, nil, err
		}
		for _, f := range found {
			if reason := f.Value.wrong(f.ID, rows+1, prev); reason != "" {
				return rows, &Break{f.ID, reason}, nil
			}
			rows, prev = rows+1, f.Value.Hash
		}
		if next == "" {
			return rows, nil, nil
		}
		page.After = next
	}
	return rows, nil, ctx.Err()
}

// wrong says what does not hold of a row that should have this number and follow prev; "" when all does.
func (s *stored) wrong(id string, seq int64, prev []byte) string {
	r, err := parse(s.Bytes)
	switch {
	case id != rowID(seq):
		return "a row is missing before it"
	case err != nil:
		return "its bytes are no row"
	case r.Seq != seq:
		return "it says another number"
	case !bytes.Equal(s.Prev, prev):
		return "it does not follow the row before"
	case !bytes.Equal(s.Hash, chain(prev, s.Bytes)):
		return "its hash does not match its bytes"
	case r.Actor != s.Actor || r.Subject != s.Subject || r.Reason != s.Reason || !r.At.Equal(s.At):
		return "what it is found by is not what it says"
	}
	return ""
}
