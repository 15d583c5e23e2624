package consent

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"time"

	"zhiqing/internal/ident"
	"zhiqing/internal/ledger"
	"zhiqing/internal/notice"
	"zhiqing/internal/purpose"
	"zhiqing/internal/store"
	"zhiqing/internal/subject"
)

// GuardianAct is one act by which a guardian decides for a minor. That the guardian is who they claim to be, and that the
// child is still theirs to decide for, package guardian has made sure of.
type GuardianAct struct {
	Book          string       // the minor's
	Link          string       // the guardianship, gdn_…: all that an entry says about who the guardian is
	Relation      string       // as declared: parent, grandparent, …
	Verify        string       // how the guardian was verified: phone, …
	Band          subject.Band // the minor's
	Key           string       // required; repeating it answers as the first time
	Verb          Verb
	Purposes      []string // to Grant: what is ticked beside the account; otherwise not looked at
	NoticeVersion string   // to Grant: the version of the children's notice that the guardian has read
	Language      string   // in which it was shown
	Method        string   // the active step, such as tap
}

// errNoKey is a defect of the caller.
var errNoKey = errors.New("consent: a guardian's act needs a key and a link")

// account is the purpose of a minor's account with the children's notice in force, or ErrClosed while there is none.
func (d *Desk) account(lang string) (purpose.Purpose, notice.Notice, error) {
	p, known := d.o.Purposes.Get(purpose.MinorAccount)
	if !known {
		return p, notice.Notice{}, ErrClosed
	}
	n, err := d.o.Notices.Current(p.NoticeKind, lang)
	if errors.Is(err, notice.ErrUnknown) {
		err = ErrClosed
	}
	return p, n, err
}

// CheckGuardianAct answers whether DecideAsGuardian would accept the act, as far as that can be told without the book.
// Saying no needs nothing but an active step (PIPL art. 15).
func (d *Desk) CheckGuardianAct(a GuardianAct) error {
	if a.Key == "" || a.Link == "" {
		return errNoKey
	}
	if outcome[a.Verb] == nil {
		return ErrVerb.At("body.decision", "应为 grant、refuse 或 withdraw", "expected grant, refuse or withdraw")
	}
	if err := checkMethod(a.Method); err != nil || a.Verb != Grant {
		return err
	}
	account, current, err := d.account(a.Language)
	switch {
	case err != nil:
		return err
	case !account.Grantable(""), a.Band != subject.Under14 && a.Band != subject.From14:
		return ErrClosed
	case len(a.Purposes) > MaxDecisions:
		return ErrEmpty
	}
	if err := checkRead(a.NoticeVersion, current, "body.notice_version"); err != nil {
		return err
	}
	for i, code := range a.Purposes {
		if err := d.checkTick(a, i, code); err != nil {
			return err
		}
	}
	return nil
}

// checkTick refuses to agree to what is not on offer.
func (d *Desk) checkTick(a GuardianAct, i int, code string) error {
	path := fmt.Sprintf("body.purposes[%d]", i)
	p, known := d.o.Purposes.Get(code)
	switch {
	case !known:
		return ErrPurpose.At(path, "目录中没有这个目的", "not in the catalogue")
	case !p.NeedsConsent():
		return ErrNotNeeded.At(path, "不以同意为依据", "does not rest on consent")
	case slices.Contains(a.Purposes[:i], code), code == purpose.MinorAccount: // the act itself is about the account
		return ErrTwice.At(path, "重复", "repeated")
	case !p.OpenTo(string(a.Band)):
		return ErrAge.At(path, "不对这个年龄段开放，监护人也不能同意", "closed to this age band, also by a guardian's consent")
	case !slices.ContainsFunc(d.OfferedTo(a.Band, a.Language), func(x *purpose.Purpose) bool { return x.Code == code }):
		return ErrClosed.At(path, "不在可选范围", "not on offer")
	}
	return nil
}

// DecideAsGuardian records a guardian's act, all of it or nothing, in one compare-and-swap:
//   - Grant: the account and each ticked purpose are given or renewed; what this guardian had agreed to and does not tick
//     again is withdrawn;
//   - Refuse: the account is refused, and what this guardian had agreed to is withdrawn;
//   - Withdraw: everything that this guardian had agreed to is withdrawn.
//
// Other guardians' decisions stay as they are. Errors are those of CheckGuardianAct, ErrNothing when there is nothing to
// withdraw, ErrKeyReused for another act under the same key.
func (d *Desk) DecideAsGuardian(ctx context.Context, a GuardianAct) (entries []Recorded, err error) {
	key, request := a.fingerprint()
	if err := d.CheckGuardianAct(a); err != nil {
		_, entries, err = d.acknowledged(ctx, a.Book, a.Link, key, request, err)
		return entries, err
	}
	_, current, err := d.account(a.Language)
	if err != nil {
		return nil, err
	}
	batch := d.o.IDs.New(ident.Batch)
	err = d.change(ctx, a.Book, a.Verb == Grant, func(book *Book) error {
		entries = nil
		if first, ok := book.repeated(a.Link, key); ok {
			return d.answerAgain(ctx, a.Book, book, first, request, new(string), &entries)
		}
		now := d.o.Now()
		if err := book.settle(a.Book, now, d.o.Notices); err != nil {
			return err
		}
		for _, s := range d.statements(a, book, refer(current), batch, now) {
			r, err := book.append(a.Book, s)
			if err != nil {
				return err
			}
			entries = append(entries, r)
		}
		if len(entries) == 0 {
			if err := d.withdrawnAlready(ctx, a, book, &entries); err != nil {
				return err
			}
		}
		book.remember(key, retry{Request: request, By: a.Link, Batch: batch}, entries)
		return nil
	})
	return entries, err
}

