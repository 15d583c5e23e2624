package subject

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"time"

	"zhiqing/internal/fault"
	"zhiqing/internal/ident"
	"zhiqing/internal/store"
	"zhiqing/internal/wechat"
)

// State is where a subject's account stands (design.md §3). Only active ones are made so far; the others come with
// guardianship and rights requests.
type State string

// The states of a subject.
const (
	Active          State = "active"
	PendingGuardian State = "pending_guardian"
	Restricted      State = "restricted"
	Closing         State = "closing"
	Erased          State = "erased"
)

// Band is an age band; "" means that the person has not been asked. Purposes that need an age stay closed then.
type Band string

// The bands of requirements.md part C1.
const (
	Unasked Band = ""
	Under14 Band = "under_14"
	From14  Band = "14_17"
	Adult   Band = "adult"
)

// Subject is a person known by a WeChat identity.
type Subject struct {
	ID            string    `bson:"id"`
	PrivacyNumber string    `bson:"number"`
	State         State     `bson:"state"`
	Band          Band      `bson:"band"`
	CreatedAt     time.Time `bson:"created"`
}

// ErrUnknown says that there is no such subject (any more).
var ErrUnknown = fault.Define(fault.Missing, "subject.unknown", "没有找到这个帐号。", "There is no such account.")

// Register finds and makes subjects. Safe for concurrent use, also by several processes on one store.
type Register struct {
	appid   string
	key     []byte
	now     func() time.Time
	ids     ident.Source
	records records
}

// Open prepares the register for one mini-program. key (32 bytes, secret) hashes identities: whoever has the database
// but not the key cannot test whether an openid is in it.
func Open(ctx context.Context, e store.Engine, appid string, key []byte, now func() time.Time, ids ident.Source) (*Register, error) {
	r, err := openRecords(ctx, e)
	if err != nil {
		return nil, err
	}
	return &Register{appid: appid, key: key, now: now, ids: ids, records: r}, nil
}

// Find returns the subject with this id, or ErrUnknown.
func (r *Register) Find(ctx context.Context, id string) (Subject, error) {
	s, err := r.records.subjects.Get(ctx, id)
	if errors.Is(err, store.ErrMissing) {
		return Subject{}, ErrUnknown
	}
	return s, err
}

// FindByIdentity returns the id of the subject that a WeChat identity leads to, or ErrUnknown. It creates nothing.
func (r *Register) FindByIdentity(ctx context.Context, who wechat.Identity) (string, error) {
	link, err := r.records.identities.Get(ctx, r.hash(who))
	if errors.Is(err, store.ErrMissing) {
		return "", ErrUnknown
	}
	return link.Subject, err
}

// ForIdentity returns the subject of a WeChat identity and makes one at the first login. The link is written before the
// subject: after a crash between the two, the next login finds the link and finishes with the same id.
func (r *Register) ForIdentity(ctx context.Context, who wechat.Identity) (Subject, error) {
	id, err := r.FindByIdentity(ctx, who)
	if errors.Is(err, ErrUnknown) {
		id, err = r.link(ctx, who)
	}
	if err != nil {
		return Subject{}, err
	}
	s, err := r.Find(ctx, id)
	if errors.Is(err, ErrUnknown) {
		return r.create(ctx, id)
	}
	return s, err
}

// link ties the identity to a fresh id; of several first logins at once, one wins and all get its id.
func (r *Register) link(ctx context.Context, who wechat.Identity) (string, error) {
	id := r.ids.New(ident.Subject)
	err := r.records.identities.Insert(ctx, r.hash(who), identity{Subject: id})
	if errors.Is(err, store.ErrExists) {
		return r.FindByIdentity(ctx, who)
	}
	return id, err
}

// create reserves a privacy number, then writes the subject that carries it.
func (r *Register) create(ctx context.Context, id string) (Subject, error) {
	s := Subject{ID: id, State: Active, CreatedAt: r.now()}
	for {
		s.PrivacyNumber = r.ids.NewPrivacyNumber()
		err := r.records.numbers.Insert(ctx, s.PrivacyNumber, number{Subject: id})
		if errors.Is(err, store.ErrExists) {
			continue // in use: draw again
		}
		if err != nil {
			return Subject{}, err
		}
		break
	}
	err := r.records.subjects.Insert(ctx, id, s)
	if errors.Is(err, store.ErrExists) { // another login of the same person was quicker
		if _, err := r.records.numbers.Delete(ctx, s.PrivacyNumber, nil); err != nil {
			return Subject{}, err
		}
		return r.Find(ctx, id)
	}
	return s, err
}

// hash is the only form in which an identity is stored: HMAC-SHA-256 over (appid, openid), hex.
func (r *Register) hash(who wechat.Identity) string {
	mac := hmac.New(sha256.New, r.key)
	mac.Write([]byte(r.appid))
	mac.Write([]byte{0}) // neither part can hold a zero byte, so the pair is unambiguous
	mac.Write([]byte(who.OpenID.Reveal()))
	return hex.EncodeToString(mac.Sum(nil))
}
