package app

import (
	"context"
	"errors"
	"time"

	"zhiqing/internal/consent"
	"zhiqing/internal/guardian"
	"zhiqing/internal/ledger"
	"zhiqing/internal/message"
	"zhiqing/internal/notice"
	"zhiqing/internal/purpose"
	"zhiqing/internal/subject"
)

// Here package guardian's needs are plugged into the consent book, the notices and the signing keys, and the consent book's
// into what is known of a person.

// minorsBook is a minor's consent book as package guardian wants it.
type minorsBook struct{ desk *consent.Desk }

func (b minorsBook) Check(_ context.Context, a guardian.Act) error {
	return b.desk.CheckGuardianAct(actOf(a))
}

func (b minorsBook) Record(ctx context.Context, a guardian.Act) error {
	_, err := b.desk.DecideAsGuardian(ctx, actOf(a))
	if errors.Is(err, consent.ErrNothing) { // there is nothing of theirs to take back, which is what they want
		return nil
	}
	return err
}

func actOf(a guardian.Act) consent.GuardianAct {
	return consent.GuardianAct{
		Book: a.Book, Link: a.Link, Relation: a.Relation, Verify: a.Verify, Band: a.Band, Key: a.Key, Verb: consent.Verb(a.Verb),
		Purposes: a.Purposes, NoticeVersion: a.Notice, Language: a.Language, Method: a.Method,
	}
}

func (b minorsBook) End(ctx context.Context, book, link string, expired bool, key string) error {
	state := consent.Revoked
	if expired {
		state = consent.Expired
	}
	return b.desk.EndParty(ctx, book, link, state, key)
}

func (b minorsBook) RevokeAll(ctx context.Context, book, key string) error {
	return b.desk.RevokeAll(ctx, book, key)
}

func (b minorsBook) Stands(ctx context.Context, book string) (guardian.Standing, error) {
	m, err := b.desk.Minor(ctx, book)
	return guardian.Standing{Guardian: m.Guardian.Allows(), Until: m.Until, Own: m.Own.Allows(), OwnSince: m.OwnSince}, err
}

func (b minorsBook) Head(ctx context.Context, book string) (int64, []byte, error) {
	entries, _, err := b.desk.History(ctx, book, 0, 1)
	if err != nil || len(entries) == 0 {
		return 0, nil, err
	}
	return entries[0].Seq, entries[0].Hash, nil
}

// childrensNotice says which version guardians decide on.
type childrensNotice struct{ shelf *notice.Shelf }

func (c childrensNotice) CurrentVersion() (string, error) {
	n, err := c.shelf.Current(guardian.NoticeKind, notice.Chinese)
	return n.Version, err
}

// prover signs what remains of an erased account with the key that signs receipts; the type keeps the two apart.
type prover struct{ keys ledger.Keyset }

func (p prover) Prove(proof guardian.Proof) (string, error) {
	return p.keys.Sign(ledger.UseReceipt, ledger.TypErasure, proof)
}

// people says what the consents of a person come to, for the profile.
type people struct {
	subjects *subject.Register
	rules    guardian.Rules
	desk     *consent.Desk
	purposes *purpose.Catalogue
}

// Live says which consent purposes are in force for a person now. While an account is restricted, a guardian's consent that
// has run out is only suspended: what it covered is stored and not used, until it is given again or the account is erased.
func (p people) Live(ctx context.Context, s *subject.Subject) (func(string) bool, error) {
	who := p.actor(*s)
	if s.State == subject.Restricted {
		if !who.Own {
			return func(string) bool { return true }, nil
		}
		who.Guardian = false
	}
	return p.desk.Live(ctx, who)
}

func (p people) actor(s subject.Subject) consent.Actor {
	who := consent.Actor{Book: s.ID}
	who.Band, _ = p.subjects.BandOf(s)
	who.Own, who.Guardian = p.rules.Needs(who.Band)
	if s.Minority != nil {
		who.Closed, who.Confirming = guardian.Gate(s.State, guardian.State(s.Minority.State))
	}
	return who
}

// workdays is when the nth working day after from is over, and whether the calendar says so for certain. A number that the
// calendar cannot count is a defect of the policy, which its loader refuses; the start itself is then the careful answer.
func (a *App) workdays(from time.Time, n int) (time.Time, bool) {
	due, err := a.calendar.AddWorkdays(from, n)
	if err != nil {
		return from, true
	}
	return due.At, due.Provisional
}

// told is the message about each state of a minor's account.
var told = map[guardian.State]message.Kind{
	guardian.Active: message.GuardianResult, guardian.Reconsent: message.ReconsentDue, guardian.Disputed: message.Dispute,
	guardian.Transition14: message.Transition14, guardian.Transition18: message.Transition18,
}

func (a *App) tellMinor(ctx context.Context, subject string, state guardian.State, key string) error {
	return a.Messages.Tell(ctx, subject, told[state], message.Refs{}, key)
}
