package guardian

import (
	"context"
	"time"

	"zhiqing/internal/store"
	"zhiqing/internal/subject"
)

// Resolve ends a dispute by what a court, a residents' committee or the civil affairs authority has decided (民法典 art. 31):
// in favour of the consent, whose opponents' refusals are set aside, or against it, and the data is destroyed. It is for
// staff, who keep the reference and the outcome and no document. Faults: ErrNotNow when there is no dispute.
func (d *Desk) Resolve(ctx context.Context, minor string, inFavour bool) error {
	s, err := d.Settle(ctx, minor)
	if err != nil {
		return err
	}
	if s.Minority == nil || State(s.Minority.State) != Disputed {
		return ErrNotNow
	}
	if err := d.o.Subjects.Mark(ctx, s, d.o.Now().Add(d.o.Rules.Marker), time.Time{}); err != nil {
		return err
	}
	for {
		again := false
		_, err = d.act(ctx, minor, func(s *subject.Subject) error {
			again = false
			if s.Minority == nil || State(s.Minority.State) != Disputed {
				return ErrNotNow
			}
			if !inFavour {
				return d.follow(s, ResolveAgainst)
			}
			for i := range s.Minority.Links { // one opponent at a time: each is noted and recorded before the next
				if l := &s.Minority.Links[i]; LinkState(l.State).no() {
					d.endLink(l, LinkInvalid)
					s.Minority.Todo = &subject.Todo{Act: actEndLink, Link: l.ID, Key: "set-aside:" + l.ID, At: d.o.Now()}
					again = blocked(s)
					if again {
						return nil
					}
					break
				}
			}
			return d.follow(s, ResolveFor)
		})
		if err != nil || !again {
			return err
		}
	}
}

// CorrectToAdult makes a declared minor an adult on evidence that staff have verified (requirements.md C2, guard 1): never
// self-service. The guardianships end, and the marker goes, before all else: a repetition after a crash finds no minor.
func (d *Desk) CorrectToAdult(ctx context.Context, id string) error {
	s, err := d.Settle(ctx, id)
	if err != nil {
		return err
	}
	if s.Minority == nil || s.State.Over() {
		return ErrNoMinor
	}
	if err := d.o.Subjects.Unmark(ctx, s); err != nil {
		return err
	}
	for _, l := range s.Minority.Links {
		if err := d.o.Consents.End(ctx, id, l.ID, false, "correct:"+l.ID); err != nil {
			return err
		}
	}
	_, err = d.act(ctx, id, func(s *subject.Subject) error {
		if s.Minority == nil {
			return store.ErrUnchanged
		}
		return d.release(s, CorrectToAdult)
	})
	return err
}
