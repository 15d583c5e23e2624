package rights

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"

	"zhiqing/internal/store"
	"zhiqing/internal/subject"
)

// slot is a hash of who asks for what: requests that ask for the same have the same. A complaint is one per request.
func (r *Request) slot() string {
	same := append([]string{r.Subject, r.Requester, r.Link, string(r.Type)}, slices.Sorted(slices.Values(r.Scope))...)
	if r.Transfer != nil {
		same = append(same, "to", r.Transfer.Recipient.Code)
	}
	if r.Type == Complaint {
		same = []string{string(Complaint), r.About}
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%q", same))
	return hex.EncodeToString(sum[:])
}

// maxDraws bounds the drawing of numbers; a second draw is rare, a third a defect of the source.
const maxDraws = 16

var errNumbers = errors.New("rights: no number that is free")

// once stores a draft, or returns the request that stands in its slot. The slot is written first, by compare-and-swap, so of
// any number of calls at the same moment one number wins, and every one of them inserts its draft under that: the first
// insert counts. After a crash between the two writes the next call inserts under the number that is reserved.
func (d *Desk) once(ctx context.Context, draft Request, s subject.Subject, detail string) (Request, error) {
	id := draft.slot()
	for range maxDraws {
		var err error
		if draft.Number, err = d.reserve(ctx, id); err != nil {
			return Request{}, err
		}
		made, err := d.insert(ctx, draft, s, detail)
		if !errors.Is(err, store.ErrExists) {
			return made, err
		}
		if open, found, err := d.inSlot(ctx, id); err != nil || found {
			return open, err
		}
	}
	return Request{}, errNumbers
}

// reserve puts a fresh number into a slot, unless one that may be used or is open stands there.
func (d *Desk) reserve(ctx context.Context, id string) (string, error) {
	v, err := d.records.slots.Upsert(ctx, id, func(v *slot, exists bool) error {
		if exists {
			r, err := d.records.requests.Get(ctx, v.Number)
			if errors.Is(err, store.ErrMissing) || err == nil && r.holds(id) {
				return store.ErrUnchanged
			}
			if err != nil {
				return err
			}
		}
		v.Number = d.o.IDs.NewRequestNumber()
		return nil
	})
	return v.Number, err
}

// inSlot returns the request that stands in a slot, if it still holds it.
func (d *Desk) inSlot(ctx context.Context, id string) (r Request, found bool, err error) {
	v, err := d.records.slots.Get(ctx, id)
	if err == nil {
		r, err = d.records.requests.Get(ctx, v.Number)
	}
	if errors.Is(err, store.ErrMissing) {
		return Request{}, false, nil
	}
	if err != nil || !r.holds(id) {
		return Request{}, false, err
	}
	if !r.Next.IsZero() {
		d.o.Poke() // the first call may have ended before it could
	}
	return r, true, nil
}

// holds reports whether a request keeps others out of this slot: it is in it, and open. A complaint keeps it for good.
func (r *Request) holds(id string) bool {
	return r.slot() == id && (r.Type == Complaint || !r.State.Over())
}
