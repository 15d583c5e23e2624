package rights

import (
	"context"

	"zhiqing/internal/store"
	"zhiqing/internal/subject"
)

// Find returns one of the person's requests, or ErrUnknown; somebody else's number looks like one that does not exist.
func (d *Desk) Find(ctx context.Context, who, number string) (Request, error) {
	return d.find(ctx, who, number)
}

// List gives a person's requests, newest first, at most limit (1…100); those for their children come with AsGuardian.
// after is the position from the call before, "" at first; next is "" at the end.
func (d *Desk) List(ctx context.Context, who, after string, limit int) (list []Request, next string, err error) {
	return d.list(ctx, bySubject, who, after, limit)
}

// AsGuardian lists what a guardian has asked for their children, like List.
func (d *Desk) AsGuardian(ctx context.Context, who, after string, limit int) (list []Request, next string, err error) {
	return d.list(ctx, byRequester, who, after, limit)
}

func (d *Desk) list(ctx context.Context, index, who, after string, limit int) (list []Request, next string, err error) {
	page := store.Prefix(who)
	page.Desc, page.Limit, page.After = true, limit, after
	found, next, err := d.records.requests.Find(ctx, index, page)
	for _, f := range found {
		list = append(list, f.Value)
	}
	return list, next, err
}

// Cancel stops a request, while nothing has been begun that cannot be undone, and takes back what it has caused: a pause, a
// package. What cannot be taken back now, the worker takes back.
func (d *Desk) Cancel(ctx context.Context, who, number string) (Request, error) {
	r, err := d.find(ctx, who, number)
	if err != nil {
		return Request{}, err
	}
	if err := d.stillActs(ctx, who, r); err != nil {
		return Request{}, err
	}
	if err := d.ofAge(ctx, who, r); err != nil {
		return Request{}, err
	}
	r, err = d.records.requests.Update(ctx, r.Number, func(r *Request) error {
		switch {
		case r.State == Cancelled:
			return store.ErrUnchanged
		case r.begun():
			return ErrTooLate
		}
		return r.move(cancel, d.o.Now(), r.side(who))
	})
	if err == nil && !r.Next.IsZero() {
		d.settleNow(ctx, r)
	}
	return r, err
}

// settleNow tries at once what the worker would do next, and leaves it to the worker if that fails.
func (d *Desk) settleNow(ctx context.Context, r Request) {
	if d.settle(ctx, r) != nil {
		d.o.Poke()
	}
}

// ofAge refuses a child under 14 who would cancel what a guardian has asked for them: until then the guardian's word counts
// (PIPL art. 31; 儿童个人信息网络保护规定 art. 9), and a child must not be talked out of an erasure. From 14 on the minor decides
// about their own data (GB/T 35273 5.4), and may stop it. What a child has asked for themself, they cancel at any age
// (未成年人网络保护条例 art. 33).
func (d *Desk) ofAge(ctx context.Context, who string, r Request) error {
	if who != r.Subject || r.Requester == who || r.Link == "" {
		return nil
	}
	s, err := d.o.Subjects.Find(ctx, who)
	if err != nil {
		return err
	}
	if band, _ := d.o.Subjects.BandOf(s); band == subject.Under14 {
		return ErrGuardianAsked
	}
	return nil
}

// stillActs refuses somebody who was the guardian when they asked and is not any more: the child is 18, or the link ended.
func (d *Desk) stillActs(ctx context.Context, who string, r Request) error {
	if who == r.Subject {
		return nil
	}
	about, err := d.o.Guardians.Guards(ctx, who, r.Link)
	if err == nil && about != r.Subject {
		err = ErrUnknown
	}
	return err
}

// Detail opens what the person wrote, for those who decide. "" when there is nothing, or when it is erased with the account.
func (d *Desk) Detail(ctx context.Context, r Request) (string, error) {
	if len(r.Detail) == 0 {
		return "", nil
	}
	s, err := d.o.Subjects.Find(ctx, r.Subject)
	if err != nil || len(s.Key) == 0 {
		return "", err
	}
	plain, err := d.o.Subjects.Open(&s, sealPlace(r.Number, "detail"), r.Detail)
	return string(plain), err
}
