package guardian

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"slices"
	"time"

	"zhiqing/internal/fault"
	"zhiqing/internal/store"
	"zhiqing/internal/subject"
)

// Acts of the system, beside those of guardians (VerbGrant and so on), that are noted in a document and carried out after.
const (
	actDeclared    = "declared"     // a minor has declared their age: nothing of theirs may be in force
	actBecameMinor = "became_minor" // somebody taken for an adult is a minor: the children they stood for lose their guardian
	actCloseLinks  = "close_links"  // 18: no guardian speaks any more
	actEndLink     = "end_link"     // a guardian is gone, was no adult, or lost a dispute
)

// Proof is what remains of an erased account: no personal data, and everything needed to check it against the chain.
type Proof struct {
	Subject   string    `json:"subject"`
	Reason    string    `json:"reason"`
	ErasedAt  time.Time `json:"erased_at"`
	KeyDigest string    `json:"data_key_sha256"` // of the wrapped data key that was destroyed
	Fields    []string  `json:"fields"`
	HeadSeq   int64     `json:"chain_seq"`  // the newest entry of the consent book, which stays as evidence
	HeadHash  string    `json:"chain_hash"` // hex
	IssuedAt  time.Time `json:"issued_at"`
}

// act makes one change to an account that has nothing under way, carries out what the change has noted, and settles.
func (d *Desk) act(ctx context.Context, id string, change func(*subject.Subject) error) (subject.Subject, error) {
	for range maxSteps {
		if _, err := d.Settle(ctx, id); err != nil {
			return subject.Subject{}, err
		}
		s, err := d.o.Subjects.Change(ctx, id, func(s *subject.Subject) error {
			if unfinished(*s) {
				return errBusy
			}
			return change(s)
		})
		if errors.Is(err, errBusy) {
			continue // another request came in between; finish its act first
		}
		if err != nil {
			return s, err
		}
		if s, err = d.carryOut(ctx, s); err != nil {
			return s, err
		}
		return d.Settle(ctx, id) // what the clock says to it, at once
	}
	return subject.Subject{}, errUnsettled
}

// errBusy says that an act of somebody else is under way.
var errBusy = errors.New("guardian: another act is under way")

// carryOut finishes what a document says is under way. Every part may be repeated, so a crash between any two of them, or
// two servers at once, end the same.
func (d *Desk) carryOut(ctx context.Context, s subject.Subject) (subject.Subject, error) {
	if s.State == subject.Closing {
		return d.finishErasure(ctx, s)
	}
	if s.Minority == nil || s.Minority.Todo == nil {
		return s, nil
	}
	todo := *s.Minority.Todo
	if err := d.record(ctx, s, todo); refusal(err) {
		return s, errors.Join(err, d.giveUp(ctx, s.ID, todo.Key))
	} else if err != nil {
		return s, err
	}
	until := time.Time{}
	if todo.Act == string(VerbGrant) {
		standing, err := d.o.Consents.Stands(ctx, s.ID)
		if err != nil {
			return s, err
		}
		until = standing.Until
		if err := d.o.Subjects.Mark(ctx, s, s.ChangesOn, time.Time{}); err != nil {
			return s, err
		}
	}
	return d.o.Subjects.Change(ctx, s.ID, func(s *subject.Subject) error {
		if s.Minority == nil || s.Minority.Todo == nil || s.Minority.Todo.Key != todo.Key {
			return store.ErrUnchanged // somebody else has finished it
		}
		s.Minority.Todo = nil
		if todo.Act == string(VerbGrant) {
			return d.granted(s, todo.Link, until)
		}
		d.keepTime(s)
		return nil
	})
}

// refusal reports an act that the book will never take: since it was noted, a notice or a switch has changed. Everything
// else is worth another try.
func refusal(err error) bool {
	switch fault.KindOf(err) {
	case fault.Invalid, fault.Forbidden, fault.Conflict, fault.Missing:
		return !errors.Is(err, store.ErrConflict) // a lost race, not an answer
	}
	return false
}

// giveUp takes back an act that cannot be recorded, so that the account does not wait for it for ever.
func (d *Desk) giveUp(ctx context.Context, id, key string) error {
	_, err := d.o.Subjects.Change(ctx, id, func(s *subject.Subject) error {
		if s.Minority == nil || s.Minority.Todo == nil || s.Minority.Todo.Key != key {
			return store.ErrUnchanged
		}
		s.Minority.Todo = nil
		d.keepTime(s)
		return nil
	})
	return err
}

// granted opens the account, now that the entries are in the book.
func (d *Desk) granted(s *subject.Subject, linkID string, until time.Time) error {
	l := link(s, linkID)
	if l == nil || !LinkState(l.State).live() {
		return nil // ended meanwhile, which has its own entries
	}
	l.State, l.DecidedAt = string(LinkActive), d.o.Now()
	s.Minority.Until = until
	return d.follow(s, Grant)
}

