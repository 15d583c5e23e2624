package rights

import (
	"context"

	"zhiqing/internal/store"
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

// Cancel stops a request, while nothing has been done that cannot be undone.
func (d *Desk) Cancel(ctx context.Context, who, number string) (Request, error) {
	if _, err := d.find(ctx, who, number); err != nil {
		return Request{}, err
	}
	r, err := d.records.requests.Update(ctx, number, func(r *Request) error {
		switch {
		case r.State == Cancelled:
			return store.ErrUnchanged
		case r.begun():
			return ErrTooLate
		}
		return r.move(cancel, d.o.Now(), "person")
	})
	if err != nil {
		return r, err
	}
	return r, d.afterCancel(ctx, r)
}

// afterCancel takes back what a request has caused: a pause, a package.
func (d *Desk) afterCancel(ctx context.Context, r Request) error {
	switch r.Type {
	case Object, Restrict:
		return d.o.Accounts.Pause(ctx, r.Subject, r.Number, r.Scope, false)
	case Copy:
		return d.dropParts(ctx, r.Number, maxParts)
	}
	return nil
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
