package rights

import (
	"context"
	"errors"

	"zhiqing/internal/ident"
	"zhiqing/internal/store"
)

const (
	bySubject   = "subject"   // a person's own requests, newest last
	byRequester = "requester" // a guardian's requests for children
	byNext      = "next"      // what the worker has to look at
	byQueue     = "queue"     // open requests by due date
	byAlarm     = "alarm"     // open requests by their next alarm
	byPickup    = "pickup"    // packages that wait for a company, by the hash of their token
	byDelivered = "delivered" // what companies have fetched of a person
)

// part is a piece of a package, sealed under the subject's key.
type part struct {
	Subject string `bson:"subject"`
	Sealed  []byte `bson:"sealed"`
}

const byOwner = "subject"

// slot marks, under a hash of who asks for what (see Request.slot), the number of the newest request for it. It is what
// makes two identical requests at the same moment one.
type slot struct {
	Number string `bson:"number"`
}

type records struct {
	requests *store.Collection[Request]
	slots    *store.Collection[slot]
	parts    *store.Collection[part]
}

func openRecords(ctx context.Context, e store.Engine) (r records, err error) {
	r.requests, err = store.Open(ctx, e, "requests",
		store.Index[Request]{Name: bySubject, Keys: func(r *Request) []string {
			if r.Subject == "" {
				return nil
			}
			return []string{store.Key(r.Subject, r.ReceivedAt, r.Number)}
		}},
		store.Index[Request]{Name: byRequester, Keys: func(r *Request) []string {
			if r.Requester == r.Subject || r.Requester == "" {
				return nil
			}
			return []string{store.Key(r.Requester, r.ReceivedAt, r.Number)}
		}},
		store.Index[Request]{Name: byNext, Keys: func(r *Request) []string {
			if r.Next.IsZero() {
				return nil
			}
			return []string{store.Key(r.Next)}
		}},
		store.Index[Request]{Name: byQueue, Keys: func(r *Request) []string {
			if r.State.Over() {
				return nil
			}
			return []string{store.Key(r.DueAt, r.Number)}
		}},
		store.Index[Request]{Name: byAlarm, Keys: func(r *Request) []string {
			if r.nextAlarm().IsZero() {
				return nil
			}
			return []string{store.Key(r.nextAlarm())}
		}},
		store.Index[Request]{Name: byPickup, Keys: func(r *Request) []string {
			if r.State.Over() || r.Transfer == nil || r.Transfer.Pickup == "" {
				return nil
			}
			return []string{store.Key(r.Transfer.Pickup)}
		}},
		store.Index[Request]{Name: byDelivered, Keys: func(r *Request) []string {
			if r.Transfer == nil || r.Transfer.PickedUpAt.IsZero() {
				return nil
			}
			return []string{store.Key(r.Subject, r.Transfer.PickedUpAt, r.Number)}
		}},
	)
	if err != nil {
		return r, err
	}
	if r.slots, err = store.Open[slot](ctx, e, "request_slots"); err != nil {
		return r, err
	}
	r.parts, err = store.Open(ctx, e, "package_parts", store.Index[part]{Name: byOwner, Many: true, Keys: func(p *part) []string {
		return []string{store.Key(p.Subject)}
	}})
	return r, err
}

// find returns a request that this person may see; anybody else's is the same as one that does not exist.
func (d *Desk) find(ctx context.Context, who, number string) (Request, error) {
	number, err := ident.ParseRequestNumber(number)
	if err != nil {
		return Request{}, ErrUnknown
	}
	r, err := d.records.requests.Get(ctx, number)
	if errors.Is(err, store.ErrMissing) || err == nil && r.Subject != who && r.Requester != who {
		return Request{}, ErrUnknown
	}
	return r, err
}
