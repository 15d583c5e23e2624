package consent

import (
	"context"
	"errors"
	"time"

	"zhiqing/internal/ledger"
	"zhiqing/internal/store"
)

// Forget deletes a guest's book with its pages. A guest is nobody, so there is nobody to prove anything to afterwards
// (requirements.md D3.7: guest consents die with the session). Idempotent.
//
// A book with pages is emptied first: whoever walks the books meanwhile, or after a crash, finds an empty one and never
// one whose pages are gone.
func (d *Desk) Forget(ctx context.Context, guest string) error {
	pages, err := d.somePages(ctx, guest)
	if err != nil {
		return err
	}
	if len(pages) > 0 {
		_, err := d.records.books.Update(ctx, guest, func(b *Book) error {
			*b = Book{Guest: b.Guest}
			return nil
		})
		if err != nil && !errors.Is(err, store.ErrMissing) {
			return err
		}
	}
	for len(pages) > 0 {
		for _, p := range pages {
			if _, err := d.records.pages.Delete(ctx, p.ID, nil); err != nil {
				return err
			}
		}
		if pages, err = d.somePages(ctx, guest); err != nil {
			return err
		}
	}
	_, err = d.records.books.Delete(ctx, guest, nil)
	return err
}

func (d *Desk) somePages(ctx context.Context, book string) ([]store.Found[ledger.Page], error) {
	r := store.Range{From: book + "/", To: book + "0", Limit: 100} // '0' follows '/'
	pages, _, err := d.records.pages.Find(ctx, store.ByID, r)
	return pages, err
}

// Sessions says whether a session is still there; package session does.
type Sessions interface {
	Lives(ctx context.Context, session string) (bool, error)
}

// SweepGuests forgets guests' books whose session is gone. Ending a session forgets the book already; this finds what a
// decision left behind that arrived in the very moment of the end. Returns how many; safe to interrupt and to run twice.
func (d *Desk) SweepGuests(ctx context.Context, sessions Sessions) (int, error) {
	swept := 0
	for ctx.Err() == nil {
		now := d.o.Now()
		r := store.Before(now.Add(time.Millisecond)) // what ends now is over
		r.Limit = 200
		due, _, err := d.records.books.Find(ctx, byGuestCheck, r)
		if err != nil || len(due) == 0 {
			return swept, err
		}
		for _, b := range due {
			lives, err := sessions.Lives(ctx, b.Value.Guest.Session)
			if err != nil {
				return swept, err
			}
			if lives {
				err = d.lookLater(ctx, b.ID, now)
			} else {
				err = d.Forget(ctx, b.ID)
				swept++
			}
			if err != nil {
				return swept, err
			}
		}
	}
	return swept, ctx.Err()
}

func (d *Desk) lookLater(ctx context.Context, id string, now time.Time) error {
	_, err := d.records.books.Update(ctx, id, func(b *Book) error {
		if b.Guest == nil {
			return store.ErrUnchanged
		}
		b.Guest.CheckAt = now.Add(d.o.GuestTTL)
		return nil
	})
	if errors.Is(err, store.ErrMissing) {
		return nil
	}
	return err
}
