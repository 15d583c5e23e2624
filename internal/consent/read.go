package consent

import (
	"context"
	"errors"
	"time"

	"zhiqing/internal/ident"
	"zhiqing/internal/ledger"
	"zhiqing/internal/notice"
	"zhiqing/internal/purpose"
	"zhiqing/internal/store"
)

// Prompt is a purpose that may be asked for now.
type Prompt struct {
	Purpose   *purpose.Purpose // shared: read only
	Recipient string
	Reason    PromptReason
	Notice    NoticeRef // the version to show
}

// PromptReason says why a purpose is open.
type PromptReason string

// The reasons for a prompt.
const (
	PromptNew           PromptReason = "new"            // never decided
	PromptExpired       PromptReason = "expired"        // the consent has run out
	PromptNoticeChanged PromptReason = "notice_changed" // the notice has materially changed
	PromptAgain         PromptReason = "again"          // refused longer ago than the cool-down
	PromptAsked         PromptReason = "asked"          // the person asks to see everything that is open
)

// Overview is the answer to "what have I agreed to?".
type Overview struct {
	Standings []Standing // one per consent purpose and recipient that can be decided or has been, effective now
	Prompts   []Prompt
}

// Overview reads a book. ask says that the person wants every open question, whatever was refused and when.
func (d *Desk) Overview(ctx context.Context, who Actor, lang string, ask bool) (Overview, error) {
	book, err := d.standings(ctx, who.Book)
	if err != nil {
		return Overview{}, err
	}
	now := d.o.Now()
	var o Overview
	for _, p := range d.o.Purposes.Consentable() {
		for _, recipient := range p.EachRecipient() {
			s := d.view(who, &book, p, recipient, now)
			if p.DecidedBy == purpose.ByGuardian && !who.Guardian && !who.Confirming && s.Seq == 0 {
				continue // no business of adults and guests
			}
			if s.Seq > 0 {
				s.EntryID = ident.EntryID(who.Book, s.Seq)
			}
			o.Standings = append(o.Standings, s)
			reason := d.promptFor(who, p, s, book.standing(p.Code, recipient, ""), now, ask)
			if reason == "" {
				continue
			}
			n, err := d.o.Notices.Current(p.NoticeKind, lang)
			if errors.Is(err, notice.ErrUnknown) {
				continue // announced for later: there is nothing to show yet, so nothing to ask
			}
			if err != nil {
				return Overview{}, err
			}
			o.Prompts = append(o.Prompts, Prompt{Purpose: p, Recipient: recipient, Reason: reason,
				Notice: refer(n)})
		}
	}
	return o, nil
}

// promptFor decides whether to ask: never for what is live or closed to this person, not again within the cool-down
// after a no (网络数据安全管理条例 art. 22(5)), and never by ourselves after a withdrawal. A minor is asked for what a
// guardian has agreed to and for nothing else: everything else would come to nothing.
func (d *Desk) promptFor(who Actor, p *purpose.Purpose, s, own Standing, now time.Time, ask bool) PromptReason {
	switch {
	case s.State.Allows(), !p.Grantable(s.Recipient), who.Guest && !p.Guests, !p.OpenTo(string(who.Band)), who.maySayYes(0, p) != nil:
		return ""
	case who.Guardian && p.DecidedBy == purpose.ByPerson && !s.Guardian.Allows():
		return ""
	case ask:
		return PromptAsked
	}
	switch own = d.effective(own, now); own.State {
	case Unknown:
		return PromptNew
	case Expired:
		return PromptExpired
	case Invalidated:
		return PromptNoticeChanged
	case Refused:
		if !now.Before(own.Since.Add(d.o.CoolDown)) {
			return PromptAgain
		}
	}
	return ""
}

// standings reads the folded state of a book and leaves the chain alone, which is most of the document.
func (d *Desk) standings(ctx context.Context, id string) (Book, error) {
	var part struct {
		Standings []Standing `bson:"standings"`
	}
	if err := d.records.books.GetPart(ctx, id, &part); err != nil && !errors.Is(err, store.ErrMissing) {
		return Book{}, err
	}
	return Book{Standings: part.Standings}, nil
}

// book reads a book; one that nobody has written to yet is empty.
func (d *Desk) book(ctx context.Context, id string) (Book, error) {
	b, err := d.records.books.Get(ctx, id)
	if errors.Is(err, store.ErrMissing) {
		return Book{}, nil
	}
	return b, err
}

// Entry is one entry of the history.
type Entry struct {
	ledger.Statement
	Hash []byte
}

// History lists a book's entries with seq < before (0 = from the newest), newest first, at most limit (1…100). next is
// the following call's before, 0 at the end. New entries come in front and do not disturb a listing under way.
func (d *Desk) History(ctx context.Context, id string, before int64, limit int) (entries []Entry, next int64, err error) {
	book, err := d.book(ctx, id)
	if err != nil {
		return nil, 0, err
	}
	if before <= 0 || before > book.Log.Head.Seq+1 {
		before = book.Log.Head.Seq + 1
	}
	var page ledger.Page
	for seq := before - 1; seq >= 1; seq-- {
		if len(entries) == limit {
			return entries, seq + 1, nil
		}
		e, _, ok := book.Log.Find(seq)
		if !ok {
			if page.Number != ledger.PageOf(seq) || page.Book == "" {
				if page, err = d.page(ctx, id, ledger.PageOf(seq)); err != nil {
					return nil, 0, err
				}
			}
			if e, _, ok = page.Find(seq); !ok {
				return nil, 0, ErrNoEntry
			}
		}
		s, err := ledger.ParseStatement(e.Bytes)
		if err != nil {
			return nil, 0, err
		}
		entries = append(entries, Entry{Statement: s, Hash: e.Hash})
	}
	return entries, 0, nil
}
