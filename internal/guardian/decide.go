package guardian

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"zhiqing/internal/store"
	"zhiqing/internal/subject"
)

// Decision is what a guardian answers on the page with the children's notice. Saying no needs nothing but the link; saying
// yes needs a verified phone, the relation and the notice that was read.
type Decision struct {
	Verb             Verb
	Relation         string
	Document         string // reference of an official document, for relations that need one
	Notice           string
	Purposes         []string // ticked; none is ticked beforehand
	Language, Method string
	Key              string // Idempotency-Key, "" = none
}

// Decide records a guardian's decision and carries it out: with a yes the minor's account opens, with a no its data is
// destroyed in the same change. A yes in force may be given again, for another twelve months or with other ticks; a no over
// one's own yes is a withdrawal; a no while another guardian's yes stands makes a dispute. Repeating a decision is safe.
// Faults: ErrUnknownLink, ErrEnded, ErrNotAdult, ErrVerifyFirst, ErrRelation, ErrDocument, ErrRegrant, ErrDisputed, ErrOver,
// and those of Consents.Check.
func (d *Desk) Decide(ctx context.Context, guardian, linkID string, decision Decision) (LinkState, error) {
	switch decision.Verb {
	case VerbRefuse:
		return d.no(ctx, guardian, linkID, decision, LinkRefused)
	case VerbWithdraw:
		return d.no(ctx, guardian, linkID, decision, LinkWithdrawn)
	}
	if _, err := d.adult(ctx, guardian); err != nil {
		return "", err
	}
	s, l, err := d.mine(ctx, guardian, linkID)
	if err != nil {
		return "", err
	}
	if err := d.mayGrant(ctx, s, l, decision); err != nil {
		return "", err
	}
	band, _ := d.o.Subjects.BandOf(s)
	act := decision.act(s.ID, linkID, band)
	act.Verify, act.Key = l.Verify, linkID // the real key is given when the act is noted
	if err := d.o.Consents.Check(ctx, act); err != nil {
		return "", err
	}
	s, err = d.act(ctx, s.ID, func(s *subject.Subject) error { return d.note(s, linkID, decision) })
	if err != nil {
		return "", err
	}
	if l := link(&s, linkID); l != nil {
		return LinkState(l.State), nil
	}
	return "", ErrNotNow // somebody else's no was faster
}

func (c Decision) act(book, linkID string, band subject.Band) Act {
	return Act{
		Book: book, Link: linkID, Relation: c.Relation, Band: band, Verb: c.Verb, Purposes: c.Purposes, Notice: c.Notice,
		Language: c.Language, Method: c.Method,
	}
}

func (d *Desk) mayGrant(ctx context.Context, s subject.Subject, l subject.Link, c Decision) error {
	i := slices.IndexFunc(d.o.Rules.Relations, func(r Relation) bool { return r.Code == c.Relation })
	switch state := LinkState(l.State); {
	case !state.live():
		return ErrNotNow
	case State(s.Minority.State) == Disputed:
		return ErrDisputed
	case l.VerifiedAt.IsZero():
		return ErrVerifyFirst
	case i < 0:
		return ErrRelation.At("body.relation", "见列出的监护关系", "see the listed relations")
	case d.o.Rules.Relations[i].NeedsDocument && c.Document == "":
		return ErrDocument.At("body.document", "请填写证明文件的编号", "the reference of the document")
	}
	marker, err := d.o.Subjects.Marked(ctx, s)
	if err != nil {
		return err
	}
	if wait := marker.Regrant.Sub(d.o.Now()); LinkState(l.State) == LinkReviewing && !marker.Regrant.IsZero() && wait > 0 {
		return ErrRegrant.After(wait)
	}
	return nil
}

// note records a yes in the minor's document; carryOut writes its entries and then opens the account.
func (d *Desk) note(s *subject.Subject, linkID string, c Decision) error {
	l := link(s, linkID)
	if l == nil || !LinkState(l.State).live() {
		return ErrNotNow
	}
	if _, ok := next(State(s.Minority.State), Grant); !ok {
		return ErrNotNow
	}
	key := d.actKey(l, c.Key)
	l.Relation, l.Document = c.Relation, c.Document
	s.Minority.Todo = &subject.Todo{
		Act: string(VerbGrant), Link: linkID, Key: key, Purposes: c.Purposes, Notice: c.Notice, Language: c.Language, Method: c.Method, At: d.o.Now(),
	}
	return nil
}

