package consent

import (
	"context"
	"errors"
	"time"

	"zhiqing/internal/ident"
	"zhiqing/internal/job"
	"zhiqing/internal/ledger"
	"zhiqing/internal/purpose"
	"zhiqing/internal/store"
)

// ended notes in a book that a consent has ended and that Options.OnEnded has not finished with it. It is written in the
// same compare-and-swap as the entry, so no crash can lose it.
type ended struct {
	Seq int64     `bson:"seq"` // the head when it was noted: a later end makes a new note
	At  time.Time `bson:"at"`
}

// endedBy reports whether a statement ends a consent of anybody, or what others agreed to: a no about a minor's account
// reaches everything. A notice that has changed ends nothing for good: the person is asked again, and meanwhile nothing
// is processed. Answering yes too often only costs another look.
func (b *Book) endedBy(s ledger.Statement) bool {
	if state := State(s.State); state.Allows() || state == Invalidated {
		return false
	}
	for _, x := range b.Standings {
		if x.State.Allows() && (x.Purpose == s.Purpose || s.Purpose == purpose.MinorAccount) {
			return true
		}
	}
	return false
}

// errUnfinished ends a change that has to wait until what ended before is erased.
var errUnfinished = errors.New("consent: an ended consent is not followed up yet")

// change makes one compare-and-swap on a book, then sees to what ended by it, or by an earlier change that got no further.
// Nothing new is agreed to before that: a yes must not bring back to life what had to be erased.
func (d *Desk) change(ctx context.Context, id string, grants bool, fn func(*Book) error) error {
	for {
		var before int64
		var done Change
		book, err := d.records.books.Upsert(ctx, id, func(b *Book, _ bool) error {
			had := d.before(b)
			if grants && d.o.OnEnded != nil && b.Ended != nil {
				before = b.Ended.Seq
				return errUnfinished
			}
			if err := d.movePages(ctx, id, b); err != nil {
				return err
			}
			err := fn(b)
			d.note(id, b)
			done = d.told(id, b, had)
			return err
		})
		if err == nil {
			d.observe(done)
		}
		switch {
		case errors.Is(err, errUnfinished):
			if err := d.followUp(ctx, id, before); err != nil {
				return err
			}
		case err != nil || book.Ended == nil:
			return err
		default:
			return d.followUp(ctx, id, book.Ended.Seq)
		}
	}
}

// note writes down that something ended, if there is somebody to tell. Nothing rests on the consents of a guest but what
// lives in the session.
func (d *Desk) note(id string, b *Book) {
	if b.ending && d.o.OnEnded != nil && ident.Is(ident.Subject, id) {
		b.Ended = &ended{Seq: b.Log.Head.Seq, At: d.o.Now()}
	}
	b.ending = false
}

// followUp erases what rested on an ended consent and clears the note, unless a later end has replaced it. Whoever made
// that end, or the sweep, sees to it.
func (d *Desk) followUp(ctx context.Context, id string, seq int64) error {
	if d.o.OnEnded == nil {
		return nil
	}
	if err := d.o.OnEnded(ctx, id); err != nil {
		return err
	}
	_, err := d.records.books.Update(ctx, id, func(b *Book) error {
		if b.Ended == nil || b.Ended.Seq != seq {
			return store.ErrUnchanged
		}
		b.Ended = nil
		return nil
	})
	if errors.Is(err, store.ErrMissing) {
		return nil
	}
	return err
}

// SweepEnded follows up what a crash or a failure left: it calls OnEnded for each noted book, several at once. One that fails does not stop
// the others; the first failure is returned. Returns how many books are done. Safe to interrupt, to repeat and to run on
// several servers.
func (d *Desk) SweepEnded(ctx context.Context) (int, error) {
	return d.sweep(ctx, byEnded, store.Range{}, func(id string, b Book) error { return d.followUp(ctx, id, b.Ended.Seq) })
}

// SweepExpired writes down what has run out by itself and follows it up, as SweepEnded does. That the consent is over
// counted before, for every reader; this brings about the erasure.
func (d *Desk) SweepExpired(ctx context.Context) (int, error) {
	due := store.Before(d.o.Now().Add(time.Millisecond)) // what ends now is over
	return d.sweep(ctx, byExpiry, due, func(id string, _ Book) error {
		return d.change(ctx, id, false, func(b *Book) error {
			before := b.Log.Head.Seq
			if err := b.settle(id, d.o.Now(), d.o.Notices); err != nil {
				return err
			}
			if b.Log.Head.Seq == before {
				return store.ErrUnchanged
			}
			return nil
		})
	})
}

// sweepBatch is how many books a sweep reads at a time.
const sweepBatch = 100

func (d *Desk) sweep(ctx context.Context, index string, r store.Range, do func(id string, b Book) error) (done int, first error) {
	r.Limit = sweepBatch
	for ctx.Err() == nil {
		due, next, err := d.records.books.Find(ctx, index, r)
		if err != nil {
			return done, err
		}
		n, err := job.Spread(ctx, len(due), func(i int) error { return do(due[i].ID, due[i].Value) })
		if done += n; first == nil {
			first = err
		}
		if r.After = next; next == "" {
			return done, first
		}
	}
	return done, errors.Join(first, ctx.Err())
}
