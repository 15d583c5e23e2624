package audit

import (
	"context"
	"encoding/hex"
	"time"

	"zhiqing/internal/store"
)

// Seen is a row as it lies in the store, for whoever looks at the log itself.
type Seen struct {
	Row
	ID     string // its number as stored
	Hash   string // hex
	Broken string // what does not hold; "" = the row is as it was written, and follows the row before
}

// Look lists rows like Find, and checks each against its own hash and the row before it. A row that was tampered with is
// named instead of failing the list.
func (l *Log) Look(ctx context.Context, q Query) (rows []Seen, next string, err error) {
	index, page, err := q.page()
	if err != nil {
		return nil, "", err
	}
	found, next, err := l.rows.Find(ctx, index, page)
	for _, f := range found {
		seen := Seen{ID: f.ID, Hash: hex.EncodeToString(f.Value.Hash)}
		if seen.Row, err = parse(f.Value.Bytes); err != nil { // show what it is found by
			seen.Row = Row{At: f.Value.At, Actor: f.Value.Actor, Subject: f.Value.Subject, Reason: f.Value.Reason}
		}
		if seen.Broken, err = l.check(ctx, f.ID, f.Value); err != nil {
			return nil, "", err
		}
		rows = append(rows, seen)
	}
	return rows, next, err
}

// check says what does not hold of one row, beside the row before it.
func (l *Log) check(ctx context.Context, id string, s stored) (string, error) {
	var seq int64
	for _, c := range id {
		seq = seq*10 + int64(c-'0')
	}
	var prev []byte
	if seq > 1 {
		found, _, err := l.rows.Find(ctx, store.ByID, store.Range{To: id, Desc: true, Limit: 1})
		if err != nil {
			return "", err
		}
		if len(found) == 0 || found[0].ID != rowID(seq-1) {
			return "a row is missing before it", nil
		}
		prev = found[0].Value.Hash
	}
	return s.wrong(id, seq, prev), nil
}

// Checked is the last walk along the whole chain.
type Checked struct {
	At     time.Time `bson:"at"`
	Rows   int64     `bson:"rows"`             // that hold, from the beginning
	Most   int64     `bson:"most"`             // that ever did: what is missing at the end has no hash to tell of it
	Broken string    `bson:"broken,omitempty"` // the number of the first that does not
	Reason string    `bson:"reason,omitempty"`
}

// checkedID is the one document of the last walk.
const checkedID = "chain"

// Check walks the whole chain and remembers how it went.
func (l *Log) Check(ctx context.Context) (Checked, error) {
	rows, broken, err := l.Verify(ctx)
	if err != nil {
		return Checked{}, err
	}
	c := Checked{At: l.now(), Rows: rows}
	if broken != nil {
		c.Broken, c.Reason = broken.Row, broken.Reason
	}
	return l.checks.Upsert(ctx, checkedID, func(old *Checked, _ bool) error {
		c.Most = max(rows, old.Most)
		*old = c
		return nil
	})
}

// LastCheck is how the last walk went; ok is false when there was none.
func (l *Log) LastCheck(ctx context.Context) (c Checked, ok bool, err error) {
	found, _, err := l.checks.Find(ctx, store.ByID, store.Range{Limit: 1})
	if err != nil || len(found) == 0 {
		return c, false, err
	}
	return found[0].Value, true, nil
}
