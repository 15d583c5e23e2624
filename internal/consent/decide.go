package consent

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"time"

	"zhiqing/internal/ident"
	"zhiqing/internal/ledger"
	"zhiqing/internal/notice"
	"zhiqing/internal/purpose"
	"zhiqing/internal/store"
)

// Options are what a Desk is made of. All fields but OnEnded and Observe are needed.
type Options struct {
	Engine   store.Engine
	Purposes *purpose.Catalogue
	Notices  *notice.Shelf
	Now      func() time.Time
	IDs      ident.Source
	CoolDown time.Duration // how long a refused purpose is not asked for again; 48 h by default
	GuestTTL time.Duration // how often the sweep looks whether a guest's book still has a session
	Party    Party         // the operator, as receipts name it

	// OnEnded, if not nil, is called after a consent in a subject's book has ended, with the book's id: whatever rests on
	// it is to be erased now. It may be called again for the same end and must not keep anything of the context.
	OnEnded func(ctx context.Context, book string) error
	// Observe, if not nil, is told of each change of a book once it is stored, for counting. A crash, or a store that fails
	// after the change took effect, leaves one untold; Count finds it.
	Observe func(Change)
}

// Desk is where consent is given, refused, withdrawn and read. Safe for concurrent use, also by several processes.
type Desk struct {
	o       Options
	records records
}

// Open prepares the desk.
func Open(ctx context.Context, o Options) (*Desk, error) {
	r, err := openRecords(ctx, o.Engine)
	return &Desk{o: o, records: r}, err
}

// plan is a decision that has passed every check which does not need the book.
type plan struct {
	Decision
	purpose purpose.Purpose
	notice  notice.Notice
}

func (p plan) grants() bool { return p.Verb == Grant }

// told is the text in force, or, where there is none yet, the one on which the standing decision was made.
func (p plan) told(old Standing) NoticeRef {
	if p.notice.Version == "" {
		return old.Notice
	}
	return refer(p.notice)
}

// Decide records a batch: one entry per decision, all or none, in one compare-and-swap. Withdrawing what is withdrawn
// already answers with the entry that did it. A batch repeated with its IdempotencyKey is answered as the first time.
func (d *Desk) Decide(ctx context.Context, who Actor, b Batch) (batch string, entries []Recorded, err error) {
	key, request := fingerprint(b)
	plans, err := d.check(who, b)
	if err != nil {
		return d.acknowledged(ctx, who.Book, "", key, request, err)
	}
	newBatch := d.o.IDs.New(ident.Batch)
	err = d.change(ctx, who.Book, slices.ContainsFunc(plans, plan.grants), func(book *Book) error {
		batch, entries = newBatch, nil
		if first, ok := book.repeated("", key); ok {
			return d.answerAgain(ctx, who.Book, book, first, request, &batch, &entries)
		}
		before := book.Log.Head.Seq
		if err := d.record(ctx, who, book, plans, b, batch, &entries); err != nil {
			return err
		}
		if book.Log.Head.Seq == before && key == nil {
			return store.ErrUnchanged
		}
		book.remember(key, retry{Request: request, Batch: batch}, entries)
		if who.Guest {
			book.Guest = &lease{Session: who.Session, CheckAt: d.o.Now().Add(d.o.GuestTTL)}
		}
		return nil
	})
	return batch, entries, err
}

