package retention

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"time"

	"zhiqing/internal/store"
)

// Hold stops the deletion of what a dispute needs (policy L5, L20): a bounded scope, approved, reviewed.
type Hold struct {
	ID       string    // hld_…; given by Hold
	Subject  string    // whose data
	Category string    // a data item's code; "" = every category of the subject
	Reason   string    // a short code: lawsuit, arbitration, authority
	Case     string    // number of the proceeding, such as （2026）沪0115民初1号; "" = none yet
	Approver string    // who of the staff approved it: stf_…
	Opened   time.Time // given by Hold
	ReviewBy time.Time // until when somebody must look whether it is still needed: in the future, at most a year ahead
	Closed   time.Time // zero = open
}

// caseForm takes what courts and arbitrators write.
var caseForm = regexp.MustCompile(`^[\p{L}\p{N}\p{P}\p{Zs}]{0,100}$`)

var reasonForm = regexp.MustCompile(`^[a-z][a-z0-9_.]{0,31}$`)

// longestReview is the most time between two reviews of a hold.
const longestReview = 366 * 24 * time.Hour

// Hold opens a legal hold. From then on the sweep passes over its scope, and Erase leaves it, restricted.
func (d *Desk) Hold(ctx context.Context, h Hold) (Hold, error) {
	now := d.o.Now()
	switch {
	case !subjectForm.MatchString(h.Subject):
		return h, ErrInvalid.At("body.subject", "不是主体编号。", "This is no subject's id.")
	case h.Category != "" && len(d.o.Policy.rules[h.Category]) == 0:
		return h, ErrInvalid.At("body.category", "不是目录中的信息种类。", "This is no data item of the catalogue.")
	case !reasonForm.MatchString(h.Reason):
		return h, ErrInvalid.At("body.reason", "请填写理由代号。", "A reason's code is needed.")
	case !caseForm.MatchString(h.Case):
		return h, ErrInvalid.At("body.case", "案号最多 100 字，一行。", "The number of the proceeding is one line of at most 100 characters.")
	case !subjectForm.MatchString(h.Approver):
		return h, ErrInvalid.At("body.approver", "请写明批准人。", "Who approved it must be named.")
	case !h.ReviewBy.After(now) || h.ReviewBy.After(now.Add(longestReview)):
		return h, ErrInvalid.At("body.review_by", "复核日期应当在一年之内。", "The review must be within a year.")
	}
	life, err := d.o.Life(ctx, h.Subject)
	if err != nil {
		return h, err
	}
	if !life.Known {
		return h, ErrInvalid.At("body.subject", "没有这个主体。", "There is no such subject.")
	}
	h.ID, h.Opened, h.Closed, h.ReviewBy = d.o.IDs.New("hld"), now, time.Time{}, h.ReviewBy.UTC().Truncate(time.Millisecond)
	err = d.holds.Insert(ctx, h.ID, hold{
		Subject: h.Subject, Category: h.Category, Reason: h.Reason, Case: h.Case, Approver: h.Approver, Opened: h.Opened, ReviewBy: h.ReviewBy,
	})
	if err != nil {
		return h, err
	}
	return h, d.guard(ctx, h)
}

// guard brings a hold to the account's document. If it has been closed meanwhile, it is taken off again.
func (d *Desk) guard(ctx context.Context, h Hold) error {
	if d.o.Guard == nil {
		return nil
	}
	if err := d.o.Guard(ctx, h); err != nil || !h.Closed.IsZero() {
		return err
	}
	now, err := d.holds.Get(ctx, h.ID)
	if err != nil || now.Closed.IsZero() {
		return err
	}
	return d.o.Guard(ctx, now.hold(h.ID))
}

// Release closes a hold, and returns it; what waited for it is due at the next sweep. by is who decided it. Again is no
// error, and mends a release that was cut short. ErrNoHold.
func (d *Desk) Release(ctx context.Context, id, by string) (Hold, error) {
	if !subjectForm.MatchString(by) {
		return Hold{}, ErrInvalid.At("body.by", "请写明决定人。", "Who decided it must be named.")
	}
	h, err := d.holds.Update(ctx, id, func(h *hold) error {
		if !h.Closed.IsZero() {
			return store.ErrUnchanged
		}
		h.Closed, h.ClosedBy = d.o.Now(), by
		return nil
	})
	if errors.Is(err, store.ErrMissing) {
		return Hold{}, ErrNoHold
	}
	if err != nil {
		return Hold{}, err
	}
	if err := d.guard(ctx, h.hold(id)); err != nil {
		return h.hold(id), err
	}
	return h.hold(id), d.Recompute(ctx, h.Subject)
}

// Open lists the open holds, those first whose review is next; at most limit.
func (d *Desk) Open(ctx context.Context, limit int) ([]Hold, error) {
	return d.reviews(ctx, store.Range{Limit: limit})
}

// Over lists the open holds over a subject, whatever they cover.
func (d *Desk) Over(ctx context.Context, subject string) (list []Hold, err error) {
	err = each(ctx, d.holds, bySubject, store.Exact(subject), func(id string, h hold) error {
		if h.Closed.IsZero() {
			list = append(list, h.hold(id))
		}
		return nil
	})
	return list, err
}

// Held lists the open holds over a subject's data of a category.
func (d *Desk) Held(ctx context.Context, subject, category string) ([]Hold, error) {
	list, err := d.Over(ctx, subject)
	return slices.DeleteFunc(list, func(h Hold) bool { return h.Category != "" && h.Category != category }), err
}

// Overdue lists open holds whose review is late, the longest overdue first; at most limit.
func (d *Desk) Overdue(ctx context.Context, limit int) ([]Hold, error) {
	late := store.Before(d.o.Now().Add(time.Millisecond))
	late.Limit = limit
	return d.reviews(ctx, late)
}

func (d *Desk) reviews(ctx context.Context, r store.Range) (list []Hold, err error) {
	r.Limit = min(r.Limit, store.MaxLimit)
	found, _, err := d.holds.Find(ctx, byReview, r)
	for _, f := range found {
		list = append(list, f.Value.hold(f.ID))
	}
	return list, err
}

func (h hold) hold(id string) Hold {
	return Hold{
		ID: id, Subject: h.Subject, Category: h.Category, Reason: h.Reason, Case: h.Case, Approver: h.Approver,
		Opened: h.Opened.UTC(), ReviewBy: h.ReviewBy.UTC(), Closed: h.Closed.UTC(),
	}
}

func unlessMissing(err error) error {
	if errors.Is(err, store.ErrMissing) {
		return nil
	}
	return err
}
