package consent

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"

	"zhiqing/internal/ledger"
	"zhiqing/internal/store"
)

// Report is what Verify found.
type Report struct {
	Books, Entries int64
	Breaks         []string // one line each, naming the entry or book; at most maxBreaks
	More           int64    // breaks beyond that
}

const maxBreaks = 1000

// Sound says that nothing is wrong.
func (r Report) Sound() bool { return len(r.Breaks) == 0 }

// Break adds a line, as long as there is room; others count what else is wrong with a store by it.
func (r *Report) Break(line string) { r.broken("%s", line) }

func (r *Report) broken(format string, args ...any) {
	if len(r.Breaks) == maxBreaks {
		r.More++
		return
	}
	r.Breaks = append(r.Breaks, fmt.Sprintf(format, args...))
}

// errMismatch says that the stored state is not what the chain says.
var errMismatch = errors.New("the stored state differs from the fold of its entries")

// Verify walks every book: each entry's hash and link, its place, its form, and that the stored state is the fold of the
// chain. It holds one book's page at a time. Only a store that cannot be read is an error; what is wrong with the data is
// in the report.
func (d *Desk) Verify(ctx context.Context) (Report, error) {
	var report Report
	err := d.records.books.Walk(ctx, "", func(id string, b *Book, err error) error {
		report.Books++
		if err != nil {
			report.broken("%v", err)
			return nil
		}
		n, err := d.verifyBook(ctx, id, b)
		if err != nil && b.Guest != nil {
			gone, lookErr := d.forgottenSince(ctx, id, b.Log.Head.Seq)
			if lookErr != nil {
				return lookErr
			}
			if gone {
				return nil
			}
		}
		report.Entries += n
		var broken *ledger.Break
		switch {
		case err == nil:
		case errors.As(err, &broken):
			report.broken("%s", broken.Error())
		case errors.Is(err, store.ErrUnavailable):
			return err
		default: // a page that is missing or does not decode, a state that is not the fold
			report.broken("book %s: %v", id, err)
		}
		return nil
	})
	return report, err
}

// forgottenSince reports whether a guest's book was emptied or deleted after it was read up to the entry at seq: then its
// pages are rightly gone.
func (d *Desk) forgottenSince(ctx context.Context, id string, seq int64) (bool, error) {
	b, err := d.book(ctx, id)
	return b.Log.Head.Seq < seq, err
}

// verifyBook checks one book and returns how many of its entries hold.
func (d *Desk) verifyBook(ctx context.Context, id string, b *Book) (int64, error) {
	var standings []Standing
	w := ledger.NewWalker(id)
	w.Each = func(e ledger.Entry) (reason string) {
		s, err := ledger.ParseStatement(e.Bytes)
		if err != nil {
			return ledger.BrokenStatement
		}
		standings = apply(standings, s)
		return ""
	}
	for p, err := range d.pagesBefore(ctx, id, b.Log.Base.Seq) {
		if err == nil {
			err = w.Page(p)
		}
		if err != nil {
			return w.Head().Seq, err
		}
	}
	if err := w.Log(b.Log); err != nil {
		return w.Head().Seq, err
	}
	if !slices.EqualFunc(standings, b.Standings, sameStanding) {
		return w.Head().Seq, errMismatch
	}
	return w.Head().Seq, nil
}

func sameStanding(a, b Standing) bool {
	return a.Purpose == b.Purpose && a.Recipient == b.Recipient && a.Party == b.Party && a.Relation == b.Relation && a.Verify == b.Verify && a.State == b.State && a.Since.Equal(b.Since) &&
		a.ValidUntil.Equal(b.ValidUntil) && a.Notice == b.Notice && a.Definition == b.Definition && a.Seq == b.Seq
}

// pagesBefore reads a book's full pages up to the entry at seq.
func (d *Desk) pagesBefore(ctx context.Context, id string, seq int64) iter.Seq2[ledger.Page, error] {
	return func(yield func(ledger.Page, error) bool) {
		for number := int64(0); number*ledger.PageSize < seq; number++ {
			p, err := d.page(ctx, id, number)
			if !yield(p, err) || err != nil {
				return
			}
		}
	}
}
