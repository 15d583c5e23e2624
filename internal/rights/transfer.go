package rights

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"slices"
	"time"

	"zhiqing/internal/store"
)

// A transfer to another company (PIPL art. 45(3), 网络数据安全管理条例 art. 25) needs the person twice: they ask, are shown who
// would receive what and why, and confirm. The package is then built as for a copy, of portable data only, and the person
// gets a token to hand over. The company fetches the package with it, once. We never send data to anybody by ourselves.

// Handover is what a request to transfer knows beyond others.
type Handover struct {
	Recipient   Recipient `bson:"recipient"` // as it was shown
	ConfirmedAt time.Time `bson:"confirmed,omitempty"`
	Pickup      string    `bson:"pickup,omitempty"` // keyed hash of the token, from the package's making to its fetching
	PickedUpAt  time.Time `bson:"picked_up,omitempty"`
}

// ConfirmWithin is how long a transfer waits to be confirmed; then it is cancelled.
const ConfirmWithin = 72 * time.Hour

// notOnboarded is told to who names a company that is not on the list: a refusal with its reason, and what to do instead.
var notOnboarded = Words{
	ZH: "目前无法与该公司对接。您可以下载数据副本，自行提供给对方。",
	EN: "We have no connection to that company. You can download a copy and hand it over yourself.",
}

// recipient finds a company that is onboarded now.
func (d *Desk) recipient(code string) (Recipient, bool) {
	i := slices.IndexFunc(d.o.Recipients, func(r Recipient) bool { return r.Code == code })
	if i < 0 {
		return Recipient{}, false
	}
	return d.o.Recipients[i], true
}

// Companies are those to which data may be transferred, as they are shown.
func (d *Desk) Companies() []Recipient { return slices.Clone(d.o.Recipients) }

// offer makes a draft wait for the person's confirmation, or ends it with a reason when the company is not onboarded. The
// name that was asked for is not kept then.
func (d *Desk) offer(r *Request, code string) error {
	to, known := d.recipient(code)
	if !known {
		r.Outcome = &Outcome{Ground: "not_feasible", Text: notOnboarded.In(r.Language), At: r.ReceivedAt}
		return r.move(refuse, r.ReceivedAt, "system")
	}
	r.Transfer, r.Next = &Handover{Recipient: to}, r.ReceivedAt.Add(ConfirmWithin)
	return r.move(askConfirmation, r.ReceivedAt, "system")
}

// Confirm says that the data may be handed to the company that was shown. Repeating it changes nothing. Only who asked may.
// Faults: ErrUnknown, ErrNotNow, ErrRecipient, those of Guardians.
func (d *Desk) Confirm(ctx context.Context, who, number string) (Request, error) {
	r, err := d.find(ctx, who, number)
	if err != nil {
		return Request{}, err
	}
	if who != r.Requester || r.Transfer == nil {
		return Request{}, ErrNotNow
	}
	if err := d.stillActs(ctx, who, r); err != nil {
		return Request{}, err
	}
	r, err = d.records.requests.Update(ctx, r.Number, func(r *Request) error {
		now := d.o.Now()
		to, known := d.recipient(r.Transfer.Recipient.Code)
		switch {
		case !r.Transfer.ConfirmedAt.IsZero():
			return store.ErrUnchanged
		case r.State != ConfirmationRequired || !now.Before(r.ReceivedAt.Add(ConfirmWithin)):
			return ErrNotNow
		case !known || !to.same(r.Transfer.Recipient):
			return ErrRecipient
		}
		r.happened(now, "confirmed", r.side(who))
		r.Transfer.ConfirmedAt, r.Next, r.Claimed = now, now, time.Time{}
		return r.move(begin, now, "system")
	})
	if err == nil {
		d.o.Poke()
	}
	return r, err
}

// same reports whether a person has been shown this.
func (r Recipient) same(shown Recipient) bool {
	shown.Sample, shown.Enabled = r.Sample, r.Enabled
	return r == shown
}

// Pickup is what the person hands to the company.
type Pickup struct {
	Token     string // 22 characters, 128 bits; works once
	ExpiresAt time.Time
	Recipient Recipient
}

// PickupOf gives who asked for a transfer the token to hand over, as long as the package waits. Faults: ErrUnknown,
// ErrNoPackage, ErrPackage, those of Guardians.
func (d *Desk) PickupOf(ctx context.Context, who, number string) (Pickup, error) {
	r, err := d.find(ctx, who, number)
	switch {
	case err != nil:
		return Pickup{}, err
	case who != r.Requester || r.Transfer == nil:
		return Pickup{}, ErrUnknown
	}
	if err := d.stillActs(ctx, who, r); err != nil {
		return Pickup{}, err
	}
	switch {
	case !r.State.Over() && r.Package == nil:
		return Pickup{}, ErrNoPackage
	case !r.pickable(d.o.Now()):
		return Pickup{}, ErrPackage
	}
	return Pickup{Token: d.token(r.Number), ExpiresAt: r.Package.ExpiresAt, Recipient: r.Transfer.Recipient}, nil
}