// record applies the plans to the book in memory.
func (d *Desk) record(ctx context.Context, who Actor, book *Book, plans []plan, b Batch, batch string, entries *[]Recorded) error {
	now := d.o.Now()
	if err := book.settle(who.Book, now, d.o.Notices); err != nil {
		return err
	}
	for i, p := range plans {
		old := book.standing(p.Purpose, p.Recipient, "")
		next := outcome[p.Verb][old.State]
		if who.Guardian && !p.grants() && d.view(who, book, &p.purpose, p.Recipient, now).State.Allows() {
			next = Withdrawn // a minor takes back what a guardian agreed to
		}
		if next == "" && old.State == Withdrawn { // withdrawn already: say so again
			r, err := d.recordedOf(ctx, who.Book, book, old)
			if err != nil {
				return err
			}
			*entries = append(*entries, r)
			continue
		}
		if next == "" {
			return ErrNothing.At(decisionPath(i, "purpose"), "没有可以撤回的同意", "there is no consent to withdraw")
		}
		s := ledger.Statement{
			Time: now, Purpose: p.Purpose, Recipient: p.Recipient, State: string(next), Actor: who.Book, Capacity: capacitySelf,
			Method: b.Method, Batch: batch, Band: string(who.Band), Definition: p.purpose.Digest,
			Notice: p.told(old),
		}
		if s.Notice.Version == "" {
			return ErrClosed.At(decisionPath(i, "purpose"), "告知文本尚未生效", "its notice is not in force yet")
		}
		if p.Verb == Grant && !p.purpose.ValidFor.IsZero() {
			s.ValidUntil = p.purpose.ValidFor.AddTo(now)
		}
		r, err := book.append(who.Book, s)
		if err != nil {
			return err
		}
		*entries = append(*entries, r)
	}
	return nil
}

// recordedOf describes the entry behind a standing.
func (d *Desk) recordedOf(ctx context.Context, id string, book *Book, s Standing) (Recorded, error) {
	e, _, err := d.entry(ctx, id, book, s.Seq)
	return Recorded{EntryID: ident.EntryID(id, s.Seq), Seq: s.Seq, Hash: e.Hash, Purpose: s.Purpose, Recipient: s.Recipient, State: s.State}, err
}

func decisionPath(i int, field string) string { return fmt.Sprintf("body.decisions[%d].%s", i, field) }

// activeMethod is the form of a method name; passiveMethods are the names of what is no consent at all
// (认定方法 §3: default ticks; GDPR recital 32 says the same of silence).
var (
	activeMethod   = regexp.MustCompile(`^[a-z][a-z0-9_.-]{0,31}$`)
	passiveMethods = []string{"default", "preticked", "pre_ticked", "pre-ticked", "prechecked", "implied", "implicit", "silence", "inactivity", "scroll", "scrolling", "browse", "browsing", "continue", "timeout", "auto", "automatic", "none"}
)

// check refuses whatever is wrong with a batch before the book is touched.
func (d *Desk) check(who Actor, b Batch) ([]plan, error) {
	if len(b.Decisions) == 0 || len(b.Decisions) > MaxDecisions {
		return nil, ErrEmpty
	}
	if err := checkMethod(b.Method); err != nil {
		return nil, err
	}
	plans := make([]plan, 0, len(b.Decisions))
	for i, decision := range b.Decisions {
		for _, earlier := range b.Decisions[:i] {
			if earlier.Purpose == decision.Purpose && earlier.Recipient == decision.Recipient {
				return nil, ErrTwice.At(decisionPath(i, "purpose"), "重复", "repeated")
			}
		}
		p, err := d.checkOne(b.Language, i, decision)
		if err != nil {
			return nil, err
		}
		plans = append(plans, p)
	}
	if err := checkBundle(plans); err != nil {
		return nil, err
	}
	for i, p := range plans {
		if !p.grants() { // saying no is never blocked: not by an old notice, an age or a switch
			continue
		}
		if err := d.mayGrant(who, i, p); err != nil {
			return nil, err
		}
	}
	return plans, nil
}

func checkMethod(method string) error {
	if !activeMethod.MatchString(method) || slices.Contains(passiveMethods, method) {
		return ErrMethod.At("body.method", "请填写主动作出的方式，例如 tap", "expected an active step, for example tap")
	}
	return nil
}

