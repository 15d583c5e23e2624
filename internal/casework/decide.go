package casework

import (
	"context"
	"errors"
	"strings"
	"unicode/utf8"

	"zhiqing/internal/rights"
	"zhiqing/internal/staff"
)

// Take gives an open case to this officer, so that a complaint about it goes to another. It shows nothing of the case, so a
// minor's needs no approval. Faults: those of staff.Desk.Allow, rights.ErrUnknown, ErrSameHand, ErrMoved.
func (d *Desk) Take(ctx context.Context, s staff.Session, number string) (Item, error) {
	r, err := d.mine(ctx, s, number)
	if err != nil {
		return Item{}, err
	}
	return d.change(ctx, s, r, "staff.request_taken", allowed, nil, func() (rights.Request, error) {
		return d.o.Requests.Take(ctx, r.Number, s.Officer.ID)
	})
}

// VerifyIdentity says how staff have verified who asked by letter, mail or phone. No evidence is kept. ok=false refuses the
// request on the ground `identity`. What the system then does by itself needs two officers: one who typed it in, and another
// here. Faults: those of Take, those of staff.Desk.Allow for request.identity, staff.ErrApproval.
func (d *Desk) VerifyIdentity(ctx context.Context, s staff.Session, number string, ok bool) (Item, error) {
	if err := d.o.Staff.Allow(ctx, s, staff.RequestIdentity); err != nil {
		return Item{}, err
	}
	r, err := d.mine(ctx, s, number)
	if err == nil {
		err = d.unlock(ctx, s, r)
	}
	if err != nil {
		return Item{}, err
	}
	if r.State != rights.IdentityRequired {
		return Item{}, ErrMoved
	}
	action := "request.identity_failed"
	if ok {
		action = "request.identity_verified"
	}
	return d.change(ctx, s, r, action, allowed, nil, func() (rights.Request, error) {
		return d.o.Requests.VerifyIdentity(ctx, r.Number, s.Officer.ID, ok)
	})
}

// Decide ends a case. Two officers at once: one wins, the other gets ErrMoved together with where the case stands now.
// Faults: those of Take, staff.ErrApproval, rights.ErrGround, ErrDetail, and ErrNotNow for what the system decides alone.
func (d *Desk) Decide(ctx context.Context, s staff.Session, number string, v Verdict) (Item, error) {
	if err := v.check(); err != nil {
		return Item{}, err
	}
	r, err := d.mine(ctx, s, number)
	if err == nil {
		err = d.unlock(ctx, s, r)
	}
	if err != nil {
		return Item{}, err
	}
	if r.State.Over() || v.Revision != "" && v.Revision != revision(r) {
		item, err := d.item(ctx, s, r)
		return item, errors.Join(ErrMoved, err)
	}
	if !r.ByStaff() || r.State != rights.InProgress {
		return Item{}, rights.ErrNotNow
	}
	action, result := "request.refused", "refused"
	if v.Fulfil {
		action, result = "request.fulfilled", "fulfilled"
	}
	if r.Type == rights.Complaint {
		action = "complaint.decided"
	}
	return d.change(ctx, s, r, action, result, v.named(), func() (rights.Request, error) {
		return d.o.Requests.Decide(ctx, r.Number, rights.Verdict{Officer: s.Officer.ID, Fulfil: v.Fulfil, Ground: v.Ground, Text: v.Text})
	})
}

// check refuses before anything is written what package rights would refuse after it.
func (v Verdict) check() error {
	_, known := rights.Ground(v.Ground)
	if !v.Fulfil && (!known || strings.TrimSpace(v.Text) == "") || v.Fulfil && v.Ground != "" {
		return rights.ErrGround.At("body.ground", "请选择理由并写明说明", "choose a ground and write to the person")
	}
	if utf8.RuneCountInString(v.Text) > rights.MaxDetail {
		return rights.ErrDetail.At("body.text", "最多 2000 字", "at most 2000 characters")
	}
	return nil
}

func (v Verdict) named() []string {
	if v.Ground == "" {
		return nil
	}
	return []string{"ground." + v.Ground}
}

// mine reads a request that this officer may decide. One that is for another officer is refused, and that is written down.
func (d *Desk) mine(ctx context.Context, s staff.Session, number string) (rights.Request, error) {
	r, err := d.find(ctx, s, number)
	if err == nil {
		err = d.o.Staff.Allow(ctx, s, permission(r))
	}
	if err != nil {
		return rights.Request{}, err
	}
	barred, err := d.barred(ctx, s, r)
	if err != nil {
		return rights.Request{}, err
	}
	if barred {
		refused := row("staff.denied", r, denied)
		refused.Fields = []string{"same_handler"}
		return rights.Request{}, errors.Join(rights.ErrSameHand, d.note(ctx, s, refused))
	}
	return r, nil
}

// change writes the row, then changes the request. A message to the person that fails is no failure of the change: package
// rights tells again.
func (d *Desk) change(
	ctx context.Context, s staff.Session, r rights.Request, action, result string, named []string, do func() (rights.Request, error),
) (Item, error) {
	noted := row(action, r, result)
	noted.Fields = named
	err := d.act(ctx, s, noted, func() error {
		after, err := do()
		if err == nil {
			r = after
		}
		return err
	})
	if errors.Is(err, rights.ErrNotNow) {
		if now, again := d.o.Requests.ByNumber(ctx, r.Number); again == nil {
			r = now
		}
		item, _ := d.item(ctx, s, r)
		return item, ErrMoved.Because(err)
	}
	if err != nil {
		return Item{}, err
	}
	return d.item(ctx, s, r)
}