// withdrawnAlready answers with the entry that took the consent back before.
func (d *Desk) withdrawnAlready(ctx context.Context, a GuardianAct, book *Book, entries *[]Recorded) error {
	account := book.standing(purpose.MinorAccount, "", a.Link)
	if account.State != Withdrawn {
		return ErrNothing
	}
	r, err := d.recordedOf(ctx, a.Book, book, account)
	*entries = []Recorded{r}
	return err
}

// statements are what an act says, in the order in which it is recorded: the account first.
func (d *Desk) statements(a GuardianAct, book *Book, told NoticeRef, batch string, now time.Time) (all []ledger.Statement) {
	base := ledger.Statement{
		Time: now, Actor: a.Link, Capacity: capacityGuardian, Method: a.Method, Batch: batch, Band: string(a.Band), Notice: told,
		Guardian: &ledger.Guardian{LinkID: a.Link, Relation: a.Relation, VerifyLevel: a.Verify},
	}
	say := func(code string, verb Verb, until time.Time) {
		old := book.standing(code, "", a.Link)
		next := outcome[verb][old.State]
		if next == "" {
			return
		}
		s := base
		s.Purpose, s.State, s.ValidUntil, s.Definition = code, string(next), until, old.Definition
		if p, known := d.o.Purposes.Get(code); known {
			s.Definition = p.Digest
		}
		all = append(all, s)
	}
	var end time.Time
	if a.Verb == Grant {
		end = d.endOf(purpose.MinorAccount, now)
	}
	say(purpose.MinorAccount, a.Verb, end)
	ticked := a.Purposes
	if a.Verb != Grant {
		ticked = nil
	}
	for _, code := range ticked {
		say(code, Grant, earliest(end, d.endOf(code, now)))
	}
	for _, old := range book.Standings {
		live := old.State.Allows() || a.Verb == Withdraw
		if old.Party == a.Link && old.Purpose != purpose.MinorAccount && live && !slices.Contains(ticked, old.Purpose) {
			say(old.Purpose, Withdraw, time.Time{})
		}
	}
	return all
}

// endOf is when a consent given now runs out; zero = it does not.
func (d *Desk) endOf(code string, now time.Time) time.Time {
	p, known := d.o.Purposes.Get(code)
	if !known || p.ValidFor.IsZero() {
		return time.Time{}
	}
	return p.ValidFor.AddTo(now)
}

// fingerprint hashes the key, and the act that came with it.
func (a GuardianAct) fingerprint() (key, request []byte) {
	request = hashed("%q %q %q %q", a.Verb, a.Purposes, a.NoticeVersion, a.Method)
	return hashed("%s", a.Key), request
}

func hashed(format string, args ...any) []byte {
	sum := sha256.Sum256(fmt.Appendf(nil, format, args...))
	return sum[:16]
}

// refer names a notice as entries do.
func refer(n notice.Notice) NoticeRef {
	return NoticeRef{Kind: n.Kind, Version: n.Version, Language: n.Language, SHA256: n.SHA256}
}

// EndParty ends a guardianship's part in a book, yes and no alike: the link lapsed, was found invalid, or the minor has
// come of age. state is Revoked or Expired; the system says so. Idempotent, also by key.
func (d *Desk) EndParty(ctx context.Context, book, party string, state State, key string) error {
	if party == "" || state != Revoked && state != Expired {
		return errEnd
	}
	return d.end(ctx, book, state, hashed("end %q %q", party, key), func(s Standing) bool {
		return s.Party == party && (s.State.Allows() || s.State.no())
	})
}

var errEnd = errors.New("consent: a guardianship ends as revoked or expired")

// RevokeAll takes back every live consent in a book, whoever gave it: the account closes, or an adult turns out to be a
// minor. What is agreed to afterwards stays, also when the call is repeated with its key.
func (d *Desk) RevokeAll(ctx context.Context, book, key string) error {
	return d.end(ctx, book, Revoked, hashed("revoke %q", key), func(s Standing) bool { return s.State.Allows() })
}

// end takes the standings that which picks to a state, by the system.
func (d *Desk) end(ctx context.Context, id string, state State, key []byte, which func(Standing) bool) error {
	return d.change(ctx, id, false, func(book *Book) error {
		if _, done := book.repeated(systemActor, key); done || book.Log.Head.Seq == 0 {
			return store.ErrUnchanged
		}
		now := d.o.Now()
		if err := book.settle(id, now, d.o.Notices); err != nil {
			return err
		}
		for _, s := range slices.Clone(book.Standings) {
			if !which(s) {
				continue
			}
			if _, err := book.append(id, s.by(state, now)); err != nil {
				return err
			}
		}
		book.remember(key, retry{By: systemActor}, nil)
		return nil
	})
}
