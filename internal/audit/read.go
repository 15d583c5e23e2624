package audit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/go-json-experiment/json"

	"zhiqing/internal/fault"
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

// ErrQuery refuses what no index answers: two of Actor, Subject and Reason at once, or one that no row can have.
var ErrQuery = fault.Define(fault.Invalid, "audit.query", "请按人员、用户或理由中的一项查找，可再加时间。", "Search by one of actor, subject and reason; each can be narrowed by time.")

// Query says which rows to list, newest first: by one of Actor, Subject and Reason, or by none, within a time. Each is one range
// of an index, so it costs what it lists, however long the log is.
type Query struct {
	Actor, Subject, Reason string
	From, To               time.Time // zero = no bound; To is exclusive
	After                  string    // position of the call before
	Limit                  int       // 1…1000
}

// page is the range of one index that a query means.
func (q Query) page() (index string, page store.Range, err error) {
	index, prefix := byTime, []any{}
	for _, by := range []struct{ index, value string }{{bySubject, q.Subject}, {byActor, q.Actor}, {byReason, q.Reason}} {
		if by.value == "" {
			continue
		}
		if index != byTime || strings.ContainsFunc(by.value, unicode.IsControl) || !utf8.ValidString(by.value) {
			return "", page, ErrQuery
		}
		index, prefix = by.index, []any{by.value}
	}
	page = store.Prefix(prefix...)
	if !q.From.IsZero() {
		page.From = store.Key(append(prefix, q.From)...)
	}
	if !q.To.IsZero() {
		page.To = store.Key(append(prefix, q.To)...)
	}
	page.Desc, page.Limit, page.After = true, q.Limit, q.After
	return index, page, nil
}

// Find lists rows. next is "" at the end. Errors: ErrQuery, ErrRow; Look tells more of a row that is broken.
func (l *Log) Find(ctx context.Context, q Query) (rows []Row, next string, err error) {
	index, page, err := q.page()
	if err != nil {
		return nil, "", err
	}
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
			broken, err = l.cut(ctx, rows)
			return rows, broken, err
		}
		page.After = next
	}
	return rows, nil, ctx.Err()
}

// cut says what a chain of hashes cannot: that its end is missing. An earlier Check has seen more rows then.
func (l *Log) cut(ctx context.Context, rows int64) (*Break, error) {
	last, _, err := l.LastCheck(ctx)
	if err != nil || last.Most <= rows {
		return nil, err
	}
	return &Break{rowID(rows + 1), "it was there at an earlier check, and everything from it on is gone"}, nil
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
