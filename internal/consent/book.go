package consent

import (
	"cmp"
	"slices"
	"time"

	"zhiqing/internal/ident"
	"zhiqing/internal/ledger"
	"zhiqing/internal/notice"
)

// Book is the stored document: the folded state and the newest part of the chain.
type Book struct {
	Standings []Standing `bson:"standings"` // sorted by purpose, recipient and party
	Log       ledger.Log `bson:"log"`
	Retries   []retry    `bson:"retries,omitempty"` // newest last, at most retriesKept of each who made them
	Guest     *lease     `bson:"guest,omitempty"`   // set for a guest's book
	Ended     *ended     `bson:"ended,omitempty"`   // a consent has ended and what rested on it is not erased yet

	ending bool   // an entry of the change under way ended something
	said   []Said // by the change under way
}

// lease ties a guest's book to the session it lives with.
type lease struct {
	Session string    `bson:"session"`
	CheckAt time.Time `bson:"check"` // when the sweep looks whether the session is still there
}

// retry remembers an acknowledged batch by its Idempotency-Key.
type retry struct {
	Key     []byte  `bson:"key"`          // hash
	Request []byte  `bson:"request"`      // hash of the batch
	By      string  `bson:"by,omitempty"` // "" = the person, otherwise a guardianship or the system
	Batch   string  `bson:"batch"`
	Seqs    []int64 `bson:"seqs"`
}

const retriesKept = 16

// order is how standings are sorted.
func order(s Standing, purpose, recipient, party string) int {
	return cmp.Or(cmp.Compare(s.Purpose, purpose), cmp.Compare(s.Recipient, recipient), cmp.Compare(s.Party, party))
}

// place is where a standing is or would be.
func place(standings []Standing, purpose, recipient, party string) (int, bool) {
	return slices.BinarySearchFunc(standings, purpose, func(s Standing, p string) int { return order(s, p, recipient, party) })
}

// standing returns where a purpose stands by the word of one party ("" = the person); the zero Standing with State
// Unknown when that party never decided it.
func (b *Book) standing(purpose, recipient, party string) Standing {
	i, found := place(b.Standings, purpose, recipient, party)
	if !found {
		return Standing{Purpose: purpose, Recipient: recipient, Party: party, State: Unknown}
	}
	return b.Standings[i]
}

// apply folds one statement into the standings. It is the only place that changes them, so the fold of the chain and
// the stored state cannot differ.
func apply(standings []Standing, s ledger.Statement) []Standing {
	next := Standing{
		Purpose: s.Purpose, Recipient: s.Recipient, State: State(s.State), Since: s.Time, ValidUntil: s.ValidUntil,
		Notice: s.Notice, Definition: s.Definition, Seq: s.Seq,
	}
	if g := s.Guardian; g != nil {
		next.Party, next.Relation, next.Verify = g.LinkID, g.Relation, g.VerifyLevel
	}
	i, found := place(standings, next.Purpose, next.Recipient, next.Party)
	if found {
		standings[i] = next
		return standings
	}
	return slices.Insert(standings, i, next)
}

// Fold rebuilds the standings from the chain's statements, oldest first.
func Fold(statements []ledger.Statement) []Standing {
	var standings []Standing
	for _, s := range statements {
		standings = apply(standings, s)
	}
	return standings
}

// effective is the state that counts at an instant: a stored grant may have run out or lost its notice since.
func (s Standing) effective(at time.Time, notices *notice.Shelf) State {
	if !s.State.Allows() {
		return s.State
	}
	if !s.ValidUntil.IsZero() && !at.Before(s.ValidUntil) {
		return Expired
	}
	if by, gone := notices.Superseded(s.Notice.Kind, s.Notice.Version, s.Purpose); gone && !by.EffectiveAt.After(at) {
		return Invalidated
	}
	return s.State
}

// append writes one statement to the chain and folds it in. It fills in the identifiers that depend on the place.
func (b *Book) append(book string, s ledger.Statement) (Recorded, error) {
	s.Book = book
	s.Seq = b.Log.Head.Seq + 1
	s.ID = ident.EntryID(book, s.Seq)
	bytes, err := s.Encode()
	if err != nil {
		return Recorded{}, err
	}
	b.ending = b.ending || b.endedBy(s)
	e := b.Log.Append(bytes)
	b.Standings = apply(b.Standings, s)
	b.said = append(b.said, Said{s.Purpose, State(s.State), s.Band})
	return Recorded{EntryID: s.ID, Seq: s.Seq, Hash: e.Hash, Purpose: s.Purpose, Recipient: s.Recipient, State: State(s.State)}, nil
}

// settle writes down what has happened by itself since the last change: consents that ran out or lost their notice.
func (b *Book) settle(book string, now time.Time, notices *notice.Shelf) error {
	for _, s := range slices.Clone(b.Standings) {
		state := s.effective(now, notices)
		if state == s.State {
			continue
		}
		if _, err := b.append(book, s.by(state, now)); err != nil {
			return err
		}
	}
	return nil
}

// by is the statement with which the system takes a standing to another state.
func (s Standing) by(state State, now time.Time) ledger.Statement {
	next := ledger.Statement{
		Time: now, Purpose: s.Purpose, Recipient: s.Recipient, State: string(state), Actor: systemActor, Capacity: capacitySystem,
		Method: "rule", Notice: s.Notice, Definition: s.Definition, ValidUntil: s.ValidUntil,
	}
	if s.Party != "" {
		next.Guardian = &ledger.Guardian{LinkID: s.Party, Relation: s.Relation, VerifyLevel: s.Verify}
	}
	return next
}

// Who speaks in an entry, and as what.
const (
	capacitySelf     = "self"
	capacityGuardian = "guardian"
	capacitySystem   = "system"
	systemActor      = "system"
)