// pickable reports whether a package waits for its company.
func (r *Request) pickable(now time.Time) bool {
	return r.Transfer != nil && r.Transfer.Pickup != "" && r.State == InProgress && r.Package.waits(now)
}

// Collect gives a package to whoever holds its token: once, within 72 hours. The taking is written before the bytes go out,
// so of two who come at the same moment one gets them. An unknown token, a used one and one that is past its time are the
// same: ErrPickup, after the same look-up of a keyed hash, so that neither answers nor their times tell tokens apart.
func (d *Desk) Collect(ctx context.Context, token string) (name string, data []byte, err error) {
	hash := d.tokenHash(token)
	exact := store.Exact(hash)
	exact.Limit = 1
	found, _, err := d.records.requests.Find(ctx, byPickup, exact)
	if err != nil {
		return "", nil, err
	}
	if len(found) == 0 {
		return "", nil, ErrPickup
	}
	r := found[0].Value
	if _, onboarded := d.recipient(r.Transfer.Recipient.Code); !onboarded || !r.pickable(d.o.Now()) {
		return "", nil, ErrPickup
	}
	if data, err = d.parts(ctx, r); err != nil {
		return "", nil, orPickup(err)
	}
	if r, err = d.collected(ctx, r.Number, hash); err != nil {
		return "", nil, orPickup(err)
	}
	d.settleNow(ctx, r)
	return packageName(r), data, nil
}

// collected notes that a package is taken: the one write after which nobody else gets it.
func (d *Desk) collected(ctx context.Context, number, hash string) (Request, error) {
	return d.records.requests.Update(ctx, number, func(r *Request) error {
		now := d.o.Now()
		if !r.pickable(now) || r.Transfer.Pickup != hash {
			return ErrPickup
		}
		r.Transfer.Pickup, r.Transfer.PickedUpAt = "", now
		r.Package.Downloads++
		r.Package.Gone = true
		r.Outcome = &Outcome{At: now}
		r.happened(now, "picked_up", "recipient")
		return r.move(fulfil, now, "system")
	})
}

// orPickup hides why a package is not there.
func orPickup(err error) error {
	if errors.Is(err, ErrPackage) || errors.Is(err, store.ErrMissing) {
		return ErrPickup
	}
	return err
}

// await leaves a package to its company until its time is over, and tells the person that it is ready.
func (d *Desk) await(ctx context.Context, r Request) error {
	if r.pickable(d.o.Now()) {
		if err := d.tell(ctx, r, InProgress); err != nil {
			return err
		}
	}
	r, err := d.records.requests.Update(ctx, r.Number, func(r *Request) error {
		now := d.o.Now()
		switch {
		case r.State.Over():
			return store.ErrUnchanged
		case !r.pickable(now):
			return r.lapse(now)
		}
		r.Next, r.Claimed, r.Failures = r.Package.ExpiresAt, time.Time{}, 0
		return nil
	})
	if err == nil && r.State.Over() {
		return d.settle(ctx, r)
	}
	return err
}

// unconfirmed ends a transfer that nobody has confirmed in time.
func (d *Desk) unconfirmed(ctx context.Context, r Request) error {
	_, err := d.records.requests.Update(ctx, r.Number, func(r *Request) error {
		if r.State != ConfirmationRequired {
			return store.ErrUnchanged
		}
		return r.lapse(d.o.Now())
	})
	return err
}

// settleTransfer tells the person that their company has fetched the package, and deletes it.
func (d *Desk) settleTransfer(ctx context.Context, r Request) error {
	if r.State == Fulfilled && r.Transfer != nil {
		if err := d.tell(ctx, r, Fulfilled); err != nil {
			return err
		}
	}
	return d.settlePackage(ctx, r)
}

// lapse ends a transfer whose time is over.
func (r *Request) lapse(now time.Time) error {
	r.happened(now, "lapsed", "system")
	return r.move(cancel, now, "system")
}

// Delivered lists what companies have fetched of a person's data, newest first, like List: for the person's list of
// disclosures.
func (d *Desk) Delivered(ctx context.Context, who, after string, limit int) (list []Request, next string, err error) {
	return d.list(ctx, byDelivered, who, after, limit)
}

// token makes the 22 characters (128 bits, base64url) that fetch a request's package. It is derived, so it need not be kept.
func (d *Desk) token(number string) string {
	return base64.RawURLEncoding.EncodeToString(d.mac("pickup", number)[:16])
}

// tokenHash is what is stored of a token.
func (d *Desk) tokenHash(token string) string {
	return base64.RawURLEncoding.EncodeToString(d.mac("pickup-hash", token))
}

func (d *Desk) mac(use, text string) []byte {
	m := hmac.New(sha256.New, d.o.Key)
	m.Write([]byte(use))
	m.Write([]byte{0})
	m.Write([]byte(text))
	return m.Sum(nil)
}