// checkBundle refuses a separate consent that rides with others (PIPL art. 14). It comes before the questions about the
// person: a bundle is wrong whoever sends it, and asking for a birth date would not mend it.
func checkBundle(plans []plan) error {
	if len(plans) == 1 {
		return nil
	}
	for i, p := range plans {
		if p.Verb == Grant && p.purpose.Separate() {
			return ErrSeparate.At(decisionPath(i, "purpose"), "须单独同意", "needs a consent of its own")
		}
	}
	return nil
}

// checkOne looks at one decision by itself, whoever makes it.
func (d *Desk) checkOne(lang string, i int, decision Decision) (plan, error) {
	p, known := d.o.Purposes.Get(decision.Purpose)
	switch {
	case !known:
		return plan{}, ErrPurpose.At(decisionPath(i, "purpose"), "目录中没有这个目的", "not in the catalogue")
	case !p.NeedsConsent():
		return plan{}, ErrNotNeeded.At(decisionPath(i, "purpose"), "不以同意为依据", "does not rest on consent")
	case outcome[decision.Verb] == nil:
		return plan{}, ErrVerb.At(decisionPath(i, "decision"), "应为 grant、refuse 或 withdraw", "expected grant, refuse or withdraw")
	}
	if err := checkRecipient(p, i, decision); err != nil {
		return plan{}, err
	}
	current, err := d.o.Notices.Current(p.NoticeKind, lang)
	if errors.Is(err, notice.ErrUnknown) {
		err = nil // announced for later: nobody can grant it yet, but what was granted under another notice can be withdrawn
	}
	return plan{decision, p, current}, err
}

func checkRecipient(p purpose.Purpose, i int, decision Decision) error {
	if p.PerRecipient != (decision.Recipient != "") || (p.PerRecipient && !slices.Contains(p.Recipients, decision.Recipient)) {
		return ErrRecipient.At(decisionPath(i, "recipient"), "见目的目录中的接收方列表；没有列出时请勿填写", "see the purpose's recipients; leave it out where there are none")
	}
	return nil
}

func (d *Desk) mayGrant(who Actor, i int, plan plan) error {
	p, decision, current := plan.purpose, plan.Decision, plan.notice
	switch {
	case !p.Grantable(decision.Recipient):
		return ErrClosed.At(decisionPath(i, "purpose"), "已停用", "switched off")
	case current.Version == "":
		return ErrClosed.At(decisionPath(i, "purpose"), "告知文本尚未生效", "its notice is not in force yet")
	case who.Guest && !p.Guests:
		return ErrAccount.At(decisionPath(i, "purpose"), "须登录", "needs an account")
	case !p.OpenTo(string(who.Band)):
		return ErrAge.At(decisionPath(i, "purpose"), "有年龄要求", "has an age limit")
	}
	if err := who.maySayYes(i, &p); err != nil {
		return err
	}
	return checkRead(decision.NoticeVersion, current, decisionPath(i, "notice_version"))
}

// maySayYes refuses a yes that is not the person's to give, or not now. What an account waits for can always be given.
func (who Actor) maySayYes(i int, p *purpose.Purpose) error {
	theirs := !who.Guardian || who.Own
	if p.DecidedBy == purpose.ByGuardian {
		theirs = who.Confirming
	} else if who.Closed != nil {
		return who.Closed
	}
	if !theirs {
		return ErrGuardian.At(decisionPath(i, "purpose"), "须由监护人同意", "needs a guardian's consent")
	}
	return nil
}

// checkRead wants the version that is in force to have been read.
func checkRead(version string, current notice.Notice, path string) error {
	switch version {
	case current.Version:
		return nil
	case "":
		return ErrNoticeNone.At(path, "必填", "required")
	}
	return ErrOutdated.At(path, "不是当前版本", "not the current version").With("notice", noticeInProblem(current))
}

// noticeInProblem is the new notice as the problem document carries it, so that the client can show it at once.
func noticeInProblem(n notice.Notice) map[string]any {
	return map[string]any{
		"kind": n.Kind, "version": n.Version, "language": n.Language, "title": n.Title, "sha256": n.SHA256, "effective_at": n.EffectiveAt,
		"material": n.Material, "summary_of_changes": n.SummaryOfChanges, "markdown": n.Markdown,
	}
}

