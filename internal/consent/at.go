package consent

import (
	"context"
	"errors"
	"slices"
	"time"

	"zhiqing/internal/ident"
	"zhiqing/internal/ledger"
)

// At is where a purpose stood for a person at a past instant, and the entry that proves it, nil when nothing had been decided.
// The whole chain is verified on the way and only what it said by then is looked at, by the rules that count today; who is
// the person as they were then. A chain that does not hold is a *ledger.Break. Faults: ErrPurpose.
func (d *Desk) At(ctx context.Context, who Actor, code, recipient string, at time.Time) (Standing, *Entry, error) {
	p, known := d.o.Purposes.Get(code)
	if !known {
		return Standing{}, nil, ErrPurpose
	}
	var then Book
	said := map[int64]Entry{}
	err := d.walk(ctx, who.Book, func(e Entry) {
		if !e.Time.After(at) {
			then.Standings, said[e.Seq] = apply(then.Standings, e.Statement), e
		}
	})
	if err != nil {
		return Standing{}, nil, err
	}
	s := d.view(who, &then, &p, recipient, at)
	if s.Seq == 0 {
		return s, nil, nil
	}
	s.EntryID = ident.EntryID(who.Book, s.Seq)
	proof := said[s.Seq]
	return s, &proof, nil
}

// Given reports whether a consent to one of these purposes was in force at a past instant, the person's own or a guardian's,
// for any recipient: whether something that was collected at that instant had a consent before it. A book that has changed since
// is read by its chain; one that does not hold up to there proves nothing, so the answer is no.
func (d *Desk) Given(ctx context.Context, book string, purposes []string, at time.Time) (bool, error) {
	b, err := d.standings(ctx, book)
	if err != nil {
		return false, err
	}
	if d.gave(b.Standings, purposes, at) { // most are still as they were then
		return true, nil
	}
	var then []Standing
	err = d.walk(ctx, book, func(e Entry) {
		if !e.Time.After(at) {
			then = apply(then, e.Statement)
		}
	})
	var broken *ledger.Break
	if errors.As(err, &broken) || errors.Is(err, ErrNoEntry) {
		return false, nil
	}
	return err == nil && d.gave(then, purposes, at), err
}

// gave reports whether one of standings allowed one of the purposes at an instant and had begun by then.
func (d *Desk) gave(standings []Standing, purposes []string, at time.Time) bool {
	return slices.ContainsFunc(standings, func(s Standing) bool {
		return slices.Contains(purposes, s.Purpose) && !s.Since.After(at) && d.effective(s, at).State.Allows()
	})
}

// walk verifies a book's chain from its first entry and shows each statement.
func (d *Desk) walk(ctx context.Context, id string, each func(Entry)) error {
	b, err := d.book(ctx, id)
	if err != nil || b.Log.Head.Seq == 0 {
		return err
	}
	w := ledger.NewWalker(id)
	w.Each = func(e ledger.Entry) (reason string) {
		s, err := ledger.ParseStatement(e.Bytes)
		if err != nil {
			return ledger.BrokenStatement
		}
		each(Entry{Statement: s, Hash: e.Hash})
		return ""
	}
	for p, err := range d.pagesBefore(ctx, id, b.Log.Base.Seq) {
		if err == nil {
			err = w.Page(p)
		}
		if err != nil {
			return err
		}
	}
	return w.Log(b.Log)
}

// Whole reports whether one book's chain holds from its first entry to its newest and its state is the fold of it.
func (d *Desk) Whole(ctx context.Context, id string) (bool, error) {
	b, err := d.book(ctx, id)
	if err != nil || b.Log.Head.Seq == 0 {
		return err == nil, err
	}
	_, err = d.verifyBook(ctx, id, &b)
	var broken *ledger.Break
	if errors.As(err, &broken) || errors.Is(err, errMismatch) || errors.Is(err, ErrNoEntry) {
		return false, nil
	}
	return err == nil, err
}