// record writes an act's entries to the consent book, and what else it means outside the document.
func (d *Desk) record(ctx context.Context, s subject.Subject, todo subject.Todo) error {
	switch todo.Act {
	case actDeclared:
		return d.o.Consents.RevokeAll(ctx, s.ID, todo.Key)
	case actBecameMinor:
		return errors.Join(d.o.Consents.RevokeAll(ctx, s.ID, todo.Key), d.abandon(ctx, s.ID, LinkInvalid))
	case actCloseLinks:
		for _, l := range s.Minority.Links {
			if err := d.o.Consents.End(ctx, s.ID, l.ID, true, todo.Key+":"+l.ID); err != nil {
				return err
			}
		}
		return nil
	case actEndLink:
		return d.o.Consents.End(ctx, s.ID, todo.Link, false, todo.Key)
	}
	return d.o.Consents.Record(ctx, d.actOf(s, todo))
}

func (d *Desk) actOf(s subject.Subject, todo subject.Todo) Act {
	act := Act{
		Book: s.ID, Link: todo.Link, Band: s.Band, Key: todo.Key, Verb: Verb(todo.Act), Purposes: todo.Purposes, Notice: todo.Notice,
		Language: todo.Language, Method: todo.Method, Relation: undeclared, Verify: unverified,
	}
	if l := link(&s, todo.Link); l != nil {
		act.Relation, act.Verify = cmp.Or(l.Relation, undeclared), cmp.Or(l.Verify, unverified)
	}
	return act
}

// Saying no needs neither a relation nor a phone; the entry then says that there was none.
const (
	undeclared = "undeclared"
	unverified = "none"
)

// finishErasure follows a destruction outside the document: the last entries, the sessions, the way from the identity, the
// children for whom the person stood; then the proof.
func (d *Desk) finishErasure(ctx context.Context, s subject.Subject) (subject.Subject, error) {
	if s.Minority != nil && s.Minority.Todo != nil {
		if err := d.record(ctx, s, *s.Minority.Todo); err != nil && !refusal(err) {
			return s, err
		}
	}
	for _, step := range []func() error{
		func() error { return d.o.Consents.RevokeAll(ctx, s.ID, "erasure") },
		func() error { return d.endSessions(ctx, s) },
		func() error { return d.o.Subjects.Forget(ctx, s) },
		func() error { return d.abandon(ctx, s.ID, LinkLapsed) },
		func() error { return d.o.Others(ctx, s.ID) },
	} {
		if err := step(); err != nil {
			return s, err
		}
	}
	proof, err := d.prove(ctx, s)
	if err != nil {
		return s, err
	}
	return d.o.Subjects.Finish(ctx, s.ID, proof)
}

// endSessions ends every session but the one that asked to close the account.
func (d *Desk) endSessions(ctx context.Context, s subject.Subject) error {
	if s.Erasure == nil || s.Erasure.Session == "" {
		return d.o.Sessions.EndAll(ctx, s.ID)
	}
	return d.o.Sessions.EndAllBut(ctx, s.ID, s.Erasure.Session)
}

// prove signs what is left, and buries it outside the store: only then may the erasure count as finished.
func (d *Desk) prove(ctx context.Context, s subject.Subject) (string, error) {
	seq, hash, err := d.o.Consents.Head(ctx, s.ID)
	if err != nil {
		return "", err
	}
	e := s.Erasure
	p := Proof{
		Subject: s.ID, Reason: e.Reason, ErasedAt: e.At, KeyDigest: e.KeyDigest, Fields: e.Fields,
		HeadSeq: seq, HeadHash: hex.EncodeToString(hash), IssuedAt: d.o.Now(),
	}
	signed, err := d.o.Prover.Prove(p)
	if err == nil && d.o.Graves != nil {
		err = d.o.Graves.Bury(ctx, p, signed)
	}
	return signed, err
}

// abandon ends every link that a guardian holds: they were no adult, or their own account is gone. Each child's account is
// restricted until another guardian consents. Idempotent.
func (d *Desk) abandon(ctx context.Context, guardian string, to LinkState) error {
	wards, err := d.o.Subjects.GuardedBy(ctx, guardian)
	if err != nil {
		return err
	}
	for _, w := range wards {
		if w.Minority == nil || w.State.Over() {
			continue
		}
		for _, l := range slices.Clone(w.Minority.Links) {
			if l.Guardian == guardian && LinkState(l.State).live() {
				if err := d.abandonOne(ctx, w.ID, l.ID, to); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func (d *Desk) abandonOne(ctx context.Context, minor, linkID string, to LinkState) error {
	_, err := d.act(ctx, minor, func(s *subject.Subject) error {
		l := link(s, linkID)
		if l == nil || s.State.Over() || !LinkState(l.State).live() {
			return store.ErrUnchanged
		}
		was := LinkState(l.State)
		d.endLink(l, to)
		if was == LinkReviewing {
			err := d.reviewOver(s)
			d.keepTime(s)
			return err
		}
		s.Minority.Todo = &subject.Todo{Act: actEndLink, Link: linkID, Key: "end:" + linkID, At: d.o.Now()}
		if consenting(s, linkID) > 0 {
			d.keepTime(s)
			return nil
		}
		return d.follow(s, Lapse)
	})
	return err
}