// fingerprint hashes an idempotency key and the batch it came with; both nil without a key.
func fingerprint(b Batch) (key, request []byte) {
	if b.IdempotencyKey == "" {
		return nil, nil
	}
	return hashed("%s", b.IdempotencyKey), hashed("%q %q", b.Method, b.Decisions)
}

// repeated finds the answer to a key of somebody's; keys of others, however they are made, are other keys.
func (b *Book) repeated(by string, key []byte) (retry, bool) {
	if key == nil {
		return retry{}, false
	}
	i := slices.IndexFunc(b.Retries, func(r retry) bool { return r.By == by && bytes.Equal(r.Key, key) })
	if i < 0 {
		return retry{}, false
	}
	return b.Retries[i], true
}

// remember keeps the answer to a key. Each who makes them has room for retriesKept, so that nobody pushes out another's.
func (b *Book) remember(key []byte, r retry, entries []Recorded) {
	if key == nil {
		return
	}
	r.Key = key
	for _, e := range entries {
		r.Seqs = append(r.Seqs, e.Seq)
	}
	b.Retries = append(b.Retries, r)
	count := 0
	for _, x := range b.Retries {
		if x.By == r.By {
			count++
		}
	}
	if count > retriesKept {
		oldest := slices.IndexFunc(b.Retries, func(x retry) bool { return x.By == r.By })
		b.Retries = slices.Delete(b.Retries, oldest, oldest+1)
	}
}

// acknowledged answers a batch that would be refused now but was recorded before under its key: whoever lost the first
// answer must not hear that nothing happened because a notice or a switch has changed since. Otherwise it is refusal.
func (d *Desk) acknowledged(ctx context.Context, id, by string, key, request []byte, refusal error) (batch string, entries []Recorded, err error) {
	if key == nil {
		return "", nil, refusal
	}
	book, err := d.book(ctx, id)
	if err != nil {
		return "", nil, err
	}
	first, ok := book.repeated(by, key)
	if !ok || !bytes.Equal(first.Request, request) {
		return "", nil, refusal
	}
	if err = d.answerAgain(ctx, id, &book, first, request, &batch, &entries); errors.Is(err, store.ErrUnchanged) {
		err = nil
	}
	if err == nil && book.Ended != nil {
		err = d.followUp(ctx, id, book.Ended.Seq)
	}
	return batch, entries, err
}

// answerAgain gives the entries of an earlier, identical submission.
func (d *Desk) answerAgain(ctx context.Context, id string, book *Book, first retry, request []byte, batch *string, entries *[]Recorded) error {
	if !bytes.Equal(first.Request, request) {
		return ErrKeyReused
	}
	*batch = first.Batch
	for _, seq := range first.Seqs {
		e, _, err := d.entry(ctx, id, book, seq)
		if err != nil {
			return err
		}
		s, err := ledger.ParseStatement(e.Bytes)
		if err != nil {
			return fmt.Errorf("entry %d of %s: %w", seq, id, err)
		}
		*entries = append(*entries, Recorded{EntryID: s.ID, Seq: s.Seq, Hash: e.Hash, Purpose: s.Purpose, Recipient: s.Recipient, State: State(s.State)})
	}
	return store.ErrUnchanged
}

// movePages writes full pages of committed entries to their immutable place before the book lets go of them. A page's
// content is determined by the chain, so finding it there already (a crash, a lost race, a second run of the same change)
// is success: this is the one effect that a change function may have outside its document.
func (d *Desk) movePages(ctx context.Context, id string, book *Book) error {
	for _, page := range book.Log.Overflow(id) {
		err := d.records.pages.Insert(ctx, ledger.PageID(id, page.Number), page)
		if err != nil && !errors.Is(err, store.ErrExists) {
			return err
		}
		book.Log.Trim(page.Number)
	}
	return nil
}
