package consent

import (
	"context"
	"errors"
	"time"

	"zhiqing/internal/ident"
	"zhiqing/internal/ledger"
)

// Change is what one change of a book did, without whose book it is.
type Change struct {
	At            time.Time
	Guest         bool
	Said          []Said
	Began, Ceased []string // purposes: in force now and not before, and the other way round
}

// Said is one entry, as far as it can be counted.
type Said struct {
	Purpose string
	State   State
	Band    string // age band at that time, "" = not known
}

// inForce are the purposes in force at an instant: somebody has agreed, for any recipient, and nobody who was asked says no.
// That is what can be told from the book alone; what a minor's age and account make of it, Live knows.
func (d *Desk) inForce(standings []Standing, at time.Time) map[string]bool {
	live := map[string]bool{}
	for i := 0; i < len(standings); { // sorted: one purpose and recipient after the other
		first, yes, no := standings[i], false, false
		for ; i < len(standings) && standings[i].Purpose == first.Purpose && standings[i].Recipient == first.Recipient; i++ {
			state := standings[i].effective(at, d.o.Notices)
			yes, no = yes || state.Allows(), no || state.no()
		}
		if yes && !no {
			live[first.Purpose] = true
		}
	}
	return live
}

// before is what was in force before a change, as whoever counts by Change believes: what ran out since the book was last
// written is news, unless that was before today in China, when Count has seen it.
func (d *Desk) before(b *Book) map[string]bool {
	if d.o.Observe == nil {
		return nil
	}
	believed := midnight(d.o.Now())
	if last := b.newest(); last.After(believed) {
		believed = last
	}
	return d.inForce(b.Standings, believed)
}

// newest is when the newest entry was written; zero without any.
func (b *Book) newest() (last time.Time) {
	for _, s := range b.Standings {
		if s.Since.After(last) {
			last = s.Since
		}
	}
	return last
}

// ahead is by how much China's clocks are ahead of UTC.
const ahead = 8 * time.Hour

// midnight is the beginning of the day in China.
func midnight(at time.Time) time.Time { return at.Add(ahead).Truncate(24 * time.Hour).Add(-ahead) }

// told describes a change that has been made in memory.
func (d *Desk) told(id string, b *Book, had map[string]bool) Change {
	c := Change{At: d.o.Now(), Guest: ident.Is(ident.Guest, id), Said: b.said}
	if d.o.Observe == nil || len(c.Said) == 0 || c.Guest {
		return c
	}
	has := d.inForce(b.Standings, c.At)
	c.Began, c.Ceased = without(has, had), without(had, has)
	return c
}

func without(all, some map[string]bool) (rest []string) {
	for p := range all {
		if !some[p] {
			rest = append(rest, p)
		}
	}
	return rest
}

func (d *Desk) observe(c Change) {
	if d.o.Observe != nil && len(c.Said) > 0 {
		d.o.Observe(c)
	}
}

// Counter hears what Count finds.
type Counter struct {
	Said func(at time.Time, s Said) // an entry written from an instant on and before another
	Live func(purpose string)       // in force in a book at that other one
}

// Count reads the books of all people with an account, in pages: what was written from one instant until before another, and
// what was in force at that other one, by the rules that count now. Guests' books go with their sessions and are passed over.
// A book whose chain does not hold is counted by what it says up to the break; Verify names it.
func (d *Desk) Count(ctx context.Context, from, to time.Time, c Counter) error {
	return d.records.books.Walk(ctx, ident.Subject, func(id string, b *Book, err error) error {
		if err != nil || !ident.Is(ident.Subject, id) {
			return nil // what does not decode is Verify's to report
		}
		standings := b.Standings
		if !b.newest().Before(from) {
			if standings, err = d.countBook(ctx, id, from, to, c); err != nil {
				return err
			}
		}
		for purpose := range d.inForce(standings, to) {
			c.Live(purpose)
		}
		return nil
	})
}

// countBook tells a book's entries of a period and returns how it stood at the end of it.
func (d *Desk) countBook(ctx context.Context, id string, from, to time.Time, c Counter) (then []Standing, err error) {
	err = d.walk(ctx, id, func(e Entry) {
		if !e.Time.Before(to) {
			return
		}
		then = apply(then, e.Statement)
		if !e.Time.Before(from) {
			c.Said(e.Time, Said{e.Purpose, State(e.State), e.Band})
		}
	})
	var broken *ledger.Break
	if errors.As(err, &broken) || errors.Is(err, ErrNoEntry) {
		err = nil
	}
	return then, err
}
