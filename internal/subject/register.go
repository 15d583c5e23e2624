package subject

import (
	"context"
	"errors"
	"time"

	"github.com/maypok86/otter/v2"

	"zhiqing/internal/ident"
	"zhiqing/internal/store"
	"zhiqing/internal/vault"
)

// Options are what a Register is made of. All fields are needed.
type Options struct {
	Engine store.Engine
	AppID  string
	Key    []byte // 32 secret bytes: hashes identities, so that nobody without them can test whether an openid is in the store
	Vault  *vault.Vault
	Now    func() time.Time
	IDs    ident.Source
	// Ages says which band counts at an instant, given the band and its end as stored (package guardian knows).
	Ages func(band Band, changesOn, at time.Time) (Band, time.Time)
}

// Register finds, makes and changes subjects. Safe for concurrent use, also by several processes on one store.
type Register struct {
	o         Options
	records   records
	standings *otter.Cache[string, seen]
}

// Open prepares the register.
func Open(ctx context.Context, o Options) (*Register, error) {
	r, err := openRecords(ctx, o.Engine)
	if err != nil {
		return nil, err
	}
	cache, err := otter.New(&otter.Options[string, seen]{MaximumSize: standingsKept})
	return &Register{o: o, records: r, standings: cache}, err
}

// Find returns the subject with this id, or ErrUnknown.
func (r *Register) Find(ctx context.Context, id string) (Subject, error) {
	s, err := r.records.subjects.Get(ctx, id)
	if errors.Is(err, store.ErrMissing) {
		return Subject{}, ErrUnknown
	}
	return s, err
}

// Change replaces a subject by what change makes of it, in one compare-and-swap; see store.Collection.Update for what
// change may do. It returns what is stored, or ErrUnknown.
func (r *Register) Change(ctx context.Context, id string, change func(*Subject) error) (Subject, error) {
	s, err := r.records.subjects.Update(ctx, id, change)
	r.standings.Invalidate(id)
	if errors.Is(err, store.ErrMissing) {
		return Subject{}, ErrUnknown
	}
	return s, err
}

// BandOf is the band that counts now, and when it changes next (zero = never).
func (r *Register) BandOf(s Subject) (Band, time.Time) {
	return r.o.Ages(s.Band, s.ChangesOn, r.o.Now())
}

// Standing is what every request wants to know about an account.
type Standing struct {
	State    State
	Band     Band   // as of now
	Minority string // the state of a minor's guardianship, "" for adults
	Pauses   []Pause
	Parting  string    // of an account that is over: the session that may still fetch the proof, "" = none
	PartsAt  time.Time // until when it may
}

type seen struct {
	at       time.Time
	s        Subject // without its fields
	minority string
	parting  string
	partsAt  time.Time
}

const (
	standingsKept = 50_000
	// standingFor bounds how long another server may still go by an account's former state.
	standingFor = 5 * time.Second
)

// Standing reads where an account stands: from memory if it was looked up within the last 5 seconds and not changed by
// this process since. The band is computed anew each time, so that a birthday counts in its very second.
func (r *Register) Standing(ctx context.Context, id string) (Standing, error) {
	now := r.o.Now()
	known, ok := r.standings.GetIfPresent(id)
	if !ok || now.Sub(known.at) >= standingFor || now.Before(known.at) {
		var err error
		if known, err = r.look(ctx, id, now); err != nil {
			return Standing{}, err
		}
	}
	band, _ := r.o.Ages(known.s.Band, known.s.ChangesOn, now)
	return Standing{
		State: known.s.State, Band: band, Minority: known.minority, Pauses: known.s.Pauses, Parting: known.parting, PartsAt: known.partsAt,
	}, nil
}

func (r *Register) look(ctx context.Context, id string, now time.Time) (seen, error) {
	var part struct {
		State     State     `bson:"state"`
		Band      Band      `bson:"band"`
		ChangesOn time.Time `bson:"changes"`
		Minority  *struct {
			State string `bson:"state"`
		} `bson:"minority"`
		Pauses  []Pause  `bson:"pauses"`
		Erasure *Erasure `bson:"erasure"`
	}
	if err := r.records.subjects.GetPart(ctx, id, &part); errors.Is(err, store.ErrMissing) {
		return seen{}, ErrUnknown
	} else if err != nil {
		return seen{}, err
	}
	found := seen{at: now, s: Subject{State: part.State, Band: part.Band, ChangesOn: part.ChangesOn, Pauses: part.Pauses}}
	if part.Erasure != nil {
		found.parting, found.partsAt = part.Erasure.Session, part.Erasure.PartsAt()
	}
	if part.Minority != nil {
		found.minority = part.Minority.State
	}
	r.standings.Set(id, found)
	return found, nil
}