// actKey names an act: by the caller's key where there is one, so that a repetition is the same act.
func (d *Desk) actKey(l *subject.Link, key string) string {
	if key != "" {
		sum := sha256.Sum256([]byte(key))
		return l.ID + ":" + hex.EncodeToString(sum[:12])
	}
	l.Acts++
	return fmt.Sprintf("%s#%d", l.ID, l.Acts)
}

// Withdraw takes a guardian's consent back, or, when the minor calls it, ends their use of the account. At once, and as
// easy as giving it.
func (d *Desk) Withdraw(ctx context.Context, caller, linkID, language, method string) (LinkState, error) {
	if s, err := d.o.Subjects.WithLink(ctx, linkID); err == nil && s.ID == caller {
		return LinkWithdrawn, d.EndUse(ctx, caller)
	}
	return d.no(ctx, caller, linkID, Decision{Verb: VerbWithdraw, Language: language, Method: method}, LinkWithdrawn)
}

// no records a refusal or a withdrawal. It is never blocked: not by an outdated notice, an unverified phone, or the
// guardian's own account having changed since. Whose link has ended, because they never decided, were no adult or lost a
// dispute, has no say any more: ErrNotNow.
func (d *Desk) no(ctx context.Context, guardian, linkID string, c Decision, to LinkState) (LinkState, error) {
	s, l, err := d.mine(ctx, guardian, linkID)
	if errors.Is(err, ErrOver) { // what was asked for is done
		return to, nil
	}
	if err != nil {
		return "", err
	}
	switch state := LinkState(l.State); {
	case state.no():
		return state, nil
	case !state.live():
		return "", ErrNotNow
	}
	act := c.act(s.ID, linkID, s.Band)
	act.Key = linkID
	if err := d.o.Consents.Check(ctx, act); err != nil {
		return "", err
	}
	if err := d.markEnd(ctx, s, l); err != nil {
		return "", err
	}
	_, err = d.act(ctx, s.ID, func(s *subject.Subject) error {
		err := d.sayNo(s, linkID, c)
		if l := link(s, linkID); l != nil {
			to = LinkState(l.State)
		}
		return err
	})
	return to, err
}

// markEnd remembers, before the data is gone, that the account was a minor's and when a guardian may consent again.
func (d *Desk) markEnd(ctx context.Context, s subject.Subject, l subject.Link) error {
	now := d.o.Now()
	var regrant time.Time
	if LinkState(l.State) == LinkActive {
		regrant = now.Add(d.o.Rules.Regrant)
	}
	return d.o.Subjects.Mark(ctx, s, now.Add(d.o.Rules.Marker), regrant)
}

func (d *Desk) sayNo(s *subject.Subject, linkID string, c Decision) error {
	l := link(s, linkID)
	switch {
	case s.State.Over(), l == nil, LinkState(l.State).no():
		return store.ErrUnchanged
	case !LinkState(l.State).live():
		return ErrNotNow
	}
	was := LinkState(l.State)
	verb, to, event := VerbRefuse, LinkRefused, Refuse
	if was == LinkActive {
		verb, to, event = VerbWithdraw, LinkWithdrawn, Withdraw
	}
	if consenting(s, linkID) > 0 {
		event = Object // deny overrides, and the other guardian's yes is not swept away unheard
	}
	s.Minority.Todo = &subject.Todo{
		Act: string(verb), Link: linkID, Key: d.actKey(l, c.Key), Notice: l.Notice, Language: c.Language, Method: c.Method, At: d.o.Now(),
	}
	d.endLink(l, to)
	return d.follow(s, event)
}

// follow moves the account and destroys its data if that is where it leads.
func (d *Desk) follow(s *subject.Subject, e Event) error {
	if err := d.move(s, e); err != nil {
		return err
	}
	d.keepTime(s)
	if State(s.Minority.State).over() {
		d.endInvitations(s)
		return d.erase(s)
	}
	return nil
}

// EndUse closes the account at the minor's own wish (儿童个人信息网络保护规定 art. 20(4)).
func (d *Desk) EndUse(ctx context.Context, minor string) error {
	s, err := d.Settle(ctx, minor)
	if err != nil {
		return err
	}
	if s.State.Over() {
		return nil
	}
	if s.Minority == nil {
		return ErrNoMinor
	}
	if err := d.o.Subjects.Mark(ctx, s, d.o.Now().Add(d.o.Rules.Marker), time.Time{}); err != nil {
		return err
	}
	_, err = d.act(ctx, minor, func(s *subject.Subject) error {
		if s.State.Over() || s.Minority == nil {
			return store.ErrUnchanged
		}
		return d.follow(s, EndUse)
	})
	return err
}
