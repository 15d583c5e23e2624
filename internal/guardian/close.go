package guardian

import (
	"context"
	"time"

	"zhiqing/internal/store"
	"zhiqing/internal/subject"
)

// Close ends anybody's account, a minor's or not: everything personal in it, and the key without which no copy can be read,
// goes in one compare-and-swap; then the consents, the sessions, the way from the identity and the guardianships, and the
// proof is signed. session is the one that asked: it alone stays for 24 hours, to fetch the proof ("" = none). reason is a
// code. Idempotent: whoever closes an account that is over gets its proof, and what a crash leaves undone, the sweep
// finishes. Of a declared minor the marker stays, so that coming back does not change the age.
func (d *Desk) Close(ctx context.Context, id, reason, session string) (proof string, err error) {
	s, err := d.Settle(ctx, id)
	if err != nil {
		return "", err
	}
	if s.State.Over() {
		return s.Erasure.Proof, nil
	}
	if s.Minority != nil || s.Band.Minor() { // while the identity can still be read
		if err := d.o.Subjects.Mark(ctx, s, d.o.Now().Add(d.o.Rules.Marker), time.Time{}); err != nil {
			return "", err
		}
	}
	s, err = d.act(ctx, id, func(s *subject.Subject) error {
		if s.State.Over() {
			return store.ErrUnchanged
		}
		return d.shred(s, reason, session)
	})
	if err != nil || s.Erasure == nil {
		return "", err
	}
	return s.Erasure.Proof, nil
}

// shred destroys the account in the change under way.
func (d *Desk) shred(s *subject.Subject, reason, session string) error {
	keep := parting
	if s.Minority != nil {
		keep = max(keep, d.o.Rules.Kept)
		if err := d.move(s, EndUse); err != nil {
			return err
		}
		d.endInvitations(s)
	}
	if err := d.o.Subjects.Shred(s, reason, d.o.Now().Add(keep)); err != nil {
		return err
	}
	s.Erasure.Session = session
	return nil
}

// parting is how long the session that asked is remembered: as long as it may live.
const parting = 24 * time.Hour
