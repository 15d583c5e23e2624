package consent

import (
	"context"
	"errors"
	"fmt"
	"time"

	"zhiqing/internal/ledger"
	"zhiqing/internal/store"
)

// The indexes of the books.
const (
	byGuestCheck = "guest_check" // guests' books by when to look after them
	byEnded      = "ended"       // books with something ended to follow up, by when it ended
	byExpiry     = "expiry"      // subjects' books by when the next live consent runs out
)

type records struct {
	books *store.Collection[Book]
	pages *store.Collection[ledger.Page]
}

func openRecords(ctx context.Context, e store.Engine) (r records, err error) {
	r.books, err = store.Open(ctx, e, "books",
		store.Index[Book]{Name: byGuestCheck, Keys: func(b *Book) []string {
			if b.Guest == nil {
				return nil
			}
			return []string{store.Key(b.Guest.CheckAt)}
		}},
		store.Index[Book]{Name: byEnded, Keys: func(b *Book) []string {
			if b.Ended == nil {
				return nil
			}
			return []string{store.Key(b.Ended.At)}
		}},
		store.Index[Book]{Name: byExpiry, Keys: (*Book).expiry})
	if err != nil {
		return r, err
	}
	r.pages, err = store.Open[ledger.Page](ctx, e, "book_pages")
	return r, err
}

// expiry is when the next live consent of a subject's book runs out. A guest's book does not outlive its session.
func (b *Book) expiry() []string {
	var next time.Time
	for _, s := range b.Standings {
		if s.State.Allows() {
			next = earliest(next, s.ValidUntil)
		}
	}
	if b.Guest != nil || next.IsZero() {
		return nil
	}
	return []string{store.Key(next)}
}

// earliest is the earlier of two ends; zero is none.
func earliest(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// page reads one full page of a book.
func (d *Desk) page(ctx context.Context, book string, number int64) (ledger.Page, error) {
	p, err := d.records.pages.Get(ctx, ledger.PageID(book, number))
	if errors.Is(err, store.ErrMissing) {
		return p, fmt.Errorf("page %d of %s is missing: %w", number, book, ErrNoEntry)
	}
	return p, err
}

// entry finds the entry at seq, with the hash before it, in the book or in its pages.
func (d *Desk) entry(ctx context.Context, id string, book *Book, seq int64) (e ledger.Entry, prev []byte, err error) {
	if seq < 1 || seq > book.Log.Head.Seq {
		return e, nil, ErrNoEntry
	}
	if e, prev, ok := book.Log.Find(seq); ok {
		return e, prev, nil
	}
	p, err := d.page(ctx, id, ledger.PageOf(seq))
	if err != nil {
		return e, nil, err
	}
	if e, prev, ok := p.Find(seq); ok {
		return e, prev, nil
	}
	return e, nil, ErrNoEntry
}
