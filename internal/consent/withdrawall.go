package consent

import (
	"context"
	"slices"

	"zhiqing/internal/ident"
	"zhiqing/internal/ledger"
	"zhiqing/internal/purpose"
	"zhiqing/internal/store"
)

// WithdrawAll takes back, as the person, everything that they agreed to, and for a minor also what guardians agreed to: one
// batch, one compare-and-swap. A minor's account itself stays as the guardian decided it; ending that is another request.
// Like every no it is blocked by nothing: not by a notice, an age or a switch. Idempotent per key: what is agreed to
// afterwards stays, also when the call is repeated.
func (d *Desk) WithdrawAll(ctx context.Context, who Actor, lang, key string) error {
	mark, batch := hashed("withdraw all %q", key), d.o.IDs.New(ident.Batch)
	return d.change(ctx, who.Book, false, func(book *Book) error {
		if _, done := book.repeated("", mark); done || book.Log.Head.Seq == 0 {
			return store.ErrUnchanged
		}
		now := d.o.Now()
		if err := book.settle(who.Book, now, d.o.Notices); err != nil {
			return err
		}
		var entries []Recorded
		for _, s := range d.agreed(who, book) {
			r, err := book.append(who.Book, ledger.Statement{
				Time: now, Purpose: s.Purpose, Recipient: s.Recipient, State: string(Withdrawn), Actor: who.Book, Capacity: capacitySelf,
				Method: methodRequest, Batch: batch, Band: string(who.Band), Definition: s.Definition, Notice: d.toldNow(s, lang),
			})
			if err != nil {
				return err
			}
			entries = append(entries, r)
		}
		book.remember(mark, retry{Batch: batch}, entries)
		return nil
	})
}

// methodRequest says that somebody asked for all of it at once.
const methodRequest = "rights_request"

// agreed is what stands as agreed to: the person's own, and for a minor the guardians' that no word of the minor's covers.
func (d *Desk) agreed(who Actor, book *Book) (list []Standing) {
	for _, s := range book.Standings {
		theirs := s.Party == "" || who.Guardian && s.Purpose != purpose.MinorAccount
		named := slices.ContainsFunc(list, func(x Standing) bool { return x.Purpose == s.Purpose && x.Recipient == s.Recipient })
		if !s.State.Allows() || !theirs || named {
			continue
		}
		if s.Party != "" && book.standing(s.Purpose, s.Recipient, "").State == Withdrawn {
			continue // they have said so themselves
		}
		list = append(list, s)
	}
	return list
}

// toldNow is the notice in force, or the one on which it was agreed.
func (d *Desk) toldNow(s Standing, lang string) NoticeRef {
	if n, err := d.o.Notices.Current(s.Notice.Kind, lang); err == nil {
		return refer(n)
	}
	return s.Notice
}
