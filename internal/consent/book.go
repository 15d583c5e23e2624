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
	Standings []Standing `bson:"standings"` // sorted by purpose and recipient
	Log       ledger.Log `bson:"log"`
	Retries   []retry    `bson:"retries,omitempty"` // newest last, at most retriesKept
	Guest     *lease     `bson:"guest,omitempty"`   // set for a guest's book
}

// lease ties a guest's book to the session it lives with.
type lease struct {
	Session string    `bson:"session"`
	CheckAt time.Time `bson:"check"` // when the sweep looks whether the session is still there
}

// retry remembers an acknowledged batch by its Idempotency-Key.
type retry struct {
	Key     []byte  `bson:"key"`     // hash
	Request []byte  `bson:"request"` // hash of the batch
	Batch   string  `bson:"batch"`
	Seqs    []int64 `bson:"seqs"`
}

const retriesKept = 16

// order is how standings are sorted.
func order(s Standing, purpose, recipient string) int {
	return cmp.Or(cmp.Compare(s.Purpose, purpose), cmp.Compare(s.Recipient, recipient))
}

// standing returns where a purpose stands; the zero Standing with State Unknown when it was never decided.
func (b *Book) standing(purpose, recipient string) Standing {
	i, found := slices.BinarySearchFunc(b.Standings, purpose, func(s Standing, p string) int { return order(s, p, recipient) })
	if !found {
		return Standing{Purpose: purpose, Recipient: recipient, State: Unknown}
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
	i, found := slices.BinarySearchFunc(standings, s.Purpose, func(x Standing, p string) int { return order(x, p, s.Recipient) })
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
	if _, gone := notices.Superseded(s.Notice.Kind, s.Notice.Version, s.Purpose); gone {
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
	e := b.Log.Append(bytes)
	b.Standings = apply(b.Standings, s)
	return Recorded{EntryID: s.ID, Seq: s.Seq, Hash: e.Hash, Purpose: s.Purpose, Recipient: s.Recipient, State: State(s.State)}, nil
}

// settle writes down what has happened by itself since the last change: consents that ran out or lost their notice.
func (b *Book) settle(book string, now time.Time, notices *notice.Shelf) error {
	for _, s := range slices.Clone(b.Standings) {
		state := s.effective(now, notices)
		if state == s.State {
			continue
		}
		if _, err := b.append(book, ledger.Statement{
			Time: now, Purpose: s.Purpose, Recipient: s.Recipient, State: string(state), Actor: systemActor, Capacity: capacitySystem,
			Method: "rule", Notice: s.Notice, Definition: s.Definition, ValidUntil: s.ValidUntil,
		}); err != nil {
			return err
		}
	}
	return nil
}

// Who speaks in an entry, and as what.
const (
	capacitySelf   = "self"
	capacitySystem = "system"
	systemActor    = "system"
)
